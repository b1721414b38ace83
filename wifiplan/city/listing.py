"""Facilities of the lists that cities publish: what is a building for people, once each, and what was left out and why.

Rules, in this order; each row that they leave out is a `Skipped`, each that they mend a warning: rows that add others up; rows
without a name; places in the open, by the word that a name ends with, or where the list gives room only in the open; sites in the
open by their kind without a floor; the same facility again, which fills what its first row left open.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from wifiplan.city import places, table
from wifiplan.city.headings import field_of, is_heading, is_total, names
from wifiplan.city.quantities import degrees, quantity
from wifiplan.city.words import said, words
from wifiplan.errors import DesignError

HAZARDS = ("flood", "landslide", "storm-surge", "earthquake", "tsunami", "fire", "inland-flood", "volcano")
"""The eight kinds of disaster that emergency sites are designated for (災害対策基本法施行令 第20条の2)."""

MAX_FACILITIES = 100_000
MOST_AREA_M2 = 200_000.0
MOST_PERSONS = 100_000.0
"""More is a slip of the keyboard, or a whole site: Tokyo Dome's field is 13,000 m2 (assumed)."""

SAME_PLACE_M = 250.0
"""One name twice within this is one facility (assumed: a school's grounds and its entrance)."""

FAR_KM = 60.0
"""So far from the middle of all others nothing of a city lies; islands of one city do up to 50 km (assumed)."""

FREE_SHARE = 0.30
M2_PER_PERSON = 2.0
"""Kashiwa's published capacities are floor(area x 0.70 / 2): a list with persons alone is turned into an area by this rule."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facility:
    """One facility of the lists; what they do not say is None or empty.

    `number` counts what is planned; `row` is the line in `source`. `persons` is the capacity that the city publishes. `hazards`
    says for each kind of disaster that the list has a column for whether the facility is designated for it. `size_from` is what
    `floor_m2` stands on: "area", "persons", "footprint", "drawing", "usual" (assumed from its kind), or "" where there is none.
    """

    number: int
    name: str
    area_m2: float | None = None
    persons: float | None = None
    longitude_deg: float | None = None
    latitude_deg: float | None = None
    row: int = 0
    source: str = ""
    id: str = ""
    kana: str = ""
    english: str = ""
    address: str = ""
    code: str = ""
    prefecture: str = ""
    municipality: str = ""
    telephone: str = ""
    kind: str = ""
    district: str = ""
    note: str = ""
    hazards: Mapping[str, bool] = field(default_factory=dict)
    length_m: float | None = None
    width_m: float | None = None
    height_m: float | None = None
    drawing: str = ""
    usual_m2: float | None = None

    @property
    def floor_m2(self) -> float | None:
        """Floor to plan for, m2: of the list, else of the persons by the 70 % rule, else of the footprint, else of its kind."""
        if self.area_m2 is not None:
            return self.area_m2
        if self.persons is not None:
            return self.persons * M2_PER_PERSON / (1.0 - FREE_SHARE)
        if self.length_m is not None and self.width_m is not None:
            return self.length_m * self.width_m
        return self.usual_m2

    @property
    def size_from(self) -> str:
        """What the size of its plan stands on."""
        if self.drawing:
            return "drawing"
        if self.length_m is not None:
            return "footprint"
        if self.area_m2 is not None:
            return "area"
        return "persons" if self.persons is not None else "usual" if self.usual_m2 is not None else ""

    @property
    def place_deg(self) -> tuple[float, float] | None:
        """Longitude and latitude, where both are known."""
        return None if self.longitude_deg is None or self.latitude_deg is None else (self.longitude_deg, self.latitude_deg)

    @property
    def stem(self) -> str:
        """Name of its files: number and name, safe in every file system."""
        safe = re.sub(r"[^\w.-]+", "_", self.name).strip("._") or "facility"
        return f"{self.number:04d}-{safe[:60]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """A row that is not planned: its line, its name, the rule by its code, and the reason in words of both languages."""

    row: int
    name: str
    code: str
    reason: str
    reason_ja: str
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """What lists came to: facilities in their order, what was left out, and what was mended or is doubtful."""

    facilities: tuple[Facility, ...]
    skipped: tuple[Skipped, ...] = ()
    warnings: tuple[str, ...] = ()


_OUT_OF_USE = re.compile(
    r"(?:使用|利用|開設)(?:不可|できません|できない|停止|中止)|指定(?:解除|取消)|廃止|解体(?!中止)|取り?壊し"
)
"""What a remark says of a building that takes nobody; a school that is closed (閉校, 廃校) is often a shelter still."""


def read_lists(
    paths: Sequence[Path], *, columns: Mapping[str, str] | None = None, crs: str | None = None, kinds: Sequence[str] = ()
) -> Listing:
    """The facilities of one or several lists, such as 指定避難所 and 指定緊急避難場所 of one city.

    Parameters
    ----------
    paths : sequence of Path
        CSV, TSV, XLSX, or what geopandas reads.
    columns : mapping, optional
        Field -> heading, before any word that is known (`headings.read_columns`).
    crs : str, optional
        System of the coordinates, where the files do not say it.
    kinds : sequence of str
        Only facilities whose kind has one of these words.

    Raises
    ------
    DesignError
        No such file, not of that kind, no row, no column with names, or none with sizes or places.
    """
    found: list[Facility] = []
    skipped: list[Skipped] = []
    warnings: list[str] = []
    for path in paths:
        rows = _table(path)
        warnings += rows.warnings
        for one, left_out, heard in _facilities(rows, path, columns or {}, crs, kinds):
            warnings += heard
            if left_out is not None:
                skipped.append(left_out)
            if one is not None:
                found.append(one)
    if len(found) > MAX_FACILITIES:
        raise DesignError(f"{paths[0]}: {len(found)} facilities are more than {MAX_FACILITIES}; split the list")
    if not found and not skipped:
        raise DesignError(f"{paths[0]}: no facility below the headings; give a row for each")
    kept, doubles, again = _once(found)
    kept, far = _near(kept)
    skipped += doubles
    warnings += again + far
    numbered = tuple(replace(one, number=number) for number, one in enumerate(kept, 1))
    if not numbered:
        warnings.append(said("said.no-row-left", where=paths[0]))
    return Listing(
        facilities=numbered, skipped=tuple(sorted(skipped, key=lambda row: (row.source, row.row))), warnings=tuple(warnings)
    )


_NOTE = re.compile(r"[※*＊]|\(?注[)）:：0-9０-９ 　]|備考|出典|資料[:：]|作成[:：]|凡例|note\b|source\b", re.IGNORECASE)
"""How the lines under a table begin."""


def _table(path: Path) -> table.Table:
    if path.suffix.lower() in {".csv", ".tsv", ".txt", ".xlsx", ".xlsm", ""}:
        return table.read_table(path, is_heading)
    if path.suffix.lower() in {".xls", ".ods", ".pdf", ".doc", ".docx"}:
        raise DesignError(f"{path}: a list in this form is not read; save it as CSV or XLSX")
    from wifiplan.city.layers import frame

    read = frame(path)
    at = read.geometry.representative_point() if len(read) else read.geometry
    rows = []
    texts = [str(column) for column in read.columns if column != read.geometry.name]
    for number, (cells, point) in enumerate(zip(read[texts].to_dict("records"), at, strict=True), 1):
        row = {key: "" if isinstance(value, float) and math.isnan(value) else value for key, value in cells.items()}
        if point is not None and not point.is_empty:
            row |= {"longitude": point.x, "latitude": point.y}
        rows.append(table.Row(number=number, cells=row))
    if not rows:
        raise DesignError(f"{path}: no facility in it; give a list with one row for each")
    return table.Table(headings=(*texts, "longitude", "latitude"), rows=tuple(rows), warnings=read.attrs.get("warnings", ()))


def _fields(rows: table.Table, path: Path, columns: Mapping[str, str]) -> dict[str, list[str]]:
    """Field -> headings that hold it, the best first.

    Raises
    ------
    DesignError
        No name among them, or nothing else that a plan could stand on.
    """
    found: dict[str, list[tuple[int, str]]] = {}
    for head in rows.headings:
        known = field_of(table.heading(head))
        if known is not None:
            found.setdefault(known[0], []).append((known[1], head))
    ordered = {name: [head for _, head in sorted(heads, key=lambda pair: pair[0])] for name, heads in found.items()}
    for name, head in columns.items():
        match = [one for one in rows.headings if one == head or table.heading(one) == table.heading(head)]
        if not match:
            raise DesignError(f"{path}: no column {head!r} for {name}; it has {', '.join(rows.headings[:20])}")
        ordered[name] = match
    if "name" not in ordered:
        heads = ", ".join(head for head in rows.headings[:12] if head.strip())
        raise DesignError(
            f"{path}: no column with the facility's name; call it 名称, or name it in a mapping file (--columns); it has {heads}"
        )
    if not {"area_m2", "persons", "latitude_deg", "place", "address", *HAZARDS} & set(ordered):
        raise DesignError(
            f"{path}: neither a floor area nor a number of persons, and no place; add a column 面積 or 収容人数, "
            "or name it in a mapping file (--columns)"
        )
    return ordered


def _facilities(
    rows: table.Table, path: Path, columns: Mapping[str, str], crs: str | None, kinds: Sequence[str]
) -> Iterable[tuple[Facility | None, Skipped | None, list[str]]]:
    fields = _fields(rows, path, columns)
    source = path.name
    axes = _axes(fields)
    # A list that never says "not for this" but only 1 and nothing still has the column: nothing then means no.
    hazards = [name for name in HAZARDS if name in fields]

    for row in rows.rows:

        def text(name: str, cells: Mapping[str, Any] = row.cells) -> str:
            filled = (str(cells.get(head, "")).strip() for head in fields.get(name, ()))
            return " ".join(next((one for one in filled if one and one.casefold() not in {"none", "nan"}), "").split())

        name = _as_text(text("name"))
        if not name:
            if any(str(cell).strip() for key, cell in row.cells.items() if key not in {"longitude", "latitude"}):
                first = next((str(cell) for cell in row.cells.values() if str(cell).strip()), "")
                reason = "total" if is_total(first) else "no-name"
                yield None, _left(row.number, first[:40], reason, source), []
            continue
        if is_total(name):
            yield None, _left(row.number, name, "total", source), []
            continue
        if _NOTE.match(name) and not (text("latitude") or text("persons") or text("address")):
            yield None, _left(row.number, name[:40], "note", source), []
            continue
        if table.heading(name) in {table.heading(head) for head in fields["name"]}:
            continue  # the headings again, as pages of a printed list have them
        heard: list[str] = []
        where = said("said.row", source=source, row=row.number, name=name)
        area, persons = _area(row, fields, where, heard), _persons(row, fields, where, heard)
        kind = text("kind")
        if kinds and not any(word in kind for word in kinds):
            yield None, _left(row.number, name, "kind", source, kind=kind or "–"), []
            continue
        if out_of_use := _OUT_OF_USE.search(text("note")):
            yield None, _left(row.number, name, "closed", source, word=out_of_use[0]), []
            continue
        outdoors = _outdoors(name, kind, area, persons, _outdoor_only(row, fields))
        if outdoors:
            yield None, _left(row.number, name, outdoors[0], source, word=outdoors[1]), heard
            continue
        at = _place(
            row, fields, crs=crs, datum=f"{text('datum')} {axes}", prefecture=_prefecture(text("prefecture") or text("address"))
        )
        if at.said:
            heard.append(said("said.at", where=where, text=at.said))
        yield (
            Facility(
                number=0,
                name=name,
                area_m2=area,
                persons=persons,
                longitude_deg=at.longitude_deg,
                latitude_deg=at.latitude_deg,
                row=row.number,
                source=source,
                id=text("id"),
                kana=text("kana"),
                english=text("english"),
                address=text("address"),
                code=text("code"),
                prefecture=_prefecture(text("prefecture") or text("address")),
                municipality=text("municipality"),
                telephone=text("telephone"),
                kind=kind,
                district=_district(text("district")),
                note=text("note"),
                hazards={one: is_yes(text(one)) for one in hazards},
            ),
            None,
            heard,
        )


def is_yes(text: str) -> bool:
    """Whether a cell says yes, as lists do: 1, 1.0, ○, ◎, 有, TRUE.

    Examples
    --------
    >>> is_yes("1.0"), is_yes("〇"), is_yes("×"), is_yes("")
    (True, True, False, False)
    """
    plain = unicodedata.normalize("NFKC", text).strip().casefold()
    return plain in {"1", "1.0", "○", "〇", "◯", "o", "◎", "●", "有", "あり", "可", "true", "yes", "y", "対応", "指定", "該当"}


def _left(row: int, name: str, code: str, source: str, **values: str) -> Skipped:
    key = f"skipped.{code}"
    reasons = {"reason": words(key, "en", **values), "reason_ja": words(key, "ja", **values)}
    return Skipped(row=row, name=name, code=code, source=source, **reasons)


def _as_text(text: str) -> str:
    """A name without what moves a cursor or has no width."""
    return "".join(letter for letter in text if unicodedata.category(letter) not in {"Cc", "Cf"}).strip()


def _area(row: table.Row, fields: Mapping[str, list[str]], where: str, heard: list[str]) -> float | None:
    for head in fields.get("area_m2", ()):
        read = quantity(row.cells.get(head), unit_m2=table.unit_m2(head))
        if (value := _possible(read.value, MOST_AREA_M2, where, "area", heard)) is not None:
            if read.said:
                heard.append(said("said.area", where=where, text=read.said))
            return value
    return None


def _persons(row: table.Row, fields: Mapping[str, list[str]], where: str, heard: list[str]) -> float | None:
    for head in fields.get("persons", ()):
        read = quantity(row.cells.get(head))
        if read.said:
            heard.append(said("said.persons", where=where, text=read.said))
        if (value := _possible(read.value, MOST_PERSONS, where, "persons", heard)) is not None:
            return value
    return None


def _possible(value: float | None, most: float, where: str, what: str, heard: list[str]) -> float | None:
    if value is None:
        return None
    if value < 0:
        heard.append(said(f"said.negative-{what}", where=where, value=f"{value:g}"))
        return None
    if value > most:
        heard.append(said(f"said.much-{what}", where=where, value=f"{value:g}"))
        return None
    if value == 0:
        heard.append(said(f"said.zero-{what}", where=where))
        return None
    return value


def _outdoor_only(row: table.Row, fields: Mapping[str, list[str]]) -> bool:
    """Whether the list gives room, and all of it in the open: 屋内0人／屋外750人."""
    for head in fields.get("persons", ()):
        read = quantity(row.cells.get(head))
        if read.scope == "indoor" and read.value == 0 and read.outdoor:
            return True
        if read.scope == "outdoor":
            return True
    return False


def _outdoors(name: str, kind: str, area_m2: float | None, persons: float | None, only: bool) -> tuple[str, str] | None:
    """The rule by which a row is no building, and the word that says so."""
    word = open_word(name)
    if word:
        return "outdoor", word
    if only:
        return "outdoor-capacity", name
    if kind and open_word(kind) and not open_word(kind).startswith("施設"):
        return "outdoor", open_word(kind)
    plain = unicodedata.normalize("NFKC", kind)
    is_site = "避難場所" in plain and "避難所" not in plain.replace("避難場所", "")
    if is_site and area_m2 is None and persons is None and "指定緊急" not in plain:
        return "site-kind", kind
    return None


def open_word(name: str) -> str:
    """The word that makes a name one of a place in the open; empty for a building, or where nothing is told.

    Examples
    --------
    >>> open_word("あけぼの児童公園"), open_word("公園前小学校"), open_word("北小学校（校庭）"), open_word("中央公園体育館")
    ('児童公園', '', '校庭', '')
    """
    plain = unicodedata.normalize("NFKC", name).casefold()
    inner = " ".join(re.findall(r"[(\[「『](.*?)[)\]」』]", plain))
    core = re.sub(r"[(\[「『].*?[)\]」』]", "", plain).strip() or plain
    core = (
        re.sub(
            r"(?:第?[一二三四五六七八九十\d]+(?:号|丁目|番|階|f)?|(?<![a-z])[a-z]|東|西|南|北|側|内|等|他|ほか|周辺)+$", "", core
        ).strip()
        or core
    )
    last_inner = _last_word(inner)
    if last_inner[1] and last_inner[0] == "outdoor":
        return last_inner[1]
    which, word, rest = _last_word(core)
    if which != "outdoor" or len(rest) > 4 or last_inner[0] == "building":
        return ""
    return _longer(core, word)


def _last_word(text: str) -> tuple[str, str, str]:
    """Which list the word that ends last is of ("outdoor", "building" or ""), the word, and what follows it."""
    best = ("", "", text)
    ends = (-1, -1)
    for which in ("building", "outdoor"):
        for word in names()[which]:
            at = text.rfind(word)
            if at >= 0 and word.isascii() and not re.search(rf"\b{re.escape(word)}\b", text):
                continue
            if at >= 0 and (at + len(word), len(word)) > ends:
                ends = (at + len(word), len(word))
                best = (which, word, text[at + len(word) :])
    return best


def _longer(core: str, word: str) -> str:
    """The word with the kanji of kind before it, as people say it: 児童公園."""
    match = re.search(rf"(?:児童|近隣|街区|総合|地区|運動|都市|農村|立体|多目的){re.escape(word)}", core)
    return match[0] if match else word


def _axes(fields: Mapping[str, list[str]]) -> str:
    """What the headings of the coordinates say of their datum."""
    return " ".join(head for name in ("latitude_deg", "longitude_deg", "place") for head in fields.get(name, ())[:1])


def _place(row: table.Row, fields: Mapping[str, list[str]], *, crs: str | None, datum: str, prefecture: str) -> places.Place:
    numbers = [
        next((value for head in fields.get(name, ()) if (value := degrees(row.cells.get(head))) is not None), None)
        for name in ("longitude_deg", "latitude_deg")
    ]
    if None in numbers:
        for head in fields.get("place", ()):
            parts = [degrees(part) for part in re.split(r"[,、\s/]+", str(row.cells.get(head, "")).strip("()（）")) if part]
            if len(parts) == 2:
                numbers = [parts[1], parts[0]]
    given = [head for name in ("longitude_deg", "latitude_deg") for head in fields.get(name, ())]
    if None in numbers and any(str(row.cells.get(head, "")).strip() not in {"", "－", "-", "ー"} for head in given):
        return places.Place(said=said("place.unreadable"))
    return places.place(numbers[0], numbers[1], crs=crs, datum=datum, prefecture=prefecture)


def _prefecture(text: str) -> str:
    match = re.match(r"(北海道|東京都|(?:京都|大阪)府|.{2,3}県)", text)
    return match[1] if match else ""


def _district(text: str) -> str:
    """The district's name, without how many quarters are in it: 御祓地区（25町会） is 御祓地区."""
    return re.sub(r"[(（]\d+\s*(?:町会|自治会|町内会|区)[)）]$", "", text).strip()


def same_name(name: str) -> str:
    """A name for comparison: without width, spaces, owner and old forms that lists write either way.

    Examples
    --------
    >>> same_name("柏市立 東小学校") == same_name("東小学校"), same_name("第1小") == same_name("第１小")
    (True, True)
    """
    plain = re.sub(r"\s+", "", unicodedata.normalize("NFKC", name)).casefold()
    plain = re.sub(r"\((体育館|屋内運動場|校舎|武道場|アリーナ)\)$", r"\1", plain)
    return (
        re.sub(r"^.{1,6}?(?:市|町|村|区|都|県|府|道)立", "", plain)
        .replace("ヶ", "ケ")
        .replace("が丘", "ケ丘")
        .replace("吞", "呑")
    )


def _once(found: Sequence[Facility]) -> tuple[list[Facility], list[Skipped], list[str]]:
    """Each facility once: the same id, or the same name near by or in the same municipality without places."""
    kept: list[Facility] = []
    skipped: list[Skipped] = []
    warnings: list[str] = []
    by_id: dict[str, int] = {}
    by_name: dict[str, list[int]] = {}
    counts = Counter((one.source, one.id) for one in found if one.id)
    for one in found:
        # Numbers that a list repeats, or that each list begins anew, are no names of facilities.
        key = one.id if len(one.id) >= 6 and counts[one.source, one.id] <= 2 else ""
        at = by_id.get(key) if key else None
        if at is None:
            at = next((other for other in by_name.get(same_name(one.name), ()) if _is_same(kept[other], one)), None)
        if at is not None and (key and by_id.get(key) == at and same_name(kept[at].name) != same_name(one.name)):
            warnings.append(said("said.same-id", where=_where(one), first=kept[at].name, id=key))
            at = None
        if at is None:
            if key:
                by_id[key] = len(kept)
            twins = by_name.setdefault(same_name(one.name), [])
            if twins and kept[twins[0]].name == one.name:
                warnings.append(said("said.same-name", where=_where(one), row=kept[twins[0]].row))
            twins.append(len(kept))
            kept.append(one)
            continue
        kept[at] = _merged(kept[at], one)
        skipped.append(_left(one.row, one.name, "double", one.source, first=f"row {kept[at].row} of {kept[at].source}"))
    return kept, skipped, warnings + _parts(kept)


def _parts(kept: Sequence[Facility]) -> list[str]:
    """A school and its gym as rows of their own: whether the first counts the second nobody says, so the reader is asked."""
    heard: list[str] = []
    whole: dict[tuple[str, str], Facility] = {}
    for one in kept:
        core = re.sub(r"[(（].*?[)）]|(?:屋内運動場|体育館|校舎|武道場)$", "", same_name(one.name)).strip()
        where = one.address or ("" if one.place_deg is None else f"{one.latitude_deg:.4f} {one.longitude_deg:.4f}")
        first = whole.setdefault((core, where), one)
        if first is not one and where:
            heard.append(said("said.part", where=_where(one), row=first.row, first=first.name))
    return heard


def _where(one: Facility) -> str:
    return said("said.row", source=one.source, row=one.row, name=one.name)


def _is_same(one: Facility, other: Facility) -> bool:
    if one.id and other.id and one.source == other.source and one.id == other.id:
        return True
    if one.place_deg is not None and other.place_deg is not None:
        return places.apart_m(one.place_deg, other.place_deg) <= SAME_PLACE_M or bool(
            one.address and one.address == other.address
        )
    if one.address and other.address:
        return one.address == other.address
    return (one.municipality or other.municipality) == (other.municipality or one.municipality)


def _merged(first: Facility, again: Facility) -> Facility:
    """The first row with what only the second one says."""
    empty = {
        name: getattr(again, name)
        for name in Facility.__dataclass_fields__
        if name not in {"number", "row", "source", "hazards"} and getattr(first, name) in {None, ""}
    }
    return replace(first, **empty, hazards={**again.hazards, **first.hazards})


def _near(found: Sequence[Facility]) -> tuple[list[Facility], list[str]]:
    """Without the places that are far from all others: a digit is wrong there, or it is the sea."""
    known = [at for one in found if (at := one.place_deg) is not None]
    if len(known) < 5:
        return list(found), []
    middle = np.median(np.array(known), axis=0)
    spread_m = float(np.quantile([places.apart_m((middle[0], middle[1]), at) for at in known], 0.75))
    kept: list[Facility] = []
    warnings: list[str] = []
    for one in found:
        at = one.place_deg
        away_m = 0.0 if at is None else places.apart_m((middle[0], middle[1]), at)
        if away_m > max(FAR_KM * 1000.0, 4.0 * spread_m):
            warnings.append(said("said.far", where=_where(one), km=f"{away_m / 1000:,.0f}"))
            kept.append(replace(one, longitude_deg=None, latitude_deg=None))
        else:
            kept.append(one)
    return kept, warnings


def with_usual_sizes(found: Iterable[Facility]) -> tuple[Facility, ...]:
    """Facilities without a size have the usual one of their kind, which is assumed; those of no known kind stay without."""
    return tuple(one if one.floor_m2 is not None else replace(one, usual_m2=_usual_m2(one.name)) for one in found)


def _usual_m2(name: str) -> float | None:
    plain = unicodedata.normalize("NFKC", name).casefold()
    for kind, known in names()["kinds"].items():
        if any(word in plain for word in known):
            return float(names()["usual_area_m2"][kind])
    return None
