"""A whole configuration read without polling: targets.toml, and every file and secret that it names."""

from __future__ import annotations

import ipaddress
import os
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from collectors import config as collect_config
from collectors.errors import CollectError, ConfigError
from collectors.profile import library
from collectors.sites import UNASSIGNED
from collectors.stores.store import must_be_known
from collectors.totals import plain_name
from dashboards import data, opened
from dashboards.alerts import unknown_codes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from collectors.config import Config


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What is wrong and keeps something from working, and what is only odd; each a line with the way out."""

    errors: tuple[str, ...]
    warnings: tuple[str, ...]
    targets: int = 0
    sites: int = 0


def checked(path: Path) -> Checked:
    """Read a targets.toml and all that it names: lists, profiles, designs, secrets. Nothing is polled and no store opened."""
    try:
        config = collect_config.load(path)
    except ConfigError as error:
        return Checked(errors=(str(error),), warnings=())
    return Checked(
        errors=tuple(_errors(config)),
        warnings=tuple(_warnings(config)),
        targets=len(config.targets),
        sites=len(config.site_names),
    )


def _errors(config: Config) -> Iterator[str]:
    if not config.targets:
        yield f"{config.path}: no [[target]] to poll; add one"
    for path, design in data.read_designs(config).items():
        if isinstance(design, str):
            yield design if str(path) in design else f"{path}: {design}"
    try:
        must_be_known(config.store_url)
    except CollectError as error:
        yield f"{config.path}: {error}"
    for name in dict.fromkeys(target.profile for target in config.targets if target.profile is not None):
        try:
            library.load(name)
        except CollectError as error:
            yield str(error)
    file = config.shelters.opened_file
    if file is not None and file.exists():  # before the first shelter opens there may be none
        try:
            opened.read_list(file, config.time_zone)
        except CollectError as error:
            yield str(error)
    for target in config.targets:
        secrets = [] if target.user is not None else [target.community]
        if target.user is not None:
            secrets += [target.user.auth_secret] if target.user.auth else []
            secrets += [target.user.priv_secret] if target.user.priv else []
        for secret in secrets:
            try:
                secret.reveal()
            except CollectError as error:
                yield f"{config.path}: target {target.name}: {error}"


def _warnings(config: Config) -> Iterator[str]:
    if config.alerts is not None:
        yield from (f"{config.path}: {fault}" for fault in config.alerts.faults)
        yield from (f"{config.path}: alerts.rule: {code}: no such rule; mend its name" for code in unknown_codes(config.alerts))
        for one in config.alerts.recipients:
            if not os.environ.get(one.url_env):
                yield f"{config.path}: alerts.recipient {one.name}: {one.url_env} is not set here; set it where the watch runs"
    file = config.shelters.opened_file
    if file is not None and not file.exists():
        yield f"{config.path}: shelters.opened_file: {file} is not there yet; until it is, no shelter is known to be opened"
    places: dict[tuple[object, ...], list[str]] = defaultdict(list)
    for target in config.targets:
        who = target.community if target.user is None else (target.user.name, target.user.context)
        places[_address(target.host), target.port, who].append(target.name)
    for names in places.values():
        if len(names) > 1:
            yield f"{config.path}: {', '.join(names)} are one device by their address; it is counted once"
    alike: dict[str, list[str]] = defaultdict(list)
    for site in config.site_names:
        alike[plain_name(site)].append(site)
    for sites in alike.values():
        if len(sites) > 1:
            yield f"{config.path}: {', '.join(map(repr, sites))} differ by blanks, width or case alone; write one site one way"
    with_plan = {site for site in config.site_names if config.designs_of(site)}
    for site in config.site_names:
        if not config.serving(site):
            yield f"{config.path}: site {site}: no target serves it; give it a rule (aps, ap_keys, …) or a target of that site"
        elif with_plan and site not in with_plan:
            yield f"{config.path}: site {site}: no design, so nothing is held against a plan; add design"
    for target in config.targets:
        if target.site != UNASSIGNED and target.rules is not None and target.design is not None:
            yield f"{config.path}: target {target.name}: its design is of {target.site} only; give other sites theirs in [[site]]"


def _address(host: str) -> str:
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        return host.casefold().rstrip(".")
