"""Sums, ratios and quantiles over arrays of devices."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class RadioSums:
    """Sums over the devices that each radio serves."""

    cell: NDArray[np.intp]
    draws: int
    radios: int

    def of(self, values: Floats) -> Floats:
        """The sum of `values` (draw, device) over each radio's devices, (draw, radio)."""
        found = np.bincount(self.cell, weights=np.broadcast_to(values, (self.draws, values.shape[-1])).ravel(), minlength=0)
        full = np.zeros(self.draws * (self.radios + 1))
        full[: len(found)] = found
        return full.reshape(self.draws, self.radios + 1)[:, :-1]


def sums_of(serving: NDArray[np.intp], radios: int) -> RadioSums:
    """Sums for devices of which each is served by the radio that `serving` (draw, device) says, -1 for none."""
    draws = len(serving)
    slot = np.where(serving >= 0, serving, radios) + np.arange(draws)[:, None] * (radios + 1)
    return RadioSums(slot.ravel(), draws, radios)


def ratio(part: Floats, whole: Floats, otherwise: float) -> Floats:
    """Part over whole, and `otherwise` where the whole is not above 0; arrays of one shape."""
    return np.where(whole > 0, part / np.where(whole > 0, whole, 1.0), otherwise)


def weighted_quantile(values: NDArray[np.float64], weight: NDArray[np.float64], share: float) -> float:
    """The value below which `share` of the weight lies, both (n,); 0 where there is no weight."""
    if not len(values) or weight.sum() <= 0:
        return 0.0
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(weight[order]) / weight.sum()
    return float(values[order][min(int(np.searchsorted(reached, share)), len(values) - 1)])
