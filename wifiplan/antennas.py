"""What an antenna sends where: shapes of our own by formula, measured patterns from files.

A pattern is a table of 361 azimuths (-180 to 180 degrees, left of forward is positive) by 181 elevations (-90 to 90) in the
antenna's own frame, in dB against its peak. The peak itself is the radio's `antenna_gain_dbi`.
"""

from __future__ import annotations

import functools
import math
from typing import TYPE_CHECKING

import numpy as np

from wifiplan.errors import DesignError

if TYPE_CHECKING:
    from numpy.typing import NDArray

SHAPES = ("isotropic", "omni", "patch", "sector")

AZIMUTHS_DEG = np.arange(-180.0, 181.0)
ELEVATIONS_DEG = np.arange(-90.0, 91.0)


@functools.cache
def pattern_db(antenna: str) -> NDArray[np.float64] | None:
    """Gain against the peak (361, 181), None for isotropic.

    omni
        A half-wave dipole standing upright, its null filled to -10 dB, as the housing of a ceiling access point does (assumed).
    patch
        3GPP TR 38.901 table 7.3-1: 65 degrees both ways, 30 dB behind.
    sector
        3GPP TR 36.814 table A.2.1.1-2: 70 degrees across, 10 degrees up and down, 25 dB behind.
    """
    azimuth, elevation = AZIMUTHS_DEG[:, None], ELEVATIONS_DEG[None, :]
    if antenna == "isotropic":
        return None
    if antenna == "omni":
        rise = np.radians(elevation) + 0 * azimuth
        cos = np.maximum(np.cos(rise), 1e-6)
        dipole = (np.cos(np.pi / 2 * np.sin(rise)) / cos) ** 2
        return np.asarray(10 * np.log10(0.1 + 0.9 * dipole))
    if antenna == "patch":
        across, upright = np.minimum(12 * (azimuth / 65) ** 2, 30), np.minimum(12 * (elevation / 65) ** 2, 30)
        return np.asarray(-np.minimum(across + upright, 30.0))
    if antenna == "sector":
        across, upright = np.minimum(12 * (azimuth / 70) ** 2, 25), np.minimum(12 * (elevation / 10) ** 2, 20)
        return np.asarray(-np.minimum(across + upright, 25.0))
    raise DesignError(f"antenna {antenna!r} is not known; use one of: {', '.join(SHAPES)}")


def frame(azimuth_deg: float, tilt_deg: float) -> NDArray[np.float64]:
    """Forward, left and up of an antenna as rows (3, 3); azimuth clockwise from north (+y), tilt downwards."""
    azimuth, tilt = math.radians(azimuth_deg), math.radians(tilt_deg)
    ahead = np.array([math.sin(azimuth), math.cos(azimuth), 0.0])
    up = np.array([0.0, 0.0, 1.0])
    forward = ahead * math.cos(tilt) - up * math.sin(tilt)
    return np.stack([forward, np.cross(up, ahead), ahead * math.sin(tilt) + up * math.cos(tilt)])
