"""Which profile fits a device: by its identifier, its description, and what it answers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from collectors.profile.convert import text_of
from collectors.profile.index import under
from collectors.profile.library import load, names

if TYPE_CHECKING:
    from collections.abc import Callable

    from collectors.profile.library import Profile
    from collectors.profile.recording import Walk
    from collectors.profile.schema import Match


def choose(sys_object_id: str | None, sys_descr: str, answers: Callable[[str], bool]) -> str | None:
    """Name the profile that fits a device best, or None.

    Parameters
    ----------
    answers : callable
        Whether the device has something at or under an OID.
    """
    best: tuple[tuple[bool, int, bool, bool], str] | None = None
    for name in names():
        for rule in load(name).match:
            if (best is None or rule.weight > best[0]) and _fits(rule, sys_object_id, sys_descr):
                if rule.answers is not None and not answers(rule.answers):
                    continue
                best = (rule.weight, name)
    return None if best is None else best[1]


def chosen(walk: Walk) -> str | None:
    """Name the profile that fits a recorded device best, or None."""
    return choose(*identity(walk), walk.answers)


def identity(walk: Walk) -> tuple[str | None, str]:
    """Give sysObjectID, if it is there, and sysDescr of a recorded device."""
    sys_object_id = walk.values.get("1.3.6.1.2.1.1.2.0")
    return None if sys_object_id is None else text_of(sys_object_id), text_of(walk.values.get("1.3.6.1.2.1.1.1.0", b""))


def probes(sys_object_id: str | None, sys_descr: str) -> list[str]:
    """List the OIDs that must be looked for to choose."""
    oids = [
        rule.answers
        for name in names()
        for rule in load(name).match
        if rule.answers is not None and _fits(rule, sys_object_id, sys_descr)
    ]
    return list(dict.fromkeys(oids))


def _fits(rule: Match, sys_object_id: str | None, sys_descr: str) -> bool:
    if rule.sys_object_id is not None and not under(sys_object_id or "", rule.sys_object_id):
        return False
    return rule.sys_descr is None or re.search(rule.sys_descr, sys_descr) is not None


def fits(profile: Profile, walk: Walk) -> bool:
    """Whether a profile's `match` fits a recorded device."""
    matches = [rule for rule in profile.match if _fits(rule, *identity(walk))]
    return any(rule.answers is None or walk.answers(rule.answers) for rule in matches)
