"""Who may do what, and who did what: the roles of access.toml, one function that decides, and the log of deeds.

Without an access.toml whoever sits at the machine itself may do everything, and whoever comes from elsewhere with the shared
password may look: a password that many know says nothing about who acted. With one, people sign in by an OpenID Connect
provider or are named by a proxy, and a name has the roles that the file gives it. Nobody has a role by default.
"""

from __future__ import annotations

import ipaddress
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from collectors.config import first_fault
from collectors.errors import CollectError
from collectors.files import add_rows, read_toml
from dashboards.errors import AccessError, DashboardError

if TYPE_CHECKING:
    from collectors.config import Config

Role = Literal["viewer", "operator", "planner"]
ROLES: tuple[Role, ...] = get_args(Role)

Action = Literal["see", "acknowledge", "silence", "event", "open_shelter", "plan"]
"""What can be done on the pages: look; take an alert on oneself; announce maintenance; start and stop an event; open and close
a shelter; change a floor plan or a design."""

ALLOWED: Mapping[Action, frozenset[Role]] = {
    "see": frozenset(ROLES),
    "acknowledge": frozenset({"operator"}),
    "silence": frozenset({"operator"}),
    "event": frozenset({"operator"}),
    "open_shelter": frozenset({"operator"}),
    "plan": frozenset({"planner"}),
}
"""Action -> the roles that may do it. Roles do not contain each other: who runs shelters does not redraw them."""

MOST_LOG_TEXT = 500
"""A longer text of a deed is cut in the log."""


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """Somebody at a page: by what name the log knows them, and what they may be."""

    name: str
    roles: frozenset[Role]


LOCAL = User(name="this machine", roles=frozenset(ROLES))
"""Whoever reaches the app by loopback while no access.toml is in force."""

FROM_ELSEWHERE = User(name="elsewhere", roles=frozenset({"viewer"}))
"""Whoever comes from another machine while no access.toml is in force: with the shared password, or through a proxy."""


def may(action: Action, user: User | None) -> bool:
    """Whether somebody may do something. None is a stranger, who may do nothing.

    Examples
    --------
    >>> may("see", FROM_ELSEWHERE), may("open_shelter", FROM_ELSEWHERE), may("see", None)
    (True, False, False)
    """
    return user is not None and not ALLOWED[action].isdisjoint(user.roles)


# --- access.toml ----------------------------------------------------------------------------------------------------


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


_Name = Annotated[str, Field(min_length=1)]


class Login(_Section):
    """How people are known: `oidc`, a provider of OpenID Connect, or `proxy`, a header of the web server in front.

    Attributes
    ----------
    claim : str
        OIDC: which claim is the name that [roles] means.
    groups : str
        OIDC claim, or the proxy's header, that lists groups, which [roles] may mean as well; empty: none.
    header : str
        Proxy: the header with the name.
    trusted : tuple of str
        Proxy: the addresses that it speaks from; the header of anybody else is taken away.
    """

    by: Literal["oidc", "proxy"]
    server_metadata_url: str = ""
    client_id: str = ""
    client_secret_env: str = "WIFIPLAN_OIDC_SECRET"  # noqa: S105
    redirect_uri: str = ""
    claim: _Name = "email"
    groups: str = ""
    header: _Name = "X-Forwarded-User"
    trusted: tuple[_Name, ...] = ("127.0.0.1", "::1")

    @field_validator("trusted")
    @classmethod
    def _addresses(cls, trusted: tuple[str, ...]) -> tuple[str, ...]:
        for one in trusted:
            try:
                ipaddress.ip_address(one)
            except ValueError:
                raise ValueError(f"{one} is not an address; give the proxy's own, like 127.0.0.1") from None
        return trusted

    @model_validator(mode="after")
    def _is_whole(self) -> Login:
        if self.by == "oidc":
            for key in ("server_metadata_url", "client_id", "redirect_uri"):
                if not getattr(self, key):
                    raise ValueError(f"{key} is missing; the provider's administrator knows it")
            if not self.redirect_uri.endswith("/oauth2callback"):
                raise ValueError("redirect_uri must end with /oauth2callback, after the app's own address")
        return self


class _File(_Section):
    login: Login
    roles: Mapping[Role, tuple[_Name, ...]]
    log: _Name | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """An access.toml: how people sign in, and which names have which roles (* and ? are patterns).

    `log` is where deeds are written; None: beside the spool.
    """

    login: Login
    names: Mapping[Role, tuple[str, ...]]
    log: Path | None = None

    def user(self, name: str, groups: Iterable[str] = ()) -> User:
        """Give somebody who has signed in the roles of the name and of its groups; there may be none."""
        known = [name.strip().casefold(), *(group.strip().casefold() for group in groups)]
        has = {
            role
            for role, patterns in self.names.items()
            if any(fnmatchcase(one, pattern.casefold()) for pattern in patterns for one in known if one)
        }
        return User(name=name.strip(), roles=frozenset(has))

    def user_of_claims(self, claims: Mapping[str, Any]) -> User | None:
        """Give whom the provider vouches for; None where it does not say who it is, or that the address is not checked."""
        name = claims.get(self.login.claim)
        if not isinstance(name, str) or not name.strip():
            return None
        if self.login.claim == "email" and claims.get("email_verified") is False:
            return None
        groups = claims.get(self.login.groups) if self.login.groups else ()
        return self.user(name, [str(one) for one in groups] if isinstance(groups, list | tuple) else ())

    def auth_section(self, cookie_secret: str) -> dict[str, str]:
        """What Streamlit's own login has to know. Holds secrets: it is never shown.

        Raises
        ------
        AccessError
            The client's secret is not in the environment.
        """
        secret = os.environ.get(self.login.client_secret_env, "")
        if not secret:
            raise AccessError(f"{self.login.client_secret_env} is not set; put the OIDC client's secret there")
        return {
            "redirect_uri": self.login.redirect_uri,
            "cookie_secret": cookie_secret,
            "client_id": self.login.client_id,
            "client_secret": secret,
            "server_metadata_url": self.login.server_metadata_url,
        }


def load(path: Path) -> Access:
    """Read an access.toml; the log's path in it is relative to its folder.

    Raises
    ------
    ConfigError
        It cannot be read, or is no TOML.
    AccessError
        It says something wrong; the message names the place.
    """
    raw = read_toml(path, "give the path of an access.toml")
    try:
        file = _File.model_validate(raw)
    except ValidationError as error:
        raise AccessError(f"{path}: {first_fault(error)}") from None
    if not any(file.roles.values()):
        raise AccessError(f"{path}: roles: nobody has one; give viewer, operator and planner their names")
    return Access(login=file.login, names=dict(file.roles), log=None if file.log is None else path.resolve().parent / file.log)


# --- who did what ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """One line of the log: when (UTC), who, which action, on what, and what was said."""

    time: datetime
    user: str
    action: str
    what: str
    text: str = ""

    def to_json(self) -> dict[str, str]:
        """What `wifiplan notify log --json` prints of it."""
        at = self.time.isoformat(timespec="seconds")
        return {"time": at, "who": self.user, "action": self.action, "what": self.what, "text": self.text}


def record(log: Path, user: User, action: Action, what: str, text: str = "") -> None:
    """Write down that somebody did something; refuse what they may not do.

    Parameters
    ----------
    log : path
        One JSON object a line; it only grows.
    user : User
        Of a command at the machine itself `at_shell` gives one: who has a shell there may do everything.
    action : Action
    what : str
        Of what: a site, an alert, an event, a file.
    text : str
        What was said with it, like a reason.

    Raises
    ------
    AccessError
        They may not, or the log cannot be written: then the deed must not be done either.
    """
    if not may(action, user):
        raise AccessError(f"{user.name}: may not {action}; ask for the role {' or '.join(sorted(ALLOWED[action]))}")
    row = {
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        "user": user.name[:MOST_LOG_TEXT],
        "action": action,
        "what": what[:MOST_LOG_TEXT],
        "text": text[:MOST_LOG_TEXT],
    }
    try:
        add_rows(log, [row], "nothing was done")
    except CollectError as error:
        raise AccessError(f"the log of deeds: {error}") from None


def at_shell(name: str) -> User:
    """Whoever gives a command at the machine itself, by the name that is said."""
    return User(name=name, roles=frozenset(ROLES))


def log_of(access: Access | None, spool: Path) -> Path:
    """Where it is written who did what: as access.toml says, else in the spool's folder."""
    return spool / "deeds.jsonl" if access is None or access.log is None else access.log


def log_beside(config: Config) -> Path:
    """The same for a command, by the access.toml that stands beside the configuration, if one does.

    Raises
    ------
    CollectError, AccessError
        That file cannot be read.
    """
    path = config.path.with_name("access.toml")
    return log_of(load(path) if path.is_file() else None, config.spool)


def deeds(log: Path, most: int = 100) -> tuple[Deed, ...]:
    """Give the last deeds, newest first; lines that are none (cut off by a full disk) are passed over.

    Raises
    ------
    DashboardError
        The log is there and cannot be read.
    """
    try:
        lines = log.read_text("utf-8", errors="replace").splitlines()
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise DashboardError(f"{log}: cannot be read ({(error.strerror or '').lower()}); see who owns it") from None
    found = []
    for line in reversed(lines):
        try:
            one = json.loads(line)
            found.append(
                Deed(
                    time=datetime.fromisoformat(one["time"]),
                    user=str(one["user"]),
                    action=str(one["action"]),
                    what=str(one["what"]),
                    text=str(one.get("text", "")),
                )
            )
        except (ValueError, KeyError, TypeError):
            continue
        if len(found) == most:
            break
    return tuple(found)
