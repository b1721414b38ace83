"""Evidence for models: what each is wrong by in areas and of access points that it has not seen, and the weights that follow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

Kind = Literal["halves", "checkerboards", "access points"]
KINDS: tuple[Kind, ...] = ("halves", "checkerboards", "access points")

BOARD_M = 10.0
"""Side of a checkerboard's squares, less in a small building: well beyond the metre or two over which neighbours are alike."""

AP_FOLDS = 5

EVENNESS = 0.1
"""What an uneven weighting must earn: with few regions the held-out errors are themselves uncertain, and a mean of models is hard
to beat (Yao, Vehtari, Simpson, Gelman, "Using stacking to average Bayesian predictive distributions", Bayesian Analysis 13, 2018;
Bates, Granger, "The combination of forecasts", 1969). In shares of the best model's mean square error."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """A part of the links that is held out (n,), and by what."""

    kind: Kind
    held_out: NDArray[np.bool_]


def splits(points_m: Floats, access_point: NDArray[np.intp], *, least: int, rng: np.random.Generator) -> tuple[Split, ...]:
    """Halves of the longer side, both colours of a checkerboard, and a fifth of the access points each; `least` links stay.

    Chance says where the checkerboard begins, and which access points go together.
    """
    side = int(np.ptp(points_m[:, 1]) > np.ptp(points_m[:, 0]))
    places = np.unique(points_m, axis=0)
    west = points_m[:, side] < np.median(places[:, side])
    board_m = min(BOARD_M, max(float(np.ptp(points_m[:, side])) / 4.0, 2.0))
    black = np.floor((points_m[:, :2] + rng.uniform(0.0, board_m, 2)) / board_m).astype(np.int64).sum(axis=1) % 2 == 0
    found = [Split(kind="halves", held_out=one) for one in (west, ~west)]
    found += [Split(kind="checkerboards", held_out=one) for one in (black, ~black)]
    aps = np.unique(access_point)
    fold = rng.permutation(len(aps))[np.searchsorted(aps, access_point)] % AP_FOLDS
    found += [Split(kind="access points", held_out=fold == number) for number in range(min(AP_FOLDS, len(aps)))]
    return tuple(one for one in found if one.held_out.any() and (~one.held_out).sum() >= least)


def held_out_errors_db(
    parts: Sequence[Split], predict: Callable[[NDArray[np.bool_]], Floats], rssi_dbm: Floats
) -> dict[Kind, Floats]:
    """Kind -> error (n,), modelled less measured, of each link by a fit without its part; NaN where it was never held out.

    `predict` takes the links to learn from (a mask) and gives RSSI for all (n,).
    """
    errors = {kind: np.full(len(rssi_dbm), np.nan) for kind in dict.fromkeys(one.kind for one in parts)}
    for one in parts:
        errors[one.kind][one.held_out] = (predict(~one.held_out) - rssi_dbm)[one.held_out]
    return errors


def rmse_db(error_db: Floats) -> float:
    """Root mean square of what is known; NaN where nothing is."""
    known = error_db[np.isfinite(error_db)]
    return float(np.sqrt(np.mean(known**2))) if len(known) else float("nan")


def weights(errors_db: Sequence[dict[Kind, Floats]], *, never_worse_than: int) -> Floats:
    """Share of each model (k,), 0 or more, together 1: the least held-out mean square error of their weighted mean.

    Each kind of holding out counts alike. The weighting is given up for the model `never_worse_than` if it is worse than that.
    """
    from scipy import optimize

    count = len(errors_db)
    products = np.zeros((count, count))
    for kind in errors_db[0]:
        stack = np.stack([one[kind] for one in errors_db])
        stack = stack[:, np.isfinite(stack).all(axis=0)]
        if stack.shape[1]:
            products += stack @ stack.T / stack.shape[1]
    least = float(np.min(np.diag(products)))
    if least <= 0.0:
        return np.asarray(np.eye(count)[int(np.argmin(np.diag(products)))])
    even: np.ndarray[tuple[int], np.dtype[np.float64]] = np.full(count, 1.0 / count)
    scaled = products / least + EVENNESS * np.eye(count)

    def against(share: Floats) -> float:
        return float(share @ scaled @ share - 2.0 * EVENNESS * (share @ even))

    found = optimize.minimize(
        against,
        even,
        bounds=[(0.0, 1.0)] * count,
        constraints=optimize.LinearConstraint(np.ones((1, count)), 1.0, 1.0),
        method="SLSQP",
    )
    share = np.where(found.x < 0.01, 0.0, found.x)
    share /= share.sum()
    if share @ products @ share > products[never_worse_than, never_worse_than]:
        share = np.eye(count)[never_worse_than]
    return np.asarray(share)
