"""What free space and a slab do to a wave: formulas on arrays, no geometry.

Fields vary as exp(+j w t): permittivity eps' - j eps'', a wave going forward as exp(-j k x).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    from wifiplan.radio.materials import Layer

LIGHT_SPEED_M_PER_S = 299_792_458.0

_GRAZING = 1e-7


class SlabCoefficients(NamedTuple):
    """Field coefficients (complex, the shape of cos_theta) of a slab in air, ITU-R P.2040-4 section 2.2.2.

    TE: electric field across the plane of incidence; TM: in it. Signs as in P.2040: at normal incidence
    `reflection_tm` = -`reflection_te`.
    """

    reflection_te: NDArray[np.complex128]
    reflection_tm: NDArray[np.complex128]
    transmission_te: NDArray[np.complex128]
    transmission_tm: NDArray[np.complex128]


def free_space_gain_db(distance_m: ArrayLike, frequency_mhz: ArrayLike) -> NDArray[np.float64]:
    """Gain between isotropic antennas (negative), ITU-R P.525: 20 log10(lambda / 4 pi d).

    Examples
    --------
    >>> free_space_gain_db([1.0, 10.0], 5200).round(2)
    array([-46.77, -66.77])
    """
    wavelength_m = LIGHT_SPEED_M_PER_S / (np.asarray(frequency_mhz, dtype=np.float64) * 1e6)
    return np.asarray(20 * np.log10(wavelength_m / (4 * np.pi * np.asarray(distance_m, dtype=np.float64))))


def slab_coefficients(layers: Sequence[Layer], cos_theta: ArrayLike, frequency_mhz: float) -> SlabCoefficients:
    """Reflection and transmission of layers in air, with every pass inside them.

    Parameters
    ----------
    layers
        (relative permittivity, thickness in m), from the side the wave comes from.
    cos_theta
        Cosine of the angle of incidence from the normal, 0 (grazing) to 1, any shape.
    frequency_mhz
        One frequency.

    Notes
    -----
    Adding one interface at a time from the far side gives, for a single layer, P.2040-4's
    R = r (1 - e^{-2jq}) / (1 - r^2 e^{-2jq}), T = (1 - r^2) e^{-jq} / (1 - r^2 e^{-2jq}); only decaying exponentials occur, so
    that metal does not overflow.
    """
    # At exactly grazing incidence air between layers gives 0/0; this near to it everything is reflected, as in the limit.
    cos = np.maximum(np.asarray(cos_theta, dtype=np.float64), _GRAZING)
    k0 = 2 * np.pi * frequency_mhz * 1e6 / LIGHT_SPEED_M_PER_S
    media = [(1 + 0j, 0.0), *layers, (1 + 0j, 0.0)]
    # Normal component of the wave number, over k0, in each medium.
    normal = [np.sqrt(np.asarray(eta - (1 - cos**2), dtype=np.complex128)) for eta, _ in media]
    result = []
    for polarisation in ("te", "tm"):
        reflection = np.zeros_like(cos, dtype=np.complex128)
        transmission = np.ones_like(reflection)
        for index in range(len(media) - 2, -1, -1):
            (eta1, _), (eta2, depth2) = media[index], media[index + 1]
            if polarisation == "te":
                near, far, scale = normal[index], normal[index + 1], 1.0 + 0j
            else:
                near, far, scale = eta2 * normal[index], eta1 * normal[index + 1], np.sqrt(eta1 * eta2)
            r = (near - far) / (near + far)
            t = 2 * scale * (normal[index] if polarisation == "tm" else near) / (near + far)
            once = np.exp(-1j * k0 * depth2 * normal[index + 1])
            inside = 1 + r * reflection * once**2
            transmission = t * transmission * once / inside
            reflection = (r + reflection * once**2) / inside
        result.append((reflection, transmission))
    (r_te, t_te), (r_tm, t_tm) = result
    return SlabCoefficients(r_te, r_tm, t_te, t_tm)


def slab_loss_db(layers: Sequence[Layer], cos_theta: ArrayLike, frequency_mhz: float) -> NDArray[np.float64]:
    """Loss through a slab (positive), the power mean of both polarisations: what unpolarised waves lose."""
    slab = slab_coefficients(layers, cos_theta, frequency_mhz)
    with np.errstate(divide="ignore"):  # metal lets nothing through: infinite loss
        return np.asarray(-10 * np.log10((np.abs(slab.transmission_te) ** 2 + np.abs(slab.transmission_tm) ** 2) / 2))
