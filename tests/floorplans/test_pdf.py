"""PDF: layers by their names, those that are off left out, fills with holes and thick pens as what they look like."""

from __future__ import annotations

from pathlib import Path

import pytest

import floorplans
from floorplans import FloorPlan, GeometryError, MissingScaleError
from tests.floorplans.drawn import pdf_of

WIDTH, HEIGHT = 850.4, 566.9
MM = 72 / 25.4
TITLE = "BT /F1 8 Tf 30 20 Td (S=1/100) Tj ET"


def rect(x: float, y: float, wide: float, high: float) -> str:
    """In millimetres on the sheet."""
    return " ".join(f"{number * MM:.3f}" for number in (x, y, wide, high)) + " re "


HALL = f"0.3 w {rect(10, 10, 200, 120)} {rect(12, 12, 196, 116)} S "
DESKS = "".join(rect(x, 40, 8, 10) for x in range(30, 190, 14)) + "S "


def layered(*, off: str = "", names: tuple[bytes, bytes] = (b"(A-WALL)", b"(FURN)")) -> bytes:
    """The hall on the first layer, desks on the second."""
    plain = pdf_of(f"/OC /MC0 BDC {HALL} EMC /OC /MC1 BDC {DESKS} EMC {TITLE}", WIDTH, HEIGHT)
    groups = b"".join(
        b"%d 0 obj\n<< /Type /OCG /Name %s >>\nendobj\n" % (number, name) for number, name in zip((6, 7), names, strict=True)
    )
    shown = b"/OCProperties << /OCGs [6 0 R 7 0 R] /D << /OFF [%s] >> >> /Type /Catalog" % off.encode()
    plain = plain.replace(b"/Type /Catalog", shown, 1)
    plain = plain.replace(b"/Resources <<", b"/Resources << /Properties << /MC0 6 0 R /MC1 7 0 R >>", 1)
    # Places of objects have moved: readers find them by looking when the table is gone.
    return plain[: plain.index(b"xref\n")] + groups + b"trailer\n<< /Size 8 /Root 1 0 R >>\n%%EOF\n"


def read(tmp_path: Path, data: bytes) -> FloorPlan:
    path = tmp_path / "図.pdf"
    path.write_bytes(data)
    return floorplans.read(path)


@pytest.mark.parametrize(
    ("names", "layer", "other"),
    [
        ((b"(A-WALL)", b"(FURN)"), "A-WALL", "FURN"),
        ((b"<feff58c1>", b"<feff5bb65177>"), "壁", "家具"),
        ((b"(" + "外壁".encode("cp932") + b")", b"(FURN)"), "外壁", "FURN"),
    ],
)
def test_layers_have_the_names_that_the_drawing_office_gave_them(
    tmp_path: Path, names: tuple[bytes, bytes], layer: str, other: str
) -> None:
    plan = read(tmp_path, layered(names=names))

    assert {layer} == {wall.name for wall in plan.walls}
    assert 240.0 == pytest.approx(plan.area_m2)
    assert any(warning.startswith(f"layers left out: {other}") for warning in plan.source.warnings)


def test_layers_that_are_off_are_left_out_and_said(tmp_path: Path) -> None:
    plan = read(tmp_path, layered(off="7 0 R"))

    assert any("left out: 1 hidden on FURN" in warning for warning in plan.source.warnings)
    with pytest.raises(GeometryError, match=r"no layer holds walls .FURN."):
        read(tmp_path, layered(off="6 0 R"))


@pytest.mark.parametrize(
    "drawn",
    [
        f"0 g {rect(10, 10, 200, 120)} {rect(12, 12, 196, 116)} f*",
        f"{2 * MM:.3f} w {rect(11, 11, 198, 118)} S 0.3 w {DESKS}",
    ],
)
def test_walls_filled_as_one_shape_or_drawn_with_a_thick_pen(tmp_path: Path, drawn: str) -> None:
    """Walls of 20 cm around 20 x 12 m."""
    plan = read(tmp_path, pdf_of(f"{drawn} {TITLE}", WIDTH, HEIGHT))

    assert 240.0 == pytest.approx(plan.area_m2)
    assert 63.2 == pytest.approx(sum(wall.length_m for wall in plan.walls))
    assert {0.2} == {wall.thickness_m for wall in plan.walls}


def test_a_page_in_larger_units_is_as_large_as_it_says(tmp_path: Path) -> None:
    """Sheets beyond 5 m have units of several points."""
    plan = read(tmp_path, pdf_of(f"{HALL} {TITLE}", WIDTH, HEIGHT).replace(b"/MediaBox", b"/UserUnit 2.0 /MediaBox"))

    assert 4 * 240.0 == pytest.approx(plan.area_m2)


def test_a_sheet_printed_in_another_size_than_it_names_is_asked_about(tmp_path: Path) -> None:
    """S=1/100 (A1) on a page of 30 cm is not 1:100; the same on a sheet of its own size is read."""
    title = TITLE.replace("S=1/100", "S=1/100 \\(A1\\)")

    with pytest.raises(MissingScaleError, match=r"1:100 on A1, and this page is 30.0 cm long, not 84.1: .* 0.0988"):
        read(tmp_path, pdf_of(f"{HALL} {title}", WIDTH, HEIGHT))
    assert read(tmp_path, pdf_of(f"{HALL} {title.replace('A1', 'A4')}", WIDTH, HEIGHT)).walls
