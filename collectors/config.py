"""What to poll and where to put it: targets.toml, checked, with secrets left where they are until they are needed."""

from __future__ import annotations

import functools
import os
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from collectors.addresses import host_and_port, is_loopback, split_listen
from collectors.errors import ConfigError
from collectors.files import read_toml
from collectors.operations import JAPAN, NO_SHELTERS, Alerts, AlertsSection, Shelters, SheltersSection, alerts_of, shelters_of
from collectors.sites import UNASSIGNED, By, Rule, SiteRules, read_list, refuse_bad_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from zoneinfo import ZoneInfo

Version = Literal["1", "2c", "3"]
Auth = Literal["md5", "sha1", "sha224", "sha256", "sha384", "sha512"]
EngineName = Literal["own", "pysnmp"]
Priv = Literal["des", "aes128", "aes192", "aes256", "aes192-reeder", "aes256-reeder"]

DEFAULT_INTERVAL_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Secret:
    """Where a community or passphrase is. The value is read when it is needed and never shown."""

    env: str | None = None
    file: Path | None = None
    value: str | None = field(default=None, repr=False)

    def reveal(self) -> str:
        """Read the secret itself.

        Raises
        ------
        ConfigError
            The variable is not set, or the file cannot be read or may be read by others.
        """
        if self.env is not None:
            found = os.environ.get(self.env)
            if not found:
                raise ConfigError(f"the environment variable {self.env} is not set; put the secret there before the start")
            return found
        if self.file is not None:
            try:
                mode = self.file.stat().st_mode
                text = self.file.read_text(encoding="utf-8").strip("\r\n")
            except (OSError, UnicodeDecodeError) as error:
                raise ConfigError(f"{self.file}: the secret cannot be read ({error}); give a file of one line") from None
            if stat.S_IMODE(mode) & 0o077:
                raise ConfigError(f"{self.file}: others may read this secret; run `chmod 600 {self.file}`")
            return text
        return self.value or ""


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """An SNMPv3 user of the user-based security model. No `auth` is noAuthNoPriv, no `priv` is authNoPriv."""

    name: str
    auth: Auth | None = None
    auth_secret: Secret = Secret(env="WIFIPLAN_V3_AUTH")
    priv: Priv | None = None
    priv_secret: Secret = Secret(env="WIFIPLAN_V3_PRIV")
    context: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One device to poll. `version` None tries 2c and falls back to 1; `profile` None finds out.

    `site` is where it stands itself, `unassigned` where the file says nothing. With `rules` its access points are shared out
    to sites. `uplinks` are its interfaces that lead out, `ap_ports` says which access point hangs at which. `backup_of` names
    the target it stands by for; `counts` False leaves its clients out of all sums. `addresses` and `sessions` are how many it
    has, where it does not say so itself.
    """

    name: str
    site: str
    host: str
    port: int = 161
    version: Version | None = None
    community: Secret = Secret(value="public")
    user: User | None = None
    profile: str | None = None
    interval_s: float = DEFAULT_INTERVAL_S
    timeout_s: float = 2.0
    retries: int = 2
    answers_from: tuple[str, ...] = ()
    design: Path | None = None
    ap: str | None = None
    rules: SiteRules | None = None
    backup_of: str | None = None
    counts: bool = True
    uplinks: frozenset[str] = frozenset()
    ap_ports: Mapping[str, str] = field(default_factory=dict)
    addresses: int | None = None
    sessions: int | None = None

    @property
    def sites(self) -> tuple[str, ...]:
        """Name every site it may serve, its own first."""
        own = () if self.site == UNASSIGNED else (self.site,)
        return tuple(dict.fromkeys((*own, *(() if self.rules is None else self.rules.sites))))


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """What the file says of a site beside its devices: its design, the card for whoever has to go there, and the shelter it is.

    `shelter` is its name in the list of opened shelters, where that is another one.
    """

    name: str
    design: Path | None = None
    contact: str = ""
    telephone: str = ""
    rack: str = ""
    breaker: str = ""
    shelter: str = ""
    district: str = ""
    capacity_people: int | None = None
    latitude: float | None = None
    longitude: float | None = None


ProbeKind = Literal["icmp", "tcp", "dns", "http", "https"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """Something that the collector itself tries to reach on behalf of a site: its gateway, a name server, the internet."""

    name: str
    site: str
    url: str
    interval_s: float = DEFAULT_INTERVAL_S
    timeout_s: float = 2.0

    @property
    def kind(self) -> ProbeKind:
        """How it is reached."""
        scheme: ProbeKind = self.url.partition(":")[0]  # type: ignore[assignment]  # checked when it was read
        return scheme

    @property
    def place(self) -> tuple[str, int | None, str]:
        """Host, port if one is given, and what follows: of `dns` the name to look up."""
        parts = urlsplit(self.url)
        return parts.hostname or "", parts.port, parts.path.lstrip("/")


@dataclass(frozen=True, slots=True, kw_only=True)
class Listen:
    """Where to hear notifications, and the community that they may carry beside the targets' own."""

    host: str
    port: int
    community: Secret | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sharing:
    """The Redis by which several collectors share the targets; those of one `group` do."""

    url: str
    group: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """What targets.toml says. Paths are absolute.

    `spool` is the folder of what the store did not take, and of the ledger of gaps; `spool_mb` 0 is no spool. Samples are kept
    for `keep_days`, sums of minutes for `keep_rollup_days`, those of hours for ever.
    """

    path: Path
    store_url: str
    interval_s: float
    targets: tuple[Target, ...]
    sites: tuple[Site, ...] = ()
    engine: EngineName = "own"
    spool: Path = Path("spool")
    spool_mb: int = 512
    keep_days: int = 30
    keep_rollup_days: int = 400
    sharing: Sharing | None = None
    probes: tuple[Probe, ...] = ()
    traps: Listen | None = None
    metrics: tuple[str, int] | None = None
    alerts: Alerts | None = None
    shelters: Shelters = NO_SHELTERS

    @property
    def time_zone(self) -> ZoneInfo:
        """Where its people are: that of `[alerts]`, else Japan."""
        return JAPAN if self.alerts is None else self.alerts.time_zone

    @property
    def site_names(self) -> tuple[str, ...]:
        """Name every site, each once: of targets, of `[[site]]` and of lists."""
        of_targets = (site for target in self.targets for site in target.sites)
        return tuple(dict.fromkeys((*of_targets, *(site.name for site in self.sites))))

    def serving(self, site: str) -> tuple[Target, ...]:
        """Give the targets that may serve a site."""
        return tuple(target for target in self.targets if site in target.sites)

    def designs_of(self, site: str) -> tuple[Path, ...]:
        """Give the design files of a site: its own, then those of the targets that stand there."""
        return self.designs_by_site().get(site, ())

    def designs_by_site(self) -> dict[str, tuple[Path, ...]]:
        """Give the design files of every site that has some, as `designs_of` does for one."""
        found: dict[str, dict[Path, None]] = {}
        named = [(one.name, one.design) for one in self.sites] + [(one.site, one.design) for one in self.targets]
        for site, path in named:
            if path is not None:
                found.setdefault(site, {})[path] = None
        return {site: tuple(paths) for site, paths in found.items()}


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


_Name = Annotated[str, Field(min_length=1)]
_Seconds = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class _Store(_Section):
    url: _Name
    interval_s: _Seconds | None = None
    spool: _Name | None = None
    spool_mb: Annotated[int, Field(ge=0)] = 512
    keep_days: Annotated[int, Field(ge=1)] = 30
    keep_rollup_days: Annotated[int, Field(ge=1)] = 400


class _Site(_Section):
    name: _Name
    design: _Name | None = None
    target: _Name | None = None
    ap_keys: tuple[_Name, ...] = ()
    serials: tuple[_Name, ...] = ()
    aps: tuple[_Name, ...] = ()
    groups: tuple[_Name, ...] = ()
    locations: tuple[_Name, ...] = ()
    contact: str = ""
    telephone: str = ""
    rack: str = ""
    breaker: str = ""
    shelter: str = ""
    district: str = ""
    capacity_people: Annotated[int, Field(ge=1)] | None = None
    latitude: Annotated[float, Field(ge=-90, le=90)] | None = None
    longitude: Annotated[float, Field(ge=-180, le=180)] | None = None

    @property
    def rules(self) -> tuple[Rule, ...]:
        given: tuple[tuple[By, tuple[str, ...]], ...] = (
            ("ap_key", self.ap_keys),
            ("serial", self.serials),
            ("ap", self.aps),
            ("group", self.groups),
            ("location", self.locations),
        )
        return tuple(Rule(by=by, value=value, site=self.name) for by, values in given for value in values)


class _Target(_Section):
    name: _Name
    site: _Name | None = None
    sites_file: _Name | None = None
    backup_of: _Name | None = None
    counts: bool = True
    uplinks: tuple[_Name, ...] = ()
    ap_ports: dict[_Name, _Name] = Field(default_factory=dict)
    addresses: Annotated[int, Field(ge=1)] | None = None
    sessions: Annotated[int, Field(ge=1)] | None = None
    host: _Name
    port: Annotated[int, Field(ge=1, le=65535)] = 161
    version: Version | None = None
    community_env: _Name | None = None
    community_file: _Name | None = None
    v3_user: _Name | None = None
    v3_auth: Auth | None = None
    v3_auth_env: _Name = "WIFIPLAN_V3_AUTH"
    v3_auth_file: _Name | None = None
    v3_priv: Priv | None = None
    v3_priv_env: _Name = "WIFIPLAN_V3_PRIV"
    v3_priv_file: _Name | None = None
    v3_context: str = ""
    profile: _Name | None = None
    interval_s: _Seconds | None = None
    timeout_s: _Seconds = 2.0
    retries: Annotated[int, Field(ge=0, le=10)] = 2
    answers_from: tuple[_Name, ...] = ()
    design: _Name | None = None
    ap: _Name | None = None

    @model_validator(mode="after")
    def _version_and_user_agree(self) -> Self:
        if self.version == "3" and self.v3_user is None:
            raise ValueError('version = "3" needs v3_user')
        if self.v3_user is not None and self.version in ("1", "2c"):
            raise ValueError(f'v3_user needs version = "3", not "{self.version}"')
        if self.v3_priv is not None and self.v3_auth is None:
            raise ValueError("v3_priv needs v3_auth: there is no privacy without authentication")
        return self


_PROBE_URLS = "icmp://HOST, tcp://HOST:PORT, dns://SERVER/NAME, http://HOST/ or https://HOST/"


class _Probe(_Section):
    name: _Name
    site: _Name
    url: _Name
    interval_s: _Seconds | None = None
    timeout_s: _Seconds = 2.0

    @field_validator("url")
    @classmethod
    def _known_form(cls, url: str) -> str:
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise ValueError(f"{url} is no address; write {_PROBE_URLS}") from None
        wanted = {"icmp": True, "tcp": port is not None, "dns": bool(parts.path.strip("/")), "http": True, "https": True}
        if not parts.hostname or parts.username or parts.password or not wanted.get(parts.scheme):
            raise ValueError(f"{url.partition('@')[2] or url}: write {_PROBE_URLS}, without a user")
        return url


class _Traps(_Section):
    listen: _Name = "0.0.0.0:1162"
    community_env: _Name | None = None
    community_file: _Name | None = None

    @field_validator("listen")
    @classmethod
    def _address(cls, listen: str) -> str:
        split_listen(listen)
        return listen


class _Metrics(_Section):
    listen: _Name = "127.0.0.1:9162"

    @field_validator("listen")
    @classmethod
    def _loopback(cls, listen: str) -> str:
        if not is_loopback(split_listen(listen)[0]):
            raise ValueError(f"{listen}: metrics are shown to this machine only; write 127.0.0.1:PORT")
        return listen


class _Collectors(_Section):
    redis: _Name
    group: _Name = "wifiplan"

    @field_validator("redis")
    @classmethod
    def _url(cls, url: str) -> str:
        parts = urlsplit(url)
        if parts.scheme not in {"redis", "rediss", "unix"} or not (parts.hostname or parts.path):
            raise ValueError("not of the form redis://HOST:PORT/DB")
        if parts.password:
            raise ValueError("put the password into WIFIPLAN_REDIS_PASSWORD, not into this file")
        return url


class _File(_Section):
    store: _Store
    interval_s: _Seconds | None = None
    engine: EngineName = "own"
    target: tuple[_Target, ...] = ()
    site: tuple[_Site, ...] = ()
    probe: tuple[_Probe, ...] = ()
    traps: _Traps | None = None
    metrics: _Metrics | None = None
    collectors: _Collectors | None = None
    alerts: AlertsSection | None = None
    shelters: SheltersSection | None = None


def load(path: str | Path) -> Config:
    """Read targets.toml.

    Parameters
    ----------
    path : path
        Relative store, design, profile and secret paths in it are relative to its folder.

    Raises
    ------
    ConfigError
        It cannot be read, is not TOML, or says something wrong; the message names file and place.
    """
    path = Path(path)
    raw = read_toml(path, "give the path of a targets.toml")
    try:
        file = _File.model_validate(_lists_to_tuples(raw))
    except ValidationError as error:
        raise ConfigError(f"{path}: {_first_fault(error, raw)}") from None
    _refuse_duplicates(path, "target", [row.name for row in file.target])
    _refuse_duplicates(path, "probe", [f"{row.name} of {row.site}" for row in file.probe])
    _refuse_duplicates(path, "site", [row.name for row in file.site])
    _refuse_bad_names(path, file)
    folder = path.resolve().parent
    interval_s = file.interval_s or file.store.interval_s or DEFAULT_INTERVAL_S
    with_rules = [row for row in file.site if row.rules]
    targets = tuple(
        _target(row, folder, interval_s, _rules(row, with_rules, folder), f"{path}: target[{number}]")
        for number, row in enumerate(file.target)
    )
    _refuse_strange_sites(path, file, targets)
    return Config(
        path=path.resolve(),
        store_url=_store_url(file.store.url, folder),
        interval_s=interval_s,
        targets=targets,
        sites=tuple(
            Site(
                name=row.name,
                design=None if row.design is None else folder / row.design,
                contact=row.contact,
                telephone=row.telephone,
                rack=row.rack,
                breaker=row.breaker,
                shelter=row.shelter,
                district=row.district,
                capacity_people=row.capacity_people,
                latitude=row.latitude,
                longitude=row.longitude,
            )
            for row in file.site
        ),
        engine=file.engine,
        spool=folder / (file.store.spool or f"{path.stem}.spool"),
        spool_mb=file.store.spool_mb,
        keep_days=file.store.keep_days,
        keep_rollup_days=file.store.keep_rollup_days,
        probes=tuple(
            Probe(name=row.name, site=row.site, url=row.url, interval_s=row.interval_s or interval_s, timeout_s=row.timeout_s)
            for row in file.probe
        ),
        traps=None if file.traps is None else _listen(file.traps, folder),
        metrics=None if file.metrics is None else split_listen(file.metrics.listen),
        sharing=None if file.collectors is None else Sharing(url=file.collectors.redis, group=file.collectors.group),
        alerts=alerts_of(file.alerts, folder),
        shelters=shelters_of(file.shelters, folder),
    )


def first_fault(error: ValidationError) -> str:
    """Say in one line what pydantic found first: the place, what is wrong, how many faults more there are."""
    faults = error.errors(include_url=False, include_input=False)
    fault = faults[0]
    place = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in fault["loc"]).lstrip(".") or "top level"
    if fault["type"] == "extra_forbidden":
        text = "unknown key; correct its spelling or remove it"
    elif fault["type"] == "missing":
        text = "missing; add it"
    elif fault["type"] == "tuple_type":
        text = "there may be several; write it in double brackets, or as a list"
    else:
        text = fault["msg"].removeprefix("Value error, ")
    more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
    return f"{place}: {text}{more}"


def _first_fault(error: ValidationError, raw: dict[str, Any]) -> str:
    """Name the target too: `target[17]` alone makes people count."""
    location = error.errors(include_url=False, include_input=False)[0]["loc"]
    name = None
    if len(location) > 1 and location[0] == "target" and isinstance(location[1], int):
        row = raw["target"][location[1]]
        name = row.get("name") if isinstance(row, dict) else None
    return first_fault(error) + (f" (target {name})" if name else "")


def _lists_to_tuples(value: Any) -> Any:
    """Give pydantic's strict mode the tuples that TOML cannot write."""
    if isinstance(value, dict):
        return {key: _lists_to_tuples(item) for key, item in value.items()}
    if isinstance(value, list):
        return tuple(_lists_to_tuples(item) for item in value)
    return value


def _refuse_duplicates(path: Path, section: str, names: Sequence[str]) -> None:
    """Two of one name would write one series."""
    seen: dict[str, int] = {}
    for number, name in enumerate(names):
        if name in seen:
            raise ConfigError(f"{path}: {section}[{number}].name: {name} is also {section}[{seen[name]}]; names must differ")
        seen[name] = number


def _refuse_strange_sites(path: Path, file: _File, targets: Sequence[Target]) -> None:
    """A probe of a site that no target has would be shown nowhere, and a rule of a target that is not there fits nothing."""
    sites = {site for target in targets for site in target.sites} | {row.name for row in file.site}
    for number, probe in enumerate(file.probe):
        if probe.site not in sites:
            known = ", ".join(sorted(sites)) or "none"
            raise ConfigError(f"{path}: probe[{number}].site: no target has the site {probe.site}; there are {known}")
    names = {row.name for row in file.target}
    pointers = [(f"site[{number}].target", site.target) for number, site in enumerate(file.site)]
    pointers += [(f"target[{number}].backup_of", row.backup_of) for number, row in enumerate(file.target)]
    for place, name in pointers:
        if name is not None and name not in names:
            raise ConfigError(f"{path}: {place}: there is no target {name}; there are {', '.join(sorted(names)) or 'none'}")
    for number, row in enumerate(file.target):
        if row.backup_of == row.name:
            raise ConfigError(f"{path}: target[{number}].backup_of: {row.name} cannot stand by for itself; name the other one")
        if not targets[number].sites:
            raise ConfigError(
                f"{path}: target[{number}].site: missing; add it, or say by [[site]] or sites_file where its access points are"
                f" (target {row.name})"
            )


def _refuse_bad_names(path: Path, file: _File) -> None:
    named = [(f"target[{n}].{key}", getattr(row, key)) for n, row in enumerate(file.target) for key in ("name", "site")]
    named += [(f"site[{n}].name", row.name) for n, row in enumerate(file.site)]
    named += [(f"probe[{n}].{key}", getattr(row, key)) for n, row in enumerate(file.probe) for key in ("name", "site")]
    for place, name in named:
        if name is not None:
            refuse_bad_name(f"{path}: {place}", name)


@functools.lru_cache(maxsize=64)
def _site_rules(rules: tuple[Rule, ...]) -> SiteRules:
    """Make rules ready once for all targets that have the same."""
    return SiteRules(rules)


def _rules(row: _Target, sites: Sequence[_Site], folder: Path) -> SiteRules | None:
    """Give the rules by which a target's access points go to sites: its own list first, then `[[site]]`s, in their order."""
    rules: tuple[Rule, ...] = () if row.sites_file is None else read_list(folder / row.sites_file)
    rules += tuple(rule for site in sites if site.target in (None, row.name) for rule in site.rules)
    return _site_rules(rules) if rules else None


def _store_url(url: str, folder: Path) -> str:
    scheme, _, place = url.partition(":")
    if scheme != "sqlite" or not place:
        return url
    return f"sqlite:{folder / place}"


def _secret(env: str | None, file: str | None, folder: Path) -> Secret:
    return Secret(file=folder / file) if file is not None else Secret(env=env)


def _listen(row: _Traps, folder: Path) -> Listen:
    host, port = split_listen(row.listen)
    has_community = row.community_env is not None or row.community_file is not None
    community = _secret(row.community_env, row.community_file, folder) if has_community else None
    return Listen(host=host, port=port, community=community)


def _address(row: _Target, place: str) -> tuple[str, int]:
    """Give host and port in one spelling, without leading zeros, which some systems take for octal: another device's address."""
    try:
        host, port = host_and_port(row.host)
    except ValueError as error:
        raise ConfigError(f"{place}.host: {error}; write an address or a name (target {row.name})") from None
    if port is not None and "port" in row.model_fields_set and row.port != port:
        raise ConfigError(f"{place}.port: {row.port}, and {port} beside the host; keep one (target {row.name})")
    return host, row.port if port is None else port


def _target(row: _Target, folder: Path, interval_s: float, rules: SiteRules | None, place: str) -> Target:
    host, port = _address(row, place)
    has_community = row.community_env is not None or row.community_file is not None
    user = None
    if row.v3_user is not None:
        user = User(
            name=row.v3_user,
            auth=row.v3_auth,
            auth_secret=_secret(row.v3_auth_env, row.v3_auth_file, folder),
            priv=row.v3_priv,
            priv_secret=_secret(row.v3_priv_env, row.v3_priv_file, folder),
            context=row.v3_context,
        )
    profile = row.profile
    if profile is not None and profile.endswith((".yaml", ".yml")):
        profile = str(folder / profile)
    return Target(
        name=row.name,
        site=row.site or UNASSIGNED,
        host=host,
        port=port,
        version="3" if user is not None else row.version,
        community=_secret(row.community_env, row.community_file, folder) if has_community else Secret(value="public"),
        user=user,
        profile=profile,
        interval_s=row.interval_s or interval_s,
        timeout_s=row.timeout_s,
        retries=row.retries,
        answers_from=row.answers_from,
        design=None if row.design is None else folder / row.design,
        ap=row.ap,
        rules=rules,
        backup_of=row.backup_of,
        counts=row.counts,
        uplinks=frozenset(row.uplinks),
        ap_ports=row.ap_ports,
        addresses=row.addresses,
        sessions=row.sessions,
    )
