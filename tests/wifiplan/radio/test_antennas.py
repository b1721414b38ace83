"""Antenna shapes, measured patterns from files, and where they point."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from floorplans.plan import FloorPlan
from wifiplan.errors import DesignError
from wifiplan.model import AccessPoint, Radio
from wifiplan.radio.antennas import SHAPES, frame, pattern_db, read
from wifiplan.radio.radiomap import gains_db

Box = Callable[..., FloorPlan]


def _db(pattern: np.ndarray, clockwise_deg: int, up_deg: int) -> float:
    return float(pattern[180 - clockwise_deg, 90 + up_deg])


@pytest.mark.parametrize("antenna", sorted(set(SHAPES) - {"isotropic"}))
def test_no_shape_is_above_its_peak(antenna: str) -> None:
    pattern = pattern_db(antenna)

    assert pattern is not None
    assert (361, 181) == pattern.shape
    assert 0.0 == pytest.approx(pattern.max())
    assert pattern[0] == pytest.approx(pattern[-1])  # 180 degrees to either side is one direction


def test_a_ceiling_omni_is_level_around_and_weak_up_and_down() -> None:
    pattern = pattern_db("omni")

    assert pattern is not None
    assert 0.0 == pytest.approx(np.ptp(pattern[:, 90]))
    assert -10.0 == pytest.approx(_db(pattern, 0, -90), abs=0.01)
    assert -3.0 == pytest.approx(
        _db(pattern, 0, 42), abs=0.5
    )  # a half-wave dipole is 78 degrees wide, the filled null a bit more


@pytest.mark.parametrize(
    ("antenna", "clockwise_deg", "up_deg"), [("patch", 32, 0), ("patch", 0, 32), ("sector", 35, 0), ("sector", 0, 5)]
)
def test_a_beam_is_3_db_down_at_half_its_width(antenna: str, clockwise_deg: int, up_deg: int) -> None:
    """65 degrees (3GPP TR 38.901 table 7.3-1); 70 and 10 degrees (TR 36.814 table A.2.1.1-2)."""
    pattern = pattern_db(antenna)

    assert pattern is not None
    assert -3.0 == pytest.approx(_db(pattern, clockwise_deg, up_deg), abs=0.15)
    assert {"patch": -30.0, "sector": -25.0}[antenna] == pytest.approx(_db(pattern, 180, 0))


def test_the_frame_is_right_handed_and_points_by_the_compass() -> None:
    """Azimuth clockwise from north (+y), tilt downwards."""
    forward, left, up = frame(90.0, 30.0)

    assert (np.cos(np.pi / 6), 0.0, -0.5) == pytest.approx(forward)
    assert (0.0, 1.0, 0.0) == pytest.approx(left)
    assert np.cross(forward, left) == pytest.approx(up)


def _gains(box: Box, points: list[tuple[float, float, float]], **antenna: object) -> np.ndarray:
    ap = AccessPoint(name="AP", x_m=0.0, y_m=0.0, height_m=0.0, radios=(Radio(band="5", channel=36),), **antenna)  # type: ignore[arg-type]
    plan = replace(box(lid=False), walls=())
    return gains_db(plan, [ap], points, frequency_mhz=5200.0, reflections=0)[0]


def test_a_patch_on_a_wall_sends_where_it_looks(box: Box) -> None:
    """Looking east: 30 dB less to the west, 65 degrees wide."""
    east, west, beside = _gains(
        box, [(10, 0, 0), (-10, 0, 0), (10 * np.cos(0.567), 10 * np.sin(0.567), 0)], antenna="patch", azimuth_deg=90.0
    )

    assert 30.0 == pytest.approx(east - west, abs=0.1)
    assert 3.0 == pytest.approx(east - beside, abs=0.1)


def test_tilt_is_downwards(box: Box) -> None:
    down, level = _gains(box, [(0, 10 * np.cos(0.3491), -10 * np.sin(0.3491)), (0, 10, 0)], antenna="sector", tilt_deg=20.0)

    assert 20.0 == pytest.approx(down - level, abs=0.1)  # the sector's 10 degrees, 20 dB at most


MSI = """NAME north-east of nothing
FREQUENCY 5500
GAIN 8.5 dBi
HORIZONTAL 360
{across}
VERTICAL 360
{upright}
"""


def _cut(peak_deg: int) -> list[float]:
    """Loss, 0.1 dB a degree from a peak."""
    return [0.1 * min((angle - peak_deg) % 360, (peak_deg - angle) % 360) for angle in range(360)]


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    """One antenna in three formats: its peak 40 degrees to the right; 0.1 dB a degree off it; 10 degrees down."""
    across, upright = _cut(40), _cut(10)
    msi = MSI.format(
        across="\n".join(f"{angle} {loss:.2f}" for angle, loss in enumerate(across)),
        upright="\n".join(f"{angle}\t{loss:.2f}" for angle, loss in enumerate(upright)),
    )
    ant = [-loss for loss in across] + [-upright[(step - 90) % 360] for step in range(360)]
    half = [-loss for loss in across] + [-upright[(step - 90) % 360] for step in range(181)]
    found = {name: tmp_path / f"own.{name}" for name in ("msi", "ant", "csv")} | {"half": tmp_path / "half.ant"}
    found["msi"].write_text(msi)
    found["ant"].write_text("\n".join(f"{value:.2f}" for value in ant))
    found["half"].write_text("\n".join(f"{value:.2f}" for value in half))
    whole = read(found["msi"])
    rows = [f"{a},{e},{_db(whole, (a + 180) % 360 - 180, e):.3f}" for a in range(0, 360, 10) for e in range(-90, 91, 10)]
    found["csv"].write_text("\n".join(["azimuth_deg,elevation_deg,gain_db", *rows]))
    return found


@pytest.mark.parametrize("kind", ["msi", "ant", "csv", "half"])
def test_a_measured_pattern_is_read(files: dict[str, Path], kind: str) -> None:
    """Right is clockwise, down is down, and the peak is 0 dB whatever the file's gain is."""
    pattern = read(files[kind])

    assert 0.0 == pytest.approx(pattern.max())
    assert 4.0 == pytest.approx(_db(pattern, 40, 0) - _db(pattern, 0, 0), abs=0.01)
    assert 1.0 == pytest.approx(_db(pattern, 0, -10) - _db(pattern, 0, 0), abs=0.01)
    assert 2.0 == pytest.approx(_db(pattern, 0, 0) - _db(pattern, 0, 20), abs=0.01)


def test_formats_of_one_antenna_agree(files: dict[str, Path]) -> None:
    assert read(files["msi"]) == pytest.approx(read(files["ant"]), abs=0.02)
    assert read(files["msi"])[::10, ::10] == pytest.approx(read(files["csv"])[::10, ::10], abs=0.02)


def test_a_map_takes_a_pattern_from_a_file(box: Box, files: dict[str, Path]) -> None:
    """The antenna looks north; its peak is 40 degrees to the right."""
    angle = np.radians(40)

    north, peak = _gains(box, [(0, 10, 0), (10 * np.sin(angle), 10 * np.cos(angle), 0)], antenna=str(files["msi"]))

    assert 4.0 == pytest.approx(peak - north, abs=0.05)


@pytest.mark.parametrize(
    ("name", "text", "match"),
    [
        ("a.msi", "NAME x\nGAIN 3\n", "no HORIZONTAL cut"),
        ("a.msi", "HORIZONTAL 360\n0 1\n1 two\n", "line 3: 'two' is not a number"),
        ("a.msi", "HORIZONTAL 360\n0\n", "line 2: an angle without a figure"),
        ("a.ant", "0\n-1\n", "2 lines of figures"),
        ("a.ant", "\n".join(["nan"] * 360), "not a finite number"),
        ("a.csv", "azimuth,elevation\n", "the first line must name"),
        ("a.csv", "azimuth_deg,elevation_deg,gain_db\n0,0,1\n0,90,1\n", "need a line each pair"),
    ],
)
def test_a_broken_pattern_is_refused_by_its_place(tmp_path: Path, name: str, text: str, match: str) -> None:
    (tmp_path / name).write_text(text)

    with pytest.raises(DesignError, match=match):
        read(tmp_path / name)


def test_an_unknown_antenna_is_refused_with_those_there_are() -> None:
    with pytest.raises(DesignError, match="antenna 'yagi' is not known; use one of: isotropic, omni, patch, sector"):
        pattern_db("yagi")


REPORTED = Path(__file__).parent / "reported"


@pytest.mark.parametrize("name", ["gain-dbi-values.msi", "positive.ant"])
def test_gains_and_lost_signs_give_the_same_pattern(name: str) -> None:
    """Gains in dBi where losses belong, and losses without their sign: 0 dB straight ahead, as in the file that is right."""
    folder = REPORTED / "antenna-gains-taken-as-losses"

    assert read(folder / "ok.msi") == pytest.approx(read(folder / name), abs=0.02)
    assert 0.0 == _db(read(folder / name), 0, 0)


def test_truncated_and_several_patterns_are_refused_with_their_line() -> None:
    """Nothing is filled in, and no pattern is chosen in silence."""
    folder = REPORTED / "antenna-truncated-or-two-patterns"

    with pytest.raises(DesignError, match=r"line 5: HORIZONTAL has 160 angles of 360 and none between 159 and 360"):
        read(folder / "truncated-horizontal-160.msi")
    with pytest.raises(DesignError, match=r"line 731: a second HORIZONTAL cut: .* TEST \(line 1\), TEST2 \(line 727\)"):
        read(folder / "two-patterns.pln")


def test_cut_in_steps_of_10_degrees_is_whole_and_one_with_a_hole_is_not(tmp_path: Path) -> None:
    path = tmp_path / "a.msi"
    rows = [f"{angle} {0.1 * min(angle, 360 - angle):.1f}" for angle in range(0, 360, 10)]
    path.write_text("\n".join(["HORIZONTAL 36", *rows]))

    assert -18.0 == pytest.approx(_db(read(path), 180, 0))
    path.write_text("\n".join(["HORIZONTAL 36", *rows[:9], *rows[12:]]))
    with pytest.raises(DesignError, match="none between 80 and 120 degrees"):
        read(path)


@pytest.mark.parametrize(
    ("gain", "figures", "match"),
    [
        ("GAIN 8 dBi", lambda angle: 3.0 - 0.1 * angle, "no losses .* and no gains of 8 dBi"),
        ("GAIN 5 dBi", lambda angle: 5.0 * abs(angle - 20) / 160, None),
        (
            "GAIN 5 dBi",
            lambda angle: 5.0 - 5.0 * min(abs(angle - 80), 80) / 80 * (angle > 0) - 2.5 * (angle == 0),
            "may be losses or",
        ),
    ],
)
def test_figures_that_may_be_both_are_asked_for(
    tmp_path: Path, gain: str, figures: Callable[[int], float], match: str | None
) -> None:
    """By their sign, the stated gain, and where the least of them lies; else one line."""
    path = tmp_path / "a.msi"
    rows = [f"{angle} {figures(min(angle, 360 - angle)):.2f}" for angle in range(360)]
    path.write_text("\n".join([gain, "HORIZONTAL 360", *rows]))

    if match is None:
        assert 0.0 == pytest.approx(_db(read(path), 20, 0))
        return
    with pytest.raises(DesignError, match=match):
        read(path)


def test_a_table_with_a_hole_or_with_losses_is_refused(tmp_path: Path) -> None:
    """Nothing is filled in between 150 degrees and 360, and a table that is least straight ahead is no table of gains."""
    path = tmp_path / "a.csv"

    def write(azimuths: range, elevations: range, sign: int) -> None:
        rows = [f"{a},{e},{-sign * 0.1 * min(a, 360 - a):.1f}" for a in azimuths for e in elevations]
        path.write_text("\n".join(["azimuth_deg,elevation_deg,gain_db", *rows]))

    write(range(0, 361, 10), range(-90, 91, 30), 1)

    assert -18.0 == pytest.approx(_db(read(path), 180, 0))
    write(range(0, 160, 10), range(-90, 91, 30), 1)
    with pytest.raises(DesignError, match="no azimuths between 150 and 360 degrees"):
        read(path)
    write(range(0, 360, 10), range(-90, 91, 90), 1)
    with pytest.raises(DesignError, match="no elevations between -90 and 0 degrees"):
        read(path)
    write(range(0, 360, 10), range(-90, 91, 30), -1)
    with pytest.raises(DesignError, match="these are losses"):
        read(path)


def test_a_file_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(DesignError, match=r"away\.msi: no such file; give a file of a pattern"):
        read(tmp_path / "away.msi")


def test_a_gain_may_stand_against_its_unit(tmp_path: Path) -> None:
    path = tmp_path / "a.msi"
    path.write_text("\n".join(["GAIN 5.0dBi", "HORIZONTAL 360", *(f"{a} {5 - 0.1 * min(a, 360 - a):.1f}" for a in range(360))]))

    assert -18.0 == pytest.approx(_db(read(path), 180, 0))
