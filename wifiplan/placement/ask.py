"""What a planner asks of placement: what may be used, what is wanted, and how far to search."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, get_args

from shapely.geometry import Polygon

from wifiplan.airtime import wifi
from wifiplan.equipment import DEFAULT_MODEL, Model, Poe
from wifiplan.equipment import models as known_models
from wifiplan.errors import DesignError
from wifiplan.model import AccessPoint, Band, ForeignBusy, Radio, Requirement
from wifiplan.placement.spot import ANTENNA_GAIN_DBI, MOUNTS, Mount, Spot
from wifiplan.prices import Prices, batteries_for, price_list

CLIENT_POWER_DBM = 13.0
"""Transmit power of a phone (assumed; 12 to 15 dBm were seen)."""

POWER_ABOVE_CLIENT_DB = 6.0
"""An access point louder than this over its clients is heard where it does not hear (assumed)."""

POWER_SPAN_DB = 10.0
"""Access points are turned down by at most this to share clients evenly (assumed)."""

MIN_SPACING_M = 4.0
"""Access points of one level that are closer raise each other's noise on any channel (assumed)."""

MAX_POINTS = 400
"""About so many places stand for the people, in the programme and in the check alike (assumed)."""

MAX_GROUPS = 96
"""About so many groups of them are served in the programme (assumed)."""

_MOST_BATTERY_HOURS = 168.0
"""A week without mains is a generator's, not a battery's (assumed)."""

ExistingMay = Literal["stay", "move", "go"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """What may be used and what is wanted. `Ask()` is a new installation of the default model without a budget.

    Parameters
    ----------
    requirement : Requirement
        Signal, airtime and client limits.
    survives_one : bool
        All of this is still met without any one access point.
    with_alternatives : bool
        Also find out what other answers cost and serve.
    models : Model
        What may be bought (`wifiplan.equipment`): `place` tries each and takes the cheapest that works. Without one, the default.
    poe : "af", "at", "bt3", "bt4", optional
        Class of the switch's ports; the price list's where it is not given.
    with_limits : bool
        Also find out what a quarter more or fewer clients a radio would change.
    battery_hours : float, optional
        How long the batteries that are bought are to keep all on; without it one is bought for each switch, whatever it lasts.
    bands : "2.4", "5", "6"
        A radio each in every access point; without any, every radio that the model has (empty while there are several models).
    may_leave_off_2g4 : bool
        Where no bands were given: radios at 2.4 GHz that its channels have no room for are left off (`placement.fewer_2g4`).
    widths_mhz : int
        Channel widths to choose from.
    country : str
        Whose channel and power rules hold.
    avoid_dfs : bool, optional
        True never uses a channel that radar can silence; False takes them like any other; None only where the load needs them.
    client_power_dbm, power_above_client_db, power_span_db : float
        What a client sends with, how much louder an access point may be, and how far it may be turned down from there.
    obstruction_db : float, optional
        One figure of what people in the way cost every path (`Scenario.obstruction_db`); without it each path loses by the people
        around its end, and by the scenario's partitions (`capacity.paths`).
    mounts, antennas
        What may be used; see `wifiplan.placement.spots.candidates`.
    pitch_m, min_spacing_m : float
        Between candidate spots, and between access points of one level.
    forbidden_m : polygons
        Nothing hangs here, beside the plan's keepout zones.
    added : Spot
        The planner's own spots (`wifiplan.placement.spot.given`).
    existing : AccessPoint
        What hangs there already.
    existing_may : "stay", "move" or "go"
        It stays and is built upon; may be taken down and used elsewhere; or may be taken down. Left where it is it costs nothing.
    foreign : ForeignBusy
        What a scan heard of others (`wifiplan.placement.scan`): load on its channels; those that it fills are not used.
    retune_existing : bool
        Give those that stay other channels and powers too, and the radios of the model; without it they keep what they have.
    switch_m : (x, y), optional
        Of the PoE switch; see `wifiplan.placement.cables.default_switch_m`.
    budget_yen, max_access_points : optional
        Upper limits. Where they bind, the design is the largest part that can be served.
    prices : Prices, optional
        Instead of those that come with the program (`wifiplan.prices.price_list`).
    reflections : int
        Greatest number of reflections on a path.
    max_points, max_groups : int
        About so many places stand for the people, and so many groups of them are served in the programme.
    seed, max_nodes : int
        Of the solver. The same input gives the same design on every machine; the bound and gap say how far the search came.
    refine : int
        Full checks that the search for better places off the grid may take, at no more cost. 0: none.

    Raises
    ------
    DesignError
        For what contradicts itself or cannot be; names the field.
    """

    requirement: Requirement = field(default_factory=Requirement)
    survives_one: bool = False
    with_alternatives: bool = False
    with_limits: bool = False
    battery_hours: float | None = None
    models: tuple[Model, ...] = ()
    poe: Poe | None = None
    bands: tuple[Band, ...] = ()
    may_leave_off_2g4: bool = False
    widths_mhz: tuple[int, ...] = (20,)
    country: str = "JP"
    avoid_dfs: bool | None = None
    client_power_dbm: float = CLIENT_POWER_DBM
    power_above_client_db: float = POWER_ABOVE_CLIENT_DB
    power_span_db: float = POWER_SPAN_DB
    obstruction_db: float | None = None
    mounts: tuple[Mount, ...] = MOUNTS
    antennas: tuple[str, ...] = tuple(ANTENNA_GAIN_DBI)
    pitch_m: float = 5.0
    min_spacing_m: float = MIN_SPACING_M
    forbidden_m: tuple[Polygon, ...] = ()
    added: tuple[Spot, ...] = ()
    existing: tuple[AccessPoint, ...] = ()
    existing_may: ExistingMay = "stay"
    foreign: tuple[ForeignBusy, ...] = ()
    retune_existing: bool = False
    switch_m: tuple[float, float] | None = None
    budget_yen: float | None = None
    max_access_points: int | None = None
    prices: Prices | None = None
    reflections: int = 2
    max_points: int = MAX_POINTS
    max_groups: int = MAX_GROUPS
    seed: int = 0
    max_nodes: int = 20_000
    refine: int = 40

    def __post_init__(self) -> None:
        _check_requirement(self.requirement)
        if self.bands:
            _check_words("band", self.bands, get_args(Band))
        _check_words("channel width", self.widths_mhz, wifi.WIDTHS_MHZ["ax"])
        _check_words("antenna", self.antennas, tuple(ANTENNA_GAIN_DBI))
        _check_words("mount", self.mounts, MOUNTS)
        for model in self.models or (known_models()[DEFAULT_MODEL],):
            _check_model(self, model)
        if not self.bands and len(self.models) < 2:
            object.__setattr__(self, "bands", _bands_of(self))
            object.__setattr__(self, "may_leave_off_2g4", True)
        _check_words("existing access points may", (self.existing_may,), get_args(ExistingMay))
        least = 2 if self.requirement.second_access_point else 1
        if self.max_access_points is not None and self.max_access_points < least:
            raise DesignError(f"at most {self.max_access_points} access points cannot do what is asked; allow more")
        for name, least_value in _AT_LEAST.items():
            value = getattr(self, name)
            if value is not None and not (math.isfinite(value) and value >= least_value):
                raise DesignError(f"{name.replace('_', ' ')}: {value:g}; give {least_value:g} or more")
        if not (math.isfinite(self.pitch_m) and self.pitch_m > 0):
            raise DesignError(f"pitch between candidate spots: {self.pitch_m:g} m; give more than 0")
        if not math.isfinite(self.client_power_dbm):
            raise DesignError(f"client power: {self.client_power_dbm:g} dBm; give a number, such as {CLIENT_POWER_DBM:g}")
        if self.battery_hours is not None and not 0 < self.battery_hours <= _MOST_BATTERY_HOURS:
            raise DesignError(f"battery: {self.battery_hours:g} hours; give more than 0, and {_MOST_BATTERY_HOURS:g} at most")
        if self.budget_yen is not None and not self.budget_yen > 0:
            raise DesignError(f"budget: {self.budget_yen:,.0f} yen; give more than 0, or none")

    @property
    def model(self) -> Model:
        """What is bought, as it works on the ports of the switch; the first of several."""
        return (self.models or (known_models()[DEFAULT_MODEL],))[0].at_poe(self.port)

    def kept_radios(self, name: str) -> tuple[Radio, ...]:
        """The radios of an access point that hangs there and keeps them; none where it is new, or may be tuned."""
        if self.retune_existing:
            return ()
        return next((ap.radios for ap in self.existing if ap.name == name), ())

    @property
    def port(self) -> Poe:
        """Class of the switch's ports."""
        found: Poe = self.poe or (self.prices or price_list())["switch"]["poe_class"]
        return found

    @property
    def price(self) -> Prices:
        """The price list with the model in it."""
        table = self.model.priced(self.prices or price_list())
        if self.battery_hours is None:
            return table
        return batteries_for(table, self.battery_hours)

    @property
    def client_limit(self) -> int:
        """Clients that a radio may hold: as required, else as the model allows."""
        asked = self.requirement.max_clients_per_radio
        return self.model.client_limit(self.bands) if asked is None else asked

    def max_power_dbm(self, band: Band) -> float:
        """The most that the model's radio of a band gives."""
        return self.model.radio(band).max_power_dbm

    @property
    def power_dbm(self) -> float:
        """The most that an access point sends with, before its antenna."""
        return self.client_power_dbm + self.power_above_client_db


_AT_LEAST = {
    "power_above_client_db": 0.0,
    "power_span_db": 0.0,
    "obstruction_db": 0.0,
    "min_spacing_m": 0.0,
    "reflections": 0,
    "max_points": 1,
    "max_groups": 1,
    "max_nodes": 1,
    "refine": 0,
}
"""Field -> its least value."""


def _bands_of(ask: Ask) -> tuple[Band, ...]:
    """Every radio that the model has; 6 GHz only in a case that is not for outdoors (Japan: low power indoor)."""
    return tuple(band for band in ask.model.bands if band != "6" or ask.model.weather != "outdoor")


def _check_model(ask: Ask, model: Model) -> None:
    """Refuse a model that cannot do what is asked, by its name."""
    works = model.at_poe(ask.port)
    for band in ask.bands:
        if band in get_args(Band) and band not in works.bands:
            able = [one.name for one in known_models().values() if band in one.bands and not one.name.startswith("Generic")]
            off = f" on 802.3{ask.port}" if band in model.bands else ""
            raise DesignError(f"{model.name}: no {band} GHz radio{off}; use {', '.join(works.bands)} GHz, or {_some(able)}")
        if band in works.bands and not set(ask.widths_mhz) & set(works.radio(band).widths_mhz):
            wide = ", ".join(map(str, works.radio(band).widths_mhz))
            raise DesignError(f"{model.name}: its {band} GHz radio has channels of {wide} MHz; take one of them")
    if "6" in ask.bands and model.weather == "outdoor":
        raise DesignError(f"{model.name}: 6 GHz is for indoor cases only; use 2.4 and 5 GHz, or an indoor model")
    if not set(ask.mounts) & set(mounts_of(model)):
        where = " outdoors" if model.weather == "indoor" and "pole" in ask.mounts else ""
        wanted, may = ", ".join(ask.mounts), ", ".join(mounts_of(model))
        raise DesignError(f"{model.name}: cannot hang{where} on {wanted}; it goes on {may}: allow one, or take another model")


def mounts_of(model: Model) -> tuple[Mount, ...]:
    """Where a model may hang: on a pole, which stands outdoors, only what is made for it."""
    return tuple(mount for mount in model.mounts if mount != "pole" or model.weather != "indoor")


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:3]) or "another model"


def _check_words(what: str, given: Sequence[object], there_are: Sequence[object]) -> None:
    if not given:
        raise DesignError(f"{what}: none is given; use {', '.join(map(str, there_are))}")
    for word in given:
        if word not in there_are:
            raise DesignError(f"{what} {word}: no such thing; use {', '.join(map(str, there_are))}")
    if len(set(given)) < len(given):
        raise DesignError(f"{what} {', '.join(map(str, given))}: one is given twice; once is enough")


def _check_requirement(requirement: Requirement) -> None:
    for name in ("coverage_share", "max_busy_share", "served_share"):
        share = getattr(requirement, name)
        if not 0.0 < share <= 1.0:
            raise DesignError(f"requirement: {name} is {share:g}; it must be above 0 and at most 1")
    if not 0.5 <= requirement.confidence_share < 1.0:
        raise DesignError(f"requirement: confidence_share is {requirement.confidence_share:g}; give 0.5 (the mean) to below 1")
    if requirement.max_clients_per_radio is not None and requirement.max_clients_per_radio < 1:
        raise DesignError(f"requirement: max_clients_per_radio is {requirement.max_clients_per_radio}; one client must fit")
    if requirement.min_rssi_dbm > 0:
        raise DesignError(f"requirement: min_rssi_dbm is {requirement.min_rssi_dbm:g}; no client receives that: use -67 or so")
