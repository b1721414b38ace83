"""A project: one file with a design, what is asked of it, every step since its start, and versions with a name. Pure functions.

A project only grows or moves its mark: what was undone can be done again until something else is done. Each step keeps its
document as texts of its parts; parts that two steps share are one text, in memory and in the file.
"""

from __future__ import annotations

import functools
import hashlib
import json
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from dashboards.errors import DashboardError
from dashboards.planner import edits
from dashboards.planner.wishes import Wish, asked, wish_of
from floorplans.plan import FloorPlan, first_error, write_whole
from wifiplan import model
from wifiplan.files import read_json
from wifiplan.model import Design, inputs_hash

FORMAT = 1
"""Version of a project's file. A file with a higher one is refused by name."""
SUFFIX = ".wifiplan"
MAX_NAME = 80

_WISH: TypeAdapter[Wish] = TypeAdapter(Wish)

Parts = tuple[tuple[str, str], ...]
"""(field, its JSON) of a document, in order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """What one step of a project is: a design with its answers, and what is asked of it."""

    design: Design
    wish: Wish


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What was done (a word of `planner.did`), to what, and what came of it."""

    did: str
    about: str
    parts: Parts


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """A state that was given a name."""

    name: str
    parts: Parts


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """`steps[0]` is the start; `at` is the step that is shown. `revision` counts every change, undone or not."""

    name: str
    steps: tuple[Step, ...]
    at: int = 0
    versions: tuple[Version, ...] = ()
    revision: int = 0

    @property
    def document(self) -> Document:
        """What is shown."""
        return document_of(self.steps[self.at].parts)

    @property
    def can_undo(self) -> bool:
        """There is a step before."""
        return self.at > 0

    @property
    def can_redo(self) -> bool:
        """Something was undone, and nothing else done since."""
        return self.at + 1 < len(self.steps)


# ------------------------------------------------------------------------------------------------------------ its beginning


def begun(name: str, floor_plan: FloorPlan, wish: Wish | None = None, *, did: str = "begin") -> Project:
    """A project on a floor plan without any access point, for the people of a wish."""
    wish = wish or Wish()
    return _started(name, Document(design=asked(Design(floor_plan=floor_plan, access_points=()), wish), wish=wish), did)


def opened(name: str, design: Design) -> Project:
    """A project that begins with a design as it is; one without people is asked the usual wish."""
    wish = wish_of(design)
    return _started(name, Document(design=design if design.demands else asked(design, wish), wish=wish), "open")


def _started(name: str, document: Document, did: str) -> Project:
    return Project(name=_checked_name(name), steps=(Step(did=did, about="", parts=parts_of(document)),))


def _checked_name(name: str) -> str:
    clean = " ".join(name.split())
    if not clean or len(clean) > MAX_NAME or any(sign in clean for sign in '/\\:*?"<>|\0') or clean.startswith("."):
        raise DashboardError(
            f'{clean[:MAX_NAME]!r} is no name for a project: give 1 to {MAX_NAME} letters without / \\ : * ? " < > |'
        )
    return clean


# ------------------------------------------------------------------------------------------------------------------- changes


def edited(project: Project, name: str, given: Mapping[str, Any]) -> Project:
    """The project after one change of `edits.EDITS`; raises what the change refuses. A change that changes nothing is no step."""
    before = project.document
    after, about = edits.done(before.design, name, given)
    return _stepped(project, name, about, replace(before, design=after))


def wished(project: Project, wish: Wish) -> Project:
    """The project with something else asked of it: its people and its requirement follow."""
    before = project.document
    return _stepped(project, "wish", wish.scenario, replace(before, design=asked(before.design, wish), wish=wish))


def replaced(project: Project, did: str, design: Design, about: str = "") -> Project:
    """The project with another design: one that was placed, or is imported."""
    return _stepped(project, did, about, replace(project.document, design=design))


def answered(project: Project, design: Design) -> Project:
    """The step that is shown with what was computed for it, which is no change; the same project if it is of another design."""
    before = project.document
    if inputs_hash(before.design) != inputs_hash(design):
        return project
    step = replace(project.steps[project.at], parts=parts_of(replace(before, design=design)))
    steps = (*project.steps[: project.at], step, *project.steps[project.at + 1 :])
    return replace(project, steps=steps, revision=project.revision + 1)


def with_alternatives(wish: Wish) -> Wish:
    """The same asked, and what else there would be."""
    return replace(wish, with_alternatives=True)


def undone(project: Project) -> Project:
    """One step back; the start stays."""
    return replace(project, at=project.at - 1, revision=project.revision + 1) if project.can_undo else project


def redone(project: Project) -> Project:
    """One step on, if it was undone."""
    return replace(project, at=project.at + 1, revision=project.revision + 1) if project.can_redo else project


def named(project: Project, name: str) -> Project:
    """What is shown kept under a name; a name that was given before is given to this."""
    clean = _checked_name(name)
    kept = tuple(one for one in project.versions if one.name != clean)
    version = Version(name=clean, parts=project.steps[project.at].parts)
    return replace(project, versions=(*kept, version), revision=project.revision + 1)


def returned(project: Project, name: str) -> Project:
    """A version shown again, as a step of its own."""
    return _stepped(project, "version", name, version(project, name))


def version(project: Project, name: str) -> Document:
    """What was kept under a name."""
    found = next((one for one in project.versions if one.name == name), None)
    if found is None:
        raise DashboardError(
            f"no version is called {name!r}; there are {', '.join(one.name for one in project.versions) or 'none'}"
        )
    return document_of(found.parts)


def _stepped(project: Project, did: str, about: str, document: Document) -> Project:
    parts = parts_of(document)
    if parts == project.steps[project.at].parts:
        return project
    steps = (*project.steps[: project.at + 1], Step(did=did, about=about, parts=parts))
    return replace(project, steps=steps, at=project.at + 1, revision=project.revision + 1)


# ------------------------------------------------------------------------------------------------------- documents as texts


def parts_of(document: Document) -> Parts:
    """The document's fields as JSON; it is remembered, so that it need not be read again."""
    data = model.to_json(document.design) | {"wish": _WISH.dump_python(document.wish, mode="json")}
    parts = tuple(
        (name, sys.intern(json.dumps(value, ensure_ascii=False, separators=(",", ":")))) for name, value in data.items()
    )
    _remember(parts, document)
    return parts


_recent: dict[Parts, Document] = {}
_MOST_RECENT = 64


_remembering = threading.Lock()


def _remember(parts: Parts, document: Document) -> None:
    with _remembering:
        _recent.pop(parts, None)
        _recent[parts] = document
        for old in list(_recent)[:-_MOST_RECENT]:
            del _recent[old]


def document_of(parts: Parts) -> Document:
    """The document that `parts_of` took apart; the same object while it is remembered."""
    found = _recent.get(parts)
    if found is None:
        data = {name: json.loads(text) for name, text in parts}
        wish = data.pop("wish", {})
        try:
            found = Document(design=model.from_json(data, where="project"), wish=_WISH.validate_python(wish))
        except ValidationError as error:
            raise DashboardError(f"project: wish: {first_error(error)}") from None
        _remember(parts, found)
    return found


# --------------------------------------------------------------------------------------------------------------- its file


@functools.lru_cache(maxsize=20_000)
def _key(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=9).hexdigest()


def to_text(project: Project) -> str:
    """The whole project as one JSON text, each part that steps share written once."""
    every = [*(step.parts for step in project.steps), *(one.parts for one in project.versions)]
    texts = {_key(text): text for parts in every for _, text in parts}

    def keys(parts: Parts) -> dict[str, str]:
        return {name: _key(text) for name, text in parts}

    head = {
        "format": FORMAT,
        "name": project.name,
        "at": project.at,
        "revision": project.revision,
        "steps": [{"did": step.did, "about": step.about, "parts": keys(step.parts)} for step in project.steps],
        "versions": [{"name": one.name, "parts": keys(one.parts)} for one in project.versions],
    }
    body = ",\n".join(f"{json.dumps(key)}: {text}" for key, text in texts.items())
    return f'{json.dumps(head, ensure_ascii=False)[:-1]}, "parts": {{\n{body}\n}}}}\n'


def from_json(data: Any, *, where: str) -> Project:
    """What `to_text` wrote; `where` names it in errors. Only the step that is shown is read now."""
    if not isinstance(data, dict) or "steps" not in data:
        raise DashboardError(f"{where}: is no project of the planner; open a {SUFFIX} file that it saved")
    if isinstance(data.get("format"), int) and data["format"] > FORMAT:
        raise DashboardError(f"{where}: format {data['format']} is newer than this program's {FORMAT}; update wifiplan")
    try:
        texts = {
            key: sys.intern(json.dumps(value, ensure_ascii=False, separators=(",", ":"))) for key, value in data["parts"].items()
        }

        def parts(row: Mapping[str, Any]) -> Parts:
            return tuple((str(name), texts[key]) for name, key in row["parts"].items())

        project = Project(
            name=_checked_name(str(data["name"])),
            steps=tuple(Step(did=str(row["did"]), about=str(row["about"]), parts=parts(row)) for row in data["steps"]),
            at=int(data["at"]),
            versions=tuple(Version(name=str(row["name"]), parts=parts(row)) for row in data["versions"]),
            revision=int(data["revision"]),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise DashboardError(f"{where}: is not as the planner writes it ({error}); open an older copy") from None
    if not 0 <= project.at < len(project.steps):
        raise DashboardError(f"{where}: step {project.at} of {len(project.steps)} does not exist; open an older copy")
    _ = project.document
    return project


def load(path: Path) -> Project:
    """Read a project's file; raises with one line that names the file and the way out."""
    return from_json(read_json(path, f"save one from the planner as a {SUFFIX} file"), where=str(path))


def save(project: Project, path: Path) -> None:
    """Write it whole or not at all."""
    write_whole(path, to_text(project))
