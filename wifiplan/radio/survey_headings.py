"""What the columns of a survey are called, in survey apps and in Japanese, and their units."""

from __future__ import annotations

import re
import unicodedata

COLUMNS: dict[str, tuple[str, ...]] = {
    "x": ("x", "x pos", "pos x", "position x", "x position", "x coordinate", "coordinate x", "location x", "map x", "x座標"),
    "y": ("y", "y pos", "pos y", "position y", "y position", "y coordinate", "coordinate y", "location y", "map y", "y座標"),
    "z": ("z",),
    "height": ("height", "高さ"),
    "level": ("level",),
    "floor": ("floor", "storey", "階"),
    "ap": ("ap", "ap name", "access point", "access point name", "name", "アクセスポイント", "ap名"),
    "bssid": ("bssid", "ap key", "ap mac", "mac", "mac address", "radio mac", "bssid mac", "macアドレス"),
    "rssi": (
        "rssi",
        "rss",
        "signal",
        "signal level",
        "signal strength",
        "received power",
        "beacon strength",
        "rssi value",
        "avg rssi",
        "average rssi",
        "mean rssi",
        "median rssi",
        "rssi avg",
        "rssi mean",
        "rssi値",
        "rx power",
        "rx level",
        "dbm",
        "受信レベル",
        "信号レベル",
        "電界強度",
        "受信信号強度",
        "電波強度",
        "信号強度",
        "受信強度",
        "受信電力",
        "dbm",
    ),
    "band": ("band", "frequency band", "周波数帯"),
    "channel": ("channel", "ch", "primary channel", "チャンネル", "チャネル"),
    "frequency": (
        "frequency",
        "freq",
        "center frequency",
        "centre frequency",
        "center freq",
        "centre freq",
        "周波数",
        "中心周波数",
    ),
    "receiver": ("receiver", "receiver name", "device", "device name", "phone", "adapter", "測定端末"),
    "people": ("people per m2", "persons per m2", "density per m2"),
}
"""What a column is -> the names it goes by in survey apps, in lower case and without unit."""

UNITS_M = {
    "m": 1.0,
    "metres": 1.0,
    "meters": 1.0,
    "cm": 0.01,
    "mm": 0.001,
    "ft": 0.3048,
    "feet": 0.3048,
    "メートル": 1.0,
    "センチ": 0.01,
    "ミリ": 0.001,
}
PIXELS = frozenset({"px", "pixel", "pixels", "ピクセル", "画素"})
UNIT_WORDS = frozenset({"m", "cm", "mm", "ft", "px", "dbm", "mhz", "ghz", "khz", "hz", "mw", "pct"})
NO_UNITS = frozenset({"メートル", "デシベル", "文字列", "-", "–", "n/a", "%", "w", "khz", "hz", "count", "string", "text"})
_NAMES = {name: role for role, names in COLUMNS.items() for name in names}
_LIKE = {
    "x": re.compile(r"(測定|位置|座標|地点|点)*の?x(座標|位置|方向|軸)*|横(位置|方向)?"),
    "y": re.compile(r"(測定|位置|座標|地点|点)*の?y(座標|位置|方向|軸)*|縦(位置|方向)?"),
    "ap": re.compile(r"(ap|アクセスポイント|機器|親機)の?(名|名称|番号)"),
    "rssi": re.compile(
        r"(平均|最大)?((電波|信号|電界|受信信号|受信電波|受信|wi-?fi)の?(強度|強さ|レベル|電力)|rssi)(値|レベル)?"
    ),
    "channel": re.compile(r"(使用|プライマリ)?(チャン?ネル|ch)(番号)?"),
}
"""The same for Japanese headings, which are put together in many ways; blanks left out."""


def name_and_unit(heading: str) -> tuple[str, str]:
    """`"Signal level (dBm)"` and `rssi_dbm` alike: the name in lower case, and the unit in brackets or at the end."""
    text = (
        unicodedata.normalize("NFKC", heading)
        .strip()
        .strip("\ufeff\"' ")
        .lower()
        .replace("/m2", " per m2")
        .replace("/m²", " per m2")
    )
    unit = ""
    if found := re.search(r"[(\[（](.*?)[)\]）]", text):
        unit, text = found[1].strip(), text[: found.start()] + text[found.end() :]
    words = re.sub(r"[\s_\-.:]+", " ", text.replace("%", " pct ")).split()
    if len(words) > 1 and words[-1] in UNIT_WORDS:
        unit = unit or words[-1]
        words = words[:-1]
    return " ".join(words), unit


def role_of(name: str, unit: str) -> str | None:
    """What a column of this name and unit is; a level in dBm is no storey."""
    if unit == "dbm" and name in {"level", "power", "beacon", "receive", "received"}:
        return "rssi"
    plain = name.replace(" ", "")
    return _NAMES.get(name) or next((role for role, like in _LIKE.items() if like.fullmatch(plain)), None)
