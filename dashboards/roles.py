"""Who may do what: the one function that pages and routes ask before they do something."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Role = Literal["viewer", "operator", "planner"]
Action = Literal["see", "operate", "plan"]

_ACTIONS: dict[Role, frozenset[Action]] = {
    "viewer": frozenset({"see"}),
    "operator": frozenset({"see", "operate"}),
    "planner": frozenset({"see", "operate", "plan"}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """Who looks at the pages: a name for the log, and a role."""

    name: str
    role: Role


LOCAL = User(name="local", role="planner")
"""Whoever sits at this machine, or has given the app's password: may do everything."""


def may(action: Action, user: User = LOCAL) -> bool:
    """Whether a user may see, operate (acknowledge, open, close) or plan (change designs).

    >>> may("plan"), may("plan", User(name="kato", role="viewer"))
    (True, False)
    """
    return action in _ACTIONS[user.role]
