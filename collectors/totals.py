"""The one rule by which clients and access points are counted: of one device, and of a site that several devices report.

A device counts its clients in up to four ways: by a number of its own, by network, by access point and by radio. The rule:

1. The largest of what it says is its total, since each of these ways may leave clients out and none adds any. So a total is
   never below the rows, and a table that is empty never outvotes rows that have clients.
2. A way is complete when each of its rows has a count and each access point that serves has a row. Where none that reaches the
   largest is complete, the total is a lower bound, and `uncounted` says how many access points (or rows) have no count.
3. Nothing counted while an access point serves is unknown, not 0.

A site adds up its devices, each access point once however many devices list it: `of_site`. Polls, sums of minutes, `wifiplan
status`, the pages and (through the sums) Grafana all count by these two functions.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from collectors.metrics import Source

FORGET_S = 86400.0
"""An access point that its device no longer lists is missed for so long, and then forgotten (assumed)."""

_MAC = re.compile(r"[0-9a-f]{12}")
_SEPARATORS = re.compile(r"[-:. ]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One way in which a device counts its clients.

    `counted` is the sum of the rows that have a count (None: none has), `uncounted` the number of rows or serving access
    points that have none, `rows` whether the device gave any row or number at all.
    """

    source: Source
    counted: float | None
    uncounted: int
    rows: bool

    @property
    def complete(self) -> bool:
        """Whether nothing is missing from it."""
        return self.rows and not self.uncounted


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceTotal:
    """A device's clients and the way they were counted; with `uncounted` above 0 they are a lower bound."""

    source: Source
    clients: float
    uncounted: int


def of_device(ways: Iterable[Way], order: Sequence[Source], *, serves: bool) -> DeviceTotal | None:
    """Choose a device's total among the ways in which it counts.

    Parameters
    ----------
    ways : iterable of Way
        At most one of each source.
    order : sequence of str
        Which source is named where several say the same.
    serves : bool
        Whether an access point of the device is known to serve: then no rows at all are no evidence of nobody.

    Returns
    -------
    DeviceTotal or None
        None where nothing was counted.
    """
    ways = sorted(ways, key=lambda way: order.index(way.source) if way.source in order else len(order))
    counting = [way for way in ways if way.rows and (way.counted is not None or way.complete)]
    if not counting:
        if serves or not ways or any(way.rows for way in ways):
            return None
        return DeviceTotal(source=ways[0].source, clients=0.0, uncounted=0)  # tables that are empty, and nothing that serves
    largest = max(way.counted or 0.0 for way in counting)
    reaching = [way for way in counting if (way.counted or 0.0) == largest]
    chosen = next((way for way in reaching if way.complete), min(reaching, key=lambda way: way.uncounted))
    if not largest and not chosen.complete:
        return None  # at least nobody: that says nothing
    return DeviceTotal(source=chosen.source, clients=largest, uncounted=chosen.uncounted)


def mac_of(text: str | None) -> str | None:
    """Give a MAC address in lower case with colons, however it is spelt; None if the text is none.

    >>> mac_of("00-1A-2B-3C-4D-5E"), mac_of("001a.2b3c.4d5e"), mac_of("0:1a:2b:3c:4d:5e"), mac_of("31")
    ('00:1a:2b:3c:4d:5e', '00:1a:2b:3c:4d:5e', '00:1a:2b:3c:4d:5e', None)
    """
    if text is None:
        return None
    plain = unicodedata.normalize("NFKC", text).strip().lower()
    parts = re.split(r"[-:]", plain)
    if len(parts) == 6 and all(0 < len(part) <= 2 for part in parts):
        plain = "".join(part.zfill(2) for part in parts)  # some write 0:1a:2b for 00:1a:2b
    digits = _SEPARATORS.sub("", plain)
    if _MAC.fullmatch(digits) is None:
        return None
    return ":".join(digits[at : at + 2] for at in range(0, 12, 2))


@dataclass(frozen=True, slots=True, kw_only=True)
class ApCount:
    """What one device says of one access point now. `key` is its MAC or an index of the device; None is unknown.

    One that is `gone` was listed lately and is not now: it is missing unless another device lists it.
    """

    name: str
    key: str | None
    clients: float | None
    up: bool | None
    gone: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceCount:
    """What one device of a site says now, as far as counting goes.

    `aps` are its access points, `total` the fields of its `wifi_total` (empty: it gave none). `backup_of` names the device it
    stands by for. `macs` and `names` are what a device that is itself an access point is known by elsewhere. `heard` is
    whether it answered lately; the access points of one that did not are those it last listed.
    """

    name: str
    aps: tuple[ApCount, ...]
    total: Mapping[str, float]
    heard: bool = True
    backup_of: str | None = None
    counts: bool = True
    macs: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteTotal:
    """A site's clients and access points, each once.

    `clients` is None where nothing was counted; `missing` names the devices and access points that are not in it, which makes
    it a lower bound. `covered` are devices that do not answer and whose access points others have all counted, `same` the
    groups of devices that report the same access points.
    """

    clients: float | None
    aps: float | None
    aps_up: float | None
    missing: tuple[str, ...] = ()
    covered: tuple[str, ...] = ()
    same: tuple[tuple[str, ...], ...] = ()

    @property
    def complete(self) -> bool:
        """Whether nothing is missing from its clients."""
        return not self.missing


Identity = tuple[str, str]
"""What tells an access point from all others of a site: a MAC is the same everywhere, all else only on its own device."""


def identities(devices: Iterable[DeviceCount]) -> dict[tuple[str, str | None, str], Identity]:
    """Say which access points of a site's devices are one: (device, key, name) -> identity.

    A device that is itself an access point is the one that another device lists under one of its MACs, or under the name that
    it gives itself, where only one has that name.
    """
    devices = list(devices)
    found: dict[tuple[str, str | None, str], Identity] = {}
    by_mac: dict[str, Identity] = {}
    by_name: dict[str, set[Identity]] = defaultdict(set)
    for device in devices:
        for ap in device.aps:
            mac = mac_of(ap.key)
            identity = ("", mac) if mac is not None else (device.name, ap.key if ap.key is not None else f"name {ap.name}")
            found[device.name, ap.key, ap.name] = identity
            if mac is not None:
                by_mac[mac] = identity
                by_name[plain_name(ap.name)].add(identity)
    alone = [device for device in devices if len(device.aps) == 1 and mac_of(device.aps[0].key) is None]
    for device in alone:
        (ap,) = device.aps
        elsewhere = {by_mac[mac] for mac in device.macs if mac in by_mac}
        if not elsewhere:
            elsewhere = {one for name in device.names for one in by_name.get(plain_name(name), ())}
        if len(elsewhere) == 1:
            (found[device.name, ap.key, ap.name],) = elsewhere
        elif device.macs:
            found[device.name, ap.key, ap.name] = ("", min(device.macs))  # the same device at two addresses
    return found


def plain_name(name: str) -> str:
    """A name without what people spell differently: case, width, blanks and punctuation.

    >>> plain_name("ＡＰ－０３"), plain_name("ap 03 "), plain_name("体育館_1")
    ('ap03', 'ap03', '体育館1')
    """
    text = unicodedata.normalize("NFKC", name).casefold()
    return "".join(letter for letter in text if unicodedata.category(letter)[0] in "LNM" and letter != "ー") or text.strip()


def of_site(devices: Iterable[DeviceCount]) -> SiteTotal:
    """Add up the devices of a site: each access point once, and what a device counts beyond its access points.

    Devices that list the same access point, or of which one stands by for the other, are one group. A group counts its access
    points, each where it serves, and the largest that one of its devices counts beyond its own access points; so two
    controllers that both list everything count once.
    """
    devices = [device for device in devices if device.counts]
    one_is = identities(devices)
    gone = _gone(devices, one_is)
    devices = [_without_gone(device, gone[device.name]) for device in devices]
    aps_of = {
        device.name: {one_is[device.name, ap.key, ap.name]: ap for ap in sorted(device.aps, key=_says_more)} for device in devices
    }
    clients: list[float] = []
    missing: list[str] = []
    covered: list[str] = []
    same: list[tuple[str, ...]] = []
    known = up = 0.0
    told = told_up = 0
    for group in _groups(devices, aps_of):
        heard = [device for device in group if device.heard]
        merged: dict[Identity, ApCount] = {}
        for device in heard:
            for identity, ap in aps_of[device.name].items():
                if identity not in merged or _says_more(merged[identity]) < _says_more(ap):
                    merged[identity] = ap
        silent = [device for device in group if not device.heard]
        for device in silent:
            listed = aps_of[device.name]
            is_spare = any(other.backup_of == device.name or device.backup_of == other.name for other in heard)
            if heard and all(identity in merged for identity in listed) and (listed or is_spare):
                covered.append(device.name)
            else:
                missing.append(device.name)
        if len(group) > 1 and len(heard) > 1:
            same.append(tuple(sorted(device.name for device in group)))
        counted, left_out = _group_clients(heard, aps_of, merged)
        if counted is not None:
            clients.append(counted)
        for name in left_out:
            missing += gone.get(name) or [name]  # an access point says more than its controller
        known += max(len(merged), *(device.total.get("aps", 0.0) for device in heard), 0.0) if heard else 0
        told += sum("aps" in device.total for device in heard) + len(merged)
        of_rows = sum(ap.up is not False for ap in merged.values() if ap.up is not None or ap.clients is not None)
        by_number = max((device.total["aps_up"] for device in heard if "aps_up" in device.total), default=None)
        if merged and any(ap.up is not None for ap in merged.values()):
            up, told_up = up + of_rows, told_up + 1
        elif by_number is not None:
            up, told_up = up + by_number, told_up + 1
        elif merged and of_rows:
            up, told_up = up + of_rows, told_up + 1
    return SiteTotal(
        clients=sum(clients) if clients else None,
        aps=known if told else None,
        aps_up=up if told_up else None,
        missing=tuple(dict.fromkeys(missing)),
        covered=tuple(covered),
        same=tuple(same),
    )


def _gone(devices: Sequence[DeviceCount], one_is: Mapping[tuple[str, str | None, str], Identity]) -> dict[str, list[str]]:
    """Name for each device the access points that it listed lately and that no device lists now."""
    known = [(device, ap, one_is[device.name, ap.key, ap.name]) for device in devices if device.heard for ap in device.aps]
    listed = {identity for _, ap, identity in known if not ap.gone}
    found: dict[str, list[str]] = {device.name: [] for device in devices}
    for device, ap, identity in known:
        if ap.gone and identity not in listed:
            found[device.name].append(ap.name)
    return found


def _without_gone(device: DeviceCount, missed: Sequence[str]) -> DeviceCount:
    """Take what is gone from a device's list; where others list all of it and nothing else is uncounted, its total is whole."""
    if not any(ap.gone for ap in device.aps):
        return device
    total, aps = device.total, tuple(ap for ap in device.aps if not ap.gone)
    if not missed and total.get("uncounted") == total.get("gone"):
        total = {name: value for name, value in total.items() if name not in ("uncounted", "gone")}
    return replace(device, aps=aps, total=total)


def _says_more(ap: ApCount) -> tuple[bool, bool, float]:
    """Where it serves is right about an access point, then who counts it, then who counts more."""
    return ap.up is True, ap.clients is not None, ap.clients or 0.0


def _group_clients(
    heard: Sequence[DeviceCount], aps_of: Mapping[str, Mapping[Identity, ApCount]], merged: Mapping[Identity, ApCount]
) -> tuple[float | None, list[str]]:
    """Clients of a group of devices that answer, and the names of what is not in them."""
    if not heard:
        return None, []
    rows = sum(ap.clients for ap in merged.values() if ap.clients is not None)
    beyond = max((_beyond(device, aps_of[device.name].values()) for device in heard), default=0.0)
    uncounted = [ap.name for ap in merged.values() if ap.clients is None and ap.up is not False]
    says = [device for device in heard if "clients" in device.total]
    is_counted = bool(says) or any(ap.clients is not None for ap in merged.values())
    without = [device.name for device in heard if "clients" not in device.total and not aps_of[device.name]]
    if not is_counted:
        return None, uncounted or [device.name for device in heard]
    if any("uncounted" not in device.total for device in says) and not without:
        # A device that counts all its clients by another way needs no count of each access point.
        whole = {identity for device in says if "uncounted" not in device.total for identity in aps_of[device.name]}
        uncounted = [
            ap.name for identity, ap in merged.items() if identity not in whole and ap.clients is None and ap.up is not False
        ]
        partial = [d.name for d in says if "uncounted" in d.total and not set(aps_of[d.name]) <= whole]
        return rows + beyond, uncounted or partial
    return rows + beyond, [*(uncounted or [device.name for device in says if "uncounted" in device.total]), *without]


def _beyond(device: DeviceCount, aps: Iterable[ApCount]) -> float:
    """How many more a device counts than its access points have."""
    return max(0.0, device.total.get("clients", 0.0) - sum(ap.clients for ap in aps if ap.clients is not None))


def _groups(devices: Sequence[DeviceCount], aps_of: Mapping[str, Mapping[Identity, ApCount]]) -> list[list[DeviceCount]]:
    """Put devices together that list a common access point, or of which one stands by for the other."""
    root = {device.name: device.name for device in devices}

    def find(name: str) -> str:
        while root[name] != name:
            name = root[name]
        return name

    owner: dict[Identity, str] = {}
    for device in devices:
        for identity in aps_of[device.name]:
            root[find(device.name)] = find(owner.setdefault(identity, device.name))
        if device.backup_of in root:
            root[find(device.name)] = find(device.backup_of)
    groups: dict[str, list[DeviceCount]] = defaultdict(list)
    for device in devices:
        groups[find(device.name)].append(device)
    return list(groups.values())
