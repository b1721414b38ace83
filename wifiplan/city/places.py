"""Where a facility is: coordinates as lists have them (swapped, projected, of the old datum), in degrees or unknown.

Rules: two numbers that fit Japan only the other way round are turned round; metres of Web Mercator are degrees again, metres of
a plane or UTM system only where it is known which; the old Tokyo datum is moved where the list says that it is the list's.
Each is said. What fits nowhere in Japan is no place.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wifiplan.city.words import said

LATITUDE_DEG = (20.0, 46.0)
LONGITUDE_DEG = (122.0, 154.5)
"""Japan, from Okinotorishima to Cape Soya and from Yonaguni to Minamitorishima, with some room."""

TOKYO = "EPSG:4301"
JGD2011 = "EPSG:6668"
MERCATOR = "EPSG:3857"
EARTH_M = 6_371_008.8

PLANE_ZONES: dict[str, int] = {
    **dict.fromkeys(("長崎県",), 1),
    **dict.fromkeys(("福岡県", "佐賀県", "熊本県", "大分県", "宮崎県", "鹿児島県"), 2),
    **dict.fromkeys(("山口県", "島根県", "広島県"), 3),
    **dict.fromkeys(("香川県", "愛媛県", "徳島県", "高知県"), 4),
    **dict.fromkeys(("兵庫県", "鳥取県", "岡山県"), 5),
    **dict.fromkeys(("京都府", "大阪府", "福井県", "滋賀県", "三重県", "奈良県", "和歌山県"), 6),
    **dict.fromkeys(("石川県", "富山県", "岐阜県", "愛知県"), 7),
    **dict.fromkeys(("新潟県", "長野県", "山梨県", "静岡県"), 8),
    **dict.fromkeys(("東京都", "福島県", "栃木県", "茨城県", "埼玉県", "千葉県", "群馬県", "神奈川県"), 9),
    **dict.fromkeys(("青森県", "秋田県", "山形県", "岩手県", "宮城県"), 10),
}
"""Prefecture -> zone of the plane rectangular system (平成14年国土交通省告示第9号); Hokkaido and Okinawa have several."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Degrees on JGD2011, or None where unknown; `said` is how they were come by, empty where they were plain."""

    longitude_deg: float | None = None
    latitude_deg: float | None = None
    said: str = ""


def in_japan(longitude_deg: float, latitude_deg: float) -> bool:
    """Whether a place is in the box around Japan."""
    return LONGITUDE_DEG[0] <= longitude_deg <= LONGITUDE_DEG[1] and LATITUDE_DEG[0] <= latitude_deg <= LATITUDE_DEG[1]


def place(x: float | None, y: float | None, *, crs: str | None = None, datum: str = "", prefecture: str = "") -> Place:
    """The place that two numbers of a list mean.

    Parameters
    ----------
    x, y : float, optional
        Longitude and latitude, or east and north in metres.
    crs : str, optional
        What they are in, where somebody said it: "EPSG:6677".
    datum : str
        What the list says of its datum.
    prefecture : str
        Says which plane rectangular system metres are in.

    Examples
    --------
    >>> place(35.86, 139.97)
    Place(longitude_deg=139.97, latitude_deg=35.86, said='latitude and longitude are swapped: turned round')
    >>> place(0.0, 0.0).longitude_deg is None
    True
    """
    if x is None or y is None:
        return Place()
    if crs is not None:
        return _named(x, y, crs)
    if in_japan(x, y):
        if is_tokyo(datum):
            lon, lat = moved(x, y, TOKYO)
            return Place(longitude_deg=lon, latitude_deg=lat, said=said("place.tokyo"))
        return Place(longitude_deg=x, latitude_deg=y)
    if in_japan(y, x):
        return Place(longitude_deg=y, latitude_deg=x, said=said("place.swapped"))
    if abs(x) < 1e-6 and abs(y) < 1e-6:
        return Place(said=said("place.zero"))
    for east_m, north_m, turned in ((x, y, ""), (y, x, "-swapped")):
        lon, lat = moved(east_m, north_m, MERCATOR)
        if abs(east_m) > 1e6 and in_japan(lon, lat):
            return Place(longitude_deg=lon, latitude_deg=lat, said=said(f"place.mercator{turned}"))
    zone = PLANE_ZONES.get(prefecture)
    if zone is not None and max(abs(x), abs(y)) < 400_000 and min(abs(x), abs(y)) > 200:
        # The survey's x is north, a programme's is east, and no number tells: x is taken as programmes write it.
        lon, lat = moved(x, y, f"EPSG:{6668 + zone}")
        if in_japan(lon, lat):
            return Place(longitude_deg=lon, latitude_deg=lat, said=said("place.plane", zone=zone))
    if max(abs(x), abs(y)) > 200:
        return Place(said=said("place.unknown-system", x=f"{x:g}", y=f"{y:g}"))
    return Place(said=said("place.not-japan", x=f"{y:g}", y=f"{x:g}"))


def _named(x: float, y: float, crs: str) -> Place:
    lon, lat = moved(x, y, crs)
    if in_japan(lon, lat):
        return Place(longitude_deg=lon, latitude_deg=lat)
    lon, lat = moved(y, x, crs)
    if in_japan(lon, lat):
        return Place(longitude_deg=lon, latitude_deg=lat, said=said("place.swapped-metres"))
    return Place(said=said("place.not-japan-in", x=f"{x:g}", y=f"{y:g}", crs=crs))


def is_tokyo(text: str) -> bool:
    """Whether words name the old datum.

    Examples
    --------
    >>> is_tokyo("日本測地系"), is_tokyo("世界測地系"), is_tokyo("Tokyo Datum")
    (True, False, True)
    """
    folded = text.casefold()
    return "日本測地系" in text or "旧測地系" in text or "tokyo" in folded or "tky" in folded.split("_") or "4301" in folded


@functools.cache
def _transformer(crs: str) -> Any:
    from pyproj import Transformer

    return Transformer.from_crs(crs, JGD2011, always_xy=True)


def moved(x: float, y: float, crs: str) -> tuple[float, float]:
    """Degrees east and north on JGD2011 of a place in another system; infinite where it is none there."""
    lon, lat = _transformer(crs).transform(x, y)
    return float(lon), float(lat)


def distances_m(
    longitudes_deg: NDArray[np.float64], latitudes_deg: NDArray[np.float64], to_deg: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Straight ways in m, (n, m), from n places to the m rows (longitude, latitude) of `to_deg`; nan where one is unknown.

    On a sphere, flat over a city: within 0.3 % up to 50 km.
    """
    mean = np.radians((latitudes_deg[:, None] + to_deg[None, :, 1]) / 2.0)
    east = np.radians(longitudes_deg[:, None] - to_deg[None, :, 0]) * np.cos(mean)
    north = np.radians(latitudes_deg[:, None] - to_deg[None, :, 1])
    return np.asarray(EARTH_M * np.hypot(east, north))


def apart_m(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Straight way in m between two (longitude, latitude)."""
    mean = math.radians((one[1] + other[1]) / 2)
    return EARTH_M * math.hypot(math.radians(one[0] - other[0]) * math.cos(mean), math.radians(one[1] - other[1]))
