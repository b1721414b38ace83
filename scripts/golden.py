"""Golden files: what the promised commands say on fixed inputs, kept and compared: a move of code is seen to change nothing.

    python scripts/golden.py make DIR [--tree TREE] [--only GROUP …] [--small]
    python scripts/golden.py compare DIR [--tree TREE] [--only GROUP …] [--loose] [--migrated]

Only the public command line is used (`wifiplan …` as processes of their own, with TREE on PYTHONPATH), so that old and new
code answer the same questions. The inputs are in tests/golden/house/inputs and tests/snmp, beside this script; TREE is the
code that is asked, this repository unless another is given.

What is masked, by these rules and no others:

* values under the keys (JSON) or headings (CSV) of `TIMES`: seconds and memory that a run took, and times of day;
* times of day and ages in any text, `wifiplan` followed by its version, and the port after 127.0.0.1;
* lines of progress, which only a slow machine writes, are left out;
* pictures in HTML are told by the start of their SHA-256;
* requests of a poll where many devices share an address, since they share the count;
* rows of `samples` are put in order, because devices are polled at once and answer in any.

`--small` keeps outputs of more than `LARGEST_BYTES` as SHA-256 lines in SHA256SUMS. `--loose` lets a number differ by one unit of
its last digit and does not compare pictures and sums: for other processors than the one that made the files.
`--migrated` leaves out the keys that format 2 of design.json adds, on both sides, and takes 200 and 200.0 for one: for files that
were made before it.
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import difflib
import hashlib
import io
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pypdfium2 as pdfium

ROOT = Path(__file__).resolve().parent.parent
INPUTS = ROOT / "tests" / "golden" / "house" / "inputs"
RECORDINGS = ROOT / "tests" / "snmp"

LARGEST_BYTES = 100_000
SUMS = "SHA256SUMS"
SHOWN_LINES = 60
DAY = "2026-11-23"
"""Date of every report."""

TIMES = frozenset({"seconds", "compute_s", "setup_s", "max_rss_mb", "age_s", "time", "date"})
"""Keys of JSON whose values are those of this run; `date` is the day on which a bill's prices were read."""

MIGRATED = (
    "format",
    "obstruction_db",
    "client_power_dbm",
    "power_above_client_db",
    "reflections",
    "country",
    "revision",
    "author",
    "computed_from",
    "access_points.model",
    "access_points.lock",
    "assumptions.kind",
    "assumptions.of",
    "placement.computed_from",
    "capacity.computed_from",
    "weakest_link.kind",
    "weakest_link.band",
    "weakest_link.method",
    "next.kind",
    "next.band",
    "next.method",
    "margins.band",
    "what_if.weakest",
    "what_if.radio_weakest",
)
"""Keys that format 2 of design.json brings, as `parent.key`, or `key` at the top: `--migrated` leaves them out on both sides.

The answers of `wifiplan capacity` and `wifiplan place` have them, too."""

_TEXT_RULES = (
    (re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?"), "<time>"),
    (re.compile(r"wifiplan \d+\.\d+(\.\d+)*"), "wifiplan <version>"),
    (re.compile(r"\d+秒前"), "<time>"),
    (re.compile(r"127\.0\.0\.1:\d+"), "127.0.0.1:<port>"),
)
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")
_SUM = re.compile(r"<picture [0-9a-f]+>")
_PROGRESS = re.compile(r"^wifiplan: [^\n]*: \d+% after \d+ s\n", re.MULTILINE)
_PICTURE = re.compile(r"data:image/[a-z+]+;base64,[A-Za-z0-9+/=]+")


class GoldenError(Exception):
    """The files cannot be made or compared; the message says why."""


# ----------------------------------------------------------------------------------------------------------------- masks


def masked_value(value: Any) -> Any:
    """JSON value with the times of this run replaced."""
    if isinstance(value, dict):
        return {key: "<time>" if key in TIMES and item is not None else masked_value(item) for key, item in value.items()}
    if isinstance(value, list):
        return [masked_value(item) for item in value]
    return masked_text(value) if isinstance(value, str) else value


def masked_text(text: str) -> str:
    """Text without times of day, version and port."""
    for pattern, word in _TEXT_RULES:
        text = pattern.sub(word, text)
    return _PICTURE.sub(_picture_sum, text)


def _picture_sum(match: re.Match[str]) -> str:
    return f"<picture {digest(match.group())[:16]}>"


def digest(text: str) -> str:
    """SHA-256 of a masked output."""
    return hashlib.sha256(text.encode()).hexdigest()


def without_migrated(value: Any, parent: str = "") -> Any:
    """JSON value without the keys of `MIGRATED`, those of a list with its key as parent; typed figures make 200 and 200.0 one."""
    if isinstance(value, dict):
        names = {key: f"{parent}.{key}" if parent else key for key in value}
        return {key: without_migrated(item, key) for key, item in value.items() if names[key] not in MIGRATED}
    if isinstance(value, list):
        return [without_migrated(item, parent) for item in value]
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def comparable(text: str, *, migrated: bool) -> str:
    """Output as it is compared: JSON with its keys in order, since their order is no promise; without `MIGRATED` if asked."""
    start = re.search(r"^[\[{]$", text, re.MULTILINE)
    end = re.search(r"^[\]}]$", text, re.MULTILINE)
    if start is None or end is None:
        return text
    value = json.loads(text[start.start() : end.end()])
    value = without_migrated(value) if migrated else value
    return text[: start.start()] + json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True) + text[end.end() :]


def table_text(text: str) -> str:
    """CSV, masked: what stands under a heading of `TIMES` too."""
    heading, *lines = csv.reader(io.StringIO(text))
    if TIMES.isdisjoint(heading):
        return masked_text(text)
    rows = [["<time>" if name in TIMES and cell else cell for name, cell in zip(heading, line, strict=True)] for line in lines]
    masked = io.StringIO()
    csv.writer(masked, lineterminator="\n").writerows([heading, *rows])
    return masked_text(masked.getvalue())


def json_text(text: str) -> str:
    """One JSON value, masked, a line for each member; order of keys and digits of numbers are kept."""
    return json.dumps(masked_value(json.loads(text)), ensure_ascii=False, indent=1) + "\n"


def pdf_text(path: Path) -> str:
    """Words of a PDF, page after page."""
    document = pdfium.PdfDocument(path)
    pages = [document[number].get_textpage().get_text_bounded() for number in range(len(document))]
    document.close()
    return masked_text("\n\f\n".join(pages).replace("\r\n", "\n"))


# ------------------------------------------------------------------------------------------------------------------ asking


@dataclass(slots=True, kw_only=True)
class Asker:
    """Folder in which commands of one tree run, what they said by file name, and communities by environment variable."""

    tree: Path
    folder: Path
    said: dict[str, str] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)

    def put(self, name: str) -> str:
        """Copy an input into the folder and give its name there."""
        shutil.copy(INPUTS / name, self.folder)
        return name

    def ask(self, name: str, *arguments: object) -> None:
        """Run `wifiplan arguments…`; keep its exit code, what it printed and its complaint under `name`."""
        done = self.run(*arguments)
        out = done.stdout
        if "--json" in arguments and out:
            out = json_text(out)
        head = f"$ wifiplan {masked_text(' '.join(map(str, arguments)))}\nexit {done.returncode}\n"
        said = _PROGRESS.sub("", done.stderr)
        complaint = f"--- standard error\n{masked_text(said)}" if said else ""
        self.said[f"{name}.txt"] = head + masked_text(out) + complaint

    def run(self, *arguments: object) -> subprocess.CompletedProcess[str]:
        """Run `wifiplan arguments…` in the folder."""
        return subprocess.run(
            [sys.executable, "-c", "from wifiplan.cli import main; main()", *map(str, arguments)],
            cwd=self.folder,
            env=self._environment(),
            capture_output=True,
            text=True,
            check=False,
        )

    def keep(self, *files: str) -> None:
        """Keep files that a command wrote: JSON and text masked, a PDF by its words."""
        for file in files:
            path = self.folder / file
            if not path.is_file():
                self.said[file] = "<not written>\n"
            elif path.suffix == ".pdf":
                self.said[f"{file}.txt"] = pdf_text(path)
            elif path.suffix == ".json":
                self.said[file] = json_text(path.read_text(encoding="utf-8"))
            else:
                told = table_text if path.suffix == ".csv" else masked_text
                self.said[file] = told(path.read_bytes().decode("utf-8", "backslashreplace").replace("\r\n", "\n"))

    def _environment(self) -> dict[str, str]:
        inherited = {key: value for key, value in os.environ.items() if not key.startswith("WIFIPLAN_")}
        return {
            **inherited,
            **self.secrets,
            "PYTHONPATH": str(self.tree),
            "TZ": "Asia/Tokyo",
            "COLUMNS": "100",
            "TERM": "dumb",
            "NO_COLOR": "1",
        }


# ------------------------------------------------------------------------------------------------------------------ groups


def drawings(asker: Asker) -> None:
    """Plans: a gym from its measures, and a drawing of each format."""
    asker.ask("gym", "gym", "--length-m", 34, "--width-m", 24, "--height-m", 9, "--out", "gym.json", "--json")
    asker.keep("gym.json")
    asker.ask("plan", "floorplan", "gym.json", "--json")
    for name in ("school.dxf", "building.geojson"):
        asker.ask(name.replace(".", "-"), "floorplan", asker.put(name), "--out", f"{name}.json", "--json")
        asker.keep(f"{name}.json")
    asker.ask("words", "floorplan", "school.dxf")
    asker.ask("no-scale", "floorplan", asker.put("no-scale.dxf"), "--json")


def airtime(asker: Asker) -> None:
    """Cells of every standard, saturated and offered, and a cell with a mistake."""
    asker.ask("cells", "airtime", asker.put("cells.json"), "--json")
    asker.ask("bad-cell", "airtime", asker.put("bad-cell.json"), "--json")


def coverage(asker: Asker) -> None:
    """Radio maps of the gym and of the community centre, coarse, with and without people."""
    asker.ask("gym", "coverage", asker.put("gym.design.json"), "--grid-m", 2, "--out", "gym.csv", "--json")
    asker.ask("gym-2.4", "coverage", "gym.design.json", "--band", "2.4", "--grid-m", 4, "--no-crowd", "--out", "gym-2.4.csv")
    centre = asker.put("centre.design.json")
    asker.ask(
        "centre",
        "coverage",
        centre,
        "--grid-m",
        2,
        "--people-per-m2",
        1,
        "--posture",
        "standing",
        "--out",
        "centre.csv",
        "--json",
    )
    asker.keep("gym.csv", "gym-2.4.csv", "centre.csv")


def capacity(asker: Asker) -> None:
    """Load and service of both buildings: their own demand, another scenario, a network of their own."""
    asker.ask("gym", "capacity", asker.put("gym.design.json"), "--draws", 20, "--json")
    scenario = ("--scenario", "shelter-day1+staff", "--persons", 120, "--network", asker.put("network.toml"))
    asker.ask("centre", "capacity", asker.put("centre.design.json"), *scenario, "--draws", 20, "--sticky-share", 0.3, "--json")


def wide(asker: Asker) -> None:
    """Channels of 40 and 80 MHz, most of them shared in part."""
    asker.ask("capacity", "capacity", asker.put("wide.design.json"), "--draws", 20, "--json")
    asker.run("gym", "--length-m", 16, "--width-m", 12, "--height-m", 6, "--out", "plan.json")
    crowd = ("--scenario", "spectators", "--persons", 160, "--width-mhz", 40, "--width-mhz", 80)
    asker.ask("place", "place", "plan.json", *crowd, "--seed", 1, "--out", "design.json", "--json")
    asker.keep("design.json")


def whatif(asker: Asker) -> None:
    """The same with one thing changed at a time, and what breaks when something fails."""
    asker.ask(
        "what-if", "capacity", asker.put("gym.design.json"), "--draws", 0, "--what-if", "--out", "with.design.json", "--json"
    )
    asker.keep("with.design.json")
    asker.ask("resilience", "resilience", "gym.design.json", "--battery-hours", 6, "--battery-wh", 900, "--json")


def place(asker: Asker) -> None:
    """A small gym from nothing to its bill: plan, access points, report and failures."""
    asker.run("gym", "--length-m", 16, "--width-m", 12, "--height-m", 6, "--out", "plan.json")
    asker.ask("place", "place", "plan.json", "--scenario", "shelter-day1", "--seed", 1, "--out", "design.json", "--json")
    asker.ask("bill", "bill", "design.json", "--out", "bill.csv", "--lang", "ja")
    asker.ask("report", "report", "design.json", "--out", "report.html", "--lang", "ja", "--date", DAY)
    asker.keep("design.json", "bill.csv", "report.html")


def report(asker: Asker) -> None:
    """Reports of designs that the last release wrote, in both languages and both forms."""
    asker.ask("gym-html", "report", asker.put("gym.design.json"), "--out", "gym.html", "--lang", "en", "--date", DAY)
    asker.ask("gym-pdf", "report", "gym.design.json", "--out", "gym.pdf", "--lang", "ja", "--date", DAY)
    asker.ask("centre-pdf", "report", asker.put("centre.design.json"), "--out", "centre.pdf", "--lang", "en", "--date", DAY)
    asker.ask("bill", "bill", "centre.design.json", "--out", "bill.csv", "--lang", "en")
    asker.keep("gym.html", "gym.pdf", "centre.pdf", "bill.csv")


def city(asker: Asker) -> None:
    """A few rows of a city's list, one of which has no size."""
    asker.ask("city", "city", asker.put("city.csv"), "--jobs", 1, "--budget-yen", 1_500_000, "--out", "out", "--json")
    asker.keep("out/city.csv")


def calibrate(asker: Asker) -> None:
    """Fit to a survey of the gym."""
    asker.ask("calibrate", "calibrate", asker.put("gym.design.json"), asker.put("survey.csv"), "--json")


def recorded() -> list[str]:
    """Recordings that are played: those of the day when the files were made, so that a new make changes none of them."""
    return (INPUTS / "recordings.txt").read_text(encoding="utf-8").split()


def decode(asker: Asker) -> None:
    """Every recorded device through its own profile, without a network."""
    for name in recorded():
        shutil.copy(RECORDINGS / f"{name}.snmprec", asker.folder)
        asker.ask(name, "profile", "test", name, "--walk", f"{name}.snmprec", "--json")


def live(asker: Asker) -> None:
    """Recorded devices on the wire: polled alone, and all of them collected, read back and held against a plan."""
    with agents(asker.folder) as port:
        for name in ("unifi", "cisco-wlc", "ups"):
            asker.ask(f"poll-{name}", "poll", f"127.0.0.1:{port}", "--community", name, "--json")
        asker.ask(
            "poll-silent", "poll", f"127.0.0.1:{port}", "--community", "nobody", "--timeout-s", 0.2, "--retries", 0, "--json"
        )
        asker.put("gym.design.json")
        names = recorded()
        asker.secrets = {f"GOLDEN_{number}": name for number, name in enumerate(names)}
        rows = [
            f'[[target]]\nname = "{name}"\nsite = "site of {name}"\nhost = "127.0.0.1"\nport = {port}\n'
            f'community_env = "GOLDEN_{number}"\ntimeout_s = 20\n' + ('design = "gym.design.json"\n' if name == "unifi" else "")
            for number, name in enumerate(names)
        ]
        settings = '[store]\nurl = "sqlite:store.sqlite"\n\n' + "\n".join(rows)
        (asker.folder / "targets.toml").write_text(settings, encoding="utf-8")
        asker.ask("collect", "collect", "targets.toml", "--once", "--json")
    samples = json.loads(asker.run("samples", "--config", "targets.toml", "--json").stdout)["samples"]
    for row in samples:
        if row["measurement"] == "poll":
            row["fields"]["requests"] = "<shared>"
    asker.said["samples.jsonl"] = "".join(sorted(json.dumps(masked_value(row), ensure_ascii=False) + "\n" for row in samples))
    table = masked_text(asker.run("samples", "--config", "targets.toml", "--measurement", "wifi_total", "--csv").stdout)
    heading, *lines = table.splitlines(keepends=True)
    asker.said["samples.csv"] = heading + "".join(sorted(lines))
    asker.ask("status", "status", "--config", "targets.toml", "--json")
    asker.ask("status-ja", "status", "--config", "targets.toml")


def mistakes(asker: Asker) -> None:
    """What a user does wrong: one line and an exit code each."""
    asker.ask("no-file", "capacity", "nowhere.json")
    (asker.folder / "broken.json").write_text("{", encoding="utf-8")
    asker.ask("no-json", "report", "broken.json", "--out", "r.html")
    (asker.folder / "newer.json").write_text('{"format": 99}', encoding="utf-8")
    asker.ask("newer", "capacity", "newer.json")
    (asker.folder / "targets.toml").write_text('[store]\nurl = "sqlite:s.sqlite"\nintervall_s = 5\n', encoding="utf-8")
    asker.ask("unknown-key", "status", "--config", "targets.toml", "--json")
    asker.ask("no-scenario", "capacity", asker.put("gym.design.json"), "--scenario", "festival")
    asker.ask("bad-suffix", "report", "gym.design.json", "--out", "r.docx")
    asker.ask("no-option", "place", "gym.design.json", "--colour", "red")


GROUPS: dict[str, Callable[[Asker], None]] = {
    group.__name__: group
    for group in (drawings, airtime, coverage, capacity, wide, whatif, place, report, city, calibrate, decode, live, mistakes)
}
QUICK = ("drawings", "airtime", "coverage", "place", "live", "mistakes")
"""Groups that a test can afford."""


_GET_UPTIME = bytes.fromhex("3025 020101 0405756e696669 a019 020101 020100 020100 300e 300c 06082b06010201010300 0500")
"""SNMPv2c GET of sysUpTime.0 from the community `unifi`."""


@contextlib.contextmanager
def agents(folder: Path) -> Iterator[int]:
    """UDP port of an snmpsim on loopback that plays every recording under its own name as community."""
    data, cache = folder / "devices", folder / "cache"
    data.mkdir()
    cache.mkdir()
    for name in recorded():
        shutil.copy(RECORDINGS / f"{name}.snmprec", data)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        port = int(sock.getsockname()[1])
    command = [str(Path(sys.executable).with_name("snmpsim-command-responder")), f"--data-dir={data}", f"--cache-dir={cache}"]
    command += [f"--agent-udpv4-endpoint=127.0.0.1:{port}", "--log-level=error"]
    environment = {**os.environ, "SNMPSIM_ALLOW_ROOT": "true"}
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment)
    try:
        _wait_for_agent(port)
        yield port
    finally:
        process.terminate()
        process.wait(20)


def _wait_for_agent(port: int) -> None:
    """Ask until there is an answer."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(0.2)
        for _ in range(300):
            sock.sendto(_GET_UPTIME, ("127.0.0.1", port))
            try:
                sock.recv(65536)
            except TimeoutError:
                continue
            except ConnectionError:
                time.sleep(0.1)
                continue
            return
    raise GoldenError("snmpsim does not answer; install what requirements-dev.lock names")


# ------------------------------------------------------------------------------------------------------- making, comparing


def said_by(tree: Path, group: str) -> dict[str, str]:
    """Masked outputs of one group, by file name."""
    with tempfile.TemporaryDirectory() as folder:
        asker = Asker(tree=tree.resolve(), folder=Path(folder))
        GROUPS[group](asker)
    return asker.said


def kept(folder: Path, group: str) -> tuple[dict[str, str], dict[str, str]]:
    """Golden outputs of a group: whole ones, and the sums of large ones, by file name."""
    whole = {
        path.relative_to(folder / group).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted((folder / group).rglob("*"))
        if path.is_file() and path.name != SUMS
    }
    sums = folder / group / SUMS
    lines = sums.read_text(encoding="utf-8").splitlines() if sums.is_file() else []
    return whole, {name: value for value, _, name in (line.partition("  ") for line in lines)}


def write(folder: Path, group: str, said: dict[str, str], *, small: bool) -> None:
    """Put a group's outputs in place of what the folder has of it."""
    if (folder / group).is_dir():
        shutil.rmtree(folder / group)
    sums = []
    for name, text in sorted(said.items()):
        if small and len(text.encode()) > LARGEST_BYTES:
            sums.append(f"{digest(text)}  {name}\n")
            continue
        path = folder / group / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    if sums:
        (folder / group).mkdir(parents=True, exist_ok=True)
        (folder / group / SUMS).write_text("".join(sums), encoding="utf-8")


def same(old: str, new: str, *, loose: bool) -> bool:
    """Whether two outputs are equal; `loose` as in this module's docstring."""
    if old == new:
        return True
    if not loose:
        return False
    old, new = _SUM.sub("<picture>", old), _SUM.sub("<picture>", new)
    numbers = list(zip(_NUMBER.findall(old), _NUMBER.findall(new), strict=False))
    return _NUMBER.sub("#", old) == _NUMBER.sub("#", new) and all(_near(*pair) for pair in numbers)


def _near(old: str, new: str) -> bool:
    """Whether two written numbers differ by one unit of the last digit at most, or by a millionth of them."""
    decimals = min(len(text.partition(".")[2]) if "e" not in text.lower() else 0 for text in (old, new))
    unit = 0.0 if decimals == 0 else 1.01 * 10.0**-decimals
    return abs(float(old) - float(new)) <= max(unit, 1e-6 * abs(float(old)))


def differences(folder: Path, group: str, said: dict[str, str], *, loose: bool = False, migrated: bool = False) -> list[str]:
    """Lines that say how `said` differs from what `folder` has of a group; none if it does not."""
    whole, sums = kept(folder, group)
    shown = {name: comparable(text, migrated=migrated) for name, text in said.items() if name not in sums}
    whole = {name: comparable(text, migrated=migrated) for name, text in whole.items()}
    if not whole and not sums:
        raise GoldenError(f"{folder / group}: nothing is kept there; make it first")
    found = [f"{group}/{name}: is new\n" for name in sorted(said.keys() - whole.keys() - sums.keys())]
    found += [f"{group}/{name}: is missing\n" for name in sorted((whole.keys() | sums.keys()) - said.keys())]
    for name, text in sorted(said.items()):
        if name in whole and not same(whole[name], shown[name], loose=loose):
            before, after = whole[name].splitlines(keepends=True), shown[name].splitlines(keepends=True)
            found += difflib.unified_diff(before, after, f"old/{group}/{name}", f"new/{group}/{name}", n=1)
        elif name in sums and not loose and sums[name] != digest(text):
            found.append(f"{group}/{name}: its sum is another; `make` both trees without --small and compare those\n")
    return found


def main() -> int:
    """Make or compare; 0 if nothing differs, 1 if something does, 2 if it cannot be told."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["make", "compare"])
    parser.add_argument("folder", type=Path, metavar="DIR")
    parser.add_argument("--tree", type=Path, default=ROOT, help="the code that is asked")
    parser.add_argument("--only", nargs="+", choices=list(GROUPS), default=list(GROUPS), metavar="GROUP", help=", ".join(GROUPS))
    parser.add_argument("--small", action="store_true", help="large outputs as sums")
    parser.add_argument("--loose", action="store_true", help="for another processor than that of DIR")
    parser.add_argument("--migrated", action="store_true", help="leave out what format 2 of design.json adds")
    asked = parser.parse_args()
    if not (asked.tree / "wifiplan").is_dir():
        parser.error(f"{asked.tree}: there is no wifiplan in it; give the root of a checkout")
    if asked.migrated:
        print(f"left out on both sides: {', '.join(MIGRATED)}", flush=True)
    total = 0
    for group in asked.only:
        started_s = time.perf_counter()
        try:
            said = said_by(asked.tree, group)
            found = (
                [] if asked.what == "make" else differences(asked.folder, group, said, loose=asked.loose, migrated=asked.migrated)
            )
        except GoldenError as error:
            print(f"golden: {error}", file=sys.stderr)
            return 2
        if asked.what == "make":
            write(asked.folder, group, said, small=asked.small)
        total += bool(found)
        words = "made" if asked.what == "make" else "differs" if found else "equal"
        print(f"{group:<10} {len(said):>3} outputs {words:<8} {time.perf_counter() - started_s:6.1f} s", flush=True)
        sys.stdout.writelines(found[:SHOWN_LINES])
        if len(found) > SHOWN_LINES:
            print(f"… and {len(found) - SHOWN_LINES} lines more")
    return 1 if total else 0


if __name__ == "__main__":
    raise SystemExit(main())
