"""Plan and live meet: which planned access point is which live one.

A planned access point with a key is joined by the key and nothing else; one without by its name, if that name is one access
point's only, in the plan and among what is live. Nothing is guessed.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeVar

from collectors.totals import ApCount, identities, mac_of, plain_name

if TYPE_CHECKING:
    from dashboards.facts import Device, LiveAp
    from wifiplan.model import AccessPoint, Design

Thing = TypeVar("Thing")


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """One access point of a design, and what is live of it; None where nothing is or where that is ambiguous."""

    path: Path
    design: Design
    ap: AccessPoint
    live: LiveAp | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Matching:
    """All planned access points, the live ones that no plan has, and the planned names that occur twice."""

    planned: tuple[Planned, ...]
    unplanned: tuple[LiveAp, ...]
    ambiguous: tuple[str, ...]


def matched(designs: Mapping[Path, Design], live: Sequence[LiveAp]) -> Matching:
    """Join the access points of all designs of a site with what its devices report.

    Parameters
    ----------
    designs : mapping
        Design file -> design.
    live : sequence of LiveAp
        Each access point once, as `merged` gives them.
    """
    plan = [(path, design, ap) for path, design in designs.items() for ap in design.access_points]
    by_key: dict[str, list[LiveAp]] = defaultdict(list)
    by_name: dict[str, list[LiveAp]] = defaultdict(list)
    for one in live:
        if one.key is not None:
            by_key[spelt(one.key)].append(one)
        by_name[one.name].append(one)
    keyless = Counter(ap.name for _, _, ap in plan if ap.key is None)
    keys = Counter(spelt(ap.key) for _, _, ap in plan if ap.key is not None)
    ambiguous: set[str] = set()
    planned: list[Planned] = []
    for path, design, ap in plan:
        if ap.key is not None:
            candidates, is_only = by_key[spelt(ap.key)], keys[spelt(ap.key)] == 1
        else:
            candidates, is_only = by_name[ap.name], keyless[ap.name] == 1
        match = _only(candidates) if is_only else None
        if match is None and candidates:
            ambiguous.add(ap.name)
        planned.append(Planned(path=path, design=design, ap=ap, live=match))
    taken = {one.live.as_told for one in planned if one.live is not None}
    return Matching(
        planned=tuple(planned),
        unplanned=tuple(one for one in live if one.as_told not in taken),
        ambiguous=tuple(sorted(ambiguous)),
    )


def spelt(key: str) -> str:
    """A MAC in any spelling is one; an index is what it is."""
    return mac_of(key) or key


def merged(devices: Iterable[Device]) -> list[LiveAp]:
    """Each access point of a site once. Two devices may list one: where it serves, else where it was heard last, is right."""
    devices = list(devices)
    one_is = identities(replace(device.counted, aps=_all(device)) for device in devices)
    best: dict[tuple[str, str], LiveAp] = {}
    for device in devices:
        for ap in device.aps:
            identity = one_is[ap.as_told]
            other = best.get(identity)
            if other is None or _says_more(ap) > _says_more(other):
                best[identity] = ap
    return list(best.values())


def _all(device: Device) -> tuple[ApCount, ...]:
    return tuple(ApCount(name=ap.name, key=ap.key, clients=ap.clients, up=ap.up) for ap in device.aps)


def _says_more(ap: LiveAp) -> tuple[bool, bool, bool, bool, int, float]:
    """Of an access point that two list, the one with a MAC is the controller's, by which plans know it."""
    return ap.fresh, ap.up is True, ap.clients is not None, mac_of(ap.key) is not None, ap.clients or 0, -ap.age_s


def _only(candidates: Sequence[LiveAp]) -> LiveAp | None:
    """The single one, or the single one heard lately: a replaced AP leaves its old series behind."""
    fresh = [one for one in candidates if one.fresh]
    chosen = fresh or candidates
    return chosen[0] if len(chosen) == 1 else None


# --- suggestions where names differ ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """A planned access point and the live one that it probably is; `how` it was found, and how sure that is (0 to 1)."""

    planned: Planned
    live: LiveAp
    how: How
    confidence: float


How = Literal["key", "name", "spelling", "number", "order"]
CONFIDENCE: Mapping[How, float] = {"key": 1.0, "name": 1.0, "spelling": 0.9, "number": 0.6, "order": 0.3}
"""How sure a suggestion is. Assumed: a name spelt otherwise is nearly sure, a number may count from another end."""

_NUMBER = re.compile(r"[0-9]+")


def suggested(found: Matching) -> tuple[Suggestion, ...]:
    """Suggest a live access point for each planned one that has none, and give those that are joined already.

    In turn: the same name but for case, width, blanks and punctuation; the only one with the same number; and where as many are
    left in the plan as live, their order. Each live one is suggested once.
    """
    pairs = [
        Suggestion(planned=one, live=one.live, how=how, confidence=CONFIDENCE[how])
        for one in found.planned
        if one.live is not None
        for how in (_joined_by(one),)
    ]
    open_ones = [one for one in found.planned if one.live is None]
    strangers = sorted((one for one in found.unplanned if one.fresh), key=lambda one: _natural(one.name))
    ways: tuple[tuple[How, Callable[[str], str]], ...] = (("spelling", plain_name), ("number", _number))
    for how, of in ways:
        planned_by, live_by = _grouped(open_ones, lambda one: one.ap.name, of), _grouped(strangers, lambda one: one.name, of)
        for text, planned in planned_by.items():
            live = live_by.get(text, [])
            if text and len(planned) == 1 and len(live) == 1:
                pairs.append(Suggestion(planned=planned[0], live=live[0], how=how, confidence=CONFIDENCE[how]))
                open_ones.remove(planned[0])
                strangers.remove(live[0])
    if open_ones and len(open_ones) == len(strangers):
        ordered = sorted(open_ones, key=lambda one: _natural(one.ap.name))
        pairs += [
            Suggestion(planned=one, live=live, how="order", confidence=CONFIDENCE["order"])
            for one, live in zip(ordered, strangers, strict=True)
        ]
    return tuple(pairs)


def _joined_by(one: Planned) -> How:
    return "key" if one.ap.key is not None else "name"


def _grouped(things: Iterable[Thing], name_of: Callable[[Thing], str], by: Callable[[str], str]) -> dict[str, list[Thing]]:
    groups: dict[str, list[Thing]] = defaultdict(list)
    for thing in things:
        groups[by(name_of(thing))].append(thing)
    return groups


def _number(name: str) -> str:
    """The last number in a name, without leading zeros."""
    numbers = _NUMBER.findall(unicodedata.normalize("NFKC", name))
    return numbers[-1].lstrip("0") or "0" if numbers else ""


def _natural(name: str) -> tuple[tuple[str, int], ...]:
    """AP-2 comes before AP-10."""
    parts = re.split(r"([0-9]+)", unicodedata.normalize("NFKC", name).casefold())
    return tuple((part, -1) if not part.isdigit() else ("", int(part)) for part in parts)
