"""Lists of devices to a targets.toml that a person reviews: from a table, from NetBox, or found on the network.

Nothing is guessed. A device without a site, or one that is there twice, stands in the file as a comment with the reason.
"""

from __future__ import annotations

import asyncio
import csv
import dataclasses
import io
import ipaddress
import json
import re
import time
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from collectors.addresses import host_and_port
from collectors.config import Target
from collectors.errors import ConfigError, SnmpError
from collectors.files import read_text
from collectors.poll import SYS_DESCR, SYS_NAME, SYS_OBJECT_ID, SYS_UP_TIME
from collectors.profile import library, match
from collectors.profile.convert import text_of
from collectors.snmp.session import Session

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from collectors.snmp.message import Engine

SYS_LOCATION = "1.3.6.1.2.1.1.6.0"
MOST_ADDRESSES = 4096
"""A search asks no more: a /20, or sixteen networks of 254."""
_SAME_START_S = 5.0

COLUMNS = {
    "name": (
        "name",
        "名称",
        "名前",
        "機器名",
        "機器名称",
        "装置名",
        "装置名称",
        "ホスト名",
        "hostname",
        "devicename",
        "device",
        "ap名",
    ),
    "site": (
        "site",
        "sitename",
        "施設",
        "施設名",
        "施設名称",
        "学校名",
        "拠点",
        "拠点名",
        "設置場所",
        "避難所",
        "避難所名",
        "location",
    ),
    "host": (
        *(
            "host",
            "managementip",
            "managementipaddress",
            "managementaddress",
            "mgmtip",
            "mgmtipaddress",
            "管理ip",
            "管理ipアドレス",
        ),
        *(
            "管理アドレス",
            "primaryip",
            "primaryip4",
            "primaryipv4",
            "ip",
            "ipaddress",
            "ipv4",
            "ipv4address",
            "ipaddr",
            "address",
        ),
        *("ipアドレス", "ipv4アドレス", "アドレス", "primaryip6", "ipv6", "ipv6address", "ipv6アドレス"),
    ),
    "port": ("port", "snmpport", "ポート", "ポート番号"),
    "version": ("version", "snmpversion", "snmpバージョン"),
    "community_env": ("communityenv",),
    "community_file": ("communityfile",),
    "v3_user": ("v3user",),
    "v3_auth": ("v3auth",),
    "v3_priv": ("v3priv",),
    "profile": ("profile", "プロファイル"),
    "design": ("design", "設計"),
    "ap": ("ap",),
    "status": ("status", "state", "状態", "ステータス", "運用状態", "稼働状況", "状況"),
    "remark": ("備考", "remark", "remarks", "note", "notes", "comment", "comments", "摘要"),
}
"""Key of a target -> the headings that a table may give it, the likeliest first, as `_heading` writes them."""
_LIKE = {
    "name": re.compile(r"(機器|装置|ホスト|アクセスポイント|ap)の?(名|名称|番号)$|^(sysname|(node|ap)name|accesspoint(name)?)$"),
    "site": re.compile(r"施設|学校|校名|拠点|避難所|設置(場所|箇所|校|先)|^(site|network|school|building)(name)?$|^場所$"),
    "host": re.compile(
        r"^(?!.*(mac|gateway|ゲートウェイ|dns|ntp|mask|マスク|subnet|サブネット|range|範囲|server|サーバ|oob))"
        r".*(ip(アドレス|address|addr|v[46])|(管理|管理用|mgmt|management|primary|lan|プライマリ|主)ip$)"
    ),
    "status": re.compile(r"状態|状況|ステータス|ライフサイクル|status|lifecycle"),
}
"""Key of a target -> what a heading that is none of the usual ones has in it, as `_heading` writes it."""
_MOST_TITLE_LINES = 10
_AT_WORK = frozenset(("", "active", "online", "in service", "稼働", "稼働中", "運用中", "使用中", "現用", "ー", "-", "○"))
_NOT_AT_WORK = re.compile(
    r"^(?!(稼働|運用|使用)中).*(撤去|廃|除却|予備|在庫|保管|故障|計画|予定|未|非|停止|休止|保守|オフライン|×|無効)"
    r"|\b(planned|staged|staging|fail(ed)?|inventory|decom\w*|offline|retired?|deprecated|provisioning|maintenance|spare|stock"
    r"|disposed?|inactive|disabled|down|unused|removed?|scrapped|obsolete|eol|not in (use|service)|out of (use|service)"
    r"|end of (life|service))\b"
)
"""States of NetBox and Nautobot, and the like, in small letters: a device of which one is told is not polled."""
_REMOVED = re.compile(r"(撤去|廃止|廃棄|除却|故障|予備)(済み?|中|機|品)?")
"""A remark that is a state: any other is handed on."""
_AS_WRITTEN = ("community_env", "community_file", "v3_user", "v3_auth", "v3_priv", "profile", "design", "ap")
_VERSIONS = {"": "", "1": "1", "2": "2c", "2c": "2c", "3": "3"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One device of a list: the keys of its `[[target]]`, what a person should know of it, and where it stood."""

    keys: dict[str, str | int]
    about: str = ""
    place: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """Entries sorted: those to poll, and those that a person has to decide on, each with the reason."""

    targets: tuple[Entry, ...]
    without_site: tuple[Entry, ...]
    duplicates: tuple[tuple[Entry, str], ...]
    skipped: tuple[tuple[str, str], ...] = ()
    """Place and reason."""

    def to_json(self) -> dict[str, Any]:
        """Give what the commands print."""
        return {
            "targets": len(self.targets),
            "without_site": [str(entry.keys["name"]) for entry in self.without_site],
            "duplicates": [{"name": str(entry.keys["name"]), "why": why} for entry, why in self.duplicates],
            "skipped": [{"place": place, "why": why} for place, why in self.skipped],
        }


def review(entries: Iterable[Entry], skipped: Iterable[tuple[str, str]] = (), *, known: Iterable[Target] = ()) -> Review:
    """Sort a list: what is at an address that another has, or in the targets already, is a duplicate.

    A name that another target bears is kept apart by its address, since names must differ.
    """
    targets: list[Entry] = []
    without_site: list[Entry] = []
    duplicates: list[tuple[Entry, str]] = []
    at_address: dict[tuple[str, int], str] = {(target.host, target.port): f"target {target.name}" for target in known}
    named = {target.name for target in known}
    for entry in entries:
        address = str(entry.keys["host"]), int(entry.keys.get("port", 161))
        if address in at_address:
            duplicates.append((entry, f"{address[0]}:{address[1]} is also {at_address[address]}"))
            continue
        name = str(entry.keys["name"])
        at_address[address] = name if not entry.place else f"{name} ({entry.place})"
        kept = entry
        if name in named:
            apart = f"{name} ({address[0]})" if address[1] == 161 else f"{name} ({address[0]}:{address[1]})"
            kept = dataclasses.replace(entry, keys={**entry.keys, "name": apart}, about=f"{entry.about}; its name is there twice")
        named.add(str(kept.keys["name"]))
        (targets if kept.keys.get("site") else without_site).append(kept)
    return Review(targets=tuple(targets), without_site=tuple(without_site), duplicates=tuple(duplicates), skipped=tuple(skipped))


def targets_toml(reviewed: Review, *, source: str, store_url: str = "sqlite:store.sqlite") -> str:
    """Write a targets.toml; what a person has to decide on is commented out."""
    lines = [f"# From {_one_line(source)}: read it through, and correct it, before `wifiplan collect` uses it."]
    lines += ["", "[store]", f"url = {_quoted(store_url)}", ""]
    lines += [line for entry in reviewed.targets for line in (*_block(entry), "")]
    if reviewed.without_site:
        lines += ["# ---- Without a site: fill it in, and take the # away.", ""]
        lines += [f"# {line}" for entry in reviewed.without_site for line in (*_block(entry, 'site = ""'), "")]
    if reviewed.duplicates:
        lines += ["# ---- There twice: not used.", ""]
        for entry, why in reviewed.duplicates:
            lines += [f"# {line}" for line in (_one_line(why), *_block(entry), "")]
    lines += [f"# Left out: {_one_line(place)}: {_one_line(why)}" for place, why in reviewed.skipped]
    return "\n".join(line.rstrip() for line in lines).rstrip("\n") + "\n"


def _block(entry: Entry, *more: str) -> list[str]:
    given = {key: _as_name(value) if key in ("name", "site") else value for key, value in entry.keys.items() if value != ""}
    keys = [f"{key} = {value if isinstance(value, int) else _quoted(value)}" for key, value in given.items()]
    about = "; ".join(part for part in (entry.about.strip("; "), entry.place) if part)
    return [*([f"# {_one_line(about)}"] if about else []), "[[target]]", *keys, *more]


def _as_name(value: str | int) -> str | int:
    """A name that targets.toml takes: without control characters, and without a backslash at its end."""
    return value if isinstance(value, int) else _one_line(value).rstrip("\\ ") or "?"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _one_line(text: str) -> str:
    """A device's own words must not end a comment and begin a key."""
    return "".join(letter if letter.isprintable() else " " for letter in text)


# ---------------------------------------------------------------------------------------------------------------- files


def read(path: str | Path) -> tuple[list[Entry], list[tuple[str, str]]]:
    """Read an inventory: a table (CSV, headings in Japanese or English) or what NetBox exports (JSON).

    Returns
    -------
    list, list
        The devices, and place and reason of what is none.

    Raises
    ------
    ConfigError
        It cannot be read, or has no devices in a known form; the message names file and place.
    """
    path = Path(path)
    text = read_text(path, "give a CSV or JSON file")
    if text.lstrip()[:1] in ("{", "["):
        return _netbox(text, path)
    return _table(text, path)


def _table(text: str, path: Path) -> tuple[list[Entry], list[tuple[str, str]]]:
    lines = text.splitlines()[:_MOST_TITLE_LINES]
    delimiter = max(",;\t", key="\n".join(lines).count)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        for _ in range(_MOST_TITLE_LINES):  # lines above the headings say what the table is
            row = next(rows, [])
            headings = [_heading(cell) for cell in row]
            places = _columns(headings)
            if "name" in places and "host" in places:
                break
        else:
            first = lines[0].strip() if lines else ""
            missing = [key for key in ("name", "host") if key not in _columns(map(_heading, first.split(delimiter)))] or ["name"]
            wanted = {"name": "name or 名称 or 機器名", "host": "host or IP address or 管理IP"}[missing[0]]
            raise ConfigError(f"{path}:1: no column for {missing[0]}; call one of them {wanted} (there are: {first})")
        entries: list[Entry] = []
        skipped: list[tuple[str, str]] = []
        for row in rows:
            if not any(cell.strip() for cell in row):
                continue
            cells = {key: [row[at].strip() for at in where if at < len(row) and row[at].strip()] for key, where in places.items()}
            keys = {key: found[0] for key, found in cells.items() if found}
            _keep(keys, f"{path.name}:{rows.line_num}", "", entries, skipped)
    except csv.Error as error:
        raise ConfigError(f"{path}:{rows.line_num}: not a table: {error}") from None
    return entries, skipped


def _heading(text: str) -> str:
    """Write a heading without width, case, blanks and marks: `Management IP` and `ＩＰ_アドレス` are what they say."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return "".join(letter for letter in plain if letter.isalnum() or letter == "ー")


def _columns(headings: Iterable[str]) -> dict[str, list[int]]:
    """Say in which columns a key of a target stands, the likeliest first; one that is empty leaves the word to the next."""
    headings = list(headings)
    places = {key: [headings.index(name) for name in names if name in headings] for key, names in COLUMNS.items()}
    taken = {at for where in places.values() for at in where}
    for key, pattern in _LIKE.items():
        like = [at for at, heading in enumerate(headings) if at not in taken and pattern.search(heading)]
        if not places[key] or key == "host":
            places[key] += like
            taken.update(like)
    return {key: where for key, where in places.items() if where}


def _keep(keys: dict[str, Any], place: str, about: str, entries: list[Entry], skipped: list[tuple[str, str]]) -> None:
    """Take a row, or say why not: an address with its prefix length (as NetBox has it) loses that."""
    host, why, beside = str(keys.get("host", "")).strip(), "", None
    try:
        host, beside = host_and_port(host)
    except ValueError as error:
        why = str(error)
    port = str(keys.get("port", beside or "161"))
    state, remark = (unicodedata.normalize("NFKC", str(keys.get(key, ""))).strip() for key in ("status", "remark"))
    state = state.casefold() or (remark if _REMOVED.fullmatch(remark) else "")
    version = _VERSIONS.get(re.sub(r"^(snmp)? *v?", "", str(keys.get("version", "")).lower()))
    if _NOT_AT_WORK.search(state):
        skipped.append((place, f"{keys.get('name') or 'a device'} is {state}"))
    elif not host:
        skipped.append((place, f"{keys.get('name', 'a row')} has no address"))
    elif why:
        skipped.append((place, why))
    elif beside is not None and port != str(beside):
        skipped.append((place, f"port {beside} beside the address and {port} in a column of its own: which?"))
    elif not port.isascii() or not port.isdigit() or not 1 <= int(port) <= 65535:
        skipped.append((place, f"{port} is no port"))
    elif version is None:
        skipped.append((place, f"version {keys['version']}: write 1, 2c or 3"))
    elif version and (version == "3") != ("v3_user" in keys):
        skipped.append((place, "version 3 needs v3_user, and v3_user needs version 3"))
    else:
        kept: dict[str, str | int] = {"name": str(keys.get("name") or host), "site": str(keys.get("site", "")), "host": host}
        if port != "161":
            kept["port"] = int(port)
        if version:
            kept["version"] = version
        kept.update({key: str(keys[key]) for key in _AS_WRITTEN if keys.get(key)})
        about = "; ".join(part for part in (about, "" if state in _AT_WORK else state, remark) if part)
        entries.append(Entry(keys=kept, about=about, place=place))


def _netbox(text: str, path: Path) -> tuple[list[Entry], list[tuple[str, str]]]:
    """Read `/api/dcim/devices/`, or a list of such devices."""
    try:
        found = json.loads(text)
    except ValueError as error:
        raise ConfigError(f"{path}: not JSON: {error}") from None
    rows = found
    if isinstance(found, dict):  # the answer of its API, or of its GraphQL
        data = found.get("data")
        inside = data if isinstance(data, dict) else found
        rows = next((inside[key] for key in ("results", "devices", "device_list") if key in inside), None)
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ConfigError(f"{path}: no list of devices; export `/api/dcim/devices/` of NetBox, whose devices are under `results`")
    if isinstance(found, dict) and found.get("next"):
        raise ConfigError(f"{path}: this is one page of several (`next` is set); export all of them with `?limit=0`")
    entries: list[Entry] = []
    skipped: list[tuple[str, str]] = []
    for number, row in enumerate(rows):
        place = f"{path.name}: results[{number}]"
        state = _name(row.get("status"), "value").casefold()
        name = _name(row.get("name")) or _name(row.get("display"))
        if state not in _AT_WORK:
            skipped.append((place, f"{name or 'a device'} is {state}"))
            continue
        kind = row.get("device_type")
        model = " ".join(part for part in (_name(kind, "manufacturer"), _name(kind, "model")) if part)
        role = _name(row.get("role") or row.get("device_role"))
        address = next(
            (_name(row.get(key), "address") for key in ("primary_ip", "primary_ip4", "primary_ip6") if row.get(key)), ""
        )
        plain = [(_heading(key), _name(value)) for key, value in row.items()]  # a list that some other program wrote
        address = address or next((value for wanted in COLUMNS["host"] for key, value in plain if key == wanted and value), "")
        name = name or next((value for wanted in COLUMNS["name"] for key, value in plain if key == wanted and value), "")
        keys = {"name": name, "site": _name(row.get("site")) or _name(row.get("location")), "host": address}
        _keep(keys, place, ", ".join(part for part in (model, role) if part), entries, skipped)
    return entries, skipped


def _name(value: Any, key: str = "name") -> str:
    """The text of a NetBox value, which may be the text itself or an object that has it."""
    if isinstance(value, dict):
        return _name(value.get(key, value.get("display", value.get("name"))))
    return value.strip() if isinstance(value, str) else ""


# ------------------------------------------------------------------------------------------------------------- the network


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    entry: Entry
    identity: tuple[str, str, str]
    started_s: float | None


def addresses(networks: Sequence[str]) -> list[str]:
    """List the addresses of networks, each once.

    Raises
    ------
    ConfigError
        One is no network, or together they are too many.
    """
    found: dict[str, None] = {}
    for text in networks:
        try:
            network = ipaddress.ip_network(text, strict=False)
        except ValueError:
            raise ConfigError(f"{text}: no network; write 192.0.2.0/24, or one address") from None
        if network.num_addresses > MOST_ADDRESSES + 2:
            raise ConfigError(f"{text}: {network.num_addresses} addresses are too many; search at most {MOST_ADDRESSES} at once")
        found.update((str(address), None) for address in network.hosts())
    if len(found) > MOST_ADDRESSES:
        raise ConfigError(f"{len(found)} addresses are too many; search at most {MOST_ADDRESSES} at once")
    return list(found)


async def discover(
    engine: Engine,
    likes: Sequence[Target],
    hosts: Sequence[str],
    *,
    at_once: int = 64,
    progress: Callable[[int], None] | None = None,
) -> tuple[list[Entry], list[tuple[Entry, str]]]:
    """Ask every address who it is, with one credential after the other; silence to all of them is taken for nobody.

    Parameters
    ----------
    likes : sequence of Target
        Port, credentials, timeout and retries, in the order in which they are tried. Their `site`, if any, is that of all; else
        each device's sysLocation is.
    hosts : sequence of str
        Addresses, at most `MOST_ADDRESSES`.

    Returns
    -------
    list, list
        The devices, and those that are another address of one of them: of the same name and kind, and started at the same time.

    Raises
    ------
    ConfigError
        A credential is not there: all would be silent.
    """
    for like in likes:
        secrets = [like.community] if like.user is None else []
        if like.user is not None:
            secrets += [like.user.auth_secret] if like.user.auth else []
            secrets += [like.user.priv_secret] if like.user.priv else []
        for secret in secrets:
            secret.reveal()
    room = asyncio.Semaphore(at_once)
    done = 0

    async def ask(host: str) -> _Answer | None:
        nonlocal done
        answer = None
        async with room:
            for like in likes:
                answer = await _who(engine, dataclasses.replace(like, name=host, host=host))
                if answer is not None:
                    break
        done += 1
        if progress is not None:
            progress(done)
        return answer

    answers = [answer for answer in await asyncio.gather(*map(ask, hosts)) if answer is not None]
    entries: list[_Answer] = []
    twice: list[tuple[Entry, str]] = []
    for answer in answers:
        first = next((other for other in entries if _is_same(other, answer)), None)
        if first is None:
            entries.append(answer)
        else:
            twice.append((answer.entry, f"another address of {first.entry.keys['name']} ({first.entry.keys['host']})"))
    return [answer.entry for answer in entries], twice


def _is_same(one: _Answer, other: _Answer) -> bool:
    if not one.identity[0] or one.identity != other.identity or one.started_s is None or other.started_s is None:
        return False
    return abs(one.started_s - other.started_s) < _SAME_START_S


async def _who(engine: Engine, target: Target) -> _Answer | None:
    session = Session(engine, target)
    try:
        await session.open()
        values = await session.get((SYS_DESCR, SYS_OBJECT_ID, SYS_UP_TIME, SYS_NAME, SYS_LOCATION))
        now_s = time.monotonic()
        words = {oid: text_of(value) for oid, value in values.items()}
        object_id, descr = words.get(SYS_OBJECT_ID), words.get(SYS_DESCR, "")
        there = await session.probe(match.probes(object_id, descr))
    except SnmpError:
        return None
    chosen = match.choose(object_id, descr, there.__contains__)
    made = library.load(chosen, object_id or "0.0") if chosen is not None else None
    kind = "of no known make" if made is None else f"{made.vendor} {made.device} ({made.name})"
    name = words.get(SYS_NAME, "").strip()
    keys: dict[str, str | int] = {
        "name": name or target.host,
        "site": target.site or words.get(SYS_LOCATION, "").strip(),
        "host": target.host,
    }
    if target.port != 161:
        keys["port"] = target.port
    keys["version"] = session.peer.version
    if target.user is not None:
        keys |= {"v3_user": target.user.name}
        keys |= {key: value for key, value in (("v3_auth", target.user.auth), ("v3_priv", target.user.priv)) if value}
    elif target.community.env is not None:
        keys["community_env"] = target.community.env
    elif target.community.file is not None:
        keys["community_file"] = str(target.community.file)
    ticks = values.get(SYS_UP_TIME)
    started_s = now_s - ticks / 100 if isinstance(ticks, int) else None
    about = f"{kind}; {descr[:80]}" if descr else kind
    return _Answer(entry=Entry(keys=keys, about=about), identity=(name, object_id or "", descr), started_s=started_s)
