"""A facility of three access points: its design, its targets.toml, and samples of it at any age."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

import floorplans
from collectors.config import Config, Target
from collectors.metrics import Sample
from collectors.stores.store import open_store
from dashboards import data
from wifiplan import model
from wifiplan.cli import main
from wifiplan.model import AccessPoint, Demand, Design, Radio

SITE = "第一小学校 体育館"
NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (data.CONFIG_ENV, data.DESIGN_ENV, data.PASSWORD_ENV, data.ACCESS_ENV):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(data, "_shared", None)


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def design() -> Design:
    """AP-1, AP-2 and AP-3, each with 8 + 32 planned clients on 2.4 and 5 GHz and limits of 30 + 50."""
    radios = (
        Radio(band="2.4", channel=1, planned_clients=8.0, client_limit=30),
        Radio(band="5", channel=36, planned_clients=32.0, client_limit=50),
    )
    plan = floorplans.sample("gym")
    places = (("AP-1", 9.0, 6.0), ("AP-2", 20.0, 6.0), ("AP-3", 14.0, 16.0))
    people = Demand(
        zone=plan.zones[0].name,
        people=200,
        devices_per_person=1.1,
        associated_share=0.8,
        active_share=0.35,
        down_mbps=0.3,
        up_mbps=0.2,
    )
    return Design(
        floor_plan=plan,
        access_points=tuple(AccessPoint(name=name, x_m=x, y_m=y, height_m=5.0, radios=radios) for name, x, y in places),
        demands=(people,),
        scenario="shelter-day1",
    )


Say = Callable[..., Sample]


@pytest.fixture
def say() -> Say:
    """`say("wifi_ap", age_s=5, ap="AP-1", clients=3, up=1)`: numbers are fields, texts are tags."""

    def make(measurement: str, *, age_s: float = 10.0, site: str = SITE, device: str = "wlc", **values: float | str) -> Sample:
        tags = {name: value for name, value in values.items() if isinstance(value, str)}
        fields = {name: float(value) for name, value in values.items() if not isinstance(value, str)}
        time = NOW - timedelta(seconds=age_s)
        return Sample(measurement=measurement, time=time, tags={"site": site, "device": device, **tags}, fields=fields)

    return make


@pytest.fixture
def all_well(say: Say) -> list[Sample]:
    """Everything of the three access points answered ten seconds ago: 18, 20 and 22 clients."""
    samples = [say("device", reachable=1), say("wifi_total", source="ap", clients=60, aps=3, aps_up=3)]
    for number, clients in enumerate((18, 20, 22), 1):
        ap = {"ap": f"AP-{number}", "ap_key": f"00:00:5e:00:53:{number:02x}"}
        samples.append(say("wifi_ap", clients=clients, up=1, **ap))
        samples.append(say("wifi_radio", radio="0", band="2.4", clients=clients - 15, up=1, busy_share=0.2, **ap))
        samples.append(say("wifi_radio", radio="1", band="5", clients=15, up=1, busy_share=0.3, **ap))
    return samples


@pytest.fixture
def target() -> Target:
    return Target(name="wlc", site=SITE, host="127.0.0.1", interval_s=60.0, design=Path("design.json"))


@pytest.fixture
def config(target: Target, tmp_path: Path) -> Config:
    return Config(
        path=tmp_path / "targets.toml", store_url=f"sqlite:{tmp_path / 'store.sqlite'}", interval_s=60.0, targets=(target,)
    )


@pytest.fixture
def put_samples(tmp_path: Path) -> Callable[[Sequence[Sample]], None]:
    """Write samples into the store of `targets_toml` as if they had been taken that much before the real now."""

    def put(samples: Sequence[Sample]) -> None:
        later = datetime.now(UTC) - NOW
        with open_store(f"sqlite:{tmp_path / 'store.sqlite'}") as store:
            store.write([replace(sample, time=sample.time + later) for sample in samples])

    return put


@pytest.fixture
def design_file(design: Design, tmp_path: Path) -> Path:
    path = tmp_path / "design.json"
    model.save(design, path)
    return path


@pytest.fixture
def targets_toml(tmp_path: Path) -> Path:
    path = tmp_path / "targets.toml"
    path.write_text(
        f'interval_s = 60\n[store]\nurl = "sqlite:store.sqlite"\n'
        f'[[target]]\nname = "wlc"\nsite = "{SITE}"\nhost = "127.0.0.1"\ndesign = "design.json"\n',
        encoding="utf-8",
    )
    return path


@pytest.fixture
def watched(
    targets_toml: Path, design_file: Path, put_samples: Callable[[Sequence[Sample]], None], all_well: list[Sample]
) -> Path:
    """A targets.toml whose facility has a design and whose store has its samples of ten seconds ago."""
    put_samples(all_well)
    return targets_toml


class Sink(BaseHTTPRequestHandler):
    """Takes JSON, or answers 503."""

    taken: list[dict[str, Any]]
    state = 200

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.state == 200:
            self.taken.append(json.loads(body))
        self.send_response(self.state)
        self.end_headers()

    def do_GET(self) -> None:
        self.taken.append({"path": self.path})
        self.send_response(self.state)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextlib.contextmanager
def _http_sink(state: int = 200) -> Iterator[tuple[int, list[dict[str, Any]]]]:
    taken: list[dict[str, Any]] = []
    server = HTTPServer(("127.0.0.1", 0), type("Here", (Sink,), {"taken": taken, "state": state}))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_port, taken
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def http_sink() -> object:
    """`with http_sink(state) as (port, taken)`: a server of this machine that takes JSON, or answers what it is told to."""
    return _http_sink


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> object:
    """`run("status", "--config", path)`: exit code, standard output and standard error of a command."""

    def typed(*words: object) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["wifiplan", *map(str, words)])
        try:
            main()
        except SystemExit as stop:
            code = int(stop.code or 0)
        else:
            code = 0
        said = capsys.readouterr()
        return code, said.out, said.err

    return typed
