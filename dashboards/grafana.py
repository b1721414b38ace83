"""Our dashboards into a Grafana, with the data source they read and each facility's plan drawn in.

The dashboards are the JSON files of `dashboards/grafana/`, which Grafana can also read by itself (`provisioning/`). Pushed,
they know more: the poll interval, and for each facility with a design its planned clients and limits as lines. A plan is not
a measurement, so it is not in the store.
"""

from __future__ import annotations

import copy
import hashlib
import json
import os
from datetime import UTC, datetime
from importlib.resources import files
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote, urlsplit

import requests
from grafana_api.grafana_api import GrafanaClientError, GrafanaException
from grafana_api.grafana_face import GrafanaFace

from dashboards import data, watch
from dashboards.errors import DashboardError, GrafanaError
from dashboards.facts import STALE_INTERVALS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from collectors.config import Config
    from dashboards.states import ApState, Facility

UID = "wifiplan"
"""Of the data source and of the folder: the same at every push, which makes a second push an update."""

NAMES = ("facilities", "site", "access_point", "health")
SITE_TOTAL_PANELS = frozenset({1, 4})
"""Ids of the panels of `site` that show the clients of the whole facility: they get the facility's plan."""

BY_AP_PANEL = 3
"""Id of the panel of `site` with a bar for each access point: each bar gets the access point's plan."""

AP_PANELS = frozenset({1, 3})
"""Ids of the panels of `access_point` that show its clients: each series gets the plan of its access point."""

MOST_AP_PLANS = 600
"""In a larger city the board of access points has no plans: those of each facility are on its own board."""

_LIVE = "live?site=${site:percentencode}"
_APP_PAGES = {"facilities": "facilities", "site": _LIVE, "access_point": _LIVE, "health": "alerts"}
"""Dashboard -> the page of the app that shows the same, and lets people act."""

_TIMEOUT_S = 20.0
_PLANNED, _LIMIT = "orange", "red"


def dashboard(name: str) -> dict[str, Any]:
    """One of `NAMES` as it is in the package."""
    text = (files("dashboards") / "grafana" / f"{name}.json").read_text("utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


def with_interval(board: dict[str, Any], stale_s: float) -> dict[str, Any]:
    """The same dashboard whose "now" is the time after which a sample is stale.

    Panels that add up what several polls say have no bucket shorter than two polls: in a shorter one some have no sample, and
    the sum would lack them. The clients of sites need no such care, since each sample of `wifi_site` is a whole site.
    """
    board = copy.deepcopy(board)
    for panel in board["panels"]:
        if "timeFrom" in panel:
            panel["timeFrom"] = f"{round(stale_s)}s"
        if "interval" in panel:
            panel["interval"] = f"{round(2 * stale_s / STALE_INTERVALS)}s"
    return board


def with_plan(board: dict[str, Any], facility: Facility) -> dict[str, Any]:
    """The dashboard of one facility: its queries ask for this site, its lines and colours are its plan's.

    Parameters
    ----------
    board : dict
        The dashboard `site`.
    facility : Facility
        As `watch.status` gives it; what is live in it is not used.
    """
    board = copy.deepcopy(board)
    # A digest, since a uid has 40 characters of ASCII and a facility's name may have neither.
    board["uid"] = f"{UID}-site-{hashlib.sha256(facility.site.encode()).hexdigest()[:12]}"
    board["title"] = f"{facility.site}：計画といま / plan and live"
    board["templating"]["list"] = [entry for entry in board["templating"]["list"] if entry["name"] != "site"]
    literal = "'" + facility.site.replace("\\", "\\\\").replace("'", "\\'") + "'"
    for panel in board["panels"]:
        for target in panel["targets"]:
            target["query"] = target["query"].replace("'$site'", literal)
        if panel["id"] in SITE_TOTAL_PANELS:
            panel["fieldConfig"]["defaults"]["thresholds"] = _thresholds(facility.planned, facility.limit)
        if panel["id"] == BY_AP_PANEL:
            panel["fieldConfig"]["overrides"] = [_ap_override(ap) for ap in facility.access_points]
    return board


def with_ap_plans(board: dict[str, Any], facilities: Sequence[Facility]) -> dict[str, Any]:
    """The dashboard of an access point with the plan of every access point there is, by the name of its series."""
    known = [(one, ap) for one in facilities for ap in one.access_points]
    if len(known) > MOST_AP_PLANS:
        return board
    board = copy.deepcopy(board)
    for panel in board["panels"]:
        if panel["id"] in AP_PANELS:
            panel["fieldConfig"]["overrides"] = [_ap_override(ap, name=f"{one.site} {ap.name}") for one, ap in known]
    return board


def with_app(board: dict[str, Any], app_url: str, page: str) -> dict[str, Any]:
    """The same dashboard with a link to the page of the app that shows the same; without one where nobody says where that is."""
    if not app_url:
        return board
    link = {
        "title": "アプリで開く / Open in the app",
        "type": "link",
        "url": f"{app_url.rstrip('/')}/{page}",
        "icon": "external link",
        "tags": [],
        "asDropdown": False,
        "includeVars": False,
        "keepTime": False,
        "targetBlank": True,
        "tooltip": "",
    }
    return {**board, "links": [*board["links"], link]}


def _thresholds(planned: float | None, limit: int | None) -> dict[str, Any]:
    steps = [(None, "blue"), (planned, _PLANNED), (limit, _LIMIT)]
    known = [(value, colour) for value, colour in steps if value is not None or colour == "blue"]
    known.sort(key=lambda step: -1.0 if step[0] is None else step[0])
    return {"mode": "absolute", "steps": [{"value": value, "color": colour} for value, colour in known]}


def _ap_override(ap: ApState, *, name: str = "") -> dict[str, Any]:
    properties: list[dict[str, Any]] = [{"id": "thresholds", "value": _thresholds(ap.planned, ap.limit)}]
    if ap.limit is not None:
        properties.append({"id": "max", "value": ap.limit})
    return {"matcher": {"id": "byName", "options": name or ap.name}, "properties": properties}


def data_source(store_url: str, influx_url: str | None = None) -> dict[str, Any]:
    """What Grafana has to know to read the store by InfluxQL. Holds secrets: it is sent, never shown.

    Parameters
    ----------
    store_url : str
        `[store] url` of targets.toml.
    influx_url : str, optional
        Where Grafana finds that InfluxDB, if not where the collector does.

    Raises
    ------
    DashboardError
        The store is not an InfluxDB.
    """
    parts = urlsplit(store_url)
    if parts.scheme not in ("influx1", "influx2"):
        raise DashboardError(
            f"[store] url: Grafana reads InfluxDB and this store is {parts.scheme}; "
            "collect into influx1://HOST:PORT/DB, or watch with `wifiplan app`"
        )
    host = f"[{parts.hostname}]" if parts.hostname and ":" in parts.hostname else parts.hostname
    source: dict[str, Any] = {
        "uid": UID,
        "name": UID,
        "type": "influxdb",
        "access": "proxy",
        "url": influx_url or f"http://{host}:{parts.port or 8086}",
        "jsonData": {"dbName": unquote(parts.path.rstrip("/").rpartition("/")[2]), "httpMode": "POST", "version": "InfluxQL"},
    }
    if parts.scheme == "influx1":
        user = os.environ.get("WIFIPLAN_INFLUX_USER", unquote(parts.username or ""))
        if user:
            password = os.environ.get("WIFIPLAN_INFLUX_PASSWORD", unquote(parts.password or ""))
            source |= {"user": user, "secureJsonData": {"password": password}}
    elif token := os.environ.get("WIFIPLAN_INFLUX_TOKEN", ""):
        source["jsonData"]["httpHeaderName1"] = "Authorization"
        source["secureJsonData"] = {"httpHeaderValue1": f"Token {token}"}
    return source


def boards(config: Config) -> list[dict[str, Any]]:
    """All dashboards for this configuration: those of `NAMES`, and one for each facility that has a design."""
    stale_s = STALE_INTERVALS * max((target.interval_s for target in config.targets), default=config.interval_s)
    general = {name: with_interval(dashboard(name), stale_s) for name in NAMES}
    found = watch.status(config, data.read_designs(config), (), now=datetime.now(UTC))
    planned = sorted((one for one in found if one.access_points), key=lambda one: one.site)
    of_sites = [(with_plan(general["site"], one), f"live?site={quote(one.site, safe='')}") for one in planned]
    general["access_point"] = with_ap_plans(general["access_point"], planned)
    app_url = "" if config.alerts is None else config.alerts.app_url
    pages = [*((board, _APP_PAGES[name]) for name, board in general.items()), *of_sites]
    return [with_app(board, app_url, page) for board, page in pages]


def push(url: str, config: Config, *, token: str, token_name: str, influx_url: str | None = None) -> dict[str, Any]:
    """Make or update folder, data source and dashboards; the same push again changes nothing.

    Parameters
    ----------
    url : str
        Grafana's address.
    config : Config
        Whose store Grafana shall read, and whose facilities have plans.
    token : str
        Of a service account that may write dashboards and data sources.
    token_name : str
        The environment variable it came from, for the error that says it is missing.
    influx_url : str, optional
        Where Grafana finds the InfluxDB.

    Returns
    -------
    dict
        `{url, folder, data_source, dashboards: [{uid, title}]}`, nothing of it secret.

    Raises
    ------
    DashboardError
        The address, the token or the store cannot be used.
    GrafanaError
        Grafana is not there, or refuses.
    """
    source = data_source(config.store_url, influx_url)
    face, shown = _face(url, token, token_name)
    api = face.api
    _made(shown, f"/folders/{UID}", api, lambda: api.POST("/folders", json={"uid": UID, "title": UID}), None)
    _made(
        shown,
        f"/datasources/uid/{UID}",
        api,
        lambda: api.POST("/datasources", json=source),
        lambda: api.PUT(f"/datasources/uid/{UID}", json=source),
    )
    pushed = []
    for board in boards(config):
        for entry in board["templating"]["list"]:
            if entry["type"] == "datasource":
                entry["current"] = {"text": UID, "value": UID}
        body = {"dashboard": board, "folderUid": UID, "overwrite": True, "message": "wifiplan grafana push"}
        _asked(shown, lambda body=body: face.dashboard.update_dashboard(body))  # type: ignore[misc]
        pushed.append({"uid": board["uid"], "title": board["title"]})
    return {"url": shown, "folder": UID, "data_source": UID, "dashboards": pushed}


def _face(url: str, token: str, token_name: str) -> tuple[GrafanaFace, str]:
    parts = urlsplit(url)
    try:
        port = parts.port
    except ValueError:
        port = None
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise DashboardError(f"--url {url}: not an address of a Grafana; give one like http://127.0.0.1:3000")
    if parts.username or parts.password:
        raise DashboardError(f"--url: leave user and password out of it, and put a token into {token_name}")
    if not token.strip():
        raise DashboardError(f"{token_name} is not set; make a service account token in Grafana and put it there")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    path = parts.path.strip("/")
    face = GrafanaFace(
        token.strip(),
        host=host,
        port=port,
        url_path_prefix=f"{path}/" if path else "",
        protocol=parts.scheme,
        timeout=_TIMEOUT_S,
    )
    return face, url.rstrip("/")


def _made(shown: str, place: str, api: Any, create: Callable[[], Any], update: Callable[[], Any] | None) -> None:
    """Create what is not there, update what is."""
    try:
        api.GET(place)
    except GrafanaClientError as error:
        if error.status_code != 404:
            raise _said(shown, error) from None
        _asked(shown, create)
        return
    except (GrafanaException, requests.RequestException, ValueError) as error:
        raise _said(shown, error) from None
    if update is not None:
        _asked(shown, update)


def _asked(shown: str, ask: Callable[[], Any]) -> None:
    try:
        ask()
    except (GrafanaException, requests.RequestException, ValueError) as error:
        raise _said(shown, error) from None


def _said(shown: str, error: Exception) -> GrafanaError:
    """Grafana's own words where it has some; never what was sent to it."""
    if isinstance(error, GrafanaException):
        way_out = {
            401: "; the token is wrong or has expired: make a new one",
            403: "; the token may not do this: give its service account the role Admin",
            409: f"; there is one of the same name with another uid: rename it, or give it the uid {UID}",
            412: "; somebody else has changed it: look, then push again",
        }.get(error.status_code, "")
        return GrafanaError(f"{shown}: Grafana answered {error.status_code} ({str(error)[:200]}){way_out}")
    if isinstance(error, requests.RequestException):
        return GrafanaError(f"{shown}: not reachable ({type(error).__name__}); start Grafana, or mend --url")
    return GrafanaError(f"{shown}: what answers there is not a Grafana; mend --url")
