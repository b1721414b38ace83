"""Which shelters are opened, how many people are there, and what they hold: a city's CSV, and what staff say themselves.

The CSV is what cities publish (columns 名称, 人数, 時点, 想定収容人数 and others, of which only the name is needed). What staff
say is a log beside the spool, one line each: who said what when. The newest that is known of a shelter holds.
"""

from __future__ import annotations

import csv
import io
import json
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from collectors.errors import ConfigError
from collectors.files import add_rows, read_text
from dashboards.people import HeadCount

if TYPE_CHECKING:
    from pathlib import Path
    from zoneinfo import ZoneInfo

    from collectors.config import Config

_NAMES = (
    *("名称", "施設・場所名", "施設名", "施設名称", "避難所名", "避難所名称", "避難所", "開設避難所", "避難場所名", "施設"),
    *("name", "site", "shelter", "shelter name"),
)
_PEOPLE = (
    *("人数計", "避難者数計", "避難者数合計", "人数", "避難者数", "避難人数", "避難者人数", "避難者", "収容者数", "現在人数"),
    *("現在避難者数", "people", "evacuees", "persons"),
)
_TIMES = ("時点", "日時", "更新日時", "更新時刻", "確認日時", "報告日時", "集計日時", "time", "at", "updated")
_CAPACITY = ("想定収容人数", "収容人数", "収容可能人数", "収容人員", "定員", "capacity")
_STATES = ("開設状況", "状況", "開設状態", "状態", "開設", "受入状況", "開設区分", "status", "state", "opened")
_STILL_OPEN = re.compile(r"(閉鎖|閉所|終了)予定|ほぼ満|やや|混雑")
_CLOSED = re.compile(
    r"閉|未|なし|無し?$|予定|準備|停止|不可|休止|待機|解消|解除|廃止|終了|中止|撤収|[×✕✖]|not|^(closed?|no|false|standby|planned|0)$"
)
_FULL = re.compile(r"満[員室杯]?|定員|受け?入れ?(停止|不可|終了)|full")
_OPEN = re.compile(
    r"開設|開所|開いて|受入可|受け入れ可|利用可|可$|(運営|利用|受入|受付)中$|有り?$|あり|[○◎〇△●]|混雑|満|open|yes|true|空|^1$"
)
_UNSAID = frozenset(("", "-", "ー", "―", "−", "不明", "確認中", "調査中", "集計中", "?", "n/a", "unknown"))
_MOST_TITLE_LINES = 10
_MOST_PEOPLE = 1_000_000
_MOST_ROWS = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One row of a list of opened shelters. What it does not say is None or empty."""

    name: str
    row: int
    opened: bool | None = True
    full: bool = False
    people: int | None = None
    counted_at: datetime | None = None
    capacity_people: int | None = None
    capacity_outdoor_people: int | None = None
    latitude: float | None = None
    longitude: float | None = None
    district: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedList:
    """A list of opened shelters as it was read; `faults` are rows or cells that say nothing, each a line."""

    shelters: tuple[Listed, ...] = ()
    read_at: datetime | None = None
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a member of staff said of a site. None: nothing about that."""

    site: str
    time: datetime
    who: str
    opened: bool | None = None
    full: bool | None = None
    people: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelter:
    """What is known of a site as a shelter. `opened` None: nobody has said. `since` is when it was first said to be as it is."""

    site: str
    opened: bool | None = None
    full: bool = False
    since: datetime | None = None
    count: HeadCount | None = None
    capacity_people: int | None = None
    capacity_outdoor_people: int | None = None
    latitude: float | None = None
    longitude: float | None = None
    district: str = ""
    said_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """All shelters by site. `unknown` are rows of the list that are no site of targets.toml, `faults` what could not be used."""

    shelters: Mapping[str, Shelter] = field(default_factory=dict)
    unknown: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()


def plain(name: str) -> str:
    """A name as it is compared: full and half width and all spaces are one.

    >>> plain("第１ 小学校　体育館") == plain("第1小学校体育館")
    True
    """
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())


def indoor_and_outdoor(text: str) -> tuple[int | None, int | None]:
    """Capacity in words: people indoors and outdoors; a bare number is indoors.

    >>> indoor_and_outdoor("屋内1,371人／屋外5,470人（面積の1/2）"), indoor_and_outdoor("300"), indoor_and_outdoor("")
    ((1371, 5470), (300, None), (None, None))
    """
    text = unicodedata.normalize("NFKC", text).replace(",", "")
    inside, outside = (re.search(rf"屋{side}\s*(\d{{1,7}})", text) for side in "内外")
    if inside or outside:
        return None if inside is None else int(inside[1]), None if outside is None else int(outside[1])
    bare = re.fullmatch(r"\s*(\d{1,7})\s*(?:人|名)?\s*", text)
    return (int(bare[1]) if bare else None), None


def japanese_time(text: str, zone: ZoneInfo) -> datetime | None:
    """A time as cities write it (令和6年1月9日午後6時, 2024/1/9 18:00, RFC 3339); None where it is none of these."""
    text = unicodedata.normalize("NFKC", text).strip().removesuffix("時点").removesuffix("現在").strip("_ ")
    found = re.search(
        r"(?:(令和|平成|R|H)\s*(\d{1,2}|元)|(\d{4}))\s*[年/.-]\s*(\d{1,2})\s*[月/.-]\s*(\d{1,2})\s*日?\s*"
        r"(?:[T\s]*(午前|午後)?\s*(\d{1,2})\s*(?:時|:)\s*(?:(\d{1,2})|(半))?)?",
        text,
    )
    if found is None:
        return None
    try:
        iso = datetime.fromisoformat(text)
    except ValueError:
        pass
    else:
        return (iso if iso.tzinfo is not None else iso.replace(tzinfo=zone)).astimezone(UTC)
    era, era_year, year, month, day, half, hour, minute, half_past = found.groups()
    years = (
        int(year)
        if year
        else {"令和": 2018, "R": 2018, "平成": 1988, "H": 1988}[era] + (1 if era_year == "元" else int(era_year))
    )
    hours = int(hour or 0) % 12 + 12 if half == "午後" and hour != "12" else int(hour or 0)
    if half == "午後" and hour == "12":
        hours = 12
    try:
        at = datetime(years, int(month), int(day), hours % 24, 30 if half_past else int(minute or 0), tzinfo=zone)
    except ValueError:
        return None
    return at.astimezone(UTC)


def read_list(path: Path, zone: ZoneInfo, *, read_at: datetime | None = None) -> OpenedList:
    """Read a list of opened shelters. A row or a cell that cannot be read is a fault, and the rest holds.

    Raises
    ------
    ConfigError
        It cannot be read, is no text, or has no column of names.
    """
    text = read_text(path, "give the path of a CSV of opened shelters")
    delimiter = max(",;\t", key=text[:4096].count)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    heads: list[str] = []
    first: list[str] = []
    time: datetime | None = None
    try:
        for _ in range(_MOST_TITLE_LINES):  # lines above the headings say what the list is, and of what time
            line = next(rows, [])
            heads = [_head(cell) for cell in line]
            first = first or heads
            if _column(heads, _NAMES) is not None:
                break
            time = time or next((at for cell in line if (at := japanese_time(cell, zone)) is not None), None)
        table = [(rows.line_num, row) for _, row in zip(range(_MOST_ROWS), rows, strict=False)]
    except csv.Error as error:
        raise ConfigError(f"{path}: no CSV ({error}); save it as CSV") from None
    name_at = _column(heads, _NAMES)
    if name_at is None:
        raise ConfigError(f"{path}: no column of names; name one 名称 (there are {', '.join(first[:12]) or 'none'})")
    found: list[Listed] = []
    faults: list[str] = []
    for number, row in table:
        cells = {head: cell.strip() for head, cell in zip(heads, row, strict=False)}
        name = row[name_at].strip() if name_at < len(row) else ""
        if name:
            one = _listed(name, number, heads, cells, zone, faults, path)
            found.append(one if one.counted_at is not None or time is None else replace(one, counted_at=time))
        elif any(cells.values()):
            faults.append(f"{path}: row {number}: no name; the row is left out")
    return OpenedList(shelters=tuple(found), read_at=read_at, faults=tuple(faults))


def _head(cell: str) -> str:
    """A heading without its unit, line breaks and marks: `避難者数（人）`, `人数(計)`."""
    plain_cell = "".join(unicodedata.normalize("NFKC", cell).split()) if not cell.isascii() else " ".join(cell.split())
    return (
        re.sub(r"\((人|名|人数|persons?)\)$", "", plain_cell, flags=re.IGNORECASE).replace("(計)", "計").replace("(合計)", "計")
    )


def _state(text: str) -> tuple[bool | None, bool]:
    """Whether a shelter is opened and whether it is full, by the words of its state; None is unknown.

    >>> _state("開設中"), _state("開設(満員)"), _state("準備中"), _state("受入停止"), _state("確認中")
    ((True, False), (True, True), (False, False), (True, True), (None, False))
    """
    said = plain(text)
    if said in _UNSAID:
        return None, False
    if _STILL_OPEN.search(said):
        return True, False
    if _FULL.search(said) and not said.startswith(("未", "閉")):
        return True, True
    if _CLOSED.search(said):
        return False, False
    return (True if _OPEN.search(said) else None), False


def _people(text: str) -> int | None:
    """A number of people as lists have it: `１２０人`, `約120名`, `1,200`, `120(うち要配慮者10)`; None where it is none."""
    said = unicodedata.normalize("NFKC", text).replace(",", "").strip()
    found = re.fullmatch(r"約?\s*(\d{1,7})\s*[人名]?\s*(程度|ほど|前後|くらい|弱|強)?(\(.*\))?", said)
    return int(found[1]) if found and int(found[1]) <= _MOST_PEOPLE else None


def _column(heads: Sequence[str], names: Sequence[str]) -> int | None:
    """The column of the first name that is a head, or that begins one (人数_令和6年1月9日午後6時時点)."""
    for name in names:
        for number, head in enumerate(heads):
            if head.casefold() == name:
                return number
    for name in names:
        for number, head in enumerate(heads):
            if head.startswith(f"{name}_"):
                return number
    return None


def _listed(  # noqa: PLR0917
    name: str, number: int, heads: Sequence[str], cells: Mapping[str, str], zone: ZoneInfo, faults: list[str], path: Path
) -> Listed:
    def cell(names: Sequence[str]) -> str:
        at = _column(heads, names)
        return "" if at is None else cells.get(heads[at], "")

    def said(text: str, what: str) -> None:
        faults.append(f"{path}: row {number} ({name}): {what} is not readable ({text[:40]!r}); it is left out")

    people_head = _column(heads, _PEOPLE)
    people_text = cell(_PEOPLE)
    people = _people(people_text)
    if people is None and plain(people_text) not in _UNSAID:
        said(people_text, "the number of people")
    time_text = cell(_TIMES) or ("" if people_head is None else heads[people_head].partition("_")[2])
    counted_at = japanese_time(time_text, zone) if time_text else None
    if time_text and counted_at is None:
        said(time_text, "the time")
    capacity_text = cell(_CAPACITY)
    inside, outside = indoor_and_outdoor(capacity_text)
    if capacity_text and inside is None and outside is None:
        said(capacity_text, "the capacity")
    state_text = cell(_STATES)
    opened, full = _state(state_text) if state_text else (True, False)
    if opened is None and plain(state_text) not in _UNSAID:
        said(state_text, "the state")
    places = [_degrees(cell(heads_of)) for heads_of in (("緯度", "latitude", "lat"), ("経度", "longitude", "lon"))]
    return Listed(
        name=name,
        row=number,
        opened=opened,
        full=full,
        people=people,
        counted_at=counted_at,
        capacity_people=inside,
        capacity_outdoor_people=outside,
        latitude=places[0],
        longitude=places[1],
        district=cell(("地区", "district")),
    )


def _degrees(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if -180 <= value <= 180 else None


# --- what staff say -------------------------------------------------------------------------------------------------


def said_path(config: Config) -> Path:
    """Where the log of what staff said stands."""
    return config.spool / "shelters.jsonl"


def say(config: Config, said: Said) -> None:
    """Add to the log what somebody said.

    Raises
    ------
    ConfigError
        There is no such site, or the number is none.
    CollectError
        The log cannot be written.
    """
    refuse_nonsense(config, said)
    told = {"opened": said.opened, "full": said.full, "people": said.people}
    written = {"time": said.time.isoformat(), "who": said.who, "site": said.site}
    add_rows(said_path(config), [written | {name: value for name, value in told.items() if value is not None}])


def refuse_nonsense(config: Config, said: Said) -> None:
    """Refuse a site that there is not, a number that is none, what contradicts itself, and what nobody says.

    Raises
    ------
    ConfigError
        It is one of these.
    """
    if said.site not in config.site_names:
        raise ConfigError(f"{said.site}: no such site; there are {', '.join(sorted(config.site_names)[:12])}")
    if said.opened is False and said.full:
        raise ConfigError(f"{said.site}: closed and full; say one of the two")
    if not said.who.strip():
        raise ConfigError(f"{said.site}: nobody says so; give a name")
    if said.people is not None and not 0 <= said.people <= _MOST_PEOPLE:
        raise ConfigError(f"{said.people} people: give a number from 0 to {_MOST_PEOPLE}")


def load_said(config: Config) -> tuple[Said, ...]:
    """All that staff said, in the order of the log; a line that is broken (a machine that lost power) is left out."""
    try:
        text = said_path(config).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ()
    found = []
    for line in text.splitlines():
        try:
            found.append(_said(json.loads(line)))
        except (ValueError, TypeError, KeyError, AttributeError):
            continue
    return tuple(found)


def _said(written: Mapping[str, Any]) -> Said:
    people, opened, full = (written.get(name) for name in ("people", "opened", "full"))
    return Said(
        site=str(written["site"]),
        time=datetime.fromisoformat(written["time"]).astimezone(UTC),
        who=str(written.get("who", "")),
        opened=opened if isinstance(opened, bool) else None,
        full=full if isinstance(full, bool) else None,
        people=people if isinstance(people, int) and not isinstance(people, bool) else None,
    )


# --- both together --------------------------------------------------------------------------------------------------


def merged(config: Config, listed: OpenedList | None, said: Iterable[Said], now: datetime) -> Opened:
    """What is known of every site as a shelter: the list, and after it what staff said later than it.

    Two rows of one name, and a row that is no site, are told and left out; all others hold. With a list, a site that is not on
    it is not opened; without one nothing is known until staff say it.
    """
    by_name: dict[str, list[Listed]] = {}
    for one in () if listed is None else listed.shelters:
        by_name.setdefault(plain(one.name), []).append(one)
    faults = [] if listed is None else list(listed.faults)
    sites = {site.name: site for site in config.sites}
    shelters: dict[str, Shelter] = {}
    used: set[str] = set()
    for name in config.site_names:
        site = sites.get(name)
        key = plain(site.shelter if site is not None and site.shelter else name)
        used.add(key)
        rows = by_name.get(key, [])
        if len(rows) > 1:
            lines = ", ".join(str(row.row) for row in rows)
            faults.append(
                f"{rows[0].name}: {len(rows)} shelters of one name (rows {lines}); whether {name} is opened is not known"
            )
        row = rows[0] if len(rows) == 1 else None
        is_known = listed is not None and len(rows) < 2
        shelters[name] = Shelter(
            site=name,
            opened=(row is not None and row.opened) if is_known else None,
            full=row is not None and row.full,
            since=None if row is None else row.counted_at or (None if listed is None else listed.read_at),
            count=_count_of(name, row, listed),
            capacity_people=_first(None if site is None else site.capacity_people, None if row is None else row.capacity_people),
            capacity_outdoor_people=None if row is None else row.capacity_outdoor_people,
            latitude=_first(None if site is None else site.latitude, None if row is None else row.latitude),
            longitude=_first(None if site is None else site.longitude, None if row is None else row.longitude),
            district=(site.district if site is not None else "") or ("" if row is None else row.district),
            said_by="" if row is None else "list",
        )
    for word in sorted(said, key=lambda one: one.time):
        before = shelters.get(word.site)
        if before is not None and word.time <= now:
            shelters[word.site] = _with(before, word, None if listed is None else listed.read_at)
    unknown = tuple(rows[0].name for key, rows in by_name.items() if key not in used)
    return Opened(shelters=shelters, unknown=unknown, faults=tuple(faults))


def _first(*values: Any) -> Any:
    return next((value for value in values if value is not None), None)


def _count_of(site: str, row: Listed | None, listed: OpenedList | None) -> HeadCount | None:
    at = None if row is None else row.counted_at or (None if listed is None else listed.read_at)
    return None if row is None or row.people is None or at is None else HeadCount(site=site, time=at, people=row.people)


def _with(before: Shelter, said: Said, listed_at: datetime | None) -> Shelter:
    after = before
    stated_at = before.since or listed_at
    if said.opened is not None and (stated_at is None or said.time >= stated_at):
        after = replace(
            after,
            opened=said.opened,
            full=after.full and said.opened,
            since=said.time if said.opened != before.opened or before.since is None else before.since,
            said_by=said.who,
        )
    if said.full is not None and (stated_at is None or said.time >= stated_at):
        after = replace(after, full=said.full, said_by=said.who)
    if said.people is not None and (before.count is None or said.time >= before.count.time):
        after = replace(after, count=HeadCount(site=said.site, time=said.time, people=said.people))
    return after
