"""Plan and live joined for good: the suggestions of `dashboards.matching` for people, and as keys in the designs."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dashboards.matching import Matching, suggested
from wifiplan import model

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dashboards.facts import LiveAp
    from dashboards.matching import How


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A planned access point of a site and a live one: joined already, or suggested."""

    site: str
    planned: str
    ap: str
    ap_key: str | None
    how: How
    confidence: float
    design: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """All pairs of all sites, and what has no other half: (site, planned name), (site, live access point)."""

    pairs: tuple[Pair, ...]
    planned_only: tuple[tuple[str, str], ...]
    live_only: tuple[tuple[str, LiveAp], ...]

    def to_json(self) -> dict[str, Any]:
        """Give what `wifiplan match --json` prints."""
        return {
            "pairs": [
                {
                    "site": pair.site,
                    "planned": pair.planned,
                    "ap": pair.ap,
                    "ap_key": pair.ap_key,
                    "how": pair.how,
                    "confidence": pair.confidence,
                }
                for pair in self.pairs
            ],
            "planned_only": [{"site": site, "planned": name} for site, name in self.planned_only],
            "live_only": [{"site": site, "device": ap.device, "ap": ap.name, "ap_key": ap.key} for site, ap in self.live_only],
        }


def joined(sites: Mapping[str, Matching]) -> Joined:
    """Suggest pairs for every site, the surest first."""
    pairs: list[Pair] = []
    planned_only: list[tuple[str, str]] = []
    live_only: list[tuple[str, LiveAp]] = []
    for site, found in sites.items():
        suggestions = suggested(found)
        pairs += [
            Pair(
                site=site,
                planned=one.planned.ap.name,
                ap=one.live.name,
                ap_key=one.live.key,
                how=one.how,
                confidence=one.confidence,
                design=one.planned.path,
            )
            for one in sorted(suggestions, key=lambda one: -one.confidence)
        ]
        planned = {(one.planned.path, one.planned.ap.name) for one in suggestions}
        live = {one.live.as_told for one in suggestions}
        planned_only += [(site, one.ap.name) for one in found.planned if (one.path, one.ap.name) not in planned]
        live_only += [(site, ap) for ap in found.unplanned if ap.fresh and ap.as_told not in live]
    return Joined(pairs=tuple(pairs), planned_only=tuple(planned_only), live_only=tuple(live_only))


def write(found: Joined, *, at_least: float) -> int:
    """Write the keys of pairs of at least this confidence into their designs, each whole or not at all; give how many are new.

    Raises
    ------
    RadioError
        A design cannot be read again, or not be written.
    """
    keys: dict[Path, dict[str, str]] = defaultdict(dict)
    for pair in found.pairs:
        if pair.ap_key is not None and pair.confidence >= at_least:
            keys[pair.design][pair.planned] = pair.ap_key
    written = 0
    for path, by_name in keys.items():
        design = model.load(path)
        names = [ap.name for ap in design.access_points]
        once = {name: key for name, key in by_name.items() if names.count(name) == 1}
        aps = tuple(replace(ap, key=once[ap.name]) if ap.key is None and ap.name in once else ap for ap in design.access_points)
        changed = sum(before.key != after.key for before, after in zip(design.access_points, aps, strict=True))
        if changed:
            model.save(replace(design, access_points=aps), path)
        written += changed
    return written
