"""Access point models as data: what each can do, needs and costs, from the TOML files beside this module or a file of one's own.

A file has a table a model. A figure that stands under `sources` was read there; every other one is assumed: that of the generic
model of its generation, unless the table gives its own.
"""

from __future__ import annotations

import difflib
import functools
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError

from floorplans.plan import first_error
from wifiplan.errors import DesignError
from wifiplan.files import read_toml
from wifiplan.model import AccessPoint, Band, Design, Radio, Requirement
from wifiplan.prices import Prices, price_list

Generation = Literal["n", "ac", "ax", "axe", "be"]
"""Wi-Fi 4, 5, 6, 6E and 7."""
Poe = Literal["af", "at", "bt3", "bt4"]
"""Class of a port by its standard: IEEE 802.3af, 802.3at, and 802.3bt types 3 and 4."""
Weather = Literal["indoor", "outdoor", "any"]

POE_W: Mapping[Poe, float] = {"af": 15.4, "at": 30.0, "bt3": 60.0, "bt4": 90.0}
"""What a port of each class gives at the switch (IEEE 802.3-2022, 33 and 145)."""

DEFAULT_MODEL = "Generic Wi-Fi 6"
"""Whose figures are taken where no model was chosen: its limit is argued in `wifiplan/equipment/generic.toml`."""

ASSUMED = "assumed"
NEAREST = 3
"""So many names are offered for one that is not known."""

_STRICT = ConfigDict(extra="forbid", allow_inf_nan=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRadio:
    """One radio that serves clients.

    `antenna_gain_dbi` is the peak that the law counts, `max_power_dbm` what all chains give together: 30 where it is not known.
    """

    band: Band
    streams: Annotated[int, Field(ge=1, le=16)] = 2
    widths_mhz: tuple[Literal[20, 40, 80, 160, 320], ...] = (20, 40, 80)
    max_power_dbm: Annotated[float, Field(ge=0, le=36)] = 30.0
    antenna_gain_dbi: Annotated[float, Field(ge=0, le=20)] = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesser:
    """What is left at a lower PoE class: which bands go off, streams a band, and the most power; `loses` says it whole."""

    poe: Poe
    loses: str
    off: tuple[Band, ...] = ()
    streams: Mapping[Band, int] | None = None
    max_power_dbm: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """One access point model.

    `clients_per_radio` is what a radio turns further clients away at, `clients` the same of the whole device (None: only by
    radio). `poe_w` is what the switch keeps for it, `lesser` what it does at a lower class (None: it does not work there).
    Prices are in yen before tax, for the device alone; None stands for the price list's. `sources` has where a figure was read:
    one that is not in it is assumed.
    """

    name: str
    maker: str
    generation: Generation
    radios: tuple[ModelRadio, ...]
    clients_per_radio: Annotated[int, Field(ge=1, le=4096)]
    clients: Annotated[int, Field(ge=1, le=8192)] | None = None
    poe: Poe = "at"
    poe_w: Annotated[float, Field(gt=0, le=90)] = 30.0
    lesser: Lesser | None = None
    mounts: tuple[Literal["truss", "ceiling", "wall", "rail", "pole"], ...] = ("truss", "ceiling", "wall", "rail", "pole")
    weather: Weather = "any"
    price_yen: Annotated[float, Field(gt=0)] | None = None
    price_low_yen: Annotated[float, Field(gt=0)] | None = None
    price_high_yen: Annotated[float, Field(gt=0)] | None = None
    licence_yen: Annotated[float, Field(ge=0)] | None = None
    sources: Mapping[str, str] = Field(default_factory=dict)

    @property
    def bands(self) -> tuple[Band, ...]:
        """The bands of its radios, the lowest first."""
        return tuple(band for band in get_args(Band) if any(radio.band == band for radio in self.radios))

    def radio(self, band: Band) -> ModelRadio:
        """Its radio of a band."""
        return next(radio for radio in self.radios if radio.band == band)

    def client_limit(self, bands: Sequence[Band]) -> int:
        """What each radio may hold when these bands are used: its own limit, and an even part of the device's."""
        return min(self.clients_per_radio, self.clients // max(1, len(bands)) if self.clients else self.clients_per_radio)

    def source(self, figure: str) -> str:
        """Where a figure was read, or "assumed"."""
        if figure == "clients_per_radio" and figure not in self.sources and "clients" in self.sources:
            return f"{ASSUMED}: a part of what the device holds ({self.sources['clients']})"
        return self.sources.get(figure, ASSUMED)

    def at_poe(self, poe: Poe) -> Model:
        """The model as it works on a port of this class.

        Raises
        ------
        DesignError
            Where it does not work there; names the class that it needs.
        """
        classes = get_args(Poe)
        if classes.index(poe) >= classes.index(self.poe):
            return self
        less = self.lesser
        if less is None or classes.index(poe) < classes.index(less.poe):
            needs = self.poe if less is None else less.poe
            raise DesignError(
                f"{self.name}: needs 802.3{needs} and the switch gives 802.3{poe}; take a switch that gives more (--poe {needs}) "
                "or another model"
            )
        radios = tuple(
            replace(
                radio,
                streams=min(radio.streams, (less.streams or {}).get(radio.band, radio.streams)),
                max_power_dbm=radio.max_power_dbm if less.max_power_dbm is None else min(radio.max_power_dbm, less.max_power_dbm),
            )
            for radio in self.radios
            if radio.band not in less.off
        )
        return replace(self, radios=radios, poe=less.poe, poe_w=min(self.poe_w, POE_W[less.poe]), lesser=None)

    def priced(self, prices: Prices) -> Prices:
        """The price list with this model as its access point, unless the list is a planner's own that says another price."""
        table = {name: dict(row) for name, row in prices.items()}
        device, usual = table["access_point"], price_list()["access_point"]
        device |= {"poe_w": self.poe_w, "model": self.name}
        if self.price_yen is not None and device["yen"] == usual["yen"]:
            low, high = self.price_low_yen or self.price_yen, self.price_high_yen or self.price_yen
            device |= {"yen": self.price_yen, "low": low, "high": high, "source": self.source("price_yen")}
            device["tag"] = "U" if self.source("price_yen").startswith(ASSUMED) else "S"
        if self.licence_yen is not None and table["licence"]["yen"] == price_list()["licence"]["yen"]:
            yen = self.licence_yen
            table["licence"] |= {"yen": yen, "low": min(yen, table["licence"]["low"]), "high": max(yen, table["licence"]["high"])}
            table["licence"]["source"] = self.source("licence_yen")
        return table


for _type in (ModelRadio, Lesser, Model):
    setattr(_type, "__pydantic_config__", _STRICT)  # noqa: B010
_ADAPTER: TypeAdapter[Model] = TypeAdapter(Model)

Models = Mapping[str, Model]


@functools.cache
def models(path: str | Path | None = None) -> Models:
    """Every model known, by name; a file of the planner's own adds models and replaces figures of those there are.

    Raises
    ------
    DesignError
        For a file or figure that is not as it should be; names the file, the model and the figure.
    """
    tables: dict[str, dict[str, Any]] = {}
    folder = resources.files("wifiplan.equipment")
    for file in sorted((one for one in folder.iterdir() if one.name.endswith(".toml")), key=lambda one: one.name):
        tables |= tomllib.loads(file.read_text("utf-8"))
    where = dict.fromkeys(tables, "wifiplan/equipment")
    if path is not None:
        for name, row in read_toml(Path(path), "give a TOML of access point models").items():
            if not isinstance(row, dict):
                raise DesignError(f'{path}: {name}: give a table for each model, such as ["Maker Model"] with generation = "ax"')
            if row.get("name", name) != name:
                raise DesignError(f'{path}: {name}: name is {row["name"]}; write it in the brackets alone: ["{row["name"]}"]')
            known = tables.get(name, {})
            sources = {key: said for key, said in known.get("sources", {}).items() if key not in row}
            own = dict.fromkeys((key for key in row if key not in {"sources", "maker", "generation"}), f"{Path(path).name}")
            tables[name] = known | row | {"sources": sources | own | dict(row.get("sources", {}))}
            where[name] = str(path)
    generic = {row["generation"]: row for name, row in tables.items() if name.startswith("Generic ") and "weather" not in row}
    return {name: _model(name, row, generic, where[name]) for name, row in sorted(tables.items())}


def table_of(model: Model) -> dict[str, Any]:
    """The model as a table of a file of one's own, in plain JSON: `known_to` reads an equal one back."""
    plain: dict[str, Any] = _ADAPTER.dump_python(model, mode="json")
    return {figure: value for figure, value in plain.items() if value is not None and figure != "name"}


def with_own(design: Design, used: Iterable[Model]) -> Design:
    """The design with those of these models in it that are not ours, or not as ours are."""
    own = {model.name: table_of(model) for model in used if models().get(model.name) != model}
    return replace(design, equipment=dict(design.equipment) | own) if own else design


def known_to(design: Design) -> Models:
    """Every model known, with those that a design brings itself.

    Raises
    ------
    DesignError
        For a model of the design that is none; names it and the figure.
    """
    if not design.equipment:
        return models()
    return {**models(), **{name: _model(name, row, {}, "the design's equipment") for name, row in design.equipment.items()}}


def _model(name: str, row: Mapping[str, Any], generic: Mapping[str, Mapping[str, Any]], where: str) -> Model:
    usual = dict(generic.get(str(row.get("generation")), {}))
    usual.pop("sources", None)
    if "poe" in row or "poe" in row.get("sources", {}):
        usual.pop("lesser", None)  # What is known to need that class is not assumed to work on less.
    known = usual | {"name": name, "maker": name.split(maxsplit=1)[0]} | dict(row)
    try:
        found = _ADAPTER.validate_python(known)
    except ValidationError as error:
        raise DesignError(f"{where}: {name}: {first_error(error)}") from None
    if not found.radios or len(set(found.bands)) < len(found.radios):
        raise DesignError(f"{where}: {name}: give one radio a band, and one at least")
    if found.poe_w > POE_W[found.poe]:
        raise DesignError(f"{where}: {name}: poe_w {found.poe_w:g} is more than 802.3{found.poe} gives ({POE_W[found.poe]:g} W)")
    if None not in {low := found.price_low_yen, high := found.price_high_yen} and low > high:  # type: ignore[operator]
        raise DesignError(f"{where}: {name}: price_low_yen {low:g} is above price_high_yen {high:g}")
    if strange := sorted(set(found.sources) - set(Model.__dataclass_fields__)):
        raise DesignError(f"{where}: {name}: sources.{strange[0]}: no such figure; use {', '.join(Model.__dataclass_fields__)}")
    return found


def _plain(name: str) -> str:
    return "".join(letter for letter in name.casefold() if letter.isalnum())


def find(name: str, known: Models | None = None) -> Model:
    """The model of that name, with or without its maker, however it is spaced.

    Raises
    ------
    DesignError
        Where there is none; offers the nearest names.
    """
    there_are = models() if known is None else known
    asked = _plain(name)
    exact = [one for one in there_are if _plain(one) == asked]
    short = [one for one in there_are if asked and _plain(one.partition(" ")[2]) == asked]
    if found := exact or (short if len(short) == 1 else []):
        return there_are[found[0]]
    spelt = {_plain(form): one for one in there_are for form in (one, one.partition(" ")[2])}
    near = difflib.get_close_matches(asked, spelt, n=3 * NEAREST, cutoff=0.4)
    near += [form for form in spelt if asked and asked in form]
    offered = list(dict.fromkeys(spelt[form] for form in near))[:NEAREST] or [DEFAULT_MODEL]
    raise DesignError(f"model {name}: not known; nearest are {', '.join(offered)} (`wifiplan equipment` lists all)")


def client_limit(access_point: AccessPoint, radio: Radio, requirement: Requirement, known: Models | None = None) -> int:
    """What a radio must not pass: its own limit, else the requirement's, else that of its model, among those `known` or ours."""
    if radio.client_limit is not None:
        return radio.client_limit
    if requirement.max_clients_per_radio is not None:
        return requirement.max_clients_per_radio
    there_are = models() if known is None else known
    model = there_are.get(access_point.model or DEFAULT_MODEL) or models()[DEFAULT_MODEL]
    return model.client_limit(tuple(one.band for one in access_point.radios))


def to_json(known: Models) -> list[dict[str, Any]]:
    """What `wifiplan equipment --json` prints."""
    return [
        {
            "model": one.name,
            "maker": one.maker,
            "generation": one.generation,
            "bands": list(one.bands),
            "radios": [
                {
                    "band": radio.band,
                    "streams": radio.streams,
                    "widths_mhz": list(radio.widths_mhz),
                    "max_power_dbm": radio.max_power_dbm,
                    "antenna_gain_dbi": radio.antenna_gain_dbi,
                }
                for radio in one.radios
            ],
            "clients_per_radio": one.clients_per_radio,
            "clients": one.clients,
            "poe": one.poe,
            "poe_w": one.poe_w,
            "lesser": None if one.lesser is None else {"poe": one.lesser.poe, "loses": one.lesser.loses},
            "mounts": list(one.mounts),
            "weather": one.weather,
            "price_yen": price["yen"],
            "price_range_yen": [price["low"], price["high"]],
            "licence_yen": table["licence"]["yen"],
            "sources": {name: one.source(name) for name in _FIGURES},
        }
        for one in known.values()
        for table in [one.priced(price_list())]
        for price in [table["access_point"]]
    ]


_FIGURES = ("radios", "clients_per_radio", "clients", "poe", "poe_w", "lesser", "mounts", "weather", "price_yen", "licence_yen")
"""What a planner asks the source of."""
