"""Words in the names of layers: the longest that fits says what a layer holds."""

from __future__ import annotations

from pathlib import Path

import pytest

from floorplans import FloorPlanError, layers


@pytest.mark.parametrize(
    ("layer", "material"),
    [
        ("外壁", "concrete"),
        ("A-WALL-FULL", "concrete"),
        ("RC壁", "concrete"),
        ("柱", "concrete"),
        ("間仕切壁", "partition"),
        ("内壁LGS", "partition"),
        ("ブロック壁", "brick"),
        ("木製間柱", "wood"),
        ("A-GLAZ", "glass"),
        ("アルミサッシ", "glass"),
        ("ガラス戸", "glass"),
        ("建具", "wood"),
        ("Door", "wood"),
        ("鉄扉", "metal"),
        ("ＳＨＵＴＴＥＲ", "metal"),
        ("通り芯", None),
        ("寸法", None),
        ("A-FLOR-PATT", None),
        ("敷地境界", None),
        ("鉄筋コンクリート壁", "concrete"),
        ("戸境壁", "concrete"),
        ("RC耐力壁", "concrete"),
        ("軽量鉄骨間仕切", "partition"),
        ("樹木", None),
        ("井戸", None),
        ("電柱", None),
        ("外壁窓台", None),
        ("南壁日影", None),
        ("Innenwände", "partition"),
        ("A_Stahltür", "metal"),
        ("CLOISONS", "partition"),
        ("墙体", "concrete"),
        ("卷帘门", "metal"),
        ("ALC壁", "alc"),
        ("可動間仕切", "folding_partition"),
        ("網入ガラス", "wired_glass"),
        ("ガラス間仕切", "glass"),
        ("木製間仕切", "wood"),
        ("コンクリート間仕切", "concrete"),
        ("Holztür", "wood"),
        ("KS-Wand", "brick"),
        ("cloison_verre", "glass"),
        ("steel-door", "metal"),
        ("ＡＬＣ100", "alc"),
        ("ガラススクリーン", "glass"),
        ("AW", "glass"),
        ("WD", "wood"),
        ("LSD", "metal"),
        ("戸境", "concrete"),
        ("鉄筋コンクリート", "concrete"),
        ("鉄筋コンクリート造壁", "concrete"),
        ("軽鉄間仕切壁", "partition"),
        ("軽量鉄骨間仕切壁", "partition"),
        ("撤去間仕切壁", None),
        ("A-WALL-DEMO", None),
        ("既存外壁（解体）", None),
        ("A-WALL-IDEN", None),
        ("wall-finish", None),
        ("壁心", None),
        ("壁クロス", None),
        ("壁付器具", None),
        ("木下地", None),
        ("防煙垂壁", None),
        ("高木", None),
    ],
)
def test_layer_names_say_the_material(layer: str, material: str | None) -> None:
    """Japanese and English names, full-width letters too."""
    role = layers.of().role(layer)

    assert role is not None
    assert material == role.material


@pytest.mark.parametrize(
    "layer",
    [
        "鉄骨階段", "鉄骨梁", "木製ベンチ", "コンクリート床", "RCスラブ", "ガラス手摺",
        "壁付手摺", "コンクリートブロック塀", "外壁後退線", "高木",
        "steel beam", "concrete slab", "wallpaper", "Wall-Hung Basin", "wood floor", "glass railing",
        "Wandbelag", "Wandleuchten", "Holzboden", "garde-corps", "arbres", "挡土墙", "墙体填充",
    ],
)  # fmt: skip
def test_a_thing_goes_before_what_it_is_made_of(layer: str) -> None:
    """No wall, door or window, whatever material its name begins with."""
    role = layers.of().role(layer)

    assert role is not None
    assert role.role in ("furniture", "site")


def test_unknown_layer_names_say_nothing() -> None:
    """Numbers of Jw_cad layers, and words that only contain a short one, match no rule."""
    assert [None, None, None] == [layers.of().role(name) for name in ("0-0", "March", "window"[:2])]


def test_a_file_of_ones_own_goes_first(tmp_path: Path) -> None:
    """An office that calls its walls KABE says so once."""
    own = tmp_path / "own.toml"
    own.write_text('[[layer]]\nrole = "wall"\nmaterial = "brick"\nwords = "kabe"\n', encoding="utf-8")

    assert ("wall", "brick", "kabe") == layers.Layers(own).role("A-KABE-1")
    assert layers.Layers(own).role("窓") == layers.of().role("窓")


def test_a_wrong_file_of_words_is_named(tmp_path: Path) -> None:
    """One line: which file, which row, what it needs."""
    own = tmp_path / "own.toml"
    own.write_text('[[layer]]\nrole = "roof"\nwords = "yane"\n', encoding="utf-8")

    with pytest.raises(FloorPlanError, match=r"own.toml: layer\[0\] needs role"):
        layers.Layers(own)


@pytest.mark.parametrize(
    ("text", "kind"), [("体育館", "hall"), ("器具庫", "store"), ("WC", "store"), ("普通教室1", "classroom"), ("事務室", "room")]
)
def test_names_say_what_a_room_is_for(text: str, kind: str) -> None:
    assert kind == layers.of().room_kind(text)
