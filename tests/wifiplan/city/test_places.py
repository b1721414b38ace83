"""Coordinates as lists have them: degrees on JGD2011, or unknown with the reason."""

from __future__ import annotations

import numpy as np
import pytest

from wifiplan.city import places


def test_swapped_degrees_are_turned_round_and_said() -> None:
    found = places.place(35.86, 139.97)

    assert (139.97, 35.86) == (found.longitude_deg, found.latitude_deg)
    assert "swapped" in found.said


def test_the_old_tokyo_datum_is_moved_by_its_450_metres_where_the_list_says_it() -> None:
    """The Geospatial Information Authority: in Tokyo the new latitude is about 12" more, the longitude 12" less."""
    found = places.place(139.75, 35.68, datum="緯度（日本測地系）")

    assert 12.0 == pytest.approx(3600 * (found.latitude_deg - 35.68), abs=1.0)  # type: ignore[operator]
    assert -11.6 == pytest.approx(3600 * (found.longitude_deg - 139.75), abs=1.0)  # type: ignore[operator]
    assert "Tokyo" in found.said
    assert 139.75 == places.place(139.75, 35.68, datum="世界測地系").longitude_deg


def test_web_mercator_is_turned_into_degrees() -> None:
    found = places.place(15581389.0, 4281500.0)

    assert (139.97, 35.86) == pytest.approx((found.longitude_deg, found.latitude_deg), abs=0.01)


def test_metres_of_a_plane_system_need_its_name_or_the_prefecture() -> None:
    """Zone 9: origin at 36 N, 139 50' E."""
    assert places.place(12_300.0, -15_500.0).longitude_deg is None
    assert "--crs" in places.place(12_300.0, -15_500.0).said
    assert (139.97, 35.86) == pytest.approx(
        (
            places.place(12_300.0, -15_500.0, prefecture="千葉県").longitude_deg,
            places.place(12_300.0, -15_500.0, crs="EPSG:6677").latitude_deg,
        ),
        abs=0.01,
    )


@pytest.mark.parametrize(("x", "y"), [(0.0, 0.0), (1.0, 2.0), (-75.0, 40.0), (None, 35.0)])
def test_what_is_nowhere_in_japan_is_no_place(x: float | None, y: float) -> None:
    assert None is places.place(x, y).longitude_deg


def test_distances_agree_with_one_computed_alone() -> None:
    one, other = (139.97, 35.86), (139.99, 35.90)
    found = places.distances_m(np.array([one[0]]), np.array([one[1]]), np.array([other]))

    assert places.apart_m(one, other) == pytest.approx(found[0, 0])
    assert 4800 == pytest.approx(found[0, 0], rel=0.01)
