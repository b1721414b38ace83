"""A planner's hand on a design: move, add, remove, lock, set a channel, keep places free, and solve anew around what is locked.

Each change is a function from a design to a design; `change` does several, and says what they do to people and cost.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from shapely.geometry import LineString, Point, Polygon, box

from floorplans.plan import FloorPlan
from wifiplan import equipment
from wifiplan.airtime import wifi
from wifiplan.answer import Bound, Placement, Seconds
from wifiplan.capacity.facility import capacity
from wifiplan.capacity.paths import gains_of
from wifiplan.capacity.spread import DRAWS
from wifiplan.errors import DesignError
from wifiplan.model import AccessPoint, Assumption, Band, Design, Radio, inputs_hash
from wifiplan.placement import bill
from wifiplan.placement.ask import MAX_POINTS, Ask
from wifiplan.placement.place import place
from wifiplan.placement.points import points_per_zone
from wifiplan.placement.spot import ANTENNA_GAIN_DBI, BALL_HEIGHT_M, Spot, hanging
from wifiplan.placement.verdict import check
from wifiplan.prices import Prices, price_list

FAR_M = 10.0
"""Further from the building and its grounds than this, a place is a slip of the keyboard (assumed)."""
WALL_M = 0.05
"""Nearer to the middle of a wall than this, an access point is inside it (assumed: half of a thin wall)."""
_NEW_POWER_DBM = 17.0
"""Of an access point that is added where no other says a power (assumed)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What a design costs and does, as the full model with `spread.DRAWS` crowds says it. `weakest_link` breaks first.

    `served_share_p10_unsteered`: if full access points send nobody to the next one.
    """

    access_points: int
    cost_yen: float
    people_served: float
    served_share_p10: float
    weakest_link: str
    coverage_share: float
    served_share_p10_unsteered: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A design after a change, the figures before and after it, and what a planner should look at."""

    design: Design
    before: Figures
    after: Figures
    warnings: tuple[str, ...]


def to_json(found: Change) -> dict[str, Any]:
    """What `wifiplan edit --json` prints."""
    return {"before": asdict(found.before), "after": asdict(found.after), "warnings": list(found.warnings)}


# ---------------------------------------------------------------------------------------------------------- single changes


def moved(
    design: Design, name: str, x_m: float, y_m: float, *, height_m: float | None = None, level: int | None = None
) -> Design:
    """The access point somewhere else; its height and storey stay unless given. Refuses one that is locked."""
    ap = _named(design, name)
    if ap.lock:
        raise DesignError(f"{name} is locked where it is; unlock it first, or leave it there")
    here = replace(ap, x_m=x_m, y_m=y_m, why="", level=ap.level if level is None else level)
    here = replace(here, height_m=here.height_m if height_m is None else height_m)
    _check_place(design.floor_plan, here)
    return _with(design, {name: here})


def added(
    design: Design,
    x_m: float,
    y_m: float,
    height_m: float,
    *,
    level: int = 0,
    model: equipment.Model | None = None,
) -> Design:
    """One more access point with all radios of its model that the design uses, on the channels that are used least near it.

    Without a model it is the design's own: that of most of its access points.
    """
    taken = {ap.name for ap in design.access_points}
    name = next(one for number in itertools.count(1) if (one := f"AP-{number:02d}") not in taken)
    ap = AccessPoint(name=name, x_m=x_m, y_m=y_m, height_m=height_m, level=level)
    _check_place(design.floor_plan, ap)
    known = model or equipment.known_to(design).get(model_of(design), equipment.models()[equipment.DEFAULT_MODEL])
    used = {radio.band for one in design.access_points for radio in one.radios}
    bands = tuple(band for band in known.bands if not used or band in used) or known.bands
    limit = design.requirement.max_clients_per_radio or known.client_limit(bands)
    radios = tuple(_new_radio(design, ap, band, known, limit) for band in bands)
    more = replace(design, access_points=(*design.access_points, replace(ap, radios=radios, model=known.name)))
    return equipment.with_own(more, [known])


def removed(design: Design, name: str) -> Design:
    """The design less one access point. Refuses one that is locked."""
    if _named(design, name).lock:
        raise DesignError(f"{name} is locked and is to be removed; do one of the two")
    return replace(design, access_points=tuple(ap for ap in design.access_points if ap.name != name))


def locked(design: Design, name: str, *, lock: bool = True) -> Design:
    """A new search leaves the access point where and as it is, or no longer does."""
    return _with(design, {name: replace(_named(design, name), lock=lock)})


def channelled(design: Design, name: str, band: Band, channel: int, width_mhz: int | None = None) -> Design:
    """The radio of a band on another channel; its width stays unless given.

    Raises
    ------
    DesignError
        Where the access point has no such radio, or the country's rules no such channel.
    """
    ap = _named(design, name)
    radio = _radio(ap, band)
    wide = radio.width_mhz if width_mhz is None else width_mhz
    country = design.country or "JP"
    may = wifi.channels(band, wide, country=country) if wide in wifi.WIDTHS_MHZ["ax"] else ()
    if channel not in may:
        offered = ", ".join(map(str, may)) or "none of that width"
        raise DesignError(f"{name}: channel {channel} of {wide} MHz at {band} GHz does not exist in {country}; use {offered}")
    tuned = _lawful(design, replace(radio, channel=channel, width_mhz=wide), radio.tx_power_dbm)
    radios = tuple(tuned if one is radio else one for one in ap.radios)
    return _with(design, {name: replace(ap, radios=radios)})


def turned(design: Design, name: str, azimuth_deg: float, *, tilt_deg: float | None = None, antenna: str | None = None) -> Design:
    """The access point facing elsewhere, clockwise from north, or with another antenna. Refuses one that is locked."""
    ap = _named(design, name)
    if ap.lock:
        raise DesignError(f"{name} is locked as it is; unlock it first")
    tilt = ap.tilt_deg if tilt_deg is None else tilt_deg
    if not (np.isfinite(azimuth_deg) and -90 <= tilt <= 90):
        raise DesignError(f"{name}: azimuth {azimuth_deg:g}, tilt {tilt:g}: give degrees, a tilt from -90 to 90")
    if antenna is not None and antenna not in ANTENNA_GAIN_DBI:
        raise DesignError(f"{name}: no antenna {antenna!r}; use {', '.join(ANTENNA_GAIN_DBI)}")
    here = replace(ap, azimuth_deg=float(azimuth_deg % 360.0), tilt_deg=float(tilt), why="")
    if antenna is not None and antenna != ap.antenna:
        gain = ANTENNA_GAIN_DBI[antenna]
        radios = tuple(_lawful(design, replace(radio, antenna_gain_dbi=gain), radio.tx_power_dbm) for radio in ap.radios)
        here = replace(here, antenna=antenna, radios=radios)
    return _with(design, {name: here})


def powered(design: Design, name: str, band: Band, tx_power_dbm: float) -> Design:
    """The radio of a band with another power.

    Raises
    ------
    DesignError
        Where the access point has no such radio, the law or the model allows no such power, or it is locked.
    """
    ap = _named(design, name)
    if ap.lock:
        raise DesignError(f"{name} is locked as it is; unlock it first")
    radio = _radio(ap, band)
    most = _lawful(design, radio, np.inf).tx_power_dbm
    known = equipment.known_to(design).get(ap.model or "")
    if known is not None and band in known.bands:
        most = min(most, known.radio(band).max_power_dbm)
    if not 0 <= tx_power_dbm <= most:
        raise DesignError(f"{name}: {tx_power_dbm:g} dBm at {band} GHz; give 0 to {most:g}")
    louder = replace(radio, tx_power_dbm=float(tx_power_dbm))
    return _with(design, {name: replace(ap, radios=tuple(louder if one is radio else one for one in ap.radios))})


def remodelled(design: Design, name: str, model: equipment.Model) -> Design:
    """Another model in the same place: radios keep channel and power where the new one has them; those that it lacks are gone."""
    ap = _named(design, name)
    if ap.lock:
        raise DesignError(f"{name} is locked as it is; unlock it first")
    bands = tuple(radio.band for radio in ap.radios if radio.band in model.bands) or model.bands
    limit = design.requirement.max_clients_per_radio or model.client_limit(bands)
    old = {radio.band: radio for radio in ap.radios}
    radios = tuple(
        replace(
            old[band],
            tx_power_dbm=min(old[band].tx_power_dbm, model.radio(band).max_power_dbm),
            client_limit=limit,
            planned_clients=None,
        )
        if band in old
        else _new_radio(design, ap, band, model, limit)
        for band in bands
    )
    return equipment.with_own(_with(design, {name: replace(ap, model=model.name, radios=radios, why="")}), [model])


def keep_out(values: Sequence[float]) -> Polygon:
    """Where nothing may hang: x, y, radius or x0, y0, x1, y1 in metres."""
    if len(values) == 3 and values[2] > 0:
        return Point(values[0], values[1]).buffer(values[2])
    if len(values) == 4 and values[0] != values[2] and values[1] != values[3]:
        return box(min(values[0], values[2]), min(values[1], values[3]), max(values[0], values[2]), max(values[1], values[3]))
    raise DesignError(f"keep-out {','.join(f'{value:g}' for value in values)}: give x,y,r or x0,y0,x1,y1 in metres")


def solved(
    design: Design,
    *,
    keep_out_m: Sequence[Polygon] = (),
    seed: int = 0,
    cancelled: Callable[[], bool] | None = None,
) -> Design:
    """The cheapest design around what is locked and what hangs there already; all others are chosen anew.

    Locked access points keep place, channel and power. The bound is that of all choices around them.
    """
    hung = existing_names(design)
    stays = tuple(ap for ap in design.access_points if ap.lock or ap.name in hung)
    _check_locks(stays, keep_out_m)
    own = equipment.known_to(design).get(model_of(design))
    bands = tuple(dict.fromkeys(radio.band for ap in design.access_points for radio in ap.radios))
    widths = tuple(sorted({radio.width_mhz for ap in design.access_points for radio in ap.radios})) or (20,)
    ask = Ask(
        requirement=design.requirement,
        models=(own,) if own else (),
        bands=bands if own is None or set(bands) <= set(own.bands) else (),
        may_leave_off_2g4=any({radio.band for radio in ap.radios} != set(bands) for ap in design.access_points),
        widths_mhz=widths,
        country=design.country or "JP",
        obstruction_db=design.obstruction_db,
        forbidden_m=tuple(keep_out_m),
        existing=stays,
        prices=_prices(design),
        seed=seed,
    )
    scenario = design.scenario or "the design's own people"
    found = place(
        design.floor_plan, {scenario: design.demands}, ask, assumptions=_scenario_assumptions(design), cancelled=cancelled
    )
    return replace(
        found,
        network=design.network,
        scenario=design.scenario,
        revision=design.revision,
        author=design.author,
        equipment=dict(design.equipment) | dict(found.equipment),
    )


# ----------------------------------------------------------------------------------------------------------- all of a change


def change(
    design: Design,
    after: Design,
    *,
    keep_out_m: Sequence[Polygon] = (),
    solve: bool = False,
    seed: int = 0,
    cancelled: Callable[[], bool] | None = None,
) -> Change:
    """What a changed design does beside the one it was, solved anew around its locks where asked.

    Parameters
    ----------
    after : Design
        `design` after `moved`, `added`, `removed`, `locked` and `channelled`.
    keep_out_m : polygons
        Where nothing may hang; from `keep_out`.
    """
    if not after.access_points and not solve:
        raise DesignError("no access point is left; leave one, or let the rest be solved anew (--solve)")
    hung = existing_names(design)
    before = figures(_measured(design), kept=hung)
    if solve:
        after = solved(after, keep_out_m=keep_out_m, seed=seed, cancelled=cancelled)
    said = warnings_of(after, keep_out_m=keep_out_m)
    after = _measured(after)
    reached = figures(after, kept=hung)
    if reached.people_served < before.people_served - 0.5:
        said = (*said, f"{before.people_served - reached.people_served:.0f} people lose service")
    least = after.requirement.served_share
    if reached.served_share_p10 < least - 1e-6:
        said = (*said, f"in nine of ten crowds only {reached.served_share_p10:.1%} are served, {least:.1%} are asked for")
    return Change(design=_answered(design, after, reached, hung), before=before, after=reached, warnings=said)


def figures(design: Design, *, kept: frozenset[str] = frozenset()) -> Figures:
    """The figures of a design whose capacity is that of `_measured`; `kept` hang there already and cost nothing."""
    found = design.capacity
    verdict = check(design, gains_of(design), max_points=MAX_POINTS)
    first = found.links[0] if found is not None and found.links else None
    return Figures(
        access_points=len(design.access_points),
        cost_yen=round(sum(row.yen for row in _bill(design, kept))),
        people_served=0.0 if found is None else found.served,
        served_share_p10=0.0 if found is None else found.served_share_p10() or 0.0,
        served_share_p10_unsteered=0.0 if found is None else found.served_share_p10(steering=False) or 0.0,
        weakest_link="unknown" if first is None else first.link,
        coverage_share=verdict.coverage_share,
    )


def warnings_of(design: Design, *, keep_out_m: Sequence[Polygon] = ()) -> tuple[str, ...]:
    """What a planner should look at: access points outside, inside a wall, above the ceiling, too near each other, kept out."""
    plan, said = design.floor_plan, []
    for ap in design.access_points:
        storey, here = plan.levels[ap.level], Point(ap.x_m, ap.y_m)
        if not Polygon(storey.outline_m).buffer(1e-6).contains(here):
            said.append(f"{ap.name} is outside the building at ({ap.x_m:g}, {ap.y_m:g})")
        if ap.height_m > storey.height_m:
            said.append(f"{ap.name} at {ap.height_m:g} m is above the ceiling of {storey.name} ({storey.height_m:g} m)")
        z_m = storey.floor_m + ap.height_m
        if any(
            LineString([wall.start_m, wall.end_m]).distance(here) < WALL_M and wall.z0_m < z_m < wall.z1_m for wall in plan.walls
        ):
            said.append(f"{ap.name} is inside a wall at ({ap.x_m:g}, {ap.y_m:g}); hang it on one of its faces")
        if any(area.contains(here) for area in keep_out_m):
            said.append(f"{ap.name} hangs where nothing may hang")
    for one, other in itertools.combinations(design.access_points, 2):
        if one.level == other.level and _apart_m(one, other) < 1.0:
            said.append(f"{one.name} and {other.name} hang less than 1 m from each other")
    return tuple(said)


def existing_names(design: Design) -> frozenset[str]:
    """The access points that hung there before the design was made: those of a placed design to which no new cable runs."""
    if design.placement is None:
        return frozenset()
    known = {row.ap for row in design.placement.reasons} or {ap.name for ap in design.access_points}
    return frozenset(ap.name for ap in design.access_points if ap.name in known and ap.name not in design.placement.cables_m)


def model_of(design: Design) -> str:
    """The model of most of a design's access points; the default one where none is named."""
    names = [ap.model for ap in design.access_points if ap.model]
    return max(dict.fromkeys(names), key=names.count) if names else equipment.DEFAULT_MODEL


# ------------------------------------------------------------------------------------------------------------------ within


def _named(design: Design, name: str) -> AccessPoint:
    found = next((ap for ap in design.access_points if ap.name == name), None)
    if found is None:
        there_are = ", ".join(ap.name for ap in design.access_points)
        raise DesignError(f"{name}: no such access point; there are {there_are or 'none'}")
    return found


def _radio(ap: AccessPoint, band: Band) -> Radio:
    found = next((one for one in ap.radios if one.band == band), None)
    if found is None:
        has = ", ".join(one.band for one in ap.radios) or "no"
        raise DesignError(f"{ap.name}: no {band} GHz radio; it has {has} GHz")
    return found


def _lawful(design: Design, radio: Radio, tx_power_dbm: float) -> Radio:
    """The radio with so much power, or with the most, to half a dB, that the country's rules allow with its antenna."""
    eirp = wifi.max_eirp_dbm(radio.band, radio.channel, radio.width_mhz, country=design.country or "JP")
    most = float(np.floor(2 * (eirp - radio.antenna_gain_dbi)) / 2)
    return replace(radio, tx_power_dbm=min(tx_power_dbm, most))


def _with(design: Design, changed: Mapping[str, AccessPoint]) -> Design:
    return replace(design, access_points=tuple(changed.get(ap.name, ap) for ap in design.access_points))


def _check_place(plan: FloorPlan, ap: AccessPoint) -> None:
    values = (ap.x_m, ap.y_m, ap.height_m)
    if not np.isfinite(values).all():
        raise DesignError(f"{ap.name}: {', '.join(f'{value:g}' for value in values)} is no place; give metres")
    if not 0 <= ap.level < len(plan.levels):
        raise DesignError(f"{ap.name}: level {ap.level} does not exist; there are {len(plan.levels)}, from 0")
    grounds = [Polygon(zone.polygon_m) for zone in plan.zones if zone.level == ap.level]
    away_m = min(area.distance(Point(ap.x_m, ap.y_m)) for area in [Polygon(plan.levels[ap.level].outline_m), *grounds])
    if away_m > FAR_M:
        x0, y0, x1, y1 = plan.extent_m
        raise DesignError(
            f"{ap.name}: ({ap.x_m:g}, {ap.y_m:g}) is {away_m:.0f} m outside the building, which is x {x0:g} to {x1:g} m and "
            f"y {y0:g} to {y1:g} m; give metres in the plan's axes"
        )
    if not 0 < ap.height_m <= 2 * plan.levels[ap.level].height_m:
        raise DesignError(f"{ap.name}: {ap.height_m:g} m is no height in a storey of {plan.levels[ap.level].height_m:g} m")


def _check_locks(stays: Sequence[AccessPoint], keep_out_m: Sequence[Polygon]) -> None:
    for ap in stays:
        if ap.lock and any(area.contains(Point(ap.x_m, ap.y_m)) for area in keep_out_m):
            raise DesignError(f"{ap.name} is locked where nothing may hang; unlock it, or make the keep-out smaller")
    for one, other in itertools.combinations([ap for ap in stays if ap.lock], 2):
        if one.level == other.level and _apart_m(one, other) < WALL_M:
            raise DesignError(f"{one.name} and {other.name} are locked in one place; unlock one of them")


def _apart_m(one: AccessPoint, other: AccessPoint) -> float:
    return float(np.linalg.norm([one.x_m - other.x_m, one.y_m - other.y_m, one.height_m - other.height_m]))


def _new_radio(design: Design, ap: AccessPoint, band: Band, model: equipment.Model, limit: int) -> Radio:
    """A radio on the channel that is used least, and furthest away; as wide and as loud as most of the others."""
    others = [(one, radio) for one in design.access_points for radio in one.radios if radio.band == band]
    wide = sorted(radio.width_mhz for _, radio in others)[len(others) // 2] if others else 20
    country = design.country or "JP"

    def dislike(channel: int) -> tuple[float, bool, int]:
        heard = sum(
            1.0 / max(1.0, _apart_m(ap, one))
            for one, radio in others
            if wifi.overlap_share(band, channel, wide, radio.channel, wide)
        )
        return heard, wifi.is_dfs(band, channel, wide, country=country), channel

    channel = min(wifi.channels(band, wide, country=country), key=dislike)
    power = float(np.median([radio.tx_power_dbm for _, radio in others])) if others else _NEW_POWER_DBM
    power = min(power, wifi.max_eirp_dbm(band, channel, wide, country=country), model.radio(band).max_power_dbm)
    return Radio(band=band, channel=channel, width_mhz=wide, tx_power_dbm=float(np.floor(2 * power) / 2), client_limit=limit)


def _measured(design: Design) -> Design:
    """The design with its capacity by the full Monte Carlo, as `place` makes it, and its planned clients."""
    if not design.demands:
        raise DesignError("nobody is in the design: what a change does cannot be said; place it for people, or give demands")
    count = points_per_zone(design.demands, MAX_POINTS)
    found = capacity(design, points_per_zone=count, gains_db=gains_of(design), draws=DRAWS)
    clients = {(load.ap, load.band): round(load.clients, 1) for load in found.radios}
    points = tuple(
        replace(ap, radios=tuple(replace(radio, planned_clients=clients.get((ap.name, radio.band))) for radio in ap.radios))
        for ap in design.access_points
    )
    return replace(design, access_points=points, capacity=found)


def _prices(design: Design) -> Prices:
    """The price list with the prices that the design was placed with."""
    table = {name: dict(row) for name, row in price_list().items()}
    own = equipment.known_to(design).get(model_of(design))
    device = None if own is None else own.priced(price_list())
    for row in design.assumptions:
        if row.kind == "price" and row.of in table and (device is None or row.value != device[row.of]["yen"]):
            table[row.of]["yen"] = row.value
    return table


def _spot(design: Design, ap: AccessPoint, kept: frozenset[str]) -> Spot:
    """The place of an access point as something to buy for."""
    plan, here = design.floor_plan, Point(ap.x_m, ap.y_m)
    if ap.name in kept:
        return hanging(ap)
    halls = [zone for zone in plan.zones if zone.kind == "hall" and zone.level == ap.level]
    outdoor = not Polygon(plan.levels[ap.level].outline_m).buffer(1.0).contains(here)
    guard = ap.height_m < BALL_HEIGHT_M and any(Polygon(zone.polygon_m).contains(here) for zone in halls)
    return replace(hanging(ap), kept="", guard=guard, outdoor=outdoor, mount="pole" if outdoor else "given")


def _bill(design: Design, kept: frozenset[str]) -> tuple[Any, ...]:
    """The rows of the bill of a design, each model's access points at their own price."""
    spots = [_spot(design, ap, kept) for ap in design.access_points]
    prices = _prices(design)
    rows: list[Any] = []
    main = equipment.known_to(design).get(model_of(design))
    table = prices if main is None else main.priced(prices)
    cabled = bill.priced(design.floor_plan, spots, price=table)
    for row in bill.rows(cabled, table, model=model_of(design)):
        if row.item != "access_point":
            rows.append(row)
            continue
        new = [ap.model or equipment.DEFAULT_MODEL for ap in design.access_points if ap.name not in kept]
        for name in dict.fromkeys(new):
            other = equipment.known_to(design).get(name)
            price = (table if other is None or other is main else other.priced(price_list()))["access_point"]
            count = new.count(name)
            fields = {"low_yen": price["low"], "high_yen": price["high"], "unit_yen": price["yen"], "yen": count * price["yen"]}
            rows.append(replace(row, count=count, model=name, **fields))
    return tuple(rows)


def _answered(before: Design, after: Design, reached: Figures, kept: frozenset[str]) -> Design:
    """The design with a placement that says what it is now; what is no longer known of it is left out."""
    old = after.placement or _by_hand(after)
    spots = [_spot(after, ap, kept) for ap in after.access_points]
    main = equipment.known_to(after).get(model_of(after))
    table = _prices(after) if main is None else main.priced(_prices(after))
    cabled = bill.priced(after.floor_plan, spots, price=table)
    verdict = check(after, gains_of(after), max_points=MAX_POINTS)
    rows = _bill(after, kept)
    five_year = bill.five_years(rows, table, access_points=len(spots))
    same = after.placement is not before.placement
    bound = old.bound if same else Bound(cost_yen=0, access_points=0, valid_for="nothing: placed by hand")
    if same:  # What is locked was free to the search, and is paid for.
        bound = replace(bound, cost_yen=round(bound.cost_yen + reached.cost_yen - old.cost_yen))
    people = sum(row.people for row in after.demands)
    enough = reached.served_share_p10 >= after.requirement.served_share - 1e-6
    stopped_by = None if verdict.ok and enough else old.stopped_by or "hand"
    mean_yen = reached.cost_yen - (old.headroom_yen if same else 0)
    gap_share = 1.0 if stopped_by or mean_yen <= 0 else round(1.0 - bound.cost_yen / mean_yen, 4)
    answer: Placement = replace(
        old,
        access_points=len(spots),
        cost_yen=reached.cost_yen,
        coverage_share=verdict.coverage_share,
        served_share=round(min(1.0, reached.people_served / people), 4) if people else 0.0,
        served_share_p10=reached.served_share_p10,
        served_share_p10_unsteered=reached.served_share_p10_unsteered,
        headroom_yen=old.headroom_yen if same else 0,
        bound=bound,
        gap_share=max(0.0, gap_share),
        stopped_by=stopped_by,
        failures=verdict.failures,
        bill=rows,
        power=bill.power(cabled, table),
        cables_m={ap.name: spot.cable_m for ap, spot in zip(after.access_points, cabled, strict=True) if not spot.kept},
        reasons=old.reasons if same else (),
        curve=(),
        alternatives=(),
        models_tried=(),
        left_off=old.left_off if same else None,
        five_year_yen=round(five_year.yen),
        five_years=five_year.rows,
        computed_from=inputs_hash(after, network=False),
    )
    # A reason that was true of the whole before is not told of the whole now.
    told = after.access_points if same else tuple(replace(ap, why="") for ap in after.access_points)
    return replace(after, access_points=told, placement=answer)


def _by_hand(design: Design) -> Placement:
    """What a design is that nobody has searched for: nothing is known of others."""
    return Placement(
        access_points=len(design.access_points),
        coverage_share=0.0,
        served_share=0.0,
        served_share_p10=0.0,
        cost_yen=0,
        bound=Bound(cost_yen=0, access_points=0, valid_for="nothing: placed by hand"),
        gap_share=1.0,
        seconds=Seconds(gains=0.0, solve=0.0, check=0.0),
        model=model_of(design),
    )


def _scenario_assumptions(design: Design) -> tuple[Assumption, ...]:
    """The assumptions that are not placement's own, which `place` says again."""
    own = {"price", "client_power_dbm", "power_above_client_db", "placed_obstruction_db", "min_spacing_m", "max_height_m"}
    return tuple(row for row in design.assumptions if row.kind not in own | {"guard_height_m"})
