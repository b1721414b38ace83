"""How long a report takes: a gym with four access points, and three storeys with twenty. Run it alone."""

from __future__ import annotations

import datetime as dt
import sys
import time
from dataclasses import replace

import floorplans
from wifiplan.capacity import demand
from wifiplan.model import AccessPoint, Design, Radio
from wifiplan.report import document as report
from wifiplan.report import maps

RADIOS = (Radio(band="2.4", channel=1, client_limit=50), Radio(band="5", channel=36, client_limit=50))


def gym() -> Design:
    """The sample, an access point in each quarter of the hall."""
    plan = floorplans.sample("gym")
    places = [(8.0, 6.0), (8.0, 17.0), (26.0, 6.0), (26.0, 17.0)]
    points = tuple(AccessPoint(name=f"AP-{i}", x_m=x, y_m=y, height_m=8.5, radios=RADIOS) for i, (x, y) in enumerate(places))
    return Design(floor_plan=plan, access_points=points, demands=demand.demands(plan, "shelter-day1"), scenario="shelter-day1")


def storeys() -> Design:
    """The community centre three times on top of itself."""
    plan = floorplans.sample("community-centre")
    ground = plan.levels[0]
    high_m = ground.ceiling_m - ground.floor_m
    ups = [number * high_m for number in range(3)]
    plan = replace(
        plan,
        levels=tuple(replace(ground, name=f"{i + 1}F", floor_m=up, ceiling_m=up + high_m) for i, up in enumerate(ups)),
        walls=tuple(replace(wall, z0_m=up, z1_m=up + high_m, openings=()) for up in ups for wall in plan.walls),
        slabs=(),
        zones=tuple(replace(zone, level=i, name=f"{zone.name} {i}") for i in range(3) for zone in plan.zones),
    )
    points = tuple(
        AccessPoint(name=f"AP-{i}", x_m=2 + 1.35 * i, y_m=3 + 5 * (i % 4), height_m=2.6, level=i % 3, radios=RADIOS)
        for i in range(20)
    )
    return Design(floor_plan=plan, access_points=points, demands=demand.demands(plan, "shelter-day1"), scenario="shelter-day1")


def main() -> None:
    """One row a design: seconds for its radio maps alone, for the content (maps again), for the PDF and for the HTML."""
    day = dt.date(2026, 11, 23)
    report.content(gym(), lang="ja", date=day)  # loads and compiles
    for make in (gym, storeys):
        design = report.with_capacity(make())
        started_s = time.perf_counter()
        for level in range(len(design.floor_plan.levels)):
            for band in maps.bands(design):
                maps.coverage_map(design, band, level=level)
        maps_s = time.perf_counter() - started_s
        started_s = time.perf_counter()
        content = report.content(design, lang="ja", date=day)
        content_s = time.perf_counter() - started_s
        started_s = time.perf_counter()
        pdf = report.pdf(content, day)
        pdf_s = time.perf_counter() - started_s
        started_s = time.perf_counter()
        html = report.html(content, day)
        html_s = time.perf_counter() - started_s
        sys.stdout.write(
            f"{make.__name__}: maps {maps_s:.2f} s, content with its maps {content_s:.2f} s, "
            f"PDF {pdf_s:.2f} s ({len(pdf) / 1e6:.2f} MB), HTML {html_s:.2f} s ({len(html) / 1e6:.2f} MB)\n"
        )


if __name__ == "__main__":
    main()
