"""Which site an access point belongs to, where one device serves many: rules from targets.toml, or a list."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass, field
from fnmatch import translate
from typing import TYPE_CHECKING, Literal, get_args

from collectors.errors import ConfigError
from collectors.files import read_text
from collectors.totals import mac_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

UNASSIGNED = "unassigned"
"""The site of what no rule fits. No site may have this name."""

By = Literal["ap_key", "serial", "ap", "group", "location"]
"""What of an access point a rule looks at."""
ORDER: tuple[By, ...] = get_args(By)
"""Which rule comes first; an exact name comes before a pattern."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule: an access point with this value is of this site. Of `ap` a value with * or ? is a pattern."""

    by: By
    value: str
    site: str


@dataclass(frozen=True, slots=True)
class SiteRules:
    """The rules of a target, in the order of `ORDER`; of two that fit the one written first wins."""

    rules: tuple[Rule, ...]
    _exact: Mapping[tuple[By, str], str] = field(init=False, repr=False, compare=False)
    _patterns: tuple[tuple[re.Pattern[str], str], ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        exact: dict[tuple[By, str], str] = {}
        patterns = []
        for rule in self.rules:
            if rule.by == "ap" and _is_pattern(rule.value):
                patterns.append((re.compile(translate(rule.value)), rule.site))
            else:
                exact.setdefault((rule.by, _spelt(rule.by, rule.value)), rule.site)
        object.__setattr__(self, "_exact", exact)
        object.__setattr__(self, "_patterns", tuple(patterns))

    @property
    def sites(self) -> tuple[str, ...]:
        """Name every site that a rule has, each once."""
        return tuple(dict.fromkeys(rule.site for rule in self.rules))

    @property
    def looks_at(self) -> frozenset[By]:
        """What of an access point is needed to apply them."""
        return frozenset(rule.by for rule in self.rules)

    def site_of(self, ap: Mapping[By, str]) -> str | None:
        """Name the site of an access point; None where no rule fits it.

        Parameters
        ----------
        ap : mapping
            What is known of it: its key, serial number, name, group and location.
        """
        for by in ORDER:
            value = ap.get(by)
            if not value:
                continue
            found = self._exact.get((by, _spelt(by, value)))
            if found is not None:
                return found
            if by == "ap":
                for pattern, site in self._patterns:
                    if pattern.match(value):
                        return site
        return None


def _is_pattern(name: str) -> bool:
    return any(sign in name for sign in "*?")


def _spelt(by: By, value: str) -> str:
    """A MAC in any spelling is one, and serial numbers are read off labels."""
    if by == "ap_key":
        return mac_of(value) or value.strip()
    return value.strip().casefold() if by == "serial" else value


_COLUMNS = {
    **dict.fromkeys(("施設", "施設名", "学校名", "拠点", "避難所"), "site"),
    **dict.fromkeys(("ap名", "ap名称", "アクセスポイント", "アクセスポイント名", "機器名", "ap name"), "ap"),
    **dict.fromkeys(("mac", "macアドレス", "mac address", "bssid"), "ap_key"),
    **dict.fromkeys(("シリアル", "シリアル番号", "製造番号", "serial number"), "serial"),
}
"""What people call the columns."""


def read_list(path: Path) -> tuple[Rule, ...]:
    """Read a list of access points and their sites: CSV with the columns site, ap, ap_key, serial.

    Raises
    ------
    ConfigError
        It cannot be read, lacks `site` or all of the others, or a row names no site; the message names the line.
    """
    text = read_text(path, "give the path of a CSV file with the columns site, ap, ap_key, serial")
    lines = csv.DictReader(io.StringIO(text, newline=""))
    names = [_COLUMNS.get(plain := name.strip().lower(), plain) for name in lines.fieldnames or ()]
    if "site" not in names or not {"ap", "ap_key", "serial"}.intersection(names):
        raise ConfigError(
            f"{path}: the first line must name the columns: site, and ap, ap_key or serial; it has {', '.join(names)}"
        )
    lines.fieldnames = names
    found: list[Rule] = []
    try:
        for row in lines:
            given = {by: (row.get(by) or "").strip() for by in ORDER}
            site = (row.get("site") or "").strip()
            if not any(given.values()) and not site:
                continue
            refuse_bad_name(f"{path} line {lines.line_num}: site", site)
            if not any(given.values()):
                raise ConfigError(f"{path} line {lines.line_num}: no access point; give its ap, ap_key or serial")
            found += [Rule(by=by, value=value, site=site) for by, value in given.items() if value]
    except csv.Error as error:
        raise ConfigError(f"{path} line {lines.line_num}: not CSV ({error})") from None
    _refuse_two_sites(path, found)
    return tuple(found)


def _refuse_two_sites(path: Path, rules: Iterable[Rule]) -> None:
    seen: dict[tuple[By, str], str] = {}
    for rule in rules:
        key = rule.by, _spelt(rule.by, rule.value)
        if seen.setdefault(key, rule.site) != rule.site:
            raise ConfigError(f"{path}: {rule.by} {rule.value} is of {seen[key]} and of {rule.site}; keep one")


def refuse_bad_name(place: str, name: str) -> None:
    """Refuse a name that stores, terminals or our own words would not give back as it was written.

    Raises
    ------
    ConfigError
        It is empty, reserved, has a control character, or ends with a backslash.
    """
    if not name.strip():
        raise ConfigError(f"{place}: a name is missing; add it")
    if name == UNASSIGNED:
        raise ConfigError(f"{place}: {UNASSIGNED} is what has no site; give another name")
    if any(ord(letter) < 32 or 127 <= ord(letter) < 160 or letter in "\u2028\u2029" for letter in name):
        raise ConfigError(f"{place}: {name!r} has a line break, a tab or another control character; write it without")
    if name.endswith("\\"):
        raise ConfigError(f"{place}: {name!r} ends with a backslash, which InfluxDB cannot keep; write it without")
