"""What `wifiplan city` leaves in its folder: the plan as data, as tables, on a map, for the council, and for the collector."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from floorplans.plan import write_whole

if TYPE_CHECKING:
    from wifiplan.city.outcome import CityPlan, Row
    from wifiplan.model import Design


def write(answer: CityPlan, out: Path, *, papers: bool = False, ssid: str = "") -> list[Path]:
    """Every file of a city's plan, each whole or not at all; the papers of each shelter only where they are asked for."""
    from wifiplan.city import collector, outcome, tables
    from wifiplan.report import council

    content = outcome.to_json(answer)
    standard, own = tables.wifi_list(answer, ssid)
    files: dict[str, str | bytes] = {
        "city.json": json.dumps(content, ensure_ascii=False, indent=1),
        "city.csv": tables.city_csv(answer),
        "levels.csv": tables.levels_csv(answer),
        "skipped.csv": tables.skipped_csv(answer),
        "city.xlsx": tables.workbook(answer),
        "public_wifi.csv": standard.encode("utf-8-sig"),
        "public_wifi_plan.csv": own.encode("utf-8-sig"),
        **tables.geo_files(answer),
        "targets.toml": collector.targets_toml(answer),
        "sites.csv": collector.sites_csv(answer, lambda row: _names(out, row)),
    }
    for name, whole in files.items():
        write_whole(out / name, whole)
    written = [out / name for name in files]
    if answer.facilities:
        for lang in ("ja", "en"):
            written.append(out / f"council.{lang}.pdf")
            council.write(content, written[-1], lang=lang)
    if papers:
        written += _papers(answer, out, ssid)
    return written


def _design(out: Path, row: Row) -> Design | None:
    from wifiplan import model
    from wifiplan.errors import RadioError

    try:
        return None if row.design is None else model.load(out / "designs" / row.design)
    except RadioError:
        return None


def _names(out: Path, row: Row) -> tuple[str, ...]:
    design = _design(out, row)
    return () if design is None else tuple(point.name for point in design.access_points)


def _papers(answer: CityPlan, out: Path, ssid: str) -> list[Path]:
    """Posters and cards of each shelter that is to be built; one that cannot be drawn stops no other."""
    from dataclasses import asdict

    from wifiplan.city.tables import bought
    from wifiplan.report import paper

    folder = out / "papers"
    folder.mkdir(exist_ok=True)
    written = []
    for row in bought(answer):
        design = _design(out, row)
        if design is None:
            sys.stderr.write(f"wifiplan: {row.name}: no papers: its design cannot be read\n")
            continue
        switches = next((level["switches"] for level in row.levels if level["level"] == row.level), None)
        path = folder / f"{Path(str(row.design)).stem}.pdf"
        more = {"switches": switches, "battery_hours": answer.asked.get("battery_hours")}
        paper.write(asdict(row) | more, design, path, ssid=ssid)
        written.append(path)
    return written
