"""What the pages and `wifiplan status` show, read and cached: configuration, designs, newest samples. Nothing here writes.

The app's settings come by environment, since a Streamlit script has no arguments that outlive a reload: `wifiplan app`
sets them from its options. The caches are the process's, shared by all viewers, and keyed by a file's time and size.
"""

from __future__ import annotations

import functools
import io
import os
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from collectors import config as collect_config
from collectors.errors import CollectError
from collectors.stores.store import open_store
from dashboards import roles, shelters, watch
from dashboards.facts import MEASUREMENTS
from floorplans.errors import FloorPlanError
from wifiplan import model
from wifiplan.errors import DesignError, RadioError
from wifiplan.files import read_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.figure import Figure

    from collectors.config import Config
    from collectors.metrics import Sample
    from dashboards.facts import LiveAp
    from dashboards.matching import Matching
    from dashboards.roles import Access
    from dashboards.shelters import ShelterNow
    from dashboards.states import Facility
    from wifiplan.model import Band, Design
    from wifiplan.radio.radiomap import RadioMap
    from wifiplan.report.catalogue import Lang

CONFIG_ENV = "WIFIPLAN_APP_CONFIG"
DESIGN_ENV = "WIFIPLAN_APP_DESIGN"
CITY_ENV = "WIFIPLAN_APP_CITY"
PASSWORD_ENV = "WIFIPLAN_APP_PASSWORD"  # noqa: S105
ACCESS_ENV = "WIFIPLAN_APP_ACCESS"

SLOWEST_REFRESH_S = 10.0
"""A page is read again at least so often, so that "12 s ago" stays true."""

_SHARED_S = 0.5
"""Viewers within so short a time share one reading of the store."""

_READING_SHARE = 0.2
"""Of its time the thread that reads for all viewers reads at most so much, and leaves the rest to the pages."""
_KEPT_PERIODS = 3.0
"""What is older than so many periods of that thread is not shown: the thread is stuck, and the viewer reads."""
_ALONE_S = 60.0
"""Where nobody has looked for so long it is read more seldom, until somebody looks."""

_DPI = 150

_lock = threading.Lock()
_shared: tuple[str, float, Snapshot] | None = None
_drawing = threading.RLock()
_is_kept, _period_s, _asked_s = False, _SHARED_S, 0.0

Stamp = tuple[int, int]
"""A file's time and size: a cache keyed by it never shows an old file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """Why there is nothing to show: `kind` has words in the locale, `text` is the error's own line."""

    kind: Literal["config", "config_broken", "store", "empty"]
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """All facilities at one time, worst first. With a `trouble` they are what can be said without samples."""

    time: datetime
    facilities: tuple[Facility, ...] = ()
    shelters: tuple[ShelterNow, ...] = ()
    unassigned: tuple[LiveAp, ...] = ()
    faults: tuple[str, ...] = ()
    config: Config | None = None
    trouble: Trouble | None = None


def refresh_s(config: Config | None) -> float:
    """How often a page asks again: twice in the shortest poll interval, so that news is seen within one."""
    if config is None or not config.targets:
        return SLOWEST_REFRESH_S
    shortest_s = min(target.interval_s for target in config.targets)
    return max(1.0, min(shortest_s / 2, SLOWEST_REFRESH_S))


def stamp(path: Path) -> Stamp:
    """(0, 0) for a file that is not there."""
    try:
        facts = path.stat()
    except OSError:
        return 0, 0
    return facts.st_mtime_ns, facts.st_size


@functools.lru_cache(maxsize=1000)
def _design(path: Path, stamp: Stamp) -> Design:
    del stamp
    return model.load(path)


@functools.lru_cache(maxsize=4)
def _config(path: Path, stamp: Stamp) -> Config:
    del stamp
    return collect_config.load(path)


def read_designs(config: Config | None, extra: Path | None = None) -> dict[Path, Design | str]:
    """Every design that `extra` or a target names, or why it cannot be read: one broken file stops no other."""
    paths = [] if config is None else [path for one in config.designs_by_site().values() for path in one]
    if extra is not None and extra.resolve() not in {path.resolve() for path in paths}:
        paths.insert(0, extra)
    found: dict[Path, Design | str] = {}
    for path in dict.fromkeys(paths):
        try:
            found[path] = _design(path, stamp(path))
        except (RadioError, FloorPlanError) as error:
            found[path] = str(error)
    return found


def current_facilities(config: Config, *, now: datetime | None = None) -> tuple[Facility, ...]:
    """Every facility's state by what the store has now. Raises `CollectError` when the store cannot be read."""
    samples = newest(config)
    return watch.status(config, read_designs(config), samples, now=now or datetime.now(UTC))


@dataclass(frozen=True, slots=True, kw_only=True)
class Now:
    """What is known at one time: every facility, the same as shelters, and the access points that no rule gives to a site.

    `faults` are lines about shelters that could not be used.
    """

    time: datetime
    facilities: tuple[Facility, ...]
    shelters: tuple[ShelterNow, ...] = ()
    unassigned: tuple[LiveAp, ...] = ()
    faults: tuple[str, ...] = ()


def current(config: Config, *, now: datetime | None = None) -> Now:
    """Every facility's state, and what has no site. Raises `CollectError` when the store cannot be read."""
    return seen(config, newest(config), now=now or datetime.now(UTC))


def seen(config: Config, samples: Sequence[Sample], *, now: datetime) -> Now:
    """All that is known at a time by the newest samples of every series, and by what the city and its staff say of shelters."""
    facilities = watch.status(config, read_designs(config), samples, now=now)
    known = shelters.known(config, now)
    return Now(
        time=now,
        facilities=facilities,
        shelters=shelters.shelters_now(config, facilities, known, shelters.load_counts(config), now),
        unassigned=watch.unassigned(config, samples, now=now),
        faults=known.faults,
    )


def joined(config: Config, *, now: datetime | None = None) -> dict[str, Matching]:
    """Site -> how its plan meets what is live. Raises `CollectError` when the store cannot be read."""
    return watch.joined(config, read_designs(config), newest(config), now=now or datetime.now(UTC))


def newest(config: Config) -> list[Sample]:
    """The newest sample of every series. Raises `CollectError` when the store cannot be read."""
    with open_store(config.store_url, read_only=True) as store:
        return [sample for name in MEASUREMENTS for sample in store.latest(name)]


def snapshot() -> Snapshot:
    """What is known now; never raises for a file or a store that is missing, broken or empty.

    While `keep_fresh` is at work a viewer gets what it has read last, and waits for nothing.
    """
    global _shared, _asked_s  # noqa: PLW0603
    name = os.environ.get(CONFIG_ENV, "")
    if not name:
        return Snapshot(time=datetime.now(UTC), trouble=Trouble(kind="config"))
    _asked_s = time.monotonic()
    kept = _shared
    if kept is not None and kept[0] == name and _asked_s - kept[1] <= (_KEPT_PERIODS * _period_s if _is_kept else _SHARED_S):
        return kept[2]
    with _lock:
        if _shared is None or _shared[0] != name or time.monotonic() - _shared[1] > _SHARED_S:
            _shared = name, time.monotonic(), _snapshot(Path(name))
        return _shared[2]


def forget() -> None:
    """Read the store and the files again at the next look: somebody has just changed what they say."""
    global _shared  # noqa: PLW0603
    with _lock:
        _shared = None


def keep_fresh(stop: threading.Event) -> None:
    """Read the store again and again for all viewers until `stop` is set: for a thread of its own, a fifth of its time.

    A thousand facilities take a second; 20 viewers who each read them would wait for each other.
    """
    global _shared, _is_kept, _period_s  # noqa: PLW0603
    _is_kept = True
    while not stop.is_set():
        name, started_s = os.environ.get(CONFIG_ENV, ""), time.monotonic()
        if name:
            with _lock:
                before = _shared
            fresh = _snapshot(Path(name))
            with _lock:
                if _shared is before:  # somebody who changed something has not read in between
                    _shared = name, started_s, fresh
        took_s = time.monotonic() - started_s
        _period_s = max(_SHARED_S, took_s / _READING_SHARE)
        stop.wait(_period_s - took_s)
        while _is_alone() and time.monotonic() - started_s < SLOWEST_REFRESH_S and not stop.wait(_SHARED_S):
            pass
    _is_kept = False


def _is_alone() -> bool:
    return time.monotonic() - _asked_s > _ALONE_S


def _snapshot(path: Path) -> Snapshot:
    now = datetime.now(UTC)
    try:
        config = _config(path, stamp(path))
    except CollectError as error:
        return Snapshot(time=now, trouble=Trouble(kind="config_broken", text=str(error)))
    trouble, samples = None, []
    try:
        samples = newest(config)
    except CollectError as error:
        trouble = Trouble(kind="store", text=str(error))
    if not samples and trouble is None:
        trouble = Trouble(kind="empty")
    found = seen(config, samples, now=now)
    return Snapshot(
        time=now,
        facilities=found.facilities,
        shelters=found.shelters,
        unassigned=found.unassigned,
        faults=found.faults,
        config=config,
        trouble=trouble,
    )


def designs() -> dict[Path, Design | str]:
    """All designs there are to look at: the one of `--design` first, then those of the targets."""
    extra = os.environ.get(DESIGN_ENV, "")
    return read_designs(snapshot().config, Path(extra) if extra else None)


@functools.lru_cache(maxsize=64)
def _sums(url: str, measurement: str, site: str, since: datetime, until: datetime) -> tuple[Sample, ...]:
    with open_store(url, read_only=True) as store:
        return tuple(store.read(measurement, site=site, since=since, until=until))


def sums(config: Config, measurement: str, site: str, since: datetime, until: datetime) -> tuple[Sample, ...]:
    """Sums of a site over a span; viewers within one minute share one reading. Raises `CollectError` when it cannot be read."""
    minute = timedelta(minutes=1)
    until = until.replace(second=0, microsecond=0) + minute
    return _sums(config.store_url, measurement, site, since.replace(second=0, microsecond=0), until)


def outlines(config: Config | None) -> dict[str, tuple[tuple[float, float], ...]]:
    """Site -> the outline of its first design that can be read, in metres of its own; sites without one are left out."""
    if config is None:
        return {}
    found, readable = {}, read_designs(config)
    for site, paths in config.designs_by_site().items():
        design = next((design for path in paths if not isinstance(design := readable[path], str)), None)
        if design is not None:
            found[site] = tuple((float(x), float(y)) for x, y in design.floor_plan.levels[0].outline_m)
    return found


def coverage_share(design: Design) -> float | None:
    """Share of the floor with the required strength, as placement found it; None where nobody has computed it."""
    return None if design.placement is None else design.placement.coverage_share


def password() -> str:
    """What a viewer must give; empty: nobody is asked."""
    return os.environ.get(PASSWORD_ENV, "")


@functools.lru_cache(maxsize=4)
def _access(path: Path, stamp: Stamp) -> Access:
    del stamp
    return roles.load(path)


def access() -> Access | None:
    """Who may do what by the access.toml of `--access`; None where none was given.

    Raises
    ------
    CollectError, AccessError
        It has become unreadable: nobody may do anything until it is mended.
    """
    name = os.environ.get(ACCESS_ENV, "")
    return _access(Path(name), stamp(Path(name))) if name else None


def deeds_log() -> Path:
    """Where it is written who did what: as access.toml says, else in the spool's folder, else here."""
    config = snapshot().config
    return roles.log_of(access(), Path.cwd() if config is None else config.spool)


def drawing_lock() -> threading.RLock:
    """Held by whoever draws a figure: Matplotlib takes one thread at a time."""
    return _drawing


# --- figures --------------------------------------------------------------------------------------------------------


@functools.lru_cache(maxsize=32)
def plan_png(path: Path, stamp: Stamp, lang: Lang, level: int) -> bytes:
    """The layout of a design's storey."""
    from wifiplan.report import plan_figure as figures

    with _drawing:
        return _png(figures.plan_figure(_design(path, stamp), lang, level=level))


@functools.lru_cache(maxsize=64)
def heatmap_png(path: Path, stamp: Stamp, lang: Lang, level: int, band: Band) -> bytes:
    """Signal strength of a design's storey in one band."""
    from wifiplan.report import maps

    with _drawing:  # two viewers who ask at once wait for one computation
        radio_map = _coverage_map(path, stamp, level, band)
        return _png(maps.heatmap_figure(_design(path, stamp), band, lang, level=level, radio_map=radio_map))


@functools.lru_cache(maxsize=16)
def load_png(path: Path, stamp: Stamp, lang: Lang) -> bytes:
    """Planned clients of each radio against its limit."""
    from wifiplan.report import loads

    with _drawing:
        return _png(loads.load_figure(loads.planned_radios(_design(path, stamp)), lang))


@functools.lru_cache(maxsize=16)
def _coverage_map(path: Path, stamp: Stamp, level: int, band: Band) -> RadioMap:
    """Both languages draw the same map: it is computed once."""
    from wifiplan.report import maps

    return maps.coverage_map(_design(path, stamp), band, level=level)


def _png(figure: Figure) -> bytes:
    out = io.BytesIO()
    figure.savefig(out, format="png", dpi=_DPI)
    return out.getvalue()


def read_city(folder: Path) -> dict[str, Any]:
    """A city's plan as `wifiplan city` left it in its folder.

    Raises
    ------
    RadioError
        No plan there, or none that can be read.
    """
    path = folder / "city.json" if folder.is_dir() else folder
    found = read_json(path, "give the folder that `wifiplan city --out` wrote")
    needed = {"facilities", "skipped", "warnings", "totals", "budget"}
    if not isinstance(found, dict) or not needed <= set(found) or not isinstance(found["facilities"], list):
        raise DesignError(f"{path}: no city's plan; give the folder that `wifiplan city --out` wrote")
    return found


@functools.lru_cache(maxsize=2)
def _city(path: Path, stamp: Stamp) -> dict[str, Any]:
    del stamp
    return read_city(path)


def city() -> dict[str, Any] | str | None:
    """The city's plan that the app was started with; the one line why it cannot be read; None where there is none."""
    text = os.environ.get(CITY_ENV, "")
    if not text:
        return None
    path = Path(text) / "city.json"
    try:
        return _city(path, stamp(path))
    except (RadioError, OSError) as error:
        return str(error)


@functools.lru_cache(maxsize=4)
def _city_png(path: Path, stamp: Stamp, lang: Lang) -> bytes | None:
    from wifiplan.report import city_figures

    with _drawing:
        figure = city_figures.map_figure(_city(path, stamp), lang)
        return None if figure is None else _png(figure)


def city_map_png(lang: Lang) -> bytes | None:
    """The map of the city's plan; None where no facility has a known place."""
    path = Path(os.environ[CITY_ENV]) / "city.json"
    return _city_png(path, stamp(path), lang)
