"""Shape of each package: rooms, floors, arrows and circles, and what is too long to be read at once.

    python scripts/structure.py [--rev REV …] [--tree TREE] [--json] [--long]

A *room* is what stands in a folder: a module, or a folder with modules of its own (a wing). An *arrow* goes from a room to one
that it imports, once for each pair. *Floors* are the rooms on the longest way along arrows, both ends counted. A *circle* is a
set of rooms that can all be reached from each other. Each is told twice: of `files`, every module of the package by itself, and
of `wings`, with all modules below one name of the top level taken together.

Imports inside functions count: they are made while the program runs. Those under `if TYPE_CHECKING:` are never made and do not
count; what there would be with them is told beside, as `typed`.

With several revisions each has its table, so that before and after stand below each other. A revision is read by `git archive`;
nothing is checked out. Exit 1 if a bar is not met in the last table.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import io
import json
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("floorplans", "wifiplan", "collectors", "dashboards")

MOST_MODULE_LINES = 650
MOST_FUNCTION_LINES = 80
KERNELS_AND_TABLES = frozenset({"wifiplan/images.py", "wifiplan/radio/images.py"})
"""Modules that may be longer: compiled kernels and tables, which do not read better in pieces."""

BARS = {"wifiplan": {"rooms": 15, "floors": 8, "circles": 0}}
"""Package -> the most that the top level of it may have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Imports:
    """Arrows of a package, module to modules, by dotted names: those made at run time, and those for types only."""

    modules: dict[str, Path]
    run_time: dict[str, set[str]]
    for_types: dict[str, set[str]]

    def arrows(self, *, typed: bool) -> dict[str, set[str]]:
        """Arrows between files."""
        return {name: self.run_time[name] | (self.for_types[name] if typed else set()) for name in self.modules}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """Figures of one graph of rooms. `circles` are lists of names in order."""

    rooms: int
    floors: int
    arrows: int
    circles: list[list[str]]
    typed_floors: int
    typed_arrows: int
    typed_circles: list[list[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """What is told of one package. Long modules and functions as `[place, lines]`."""

    name: str
    lines: int
    files: Shape
    wings: Shape
    inside: dict[str, Shape]
    long_modules: list[tuple[str, int]]
    long_functions: list[tuple[str, int]]


def imports_of(tree: Path, package: str) -> Imports:
    """Read every import that one module of a package makes of another."""
    modules = {_dotted(path.relative_to(tree)): path for path in sorted((tree / package).rglob("*.py"))}
    run_time: dict[str, set[str]] = {}
    for_types: dict[str, set[str]] = {}
    for name, path in modules.items():
        code = ast.parse(path.read_text(encoding="utf-8"))
        typed = {id(inner) for node in ast.walk(code) if _is_type_checking(node) for inner in _below(node)}
        run_time[name], for_types[name] = set(), set()
        for node in ast.walk(code):
            found = {target for target in _targets(node, name, path, modules) if target != name}
            (for_types if id(node) in typed else run_time)[name].update(found)
        for_types[name] -= run_time[name]
    return Imports(modules=modules, run_time=run_time, for_types=for_types)


def _dotted(path: Path) -> str:
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _is_type_checking(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)


def _below(node: ast.AST) -> Iterator[ast.AST]:
    assert isinstance(node, ast.If)
    for statement in node.body:
        yield from ast.walk(statement)


def _targets(node: ast.AST, name: str, path: Path, modules: dict[str, Path]) -> Iterator[str]:
    """Modules of the package that a statement imports. A package is one only if a name of its own is asked of it."""
    if isinstance(node, ast.Import):
        for alias in node.names:
            if alias.name in modules:
                yield alias.name
    elif isinstance(node, ast.ImportFrom):
        origin = node.module or ""
        if node.level:
            package = name if path.name == "__init__.py" else name.rpartition(".")[0]
            base = package.split(".")[: len(package.split(".")) - node.level + 1]
            origin = ".".join([*base, *([origin] if origin else [])])
        for alias in node.names:
            submodule = f"{origin}.{alias.name}"
            if submodule in modules:
                yield submodule
            elif origin in modules:
                yield origin


def lifted(arrows: dict[str, set[str]], depth: int) -> dict[str, set[str]]:
    """Arrows between the first `depth` parts of the names; a front (`__init__`) that imports nothing is no room."""
    found: dict[str, set[str]] = {}
    for name, others in arrows.items():
        room = ".".join(name.split(".")[:depth])
        if name.count(".") < depth - 1 and not others:
            continue
        found.setdefault(room, set()).update(".".join(other.split(".")[:depth]) for other in others)
    return {room: others - {room} for room, others in found.items()}


def circles(arrows: dict[str, set[str]]) -> list[list[str]]:
    """Sets of rooms that can all be reached from each other, in order."""
    reached = {room: _reached(arrows, room) for room in arrows}
    found = {frozenset({room, *(other for other in reached[room] if room in reached[other])}) for room in arrows}
    return sorted(sorted(circle) for circle in found if len(circle) > 1)


def _reached(arrows: dict[str, set[str]], start: str) -> set[str]:
    seen: set[str] = set()
    ahead = [start]
    while ahead:
        for other in arrows.get(ahead.pop(), set()) - seen:
            seen.add(other)
            ahead.append(other)
    return seen & arrows.keys()


def floors(arrows: dict[str, set[str]]) -> int:
    """Rooms on the longest way; those of a circle stand on one floor."""
    ring = {room: tuple(circle) for circle in circles(arrows) for room in circle}
    blocks: dict[tuple[str, ...], set[tuple[str, ...]]] = {}
    for room, others in arrows.items():
        block = ring.get(room, (room,))
        blocks.setdefault(block, set()).update(ring.get(other, (other,)) for other in others)
    height: dict[tuple[str, ...], int] = {}

    def climb(block: tuple[str, ...]) -> int:
        if block not in height:
            height[block] = 1 + max((climb(other) for other in blocks.get(block, set()) if other != block), default=0)
        return height[block]

    return max((climb(block) for block in blocks), default=0)


def shape(run_time: dict[str, set[str]], typed: dict[str, set[str]]) -> Shape:
    """Figures of one graph, with and without the imports that only types need."""
    return Shape(
        rooms=len(run_time),
        floors=floors(run_time),
        arrows=sum(map(len, run_time.values())),
        circles=circles(run_time),
        typed_floors=floors(typed),
        typed_arrows=sum(map(len, typed.values())),
        typed_circles=circles(typed),
    )


def measured(tree: Path, package: str) -> Package:
    """Everything that is told of one package of a tree."""
    imports = imports_of(tree, package)
    run_time, typed = imports.arrows(typed=False), imports.arrows(typed=True)
    wings = sorted({name.split(".")[1] for name in imports.modules if name.count(".") > 1})
    inside = {}
    for wing in wings:
        prefix = f"{package}.{wing}."
        only = [
            lifted(
                {name: {o for o in others if o.startswith(prefix)} for name, others in graph.items() if name.startswith(prefix)},
                3,
            )
            for graph in (run_time, typed)
        ]
        inside[wing] = shape(*only)
    lengths = {path.relative_to(tree).as_posix(): _lines(path) for path in imports.modules.values()}
    long_modules = [
        (place, lines) for place, lines in lengths.items() if lines > MOST_MODULE_LINES and place not in KERNELS_AND_TABLES
    ]
    functions = [
        (f"{path.relative_to(tree).as_posix()}:{node.lineno} {node.name}", (node.end_lineno or node.lineno) - node.lineno + 1)
        for path in imports.modules.values()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    return Package(
        name=package,
        lines=sum(lengths.values()),
        files=shape(
            *(
                {name: others for name, others in graph.items() if others or _lines(imports.modules[name]) > 1}
                for graph in (run_time, typed)
            )
        ),
        wings=shape(lifted(run_time, 2), lifted(typed, 2)),
        inside=inside,
        long_modules=sorted(long_modules, key=lambda row: -row[1]),
        long_functions=sorted((row for row in functions if row[1] > MOST_FUNCTION_LINES), key=lambda row: -row[1]),
    )


def _lines(path: Path) -> int:
    return path.read_text(encoding="utf-8").count("\n")


@contextlib.contextmanager
def tree_of(revision: str) -> Iterator[Path]:
    """Folder with the packages as a revision has them."""
    done = subprocess.run(["git", "archive", revision, *PACKAGES], cwd=ROOT, capture_output=True, check=False)
    if done.returncode:
        raise SystemExit(f"structure: {revision}: {done.stderr.decode().strip()}")
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
            archive.extractall(folder, filter="data")
        yield Path(folder)


def table(found: list[Package], *, long: bool) -> str:
    """Figures of all packages as a table for reading."""
    lines = [f"{'':<24}{'rooms':>6}{'floors':>7}{'arrows':>7}{'circles':>8}   typed: floors, arrows, circles"]

    def row(name: str, one: Shape) -> str:
        told = f"{name:<24}{one.rooms:>6}{one.floors:>7}{one.arrows:>7}{len(one.circles):>8}"
        return f"{told}   {one.typed_floors:>13}, {one.typed_arrows:>6}, {len(one.typed_circles):>7}"

    for package in found:
        lines.append(row(package.name, package.wings))
        lines.append(row("  every file", package.files))
        lines += [row(f"  {package.name}/{wing}", one) for wing, one in package.inside.items()]
    for package in found:
        lines += [f"circle in {package.name}: {' · '.join(circle)}" for circle in package.files.circles]
        lines += [f"circle of wings in {package.name}: {' · '.join(circle)}" for circle in package.wings.circles]
        lines += [f"long module: {place} has {count} lines" for place, count in package.long_modules]
    functions = [row for package in found for row in package.long_functions]
    lines.append(f"functions above {MOST_FUNCTION_LINES} lines: {len(functions)}")
    if long:
        lines += [f"  {count:>4} {place}" for place, count in sorted(functions, key=lambda row: -row[1])]
    return "\n".join([*lines, *(f"bar not met: {line}" for line in broken_bars(found))])


def broken_bars(found: list[Package]) -> list[str]:
    """Bars that a tree does not meet, in words."""
    broken = []
    for package in found:
        for what, most in BARS.get(package.name, {}).items():
            value = len(package.wings.circles) if what == "circles" else getattr(package.wings, what)
            if value > most:
                broken.append(f"{package.name} has {value} {what} at its top level, not {most} at most")
    return broken


def main() -> int:
    """Print one table for each tree that is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rev", nargs="+", default=[], help="revisions to measure instead of the files as they are")
    parser.add_argument("--tree", type=Path, default=ROOT, help="another folder with the packages")
    parser.add_argument("--json", action="store_true", help="one JSON value")
    parser.add_argument("--long", action="store_true", help="name the long functions")
    asked = parser.parse_args()
    results: dict[str, list[Package]] = {}
    for revision in asked.rev or [""]:
        with tree_of(revision) if revision else contextlib.nullcontext(asked.tree) as tree:
            results[revision or "as it is"] = [measured(tree, package) for package in PACKAGES]
    if asked.json:
        print(json.dumps({name: [asdict(package) for package in found] for name, found in results.items()}, indent=1))
    else:
        print("\n\n".join(f"== {name}\n{table(found, long=asked.long)}" for name, found in results.items()))
    return 1 if broken_bars(list(results.values())[-1]) else 0


if __name__ == "__main__":
    raise SystemExit(main())
