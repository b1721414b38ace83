"""What walls are made of: permittivity and conductivity by frequency (ITU-R P.2040-4, table 3), thickness, layers."""

from __future__ import annotations

import csv
import functools
import math
from dataclasses import dataclass
from importlib import resources

from wifiplan.errors import DesignError, OutOfRangeError

VACUUM_PERMITTIVITY_F_PER_M = 8.8541878128e-12

Layer = tuple[complex, float]
"""Relative permittivity (negative imaginary part: loss) and thickness in m."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """One row of materials.csv. A composite has `layers` (name, thickness_m) and no constants of its own."""

    name: str
    a: float = math.nan
    b: float = math.nan
    c: float = math.nan
    d: float = math.nan
    min_ghz: float = math.nan
    max_ghz: float = math.nan
    thickness_m: float
    layers: tuple[tuple[str, float], ...] = ()
    source: str


def _row(row: dict[str, str]) -> Material:
    layers = tuple((part.split()[0], float(part.split()[1])) for part in row["layers"].split(";") if part.strip())
    constants = {} if layers else {key: float(row[key]) for key in ("a", "b", "c", "d", "min_ghz", "max_ghz")}
    return Material(name=row["name"], thickness_m=float(row["thickness_m"]), layers=layers, source=row["source"], **constants)


@functools.cache
def materials() -> dict[str, Material]:
    """Every material by its name."""
    text = resources.files("wifiplan.radio").joinpath("materials.csv").read_text(encoding="utf-8")
    return {material.name: material for material in map(_row, csv.DictReader(text.splitlines()))}


def material(name: str) -> Material:
    """The material of this name; raises `DesignError` with the names there are."""
    try:
        return materials()[name]
    except KeyError:
        raise DesignError(f"material {name!r} is not known; use one of: {', '.join(materials())}") from None


def permittivity(name: str, frequency_mhz: float) -> complex:
    """Complex relative permittivity of a material that is not a composite.

    ITU-R P.2040-4: eta = a f^b - j c f^d / (2 pi f eps0), f in GHz in the powers. Raises `OutOfRangeError` outside the
    frequencies of table 3.

    Examples
    --------
    >>> permittivity("concrete", 5200)
    (5.24-0.5799...j)
    """
    row = material(name)
    f_ghz = frequency_mhz / 1000.0
    if not row.min_ghz <= f_ghz <= row.max_ghz:
        raise OutOfRangeError(
            f"{name} is known from {row.min_ghz:g} to {row.max_ghz:g} GHz (ITU-R P.2040-4), not at {f_ghz:g} GHz; "
            "give a frequency in that range or another material"
        )
    conductivity_s_per_m = row.c * f_ghz**row.d
    return complex(row.a * f_ghz**row.b, -conductivity_s_per_m / (2 * math.pi * f_ghz * 1e9 * VACUUM_PERMITTIVITY_F_PER_M))


def layers(name: str, thickness_m: float | None, frequency_mhz: float) -> tuple[Layer, ...]:
    """The slab that a wall of this material is, from one face to the other.

    `thickness_m` None is the usual thickness. A composite keeps its boards; its air takes up what a given thickness leaves,
    and a thickness that leaves none is taken as not known.
    """
    row = material(name)
    if thickness_m is not None and not (math.isfinite(thickness_m) and thickness_m > 0):
        raise DesignError(f"material {name!r}: a thickness of {thickness_m} m is no thickness; give metres above 0, or none")
    if not row.layers:
        return ((permittivity(name, frequency_mhz), row.thickness_m if thickness_m is None else thickness_m),)
    air = sum(depth for part, depth in row.layers if part == "air")
    spare = 0.0 if thickness_m is None else thickness_m - (sum(depth for _, depth in row.layers) - air)
    stretch = spare / air if air > 0 and spare > 0 else 1.0
    return tuple((permittivity(part, frequency_mhz), depth * stretch if part == "air" else depth) for part, depth in row.layers)
