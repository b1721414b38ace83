"""The rows of a device that serves many sites, each with the site of its access point, and one total for each site."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from collectors.profile.library import ABOUT
from collectors.profile.rows import Row
from collectors.sites import UNASSIGNED
from collectors.totals import Way, of_device

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from collectors.metrics import Source
    from collectors.profile.known_rows import Gone
    from collectors.sites import By, SiteRules

_ORDER: tuple[Source, ...] = ("ap", "radio")


def by_site(rows: Sequence[Row], rules: SiteRules, own_site: str, gone: Sequence[Gone] = ()) -> list[tuple[str, Row]]:
    """Say the site of each row; where no rule fits any access point and the device has a site of its own, that is all its own.

    Access points and radios are of their access point's site, all else is of the device's own. Each site has one total, of its
    rows alone; what the device counts beyond all rows is under `unassigned`. What is `gone` is missing at its own site.
    """
    missed = [Row(measurement=one.measurement, tags=dict(one.tags), fields={}, about=_about(one.tags)) for one in gone]
    places = _places([*rows, *missed], rules)
    if not any(places.values()) and own_site != UNASSIGNED:
        return [(own_site, row) for row in rows]
    placed: list[tuple[str, Row]] = []
    of_site: dict[str, list[Row]] = defaultdict(list)
    gone_of: dict[str, Counter[Source]] = defaultdict(Counter)
    for one, row in zip(gone, missed, strict=True):
        gone_of[places.get(_identity(row.tags)) or own_site][one.source] += one.rows
    total: Row | None = None
    for row in rows:
        if row.measurement == "wifi_total":
            total = row
            continue
        site = own_site
        if row.measurement in ("wifi_ap", "wifi_radio"):
            site = places.get(_identity(row.tags)) or own_site
            of_site[site].append(row)
        placed.append((site, row))
    sums = {site: _total(found, gone_of[site]) for site, found in of_site.items()}
    if total is not None and "clients" in total.fields:
        beyond = total.fields["clients"] - sum(row.fields.get("clients", 0.0) for row in sums.values() if row is not None)
        if beyond > 0:
            rest = sums.get(UNASSIGNED)
            fields = {} if rest is None else rest.fields
            source = total.tags["source"] if rest is None else rest.tags["source"]
            fields = {**fields, "clients": fields.get("clients", 0.0) + beyond}
            sums[UNASSIGNED] = Row(measurement="wifi_total", tags={"source": source}, fields=fields)
    return [*placed, *((site, row) for site, row in sums.items() if row is not None)]


def _identity(tags: Mapping[str, str]) -> tuple[str, str]:
    return ("key", tags["ap_key"]) if "ap_key" in tags else ("name", tags.get("ap", ""))


def _places(rows: Sequence[Row], rules: SiteRules) -> dict[tuple[str, str], str | None]:
    """Find the site of each access point by all that its rows say of it."""
    known: dict[tuple[str, str], dict[By, str]] = defaultdict(dict)
    for row in rows:
        if row.measurement in ("wifi_ap", "wifi_radio"):
            about = known[_identity(row.tags)]
            by: By
            for by in ("ap_key", "ap"):
                if by in row.tags:
                    about.setdefault(by, row.tags[by])
            for by in ("serial", "group", "location"):
                if by in row.about:
                    about.setdefault(by, row.about[by])
    return {identity: rules.site_of(about) for identity, about in known.items()}


def _about(tags: Mapping[str, str]) -> dict[str, str]:
    return {name: tags[f"_{name}"] for name in ABOUT if f"_{name}" in tags}


def _total(rows: Sequence[Row], gone: Mapping[Source, int]) -> Row | None:
    """Count the clients and access points of one site by its rows; `gone` are rows of earlier polls that are missing."""
    aps = [row.fields for row in rows if row.measurement == "wifi_ap"]
    down = {_identity(row.tags) for row in rows if row.measurement == "wifi_ap" and row.fields.get("up") == 0}
    radios = [row for row in rows if row.measurement == "wifi_radio"]
    serving = [row.fields for row in radios if row.fields.get("up") != 0 and _identity(row.tags) not in down]
    up = [fields for fields in aps if fields.get("up") != 0]
    without = {_identity(r.tags) for r in rows if r.measurement == "wifi_ap"} - down - {_identity(r.tags) for r in radios}
    ways = []
    if aps:
        counts = [fields.get("clients") for fields in up]
        ways.append(_way("ap", [fields.get("clients") for fields in aps], counts, gone.get("ap", 0)))
    if radios:
        of_serving = [*(fields.get("clients") for fields in serving), *(None for _ in without)]
        ways.append(_way("radio", [row.fields.get("clients") for row in radios], of_serving, gone.get("radio", 0)))
    chosen = of_device(ways, _ORDER, serves=bool(up or serving))
    fields = {} if chosen is None else {"clients": chosen.clients}
    if chosen is not None and chosen.uncounted:
        fields["uncounted"] = float(chosen.uncounted)
        if gone.get(chosen.source):
            fields["gone"] = float(gone[chosen.source])
    if aps:
        fields["aps"] = float(len(aps))
        if all("up" in row for row in aps):
            fields["aps_up"] = float(len(up))
    source = "ap" if chosen is None else chosen.source
    return Row(measurement="wifi_total", tags={"source": source}, fields=fields) if fields else None


def _way(source: Source, all_rows: Sequence[float | None], serving: Sequence[float | None], gone: int) -> Way:
    known = [clients for clients in all_rows if clients is not None]
    return Way(source=source, counted=sum(known) if known else None, uncounted=max(serving.count(None), gone), rows=True)
