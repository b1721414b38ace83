"""Damage by grammar to files of formats that know their objects: IFC lines, GeoJSON values, ZIP members, XML elements."""

from __future__ import annotations

import io
import json
import random
import re
import zipfile
from collections.abc import Callable
from typing import Any

from tests.floorplans import ifc_text

NUMBERS = ("1E308", "-1.", "0.", "1E-300", "999999999999999999999", "NaN", "")


def ifc(chance: random.Random) -> bytes:
    """Lines lost, cut, doubled, of another kind; references turned; numbers that no building has."""
    lines = ifc_text.gym(chance.choice(["IFC4", "IFC2X3"]), milli=chance.random() < 0.3).splitlines()
    for _ in range(chance.randint(1, 8)):
        at = chance.randrange(len(lines))
        line = lines[at]
        lines[at] = chance.choice(
            [
                "",
                re.sub(r"#\d+(?=[,)])", f"#{chance.randrange(1, 400)}", line),
                re.sub(r"-?\d+\.\d+", chance.choice(NUMBERS), line),
                line[: chance.randrange(len(line) + 1)],
                line.replace("$", "*", 1),
                line.replace(",", ",(", 1),
                re.sub(r"IFC[A-Z0-9]+\(", chance.choice(["IFCWALL(", "IFCSPACE(", "IFCDOOR("]), line),
                line + "\n" + line,
            ]
        )
    return cut("\n".join(lines).encode(), chance)


def cut(data: bytes, chance: random.Random) -> bytes:
    """Now and then the end is lost, or bytes in the middle are others."""
    if chance.random() < 0.2:
        return data[: chance.randrange(len(data) + 1)]
    if chance.random() < 0.2:
        at = chance.randrange(len(data) + 1)
        return data[:at] + chance.randbytes(chance.randint(1, 8)) + data[at + 4 :]
    return data


def _values(chance: random.Random) -> Any:
    return chance.choice([None, True, "x", -1, 1e308, 10**400, [], {}, [[]], "9,7 m", float("inf"), ["a", {"b": []}], "\ud800"])


def bent(value: Any, chance: random.Random, share: float) -> Any:
    """A copy of JSON with some values, keys and lists that are others."""
    if chance.random() < share:
        return _values(chance)
    if isinstance(value, dict):
        found = {key: bent(one, chance, share) for key, one in value.items() if chance.random() > share}
        if chance.random() < share:
            found[chance.choice(["indoor", "part", "level", "feature_type", "crs", "units"])] = _values(chance)
        return found
    if isinstance(value, list):
        found_list = [bent(one, chance, share) for one in value if chance.random() > share / 2]
        if found_list and chance.random() < share:
            found_list.append(found_list[0])
        return found_list
    if isinstance(value, float | int) and chance.random() < share:
        return value * chance.choice([-1, 0, 1e3, 1e-3, 1e200])
    return value


def _json(value: Any) -> bytes:
    return json.dumps(value).encode("utf-8", "surrogatepass")


def geojson(chance: random.Random, sources: list[dict[str, Any]]) -> bytes:
    return cut(_json(bent(chance.choice(sources), chance, chance.choice([0.002, 0.01, 0.05]))), chance)


def archive(chance: random.Random, members: dict[str, Any]) -> bytes:
    """A ZIP whose members, names or bytes are damaged."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", chance.choice([zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED, zipfile.ZIP_BZIP2])) as file:
        for name, value in members.items():
            if chance.random() < 0.95:
                named = name if chance.random() < 0.95 else chance.choice(["/etc/", "../../", "C:\\", ""]) + name
                file.writestr(named, cut(_json(bent(value, chance, chance.choice([0.0, 0.005, 0.03]))), chance))
    return cut(out.getvalue(), chance)


def xml(chance: random.Random, text: str) -> bytes:
    """Elements lost or renamed, numbers changed, entities put in."""
    for _ in range(chance.randint(1, 6)):
        kind = chance.randrange(6)
        if kind == 0:
            text = re.sub(r">-?\d+\.?\d* ", f">{chance.choice(NUMBERS)} ", text, count=chance.randint(1, 5))
        elif kind == 1:
            text = re.sub(r"<(/?)gml:pos>", r"<\1gml:posList>", text, count=chance.randint(1, 9))
        elif kind == 2:
            text = re.sub(r"<gml:exterior>.*?</gml:exterior>", "", text, count=1)
        elif kind == 3:
            text = '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]>' + text[text.find("<core") :]
        elif kind == 4:
            text = text.replace("CellSpace", "Cell", 1)
        else:
            text = text.replace(" ", chance.choice(["\0", "&b;", "  ", "<"]), 1)
    return cut(text.encode(), chance)


def mutators(sources: dict[str, Any]) -> dict[str, Callable[[random.Random], bytes]]:
    """Suffix -> damage; `sources` hold what is damaged: geojson (a list), zip and esx (members), openintent, gml (text)."""
    return {
        ".geojson": lambda chance: geojson(chance, sources["geojson"]),
        ".zip": lambda chance: archive(chance, sources["zip"]),
        ".esx": lambda chance: archive(chance, sources["esx"]),
        ".json": lambda chance: cut(_json(bent(sources["openintent"], chance, chance.choice([0.002, 0.02]))), chance),
        ".gml": lambda chance: xml(chance, sources["gml"]),
        ".ifc": ifc,
    }


def _ring(x0: float, y0: float, x1: float, y1: float) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": [[[x0, y0], [x1, y0], [x1, y1], [x0, y1], [x0, y0]]]}


def _feature(geometry: Any, **properties: Any) -> dict[str, Any]:
    return {"type": "Feature", "id": properties.pop("id", "i"), "properties": properties, "geometry": geometry}


def sound(reported: list[dict[str, Any]]) -> dict[str, Any]:
    """What is damaged: files that can be read, made here, and the GeoJSON files of `reported`."""
    line = {"type": "LineString", "coordinates": [[0.0, 0.0], [20.0, 0.0], [20.0, 10.0], [0.0, 10.0], [0.0, 0.0]]}
    plan = {
        "type": "FeatureCollection",
        "units": "m",
        "features": [
            _feature(
                line,
                part="wall",
                material="brick",
                height_m=3.0,
                openings=[{"segment": 0, "u0_m": 1, "u1_m": 2, "z0_m": 0, "z1_m": 2}],
            ),
            _feature(_ring(0.0, 0.0, 10.0, 10.0), kind="hall", name="体育館"),
            _feature(_ring(0.0, 0.0, 20.0, 10.0), material="wood", z_m=3.0),
        ],
    }
    degrees = [139.97, 35.86, 139.9704, 35.8602]
    imdf = {
        "unit": [_feature(_ring(*degrees), category="room", level_id="a", name={"ja": "室"}, feature_type="unit")],
        "level": [_feature(_ring(*degrees), id="a", ordinal=0, short_name={"ja": "1階"}, building_ids=["b"])],
        "opening": [
            _feature(
                {"type": "LineString", "coordinates": [[139.97, 35.8601], [139.97, 35.86011]]},
                category="pedestrian", level_id="a", door={"type": "swinging", "material": "wood"},
            )
        ],
    }  # fmt: skip
    points = [(0, 0), (800, 0), (800, 400), (0, 400)]
    esx: dict[str, Any] = {
        "floorPlans": [{"id": "f", "name": "1F", "width": 800, "height": 400, "metersPerUnit": 0.05}],
        "buildingFloors": [{"floorPlanId": "f", "floorNumber": 0, "height": 3.5}],
        "wallPoints": [
            {"id": str(number), "location": {"floorPlanId": "f", "coord": {"x": x, "y": y}}}
            for number, (x, y) in enumerate(points)
        ],
        "wallTypes": [{"id": "c", "name": "Concrete", "thickness": 0.2}],
        "wallSegments": [{"wallPoints": [str(number), str((number + 1) % 4)], "wallTypeId": "c"} for number in range(4)],
    }
    segments = [
        {"wall_type": "concrete", "start_point": {"x": a[0], "y": a[1]}, "end_point": {"x": b[0], "y": b[1]}, "thickness": 0.2}
        for a, b in zip(points, points[1:] + points[:1], strict=True)
    ]
    sizes = [
        {"length": 400, "width": 800, "unit": "pixels"},
        {"length": 20.0, "width": 40.0, "height": 3.0, "unit": "meters"},
    ]
    faces = "".join(
        f"<gml:exterior><gml:LinearRing>{''.join(f'<gml:pos>{x} {y} {z} </gml:pos>' for x, y in [*points, points[0]])}"
        "</gml:LinearRing></gml:exterior>"
        for z in (0.0, 3.0)
    )
    head = '<?xml version="1.0"?><core:IndoorFeatures xmlns:core="urn:c" xmlns:gml="urn:g">'
    return {
        "geojson": [plan, *reported],
        "zip": {f"{name}.geojson": {"type": "FeatureCollection", "features": rows} for name, rows in imdf.items()},
        "esx": {f"{name}.json": {name: rows} for name, rows in esx.items()},
        "openintent": {"floorplans": [{"name": "1F", "dimensions": sizes, "wall_segments": segments}], "accesspoints": []},
        "gml": f"{head}<core:CellSpace><gml:name>a</gml:name>{faces}</core:CellSpace></core:IndoorFeatures>",
    }
