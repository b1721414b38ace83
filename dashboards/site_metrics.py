"""Every facility in Prometheus' text format 0.0.4, so that an Alertmanager can do what `wifiplan watch` does."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from dashboards.people import CROWDING
from dashboards.states import STATES

if TYPE_CHECKING:
    from dashboards.alerts import Alert
    from dashboards.shelters import ShelterNow
    from dashboards.states import Facility

_HELP: Mapping[str, str] = {
    "site_state": "1 for the state that the site is in, 0 for the others",
    "site_clients": "associated clients; absent where unknown",
    "site_clients_complete": "1 where all access points are in clients, 0 where it is a lower bound",
    "site_clients_planned": "clients that the design plans for",
    "site_clients_limit": "clients that the access points take at most",
    "site_access_points": "access points known",
    "site_access_points_up": "access points that serve",
    "site_age_seconds": "since the newest news of the site",
    "site_internet": "1 where the internet is reached from there, 0 where not; absent where unknown",
    "site_on_battery": "1 where a power supply lives on its battery",
    "site_battery_minutes": "minutes that the battery lasts",
    "site_opened": "1 where the shelter is opened; absent where nobody has said",
    "site_people": "people estimated, with the bounds that nine of ten keep",
    "site_crowding": "0 roomy, 1 filling, 2 crowded, 3 full",
    "alert": "1 for every alert that goes on",
    "alert_since_seconds": "when the alert's condition was found first, seconds since 1970",
}


def exposition(
    facilities: Iterable[Facility], shelters: Iterable[ShelterNow], alerts: Mapping[str, Alert], own: Mapping[str, float]
) -> str:
    """Write all of it; `own` are figures of the watch itself, by name."""
    rows: dict[str, list[str]] = {name: [] for name in _HELP}

    def put(name: str, value: float | None, **labels: str) -> None:
        if value is not None:
            shown = ",".join(f'{label}="{_escaped(text)}"' for label, text in labels.items())
            rows[name].append(f"wifiplan_{name}{{{shown}}} {value:.10g}")

    for one in facilities:
        for state in STATES:
            put("site_state", float(one.state == state), site=one.site, state=state)
        put("site_clients", one.clients, site=one.site)
        put("site_clients_complete", None if one.clients is None else float(one.complete), site=one.site)
        put("site_clients_planned", one.planned, site=one.site)
        put("site_clients_limit", one.limit, site=one.site)
        put("site_access_points", one.aps, site=one.site)
        put("site_access_points_up", one.aps_up, site=one.site)
        put("site_age_seconds", one.age_s, site=one.site)
        put("site_internet", None if one.internet is None else float(one.internet), site=one.site)
        put("site_on_battery", None if one.on_battery is None else float(one.on_battery), site=one.site)
        put("site_battery_minutes", one.battery_minutes, site=one.site)
    for shelter in shelters:
        put("site_opened", None if shelter.opened is None else float(shelter.opened), site=shelter.site)
        if shelter.people is not None:
            for bound in ("value", "low", "high"):
                put("site_people", getattr(shelter.people, bound), site=shelter.site, bound=bound)
        put("site_crowding", None if shelter.crowding is None else float(CROWDING.index(shelter.crowding)), site=shelter.site)
    for alert in alerts.values():
        if alert.fired_at is not None:
            found = alert.condition
            labels = {"code": found.code, "level": found.level, "subject": found.subject}
            for site in found.sites or ("",):
                put("alert", 1.0, site=site, **labels)
                put("alert_since_seconds", alert.since.timestamp(), site=site, **labels)
    lines = []
    for name, found_rows in rows.items():
        if found_rows:
            lines += [f"# HELP wifiplan_{name} {_HELP[name]}", f"# TYPE wifiplan_{name} gauge", *found_rows]
    lines += [f"wifiplan_watch_{name} {value:.10g}" for name, value in own.items()]
    return "\n".join(lines) + "\n"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
