"""dB adds, milliwatts sum: the two functions between them, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


def mw_from_dbm(power_dbm: ArrayLike) -> NDArray[np.float64]:
    """Power in mW, any shape. Also a ratio from dB.

    Examples
    --------
    >>> mw_from_dbm([0.0, 20.0, -30.0])
    array([1.e+00, 1.e+02, 1.e-03])
    """
    return np.asarray(np.power(10.0, np.asarray(power_dbm, dtype=np.float64) / 10.0))


def dbm_from_mw(power_mw: ArrayLike) -> NDArray[np.float64]:
    """Power in dBm, any shape; no power is -inf. Also dB from a ratio.

    Examples
    --------
    >>> dbm_from_mw([1.0, 100.0, 0.0])
    array([  0.,  20., -inf])
    """
    with np.errstate(divide="ignore"):
        return np.asarray(10.0 * np.log10(np.asarray(power_mw, dtype=np.float64)))
