"""Sums, ratios and quantiles over arrays of devices."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class RadioSums:
    """Sums over the devices that each radio serves. A device of a draw has a number: draw x devices + device."""

    cell: NDArray[np.intp]
    draws: int
    radios: int
    members: tuple[NDArray[np.intp], ...]
    """Numbers of the devices that each radio serves, in order."""

    def of(self, values: Floats) -> Floats:
        """The sum of `values` (draw, device) over each radio's devices, (draw, radio)."""
        return self._summed(self.cell, np.broadcast_to(values, (self.draws, values.shape[-1])).ravel())

    def of_some(self, which: NDArray[np.intp], values: Floats) -> Floats:
        """The same of the devices with these numbers alone, `values` (n,) being theirs."""
        return self._summed(self.cell[which], values)

    def _summed(self, cell: NDArray[np.intp], values: Floats) -> Floats:
        full = np.bincount(cell, weights=values, minlength=self.draws * (self.radios + 1))
        return np.asarray(full.reshape(self.draws, self.radios + 1)[:, :-1])

    def draw_of(self, which: NDArray[np.intp]) -> NDArray[np.intp]:
        """The draw (n,) of devices by their numbers."""
        return np.asarray(which // max(1, len(self.cell) // self.draws))

    def by_draw(self, which: NDArray[np.intp], values: Floats) -> Floats:
        """The sums (draw, k) of `values` (k, n) over devices with these numbers, (n,)."""
        rows = np.arange(len(values))[:, None] * self.draws + self.draw_of(which)
        found = np.bincount(rows.ravel(), weights=values.ravel(), minlength=len(values) * self.draws)
        return np.asarray(found.reshape(len(values), self.draws).T)


def sums_of(serving: NDArray[np.intp], radios: int) -> RadioSums:
    """Sums for devices of which each is served by the radio that `serving` (draw, device) says, -1 for none."""
    draws = len(serving)
    slot = np.where(serving >= 0, serving, radios) + np.arange(draws)[:, None] * (radios + 1)
    order = np.argsort(serving.ravel().astype(np.int16), kind="stable")
    ends = np.searchsorted(serving.ravel()[order], np.arange(radios + 1))
    return RadioSums(slot.ravel(), draws, radios, tuple(order[a:b] for a, b in itertools.pairwise(ends)))


def ratio(part: Floats, whole: Floats, otherwise: Floats | float) -> Floats:
    """Part over whole, and `otherwise` where the whole is not above 0; arguments broadcast."""
    return np.where(whole > 0, part / np.where(whole > 0, whole, 1.0), otherwise)


def weighted_quantile(values: NDArray[np.float64], weight: NDArray[np.float64], share: float) -> float:
    """The value below which `share` of the weight lies, both (n,); 0 where there is no weight."""
    if not len(values) or weight.sum() <= 0:
        return 0.0
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(weight[order]) / weight.sum()
    return float(values[order][min(int(np.searchsorted(reached, share)), len(values) - 1)])
