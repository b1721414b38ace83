"""The public folder: what all may know of the shelters, as one page, JSON and GeoJSON that any web server or USB stick carries.

No name of a device, no reason, no exact count is in it. The page needs no JavaScript: it says its own time, and after which time
it is not valid any more. All three files are written before any of the old ones is replaced.
"""

from __future__ import annotations

import contextlib
import functools
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.resources import files
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import jinja2

from collectors.errors import CollectError, reason
from dashboards import locale
from dashboards.emergency_wifi import SSID
from dashboards.people import CROWDING_JA
from wifiplan.report.catalogue import LANGS

if TYPE_CHECKING:
    from pathlib import Path

    from dashboards.people import People
    from dashboards.shelters import ShelterNow
    from wifiplan.report.catalogue import Lang

VALID = timedelta(minutes=10)
"""After so long the page says of itself that it is not valid."""
_ROUND_TO = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """What is written: the time, all shelters in the order of their names, and why nothing is known, if so."""

    time: datetime
    shelters: tuple[ShelterNow, ...]
    trouble: str = ""


def rounded(people: People | None) -> int | None:
    """People to the nearest ten; fewer than ten are 0, which the page says as "fewer than 10"."""
    if people is None:
        return None
    value = people.low if people.high is None else people.value
    return 0 if value < _ROUND_TO else round(value / _ROUND_TO) * _ROUND_TO


def to_json(published: Published) -> dict[str, Any]:
    """`status.json`."""
    return {
        "time": published.time.isoformat(timespec="seconds"),
        "valid_until": (published.time + VALID).isoformat(timespec="seconds"),
        "known": not published.trouble,
        "shelters": [_row(one, is_known=not published.trouble) for one in published.shelters],
    }


def _row(one: ShelterNow, *, is_known: bool) -> dict[str, Any]:
    crowding = one.crowding if is_known else None
    return {
        "name": one.site,
        "district": one.district,
        "opened": one.opened,
        "since": None if one.since is None else one.since.isoformat(timespec="minutes"),
        "crowding": None if crowding is None else CROWDING_JA[crowding],
        "crowding_en": None if crowding is None else locale.words(f"crowding.{crowding}", "en"),
        "people_about": rounded(one.people) if is_known else None,
        "people_at_least": is_known and one.people is not None and one.people.high is None,
        "wifi": one.usable if is_known else "unknown",
        "internet": one.internet if is_known else None,
    }


def to_geojson(published: Published) -> dict[str, Any]:
    """`status.geojson`: the same, with each shelter's place (WGS 84); one without a place has no geometry."""
    told = to_json(published)
    features = []
    for one, row in zip(published.shelters, told["shelters"], strict=True):
        place = None
        if one.latitude is not None and one.longitude is not None:
            place = {"type": "Point", "coordinates": [one.longitude, one.latitude]}
        features.append({"type": "Feature", "geometry": place, "properties": row})
    return {
        "type": "FeatureCollection",
        "time": told["time"],
        "valid_until": told["valid_until"],
        "features": features,
    }


def to_html(published: Published, zone: ZoneInfo) -> str:
    """`index.html`, in easy Japanese and English."""
    return _template().render(languages=[_words(published, lang, zone) for lang in LANGS])


@functools.cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string((files("dashboards") / "templates" / "public.html").read_text("utf-8"))


def _words(published: Published, lang: Lang, zone: ZoneInfo) -> dict[str, Any]:
    def said(name: str, **values: object) -> str:
        return locale.words(f"public.{name}", lang, **values)

    local = published.time.astimezone(zone)
    until = (published.time + VALID).astimezone(zone)
    columns = [said(name) for name in ("name", "opened", "crowding", "people", "wifi", "internet")]
    rows = []
    for one, row in zip(published.shelters, to_json(published)["shelters"], strict=True):
        opened = {True: "open", False: "closed", None: "opened_unknown"}[one.opened]
        crowding = one.crowding if row["crowding"] is not None else "unknown"
        internet = {True: "internet_yes", False: "internet_no", None: "internet_unknown"}[row["internet"]]
        rows.append(
            {
                "name": one.site,
                "district": one.district,
                "kind": crowding,
                "cells": [
                    said(opened),
                    "-" if one.opened is False else locale.words(f"crowding.{crowding}", lang),
                    _people(row, lang),
                    said(f"wifi_{row['wifi']}"),
                    said(internet),
                ],
            }
        )
    return {
        "lang": lang,
        "title": said("title"),
        "as_of": said("as_of", time=f"{local:%Y-%m-%d %H:%M}"),
        "valid_until": said("valid_until", time=f"{until:%Y-%m-%d %H:%M}"),
        "trouble": said("trouble") if published.trouble else "",
        "nothing": "" if rows else said("nothing"),
        "columns": columns,
        "rows": rows,
        # True whether it is on the air or not, so it stands there always.
        "banner": locale.words("emergency.banner", lang, ssid=SSID),
        "note": said("note"),
    }


def _people(row: dict[str, Any], lang: Lang) -> str:
    about = row["people_about"]
    if about is None:
        return locale.words("public.people_unknown", lang)
    if row["people_at_least"]:
        return locale.words("public.people_least", lang, number=about)
    return locale.words("public.people_few" if about == 0 else "public.people_about", lang, number=about)


def write(folder: Path, published: Published, zone: ZoneInfo) -> None:
    """Write the folder: every file is made whole beside the old one, and only then do all take their places.

    Raises
    ------
    CollectError
        It cannot be written; what was there stays.
    """
    texts = {
        "status.json": json.dumps(to_json(published), ensure_ascii=False, indent=1) + "\n",
        "status.geojson": json.dumps(to_geojson(published), ensure_ascii=False) + "\n",
        "index.html": to_html(published, zone),
    }
    parts = {name: folder / f".{name}.part" for name in texts}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            parts[name].unlink(missing_ok=True)
            # Whoever serves the folder is another user.
            with os.fdopen(os.open(parts[name], os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644), "w", encoding="utf-8") as file:
                file.write(text)
        for name, part in parts.items():
            part.replace(folder / name)
    except OSError as error:
        raise CollectError(f"{folder}: cannot be written ({reason(error)}); give another folder") from None
    finally:
        for part in parts.values():
            with contextlib.suppress(OSError):
                part.unlink(missing_ok=True)


def published(shelters: Sequence[ShelterNow], time: datetime, *, trouble: str = "") -> Published:
    """What is written of these shelters: those that are opened first, then by name."""
    order = {True: 0, None: 1, False: 2}
    return Published(time=time, shelters=tuple(sorted(shelters, key=lambda one: (order[one.opened], one.site))), trouble=trouble)
