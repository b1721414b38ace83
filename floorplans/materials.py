"""What the names of a building model mean: materials of layered walls, and what a room is for."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

_MATERIALS: dict[str, tuple[str, ...]] = {
    "": ("air", "luft", "空気", "insulation", "dämm", "daemm", "isol", "断熱", "thermal barrier", "membrane",
         "folie", "vapour", "防湿", "防水"),
    "stud": ("stud", "ständer", "軽鉄下地", "lgs", "軽量鉄骨", "furring", "下地"),
    "concrete": ("concrete", "beton", "béton", "コンクリート", "rc", "混凝土", "stahlbeton", "cast in", "precast"),
    "alc": ("alc", "aac", "aerated", "porenbeton", "軽量気泡"),
    "brick": (
        "brick", "masonry", "block", "concrete block", "concrete masonry", "cmu",
        "ziegel", "mauerwerk", "kalksandstein", "brique", "leichtbeton", "煉瓦", "レンガ", "ブロック", "砖",
    ),
    "glass": ("glass", "glas", "glazing", "verre", "ガラス", "玻璃", "verglasung"),
    "wired_glass": ("wired glass", "網入", "網入りガラス", "drahtglas", "verre armé"),
    "double_glass": ("double glaz", "double glass", "insulating glass",
        "複層ガラス", "ペアガラス", "isolierglas", "double vitrage"),
    "steel_door": ("steel door", "stahltür", "鋼製扉", "鋼製建具", "スチールドア", "防火扉", "防火戸"),
    "folding_partition": ("folding partition", "movable wall", "movable partition",
        "可動間仕切", "移動間仕切", "スライディングウォール", "faltwand"),
    "curtain": ("カーテン", "暗幕", "vorhang"),
    "metal": ("metal", "steel", "alumin", "stahl", "metall", "鋼", "金属", "スチール", "アルミ", "acier", "blech", "iron"),
    "wood": ("wood", "timber", "holz", "bois", "木", "plywood", "合板", "osb", "mdf", "chipboard", "oak", "fichte"),
    "plasterboard": ("plasterboard", "gypsum", "gips", "plâtre", "石膏", "ボード", "drywall", "putz", "plaster"),
}  # fmt: skip
"""Our material, or what takes no part in a wall (""), and the words for it. The longest word that fits wins."""

_ROOMS: dict[str, tuple[str, ...]] = {
    "hall": ("体育館", "アリーナ", "gym", "sporthalle", "turnhalle", "hall", "大広間", "講堂", "auditorium",
             "集会室", "ホール", "arena"),
    "stage": ("ステージ", "stage", "舞台", "bühne"),
    "classroom": ("教室", "classroom", "klassenzimmer", "lecture", "多目的室"),
    "corridor": ("廊下", "corridor", "hallway", "flur", "階段", "stair", "treppe",
                 "couloir", "passage", "ギャラリー通路", "gang"),
    "entrance": ("玄関", "entrance", "foyer", "lobby", "eingang", "昇降口", "ロビー",
                 "エントランス", "風除室", "vestibule"),
    "store": (
        "倉庫", "器具庫", "store", "storage", "lager", "便所", "トイレ", "toilet", "wc", "bath", "bad", "物置", "納戸", "収納",
        "utility", "機械室",
        "abstell", "更衣室", "shower",
    ),
    "outdoor": ("roof", "屋上", "dachterrasse", "バルコニー", "balkon", "terrace", "terrasse", "中庭", "garden"),
}  # fmt: skip

_HEAVY_M = 0.05
"""A layer of concrete or brick as thick as this is what the wall is made of."""


def _plain(text: object) -> str:
    return unicodedata.normalize("NFKC", str(text or "")).lower()


def _best(text: object, table: dict[str, tuple[str, ...]]) -> str | None:
    name = _plain(text)
    found: tuple[int, str] | None = None
    for meaning, words in table.items():
        for word in words:
            fits = re.search(rf"(?<![a-z]){re.escape(word)}(?![a-z])", name) if len(word) < 4 and word.isascii() else word in name
            if fits and (found is None or len(word) > found[0]):
                found = len(word), meaning
    return None if found is None else found[1]


def room_kind(name: str) -> str:
    """What a room of this name is for: one of `plan.ZONE_KINDS`."""
    return _best(name, _ROOMS) or "room"


def material_of_layers(layers: Sequence[Sequence[object]], name: str) -> tuple[str, str]:
    """Our material for a wall of these layers (name, metres or None), and the word that is not known (then concrete is taken).

    A heavy layer is what the wall is made of; boards on studs are a partition; without layers the wall's own name is asked.
    """
    known: list[tuple[str, float]] = []
    unknown = ""
    for layer in layers:
        found = _best(layer[0], _MATERIALS)
        if found is None:
            unknown = unknown or str(layer[0] or "")
            continue
        thickness = layer[1] if len(layer) > 1 and isinstance(layer[1], int | float) else None
        known.append((found, 0.1 if thickness is None else float(thickness)))
    heavy = [(thickness, what) for what, thickness in known if what in ("concrete", "brick", "alc") and thickness >= _HEAVY_M]
    if heavy:
        return max(heavy)[1], ""
    kinds = {what for what, _ in known}
    if "plasterboard" in kinds or "stud" in kinds:
        boards = sum(what == "plasterboard" for what, _ in known)
        return ("partition_double" if boards > 2 else "partition"), ""
    light = [(thickness, what) for what, thickness in known if what]
    if light:
        return max(light)[1], ""
    said = _best(name, _MATERIALS)
    if said == "stud":
        return "partition", ""
    if said:
        return ("partition" if said == "plasterboard" else said), ""
    lower = _plain(name)
    if any(word in lower for word in ("partition", "interior", "innen", "間仕切", "内壁", "cloison")):
        return "partition", ""
    return "concrete", unknown or (name if not layers else "")
