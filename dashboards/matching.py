"""Plan and live meet: which planned access point is which live one.

A planned access point with a key is joined by the key and nothing else; one without by its name, if that name is one access
point's only, in the plan and among what is live. Nothing is guessed.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dashboards.facts import LiveAp
    from wifiplan.model import AccessPoint, Design


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
        Each identity once, as `merged` gives them.
    """
    plan = [(path, design, ap) for path, design in designs.items() for ap in design.access_points]
    by_key: dict[str, list[LiveAp]] = defaultdict(list)
    by_name: dict[str, list[LiveAp]] = defaultdict(list)
    for one in live:
        if one.key is not None:
            by_key[one.key].append(one)
        by_name[one.name].append(one)
    keyless = Counter(ap.name for _, _, ap in plan if ap.key is None)
    keys = Counter(ap.key for _, _, ap in plan)
    ambiguous: set[str] = set()
    planned: list[Planned] = []
    for path, design, ap in plan:
        if ap.key is not None:
            candidates, is_only = by_key[ap.key], keys[ap.key] == 1
        else:
            candidates, is_only = by_name[ap.name], keyless[ap.name] == 1
        match = _only(candidates) if is_only else None
        if match is None and candidates:
            ambiguous.add(ap.name)
        planned.append(Planned(path=path, design=design, ap=ap, live=match))
    taken = {one.live.identity for one in planned if one.live is not None}
    return Matching(
        planned=tuple(planned),
        unplanned=tuple(one for one in live if one.identity not in taken),
        ambiguous=tuple(sorted(ambiguous)),
    )


def merged(aps: Iterable[LiveAp]) -> list[LiveAp]:
    """One for each identity. Two controllers may list one AP: the one where it serves, else the one heard last, is right."""
    best: dict[tuple[str, str], LiveAp] = {}
    for ap in aps:
        other = best.get(ap.identity)
        if other is None or (ap.fresh, ap.up is True, -ap.age_s) > (other.fresh, other.up is True, -other.age_s):
            best[ap.identity] = ap
    return list(best.values())


def _only(candidates: Sequence[LiveAp]) -> LiveAp | None:
    """The single one, or the single one heard lately: a replaced AP leaves its old series behind."""
    fresh = [one for one in candidates if one.fresh]
    chosen = fresh or candidates
    return chosen[0] if len(chosen) == 1 else None
