"""Damaged and hostile drawings: a plan or one line, within bounded time, nothing fetched, nothing run."""

from __future__ import annotations

import gzip
import random
import struct
import warnings
import zlib
from pathlib import Path

import pytest
from PIL import Image

import floorplans
from floorplans import FloorPlanError
from tests.floorplans.damage import damaged
from tests.floorplans.drawn import WRITERS, as_png, pdf_of

GYM = floorplans.gym(name="館")


def heard(path: Path) -> str:
    """`plan`, or the one line that a user sees."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            floorplans.read(path, metres_per_unit=0.05 if path.suffix == ".png" else None)
    except FloorPlanError as error:
        return str(error)
    return "plan"


@pytest.mark.parametrize("kind", WRITERS)
def test_damaged_drawings_are_plans_or_one_line(tmp_path: Path, kind: str) -> None:
    """Sixty of each kind here; thousands with `tests/benchmarks/damaged_plans.py`."""
    path, _ = as_png(GYM, tmp_path / "館", 20.0) if kind == "png" else WRITERS[kind](GYM, tmp_path / "館")
    data = path.read_bytes()
    rng = random.Random(kind)
    said = []
    for _ in range(60):
        path.write_bytes(damaged(kind, data, rng))
        said.append(heard(path))

    assert all(one == "plan" or (one.startswith(str(path)) and "\n" not in one) for one in said)
    assert "plan" in said or kind == "png"


BOMB = '<!DOCTYPE svg [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]><svg><text>&b;</text></svg>'
OUTSIDE = '<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]><svg xmlns="http://www.w3.org/2000/svg"><text>&x;</text></svg>'


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (BOMB, "defines the entity a"),
        (OUTSIDE, "defines the entity x"),
        ("<html><body/></html>", "not an SVG drawing"),
        ("<svg>" + "<g>" * 5_000, "levels"),
        ("no xml", "not an SVG drawing"),
        ('<svg><script>alert(1)</script><image href="http://192.0.2.1/x.png"/></svg>', "left out: 1 image elements"),
    ],
)
def test_svg_that_is_hostile(tmp_path: Path, text: str, says: str) -> None:
    """Entities, files of the machine, scripts, addresses and endless nesting: nothing is followed."""
    path = tmp_path / "図.svg"
    path.write_text(text, encoding="utf-8")

    assert says in heard(path)


def test_a_compressed_svg_that_unpacks_without_end(tmp_path: Path) -> None:
    path = tmp_path / "図.svgz"
    path.write_bytes(gzip.compress(b"<svg>" + b" " * 150_000_000, 9))

    assert "unpacks to more than 100 MB" in heard(path)


@pytest.mark.parametrize(("width", "height"), [(50_000, 40_000), (2**31 - 1, 2**31 - 1)])
def test_a_picture_header_of_gigabytes_is_refused_unread(tmp_path: Path, width: int, height: int) -> None:
    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    path = tmp_path / "図.png"
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b""))

    assert "pixels are more than 150 million" in heard(path)


def test_a_pdf_without_scale_or_page_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "図.pdf"
    path.write_bytes(pdf_of("0 0 m 100 0 l 100 100 l h S", 200, 200))

    assert "does not say what a unit is; give --metres-per-unit: 0.035278 for 1:100 on this sheet" in heard(path)
    with pytest.raises(FloorPlanError, match="no page 7; it has 1"):
        floorplans.read(path, page=7)


@pytest.mark.parametrize("times", [1, 2])
def test_a_pdf_that_unpacks_without_end(tmp_path: Path, times: int) -> None:
    """Whatever its entry says, and also packed twice: the library would take gigabytes for it."""
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(b"0 0 m 9 9 l S\n" * 70_000) for _ in range(90)) + packer.flush()
    packed = packed if times == 1 else zlib.compress(packed)
    path = tmp_path / "図.pdf"
    path.write_bytes(pdf_of("@", 200, 200).replace(b"@", packed))

    assert "unpacks to more than 80 MB" in heard(path)


def test_a_picture_of_one_row_is_no_plan(tmp_path: Path) -> None:
    path = tmp_path / "図.png"
    Image.new("L", (900, 1), 0).save(path)

    assert "900 x 1 pixels are not even a metre" in heard(path)


def test_a_damaged_tiff_is_one_line_also_on_the_terminal(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """The library in C complains on standard error of its own."""
    rows = [(256, 4, 9_000), (257, 4, 9_000), (258, 3, 8), (259, 3, 5), (262, 3, 1)]
    rows += [(273, 4, 200), (277, 3, 1), (278, 4, 9_000), (279, 4, 500)]
    body = b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in rows)
    path = tmp_path / "図.tif"
    path.write_bytes(b"II*\0" + struct.pack("<IH", 8, len(rows)) + body + bytes(804))

    assert "the picture is damaged" in heard(path)
    assert "" == capfd.readouterr().err


def test_half_a_letter_in_json_is_a_sign_for_what_is_unreadable(tmp_path: Path) -> None:
    path = tmp_path / "図.geojson"
    path.write_text('{"type": "FeatureCollection", "crs": "\\ud800", "features": []}', encoding="utf-8")

    assert heard(path).startswith(str(path))
