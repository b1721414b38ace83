"""Dashboards that Grafana accepts, whose every query finds data on a real InfluxDB, and a push that can be repeated.

No Grafana server can be installed here. Its own schema (grafana-foundation-sdk) stands in for its importer, and a stub HTTP
server for its API: that edge is mocked.
"""

from __future__ import annotations

import asyncio
import copy
import json
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from grafana_foundation_sdk.cog import plugins
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import Dashboard

import dashboards
from collectors.config import Config, Target
from collectors.metrics import MEASUREMENTS, Sample
from collectors.operations import Alerts
from collectors.poll import Poller
from collectors.simulate.design import read_design
from collectors.simulate.gear import agents as facility_of
from collectors.simulate.people import Network
from collectors.simulate.serve import serve
from collectors.stores.rollup import Rollup
from collectors.stores.store import open_store
from dashboards import data, grafana, watch
from dashboards.errors import DashboardError, GrafanaError
from dashboards.facts import STALE_INTERVALS
from dashboards.simulate import attendance_of
from wifiplan import model
from wifiplan.model import Design, Requirement
from wifiplan.placement.ask import Ask

SITE = "第一小学校 体育館"
PROVISIONING = Path(dashboards.__file__).parent / "provisioning"
PANELS = [(name, panel["title"], panel) for name in grafana.NAMES for panel in grafana.dashboard(name)["panels"]]
BOTH_LANGUAGES = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff].* / .*[A-Za-z]", re.DOTALL)


def panels_of(board: dict[str, Any]) -> list[dict[str, Any]]:
    return list(board["panels"])


def queries(panel: dict[str, Any]) -> list[str]:
    return [target["query"] for target in panel["targets"]]


# --- the files


def lost(given: Any, kept: Any, where: str = "") -> Iterator[str]:
    """What of the one is not in the other: a key that Grafana's schema does not know is dropped on the way through it."""
    if isinstance(given, dict):
        for key, value in given.items():
            if not isinstance(kept, dict) or key not in kept:
                yield f"{where}.{key}"
            else:
                yield from lost(value, kept[key], f"{where}.{key}")
    elif isinstance(given, list) and isinstance(kept, list) and len(given) == len(kept):
        for number, (one, other) in enumerate(zip(given, kept, strict=True)):
            yield from lost(one, other, f"{where}[{number}]")
    elif given != kept:
        yield where


def through_the_schema(board: dict[str, Any]) -> Any:
    plugins.register_default_plugins()
    return json.loads(JSONEncoder(sort_keys=True).encode(Dashboard.from_json(copy.deepcopy(board))))


@pytest.mark.parametrize("name", grafana.NAMES)
def test_a_dashboard_has_only_what_grafanas_schema_knows(name: str) -> None:
    board = grafana.dashboard(name)
    misspelt = copy.deepcopy(board)
    misspelt["panels"][0]["options"]["colourMode"] = "value"

    assert [] == list(lost(board, through_the_schema(board)))
    assert [".panels[0].options.colourMode"] == list(lost(misspelt, through_the_schema(misspelt)))


@pytest.mark.parametrize("name", grafana.NAMES)
def test_a_dashboard_is_not_edited_in_grafana_and_takes_its_data_source_from_a_variable(name: str) -> None:
    board = grafana.dashboard(name)
    asked = [board["templating"]["list"][0], *(panel["datasource"] for panel in panels_of(board))]
    asked += [target["datasource"] for panel in panels_of(board) for target in panel["targets"]]

    assert not board["editable"]
    assert f"wifiplan-{name}" == board["uid"]
    assert ("datasource", "influxdb") == (asked[0]["type"], asked[0]["query"])
    assert all({"type": "influxdb", "uid": "${datasource}"} == source for source in asked[1:])


@pytest.mark.parametrize(("name", "title", "panel"), PANELS, ids=[f"{name}-{panel['id']}" for name, _, panel in PANELS])
def test_a_panel_has_title_description_and_unit_in_both_languages(name: str, title: str, panel: dict[str, Any]) -> None:
    assert BOTH_LANGUAGES.search(title)
    assert BOTH_LANGUAGES.search(panel["description"])
    assert panel["fieldConfig"]["defaults"]["unit"]


def test_panels_have_numbers_of_their_own_and_do_not_lie_on_each_other() -> None:
    for name in grafana.NAMES:
        taken: dict[tuple[int, int], int] = {}
        for panel in panels_of(grafana.dashboard(name)):
            place = panel["gridPos"]
            for x in range(place["x"], place["x"] + place["w"]):
                for y in range(place["y"], place["y"] + place["h"]):
                    assert (x, y) not in taken, f"{name}: panels {panel['id']} and {taken[x, y]}"
                    taken[x, y] = panel["id"]
            assert place["x"] + place["w"] <= 24


def names_in(query: str) -> tuple[str, set[str], set[str]]:
    """(measurement, names inside functions, names compared or grouped by) of the innermost query."""
    inner = query[query.rindex("SELECT") :]
    measurement = re.search(r'FROM "(\w+)"', inner)
    assert measurement is not None, query
    grouped = re.search(r"GROUP BY (?:time\(\S+\),? ?)?(.*?)(?: fill|\)|$)", inner)
    tags = set(re.findall(r'"(\w+)" =', inner)) | set(re.findall(r'"(\w+)"', grouped[1] if grouped else ""))
    return measurement[1], set(re.findall(r'\w+\("(\w+)"\)', inner)), tags


@pytest.mark.parametrize(("name", "title", "panel"), PANELS, ids=[f"{name}-{panel['id']}" for name, _, panel in PANELS])
def test_a_query_asks_only_for_fields_and_tags_that_there_are(name: str, title: str, panel: dict[str, Any]) -> None:
    for query in queries(panel):
        measurement, fields, tags = names_in(query)
        known = MEASUREMENTS[measurement]

        assert fields
        assert set() == fields - {metric.name for metric in known.fields}
        assert set() == tags - {*known.tags, "site", "device"}


def test_a_panel_that_shows_now_never_shows_a_stale_sample() -> None:
    """`last()` over the dashboard's six hours would call a count of five hours ago the count now."""
    now_panels = [panel for _, _, panel in PANELS if any("last(" in query and "time(" not in query for query in queries(panel))]

    assert len(now_panels) >= 8
    assert {f"{STALE_INTERVALS:g}m"} == {panel.get("timeFrom") for panel in now_panels}


def test_the_limits_that_are_drawn_are_those_of_the_plan() -> None:
    limits = {
        panel["id"]: panel["fieldConfig"]["defaults"]["thresholds"]["steps"][-1]["value"]
        for panel in panels_of(grafana.dashboard("site"))
        if panel["id"] in (6, 7)
    }

    assert {6: Ask().client_limit, 7: Requirement().max_busy_share} == limits


@pytest.mark.parametrize(("file", "key"), [("datasources.yaml", "datasources"), ("dashboards.yaml", "providers")])
def test_provisioning_is_yaml_without_a_secret_in_it(file: str, key: str) -> None:
    text = (PROVISIONING / file).read_text("utf-8")
    (entry,) = yaml.safe_load(text)[key]

    assert grafana.UID == entry["name"]
    assert all(value.startswith("${") for value in entry.get("secureJsonData", {}).values())


# --- on a real InfluxDB


@pytest.fixture
def network(design: Design, tmp_path: Path) -> tuple[Network, list[Any]]:
    path = tmp_path / "design.json"
    model.save(design, path)
    planned = read_design(path)
    people = Network(planned.access_points, attendance=attendance_of(planned.scenario))
    return people, facility_of(people)


async def collected(network: Network, agents: list[Any]) -> list[Sample]:
    """Two polls of every agent, and what the collector says of its own work."""
    served = await serve(network, agents)
    aps = {ap.name for ap in network.access_points}
    targets = [
        Target(name=name, site=SITE, host="127.0.0.1", port=port, ap=name if name in aps else None)
        for name, port in served.ports.items()
    ]
    samples: list[Sample] = []
    async with Poller() as poller:
        for _ in range(2):
            for result in await asyncio.gather(*map(poller.poll, targets)):
                assert result.error is None
                tags = {"site": SITE, "device": result.target.name}
                fields = {"seconds": result.elapsed_s, "requests": float(result.requests), "errors": 0.0}
                samples += [*result.samples, Sample(measurement="poll", time=result.time, tags=tags, fields=fields)]
            await asyncio.sleep(1.1)
    await served.close()
    return samples


def as_grafana_asks(query: str, site: str = SITE, *, ap: str = "AP-1", interval: str = "10s", span: str = "10m") -> str:
    """Grafana's own variables, put in as Grafana puts them in."""
    return (
        query.replace("$timeFilter", f"time >= now() - {span}")
        .replace("$__interval", interval)
        .replace("/^$site$/", f"/^({site})$/")
        .replace("'$site'", f"'{site}'")
        .replace("'$ap'", f"'{ap}'")
    )


@contextmanager
def command(folder: Path, *arguments: object) -> Iterator[None]:
    """One of ours at work until the block ends; stopped by its own pid."""
    with (folder / f"{arguments[0]}.log").open("wb") as log:
        program = [sys.executable, "-c", "from wifiplan.cli import main; main()", *map(str, arguments)]
        process = subprocess.Popen(program, stdout=log, stderr=subprocess.STDOUT, cwd=folder)
    try:
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


def asked(server: Any, query: str) -> dict[str, Any]:
    answer = httpx.post(f"{server.base_url}/query", params={"db": "wifi"}, data={"q": query}, timeout=30)
    result: dict[str, Any] = answer.json()["results"][0]
    return result


def test_every_query_of_every_panel_finds_rows_after_a_collect(
    influxd: Any, design: Design, design_file: Path, tmp_path: Path
) -> None:
    """A simulated network, `wifiplan collect` into a real influxd; two polls, since a link's rate needs two."""
    targets = tmp_path / "network.toml"
    network = (
        "simulate",
        design_file,
        "--port",
        0,
        "--write-targets",
        targets,
        "--store-url",
        influxd.store_url,
        "--interval-s",
        1,
    )
    deadline = time.monotonic() + 60
    with command(tmp_path, *network):
        while not targets.exists() and time.monotonic() < deadline:
            time.sleep(0.1)
        with command(tmp_path, "collect", targets):
            while "series" not in asked(influxd, 'SELECT "in_bps" FROM "link" LIMIT 1') and time.monotonic() < deadline:
                time.sleep(0.2)
    empty, failed = [], []
    for name, title, panel in PANELS:
        for query in queries(panel):
            answer = asked(influxd, as_grafana_asks(query, design.floor_plan.name))
            if "error" in answer:
                failed.append((name, title, answer["error"]))
            elif not any(
                value is not None for series in answer.get("series", []) for row in series["values"] for value in row[1:]
            ):
                empty.append((name, title))

    assert [] == failed
    assert [] == empty


def test_the_numbers_of_a_query_are_those_that_were_collected(influxd: Any, network: tuple[Network, list[Any]]) -> None:
    """All clients now: the sum of each device's newest total, and not of both polls."""
    samples = asyncio.run(collected(*network))
    newest = {s.tags["device"]: s.fields["clients"] for s in samples if s.measurement == "wifi_total"}
    with open_store(influxd.store_url) as store:
        store.write([*samples, *summed(samples, 1.0)])
    (query,) = queries(panels_of(grafana.dashboard("facilities"))[0])
    answer = asked(influxd, as_grafana_asks(query))

    assert len(newest) > 1
    assert sum(newest.values()) == answer["series"][0]["values"][0][1]


def summed(samples: list[Sample], interval_s: float) -> list[Sample]:
    """What the collector sums of a site after each poll."""
    devices = frozenset(sample.tags["device"] for sample in samples)
    rollup = Rollup(lambda _: interval_s, serving=lambda _: devices)
    polls: dict[tuple[datetime, str], list[Sample]] = {}
    for sample in samples:
        polls.setdefault((sample.time, sample.tags["device"]), []).append(sample)
    return [given for _, poll in sorted(polls.items(), key=lambda item: item[0]) for given in rollup.now(poll)]


POLLED_EVERY_S = 60
PHASES_S = {"wlc-a": 0, "wlc-b": 7, "ap-9": 41}
"""Two controllers that list the same access points, and one that is polled itself, each at a time of its own."""


def hours_of(site: str) -> list[Sample]:
    """Seven hours of a site with 70 clients on access points that two controllers list, and 50 on another."""
    now, samples = datetime.now(UTC), []
    for device, phase_s in PHASES_S.items():
        clients, key = (50.0, "0") if device == "ap-9" else (70.0, "02:00:00:00:00:01")
        for number in range(7 * 60):
            at = now - timedelta(seconds=number * POLLED_EVERY_S + phase_s)
            tags = {"site": site, "device": device}
            ap = {**tags, "ap": f"{key} of it", "ap_key": key}
            fields = {"clients": clients, "aps": 1.0, "aps_up": 1.0}
            samples += [
                Sample(measurement="wifi_total", time=at, tags={**tags, "source": "ap"}, fields=fields),
                Sample(measurement="wifi_ap", time=at, tags=ap, fields={"clients": clients, "up": 1.0}),
                Sample(measurement="wifi_ssid", time=at, tags={**tags, "ssid": "shelter"}, fields={"clients": clients}),
                Sample(measurement="poll", time=at, tags=tags, fields={"seconds": 0.1}),
            ]
    return samples


@pytest.mark.parametrize("interval_s", [10, 15, 30, 60, 6 * 3600])
def test_totals_are_right_at_every_interval(influxd: Any, interval_s: int) -> None:
    """Each bucket of the clients of a site is the whole site, each access point once: 120, never 70 nor 190."""
    samples = hours_of(SITE)
    with open_store(influxd.store_url) as store:
        store.write([*samples, *summed(samples, POLLED_EVERY_S)])
    site_board = grafana.with_interval(grafana.dashboard("site"), STALE_INTERVALS * POLLED_EVERY_S)
    all_board = grafana.with_interval(grafana.dashboard("facilities"), STALE_INTERVALS * POLLED_EVERY_S)
    panels = {(name, panel["id"]): panel for name, board in (("s", site_board), ("f", all_board)) for panel in board["panels"]}
    wanted = {("s", 1): 120.0, ("f", 1): 120.0, ("s", 4): 120.0, ("f", 6): 120.0, ("s", 8): 120.0}
    for number, clients in wanted.items():
        shortest_s = int(panels[number].get("interval", "0s").removesuffix("s"))
        query = as_grafana_asks(
            queries(panels[number])[0], interval=f"{max(interval_s, shortest_s)}s", span="6h" if interval_s > 60 else "50m"
        )
        (series,) = asked(influxd, query)["series"]
        values = [row[1] for row in series["values"]]
        whole = values[1:-1] or values  # the first and the last bucket are cut by the span

        assert whole
        assert {clients} == set(whole), number


# --- pushed, with each facility's plan


@pytest.fixture
def planned(design_file: Path, config: Config) -> Config:
    return replace(
        config,
        store_url="influx1://reader:s3cret@127.0.0.1:8086/wifi",
        targets=(replace(config.targets[0], design=design_file, interval_s=20.0),),
    )


def test_a_facility_with_a_design_gets_its_plan_as_lines(planned: Config) -> None:
    board = grafana.boards(planned)[-1]
    total = next(panel for panel in panels_of(board) if panel["id"] == 4)
    steps = [step["value"] for step in total["fieldConfig"]["defaults"]["thresholds"]["steps"]]
    bars = next(panel for panel in panels_of(board) if panel["type"] == "bargauge")["fieldConfig"]["overrides"]

    assert [None, 120.0, 240] == steps
    assert [("AP-1", 80), ("AP-2", 80), ("AP-3", 80)] == [
        (bar["matcher"]["options"], bar["properties"][1]["value"]) for bar in bars
    ]
    assert [] == list(lost(board, through_the_schema(board)))


def test_the_plan_is_drawn_where_its_numbers_are_asked_for_whatever_the_panels_are_called(planned: Config) -> None:
    """Panels are known by their id: a title is for readers and may be reworded."""
    board = grafana.dashboard("site")
    asked = {panel["id"]: names_in(queries(panel)[0])[:2] for panel in panels_of(board)}
    reworded = copy.deepcopy(board)
    for panel in panels_of(reworded):
        panel["title"] = "?"
    (facility,) = watch.status(planned, data.read_designs(planned), (), now=datetime.now(UTC))
    drawn = [
        [(panel["id"], panel["fieldConfig"]) for panel in panels_of(grafana.with_plan(one, facility))]
        for one in (board, reworded)
    ]

    assert {number for number, (name, fields) in asked.items() if (name, fields) == ("wifi_site", {"clients"})} == (
        grafana.SITE_TOTAL_PANELS
    )
    assert ("wifi_ap", {"clients"}) == asked[grafana.BY_AP_PANEL]
    assert drawn[0] == drawn[1]


def test_a_facilitys_dashboard_asks_for_its_site_and_nothing_else(planned: Config) -> None:
    site = "it's a \\ gym"
    (target,) = planned.targets
    board = grafana.boards(replace(planned, targets=(replace(target, site=site),)))[-1]

    asked = {query for panel in panels_of(board) for query in queries(panel)}
    assert all("""'it\\'s a \\\\ gym'""" in query and "$site" not in query for query in asked)
    assert ["datasource"] == [entry["name"] for entry in board["templating"]["list"]]


def test_an_access_points_dashboard_knows_every_plan(planned: Config) -> None:
    board = next(one for one in grafana.boards(planned) if one["uid"] == "wifiplan-access_point")
    clients = next(panel for panel in panels_of(board) if panel["id"] == 3)
    serving = next(panel for panel in panels_of(board) if panel["id"] == 2)
    drawn = {
        one["matcher"]["options"]: [step["value"] for step in one["properties"][0]["value"]["steps"]]
        for one in clients["fieldConfig"]["overrides"]
    }

    assert {f"{SITE} AP-{number}": [None, 40.0, 80] for number in (1, 2, 3)} == drawn
    assert [] == serving["fieldConfig"]["overrides"]
    assert [] == list(lost(board, through_the_schema(board)))


def test_a_large_city_has_no_board_of_thousands_of_plans(planned: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grafana, "MOST_AP_PLANS", 2)
    board = next(one for one in grafana.boards(planned) if one["uid"] == "wifiplan-access_point")

    assert [[]] * len(board["panels"]) == [panel["fieldConfig"]["overrides"] for panel in panels_of(board)]


def test_every_dashboard_leads_to_the_page_of_the_app_that_shows_the_same(planned: Config) -> None:
    linked = replace(planned, alerts=Alerts(app_url="https://wifi.city.example/"))
    found = {board["uid"]: board for board in grafana.boards(linked)}
    urls = {uid: board["links"][-1]["url"].removeprefix("https://wifi.city.example/") for uid, board in found.items()}
    (own,) = (url for uid, url in urls.items() if uid.startswith("wifiplan-site-"))

    assert "live?site=%E7%AC%AC%E4%B8%80%E5%B0%8F%E5%AD%A6%E6%A0%A1%20%E4%BD%93%E8%82%B2%E9%A4%A8" == own
    assert ("facilities", "live?site=${site:percentencode}") == (urls["wifiplan-facilities"], urls["wifiplan-access_point"])
    assert [] == [one for board in found.values() for one in lost(board, through_the_schema(board))]
    assert all(len(board["links"]) == 1 for board in grafana.boards(planned))


def test_now_is_three_of_the_longest_poll_intervals(planned: Config) -> None:
    board = grafana.boards(planned)[0]

    assert {"60s"} == {panel["timeFrom"] for panel in panels_of(board) if "timeFrom" in panel}


@pytest.mark.parametrize(
    ("store_url", "environment", "expected"),
    [
        (
            "influx1://u:p%40ss@db.example:18086/wifi",
            {},
            {"url": "http://db.example:18086", "user": "u", "secureJsonData": {"password": "p@ss"}},
        ),
        ("influx1://127.0.0.1/wifi", {}, {"url": "http://127.0.0.1:8086"}),
        (
            "influx1://127.0.0.1/wifi",
            {"WIFIPLAN_INFLUX_USER": "e", "WIFIPLAN_INFLUX_PASSWORD": "q"},
            {"url": "http://127.0.0.1:8086", "user": "e", "secureJsonData": {"password": "q"}},
        ),
        (
            "influx2://[::1]:8086/city/wifi",
            {"WIFIPLAN_INFLUX_TOKEN": "t"},
            {"url": "http://[::1]:8086", "secureJsonData": {"httpHeaderValue1": "Token t"}},
        ),
    ],
)
def test_the_data_source_reads_the_store_by_influxql(
    store_url: str, environment: dict[str, str], expected: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("WIFIPLAN_INFLUX_USER", "WIFIPLAN_INFLUX_PASSWORD", "WIFIPLAN_INFLUX_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    source = grafana.data_source(store_url)

    assert ("influxdb", "wifi", "InfluxQL") == (source["type"], source["jsonData"]["dbName"], source["jsonData"]["version"])
    assert expected == {key: source[key] for key in ("url", "user", "secureJsonData") if key in source}


# --- the API's edge, mocked


@dataclass(slots=True)
class Stub:
    """Answers like Grafana's HTTP API as far as a push goes, and keeps what it was sent."""

    port: int = 0
    token: str = "glsa_right"
    folders: dict[str, Any] = field(default_factory=dict)
    sources: dict[str, Any] = field(default_factory=dict)
    boards: dict[str, Any] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/grafana"

    def answer(self, method: str, path: str, body: Any) -> tuple[int, Any]:
        kind, _, uid = path.removeprefix("/grafana/api/").rpartition("/")
        if method == "GET":
            found = {"folders": self.folders, "datasources/uid": self.sources}[kind].get(uid)
            return (200, found) if found else (404, {"message": "not found"})
        if path == "/grafana/api/dashboards/db":
            self.boards[body["dashboard"]["uid"]] = body
            return 200, {"status": "success"}
        if method == "PUT":
            self.sources[uid] = body
            return 200, body
        there = {"/grafana/api/folders": self.folders, "/grafana/api/datasources": self.sources}[path]
        if body["uid"] in there:
            return 409, {"message": "exists"}
        there[body["uid"]] = body
        return 200, body


@contextmanager
def serving(stub: Stub) -> Iterator[Stub]:
    class Handler(BaseHTTPRequestHandler):
        def _serve(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or "null")
            stub.asked.append((self.command, self.path))
            if f"Bearer {stub.token}" != self.headers["Authorization"]:
                status, answer = 401, {"message": "Invalid API key"}
            else:
                status, answer = stub.answer(self.command, self.path, body)
            data = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PUT = _serve  # noqa: N815

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            del format, args

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    stub.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield stub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def stub() -> Iterator[Stub]:
    with serving(Stub()) as running:
        yield running


@pytest.fixture
def push(planned: Config) -> Callable[..., dict[str, Any]]:
    def do(url: str, token: str = "glsa_right") -> dict[str, Any]:
        return grafana.push(url, planned, token=token, token_name="WIFIPLAN_GRAFANA_TOKEN")

    return do


def test_a_push_makes_folder_data_source_and_dashboards(stub: Stub, push: Callable[..., dict[str, Any]]) -> None:
    done = push(stub.url)

    assert ["wifiplan"] == list(stub.folders) == list(stub.sources)
    assert [one["uid"] for one in done["dashboards"]] == list(stub.boards)
    assert 5 == len(stub.boards)
    assert all(body["overwrite"] and body["folderUid"] == "wifiplan" for body in stub.boards.values())


def test_a_second_push_leaves_everything_as_the_first_one_did(stub: Stub, push: Callable[..., dict[str, Any]]) -> None:
    push(stub.url)
    first = copy.deepcopy((stub.folders, stub.sources, stub.boards))
    push(stub.url)

    assert first == (stub.folders, stub.sources, stub.boards)
    assert ("PUT", "/grafana/api/datasources/uid/wifiplan") in stub.asked


def test_what_a_push_says_has_no_secret_in_it(
    stub: Stub, push: Callable[..., dict[str, Any]], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("DEBUG"):
        said = json.dumps(push(stub.url))

    assert "s3cret" == stub.sources["wifiplan"]["secureJsonData"]["password"]
    assert not any(secret in said + caplog.text for secret in ("s3cret", "glsa_right"))


@pytest.mark.parametrize(
    ("url", "token", "error", "text"),
    [
        ("ftp://127.0.0.1", "t", DashboardError, "not an address"),
        ("http://admin:pw@127.0.0.1:3000", "t", DashboardError, "leave user and password out"),
        ("http://127.0.0.1:3000", "", DashboardError, "WIFIPLAN_GRAFANA_TOKEN is not set"),
        ("http://127.0.0.1:9", "t", GrafanaError, "not reachable"),
    ],
)
def test_what_a_user_can_do_wrong_is_one_line_without_secrets(
    push: Callable[..., dict[str, Any]], url: str, token: str, error: type[DashboardError], text: str
) -> None:
    with pytest.raises(error, match=text) as caught:
        push(url, token)

    assert "\n" not in str(caught.value)
    assert "pw@" not in str(caught.value)


def test_a_wrong_token_is_told_with_the_way_out(stub: Stub, push: Callable[..., dict[str, Any]]) -> None:
    with pytest.raises(GrafanaError, match="the token is wrong"):
        push(stub.url, "glsa_wrong")

    assert {} == stub.boards


def test_something_else_on_that_port_is_not_taken_for_a_grafana(push: Callable[..., dict[str, Any]]) -> None:
    class Other(Stub):
        def answer(self, method: str, path: str, body: Any) -> tuple[int, Any]:
            del method, path, body
            return 500, "no"

    with serving(Other()) as other, pytest.raises(GrafanaError, match="500"):
        push(other.url)
