"""What months of clients and busy shares say about people: clients per person, share associated, activity; or that they cannot.

Counts of heads beside clients tell one product, devices a person times the share of them that is associated; which of the two
it is they cannot tell, unless somebody asked people for one of them. Busy shares beside clients tell how much of the air one
more client takes; against what the design reckons with, that is the activity, as far as its rates are right.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from dashboards.people import HeadCount, calibrated
from wifiplan.report import loads

if TYPE_CHECKING:
    from pathlib import Path

    from collectors.config import Config
    from collectors.stores.store import Store
    from wifiplan.model import Design

_Z = 1.645
MOST_RATIO = 3.0
"""An interval whose ends are further apart tells nothing to plan with: refused. Assumed."""
LEAST_COUNTS = 3
LEAST_HOURS = 48
LEAST_SPREAD = 10.0
"""Hours of an access point, and clients between a quiet and a full hour, below which a slope is not asked for. Assumed."""
_DRAWS = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One figure with the interval that nine of ten keep, or why it cannot be told (`refused`), and what it is made from."""

    name: str
    value: float | None = None
    low: float | None = None
    high: float | None = None
    made_from: int = 0
    refused: str = ""

    def to_json(self) -> dict[str, Any]:
        """What `wifiplan calibrate --live --json` prints of it."""
        shown = {key: None if (one := getattr(self, key)) is None else round(one, 5) for key in ("value", "low", "high")}
        return {"name": self.name, **shown, "made_from": self.made_from, "refused": self.refused or None}


def learned(
    config: Config,
    store: Store,
    designs: Mapping[Path, Design | str],
    counts: Sequence[HeadCount],
    now: datetime,
    *,
    devices_per_person: float | None = None,
    associated_share: float | None = None,
) -> tuple[Told, ...]:
    """Everything that can be told of a city, and why not where it cannot.

    Parameters
    ----------
    devices_per_person, associated_share : float, optional
        One of them, where people were asked: then counts tell the other.
    """
    each = _clients_per_person(config, counts, now)
    slope = busy_per_client(_hours(config, store))
    return (
        each,
        _other("devices_per_person", each, devices_per_person, associated_share, most=math.inf),
        _other("associated_share", each, associated_share, devices_per_person, most=1.0),
        slope,
        _active_share(slope, [design for design in designs.values() if not isinstance(design, str)]),
    )


def _clients_per_person(config: Config, counts: Sequence[HeadCount], now: datetime) -> Told:
    """Of the city's sites, the middle one; the interval is that of any of them on any day."""
    useful = [one for one in counts if one.clients and one.people > 0]
    if len(useful) < LEAST_COUNTS:
        why = f"heads were counted {len(useful)} times with clients beside; count at least {LEAST_COUNTS} times"
        return Told(name="clients_per_person", made_from=len(useful), refused=why)
    found = calibrated(useful, now, prior=config.shelters.clients_per_person)
    of_sites = np.array([found.of(site)[:2] for site in config.site_names])
    value = math.exp(of_sites[:, 0].mean())
    spread = _Z * math.sqrt((of_sites[:, 1] ** 2).mean() + of_sites[:, 0].var())
    return _narrow(
        Told(
            name="clients_per_person",
            value=value,
            low=value * math.exp(-spread),
            high=value * math.exp(spread),
            made_from=len(useful),
        )
    )


def _narrow(told: Told) -> Told:
    if told.low is not None and told.high is not None and (told.low <= 0 or told.high / told.low > MOST_RATIO):
        why = f"it lies between {told.low:.3g} and {told.high:.3g}, too far apart to plan with; measure for longer"
        return Told(name=told.name, made_from=told.made_from, refused=why)
    return told


def _other(name: str, each: Told, given: float | None, other: float | None, *, most: float) -> Told:
    """One factor of the product, where the other is given."""
    if given is not None:
        return Told(name=name, value=given, refused="")
    if each.value is None or each.low is None or each.high is None:
        return Told(name=name, refused="clients per person are not known")
    if other is None:
        why = "counts tell only devices a person times the share associated; ask people for one of them and give it"
        return Told(name=name, refused=why)
    value = each.value / other
    if value > most:
        why = f"{each.value:.2f} clients a person by {other:g} would be a share of {value:.2f}, above 1; one of the two is wrong"
        return Told(name=name, refused=why)
    return Told(name=name, value=value, low=each.low / other, high=min(most, each.high / other), made_from=each.made_from)


def _hours(config: Config, store: Store) -> dict[str, list[tuple[float, float]]]:
    """Access point -> (clients, busy share) of its hours."""
    found: dict[str, list[tuple[float, float]]] = {}
    for site in config.site_names:
        for sample in store.read("wifi_ap_1h", site=site):
            fields = sample.fields
            if "clients_mean" in fields and "busy_share_max" in fields:
                key = f"{site} {sample.tags.get('ap_key') or sample.tags.get('ap', '')}"
                found.setdefault(key, []).append((fields["clients_mean"], fields["busy_share_max"]))
    return found


def busy_per_client(hours: Mapping[str, Iterable[tuple[float, float]]]) -> Told:
    """How much of the air one more client of an access point takes: the median slope over access points.

    An access point has a slope where it has hours enough, and hours that differ enough in clients; what neighbours take is its
    own level and does not matter. The interval is that of access points drawn again and again.
    """
    name, slopes = "busy_share_per_client", []
    for rows in hours.values():
        table = np.array(list(rows), float)
        if len(table) < LEAST_HOURS:
            continue
        low, high = np.quantile(table[:, 0], (0.1, 0.9))
        if high - low >= LEAST_SPREAD:
            clients = table[:, 0] - table[:, 0].mean()
            slopes.append(float(clients @ table[:, 1] / (clients @ clients)))
    if len(slopes) < 3:
        why = (
            f"{len(slopes)} access points have {LEAST_HOURS} hours with busy shares and {LEAST_SPREAD:g} clients between quiet"
            " and full ones; at least 3 are needed"
        )
        return Told(name=name, made_from=len(slopes), refused=why)
    rng = np.random.default_rng(1)
    draws = np.median(rng.choice(slopes, (_DRAWS, len(slopes))), axis=1)
    low, high = (float(one) for one in np.quantile(draws, (0.05, 0.95)))
    return _narrow(Told(name=name, value=float(np.median(slopes)), low=low, high=high, made_from=len(slopes)))


def _active_share(slope: Told, designs: Sequence[Design]) -> Told:
    """Activity against what the designs reckon with."""
    name = "active_share"
    if slope.value is None or slope.low is None or slope.high is None:
        return Told(name=name, refused="the air that a client takes is not known")
    planned, shares = [], []
    for design in designs:
        radios = loads.planned_radios(design)
        planned += [one.load.busy_share / one.planned for one in radios if one.load is not None and one.planned]
        shares += [demand.active_share for demand in design.demands]
    if not planned or not shares:
        return Told(name=name, refused="no design holds a capacity to compare with; make one with `wifiplan place`")
    by_plan = float(np.median(planned)) / float(np.mean(shares))
    value, low, high = (one / by_plan for one in (slope.value, slope.low, slope.high))
    if low > 1.0:
        why = f"clients take {value:.1f} times the air that all of them active would by the design; its rates are wrong"
        return Told(name=name, refused=why)
    return Told(name=name, value=min(1.0, value), low=low, high=min(1.0, high), made_from=slope.made_from)
