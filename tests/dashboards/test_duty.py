"""The watch at work: turns over a store, restarts, a line that is down, a store that is gone, and who else is told."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest

from collectors.config import Config, Target
from collectors.errors import CollectError, StoreError
from collectors.metrics import Sample
from collectors.operations import Alerts, Hours, Recipient
from collectors.stores.store import open_store
from dashboards import opened, shelters
from dashboards.duty import Duty, Turn
from dashboards.notify import Text

SITE = "第一小学校 体育館"
NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
STAFF = Recipient(name="staff", url_env="STAFF")


class World:
    """A site whose controller says, at each turn, whether AP-1 is up; and a recipient who takes messages or does not."""

    def __init__(self, config: Config) -> None:
        self.config, self.now, self.up = config, NOW, True
        self.taken: list[Text] = []
        self.error = ""
        self.store_error = ""
        self.duty = self.started()

    def started(self) -> Duty:
        return Duty(self.config, clock=lambda: self.now, send=self.send, read=self.read)

    def send(self, _: Recipient, text: Text) -> str:
        if not self.error:
            self.taken.append(text)
        return self.error

    def read(self, _: Config) -> Sequence[Sample]:
        if self.store_error:
            raise StoreError(self.store_error)
        time, tags = self.now - timedelta(seconds=5), {"site": SITE, "device": "wlc"}
        ap = tags | {"ap": "AP-1", "ap_key": "00:00:5e:00:53:01"}
        return [
            Sample(measurement="device", time=time, tags=tags, fields={"reachable": 1.0}),
            Sample(measurement="poll", time=time, tags=tags, fields={"seconds": 0.1}),
            Sample(measurement="wifi_ap", time=time, tags=ap, fields={"up": float(self.up), "clients": 10.0 * self.up}),
        ]

    def minutes(self, number: int) -> Turn:
        for _ in range(number):
            turn = self.duty.turn()
            self.duty.send_due()
            self.now += timedelta(minutes=1)
        return turn

    def restart(self) -> None:
        self.duty.close()
        self.duty = self.started()


@pytest.fixture
def city(tmp_path: Path) -> Config:
    return Config(
        path=tmp_path / "targets.toml",
        store_url=f"sqlite:{tmp_path / 'store.sqlite'}",
        interval_s=60.0,
        targets=(Target(name="wlc", site=SITE, host="127.0.0.1"),),
        spool=tmp_path / "spool",
        alerts=Alerts(recipients=(STAFF,)),
    )


@pytest.fixture
def world(city: Config) -> object:
    made = World(city)
    yield made
    made.duty.close()


def test_an_alarm_is_sent_once_over_restarts_and_its_end_too(world: World) -> None:
    world.minutes(3)
    world.up = False
    for _ in range(10):
        world.minutes(1)
        world.restart()
    world.up = True
    world.minutes(20)

    assert 2 == len(world.taken)
    assert world.taken[0].title.startswith("[警報]")
    assert world.taken[1].title.startswith("[復旧]")


def test_nothing_is_lost_while_the_line_is_down_and_it_comes_as_one_message(world: World) -> None:
    world.error = "no route"
    world.up = False
    world.minutes(10)
    world.up = True
    world.minutes(30)
    waiting = world.duty.outbox.messages()
    world.restart()
    world.error = ""
    world.minutes(60)

    assert ["no route"] == [message.error for message in waiting]
    assert waiting[0].attempts > 2
    assert 2 == len(world.taken)
    assert "AP-1" in world.taken[0].body
    assert world.taken[1].title.startswith("[復旧]")


def test_a_message_whose_mark_a_crash_prevented_comes_again_and_says_so(world: World) -> None:
    world.up = False
    world.minutes(4)
    world.now += timedelta(minutes=1)
    world.duty.turn()
    assert world.duty.outbox.to_send(world.now)  # it was being sent when the machine lost power
    world.restart()
    world.minutes(1)

    assert "2度届いている" in world.taken[0].body


def test_a_message_that_may_have_come_says_so_after_a_refusal_too(world: World) -> None:
    """Delivered, the mark lost in a crash, then refused: when it is taken at last it is still one that may have come."""
    world.up = False
    world.minutes(4)
    world.now += timedelta(minutes=1)
    world.duty.turn()
    assert world.duty.outbox.to_send(world.now)
    world.restart()
    world.error = "busy"
    world.minutes(1)
    world.error = ""
    world.minutes(3)

    assert 1 == len(world.taken)
    assert "2度届いている" in world.taken[0].body


def test_warnings_wait_for_the_morning_and_alarms_do_not(world: World, city: Config) -> None:
    asleep = replace(STAFF, quiet=Hours(begin=time(11, 0), end=time(14, 0)))  # it is noon in Japan
    warned = Alerts(recipients=(asleep,), rules=())
    world.duty.follow(replace(city, alerts=warned))
    world.up = False
    world.minutes(6)

    assert 1 == len(world.taken)


def test_a_store_that_is_gone_is_told_and_said_when_it_is_back(world: World) -> None:
    world.minutes(2)
    world.store_error = "store.sqlite: no such file"
    turn = world.minutes(6)
    world.store_error = ""
    world.minutes(20)

    assert "store.sqlite: no such file" == turn.trouble
    assert ["unknown"] == [one.state for one in turn.seen.facilities]
    assert ["[警報]", "[復旧]"] == [text.title[:4] for text in world.taken]


def test_another_watch_on_the_same_file_is_refused(world: World, city: Config) -> None:
    with pytest.raises(CollectError, match="stop the other"):
        Duty(city)


def test_a_sign_of_life_is_given_and_a_missed_one_is_told(
    world: World, city: Config, http_sink: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    world.duty.follow(replace(city, alerts=Alerts(recipients=(STAFF,), heartbeat_env="LIFE", expects=("second",))))
    with http_sink() as (port, taken):
        monkeypatch.setenv("LIFE", f"http://127.0.0.1:{port}/ping/token")
        error = world.duty.give_sign_of_life()
    monkeypatch.setenv("LIFE", "ftp://token")

    assert ("", [{"path": "/ping/token"}]) == (error, taken)
    assert "token" not in world.duty.give_sign_of_life()
    assert (True, False) == (world.duty.heard("second"), world.duty.heard("stranger"))
    world.minutes(3)
    assert [] == world.taken
    world.minutes(4)
    assert "second" in world.taken[0].body


def test_site_metrics_tell_states_clients_and_alerts(world: World) -> None:
    world.up = False
    world.minutes(6)
    text = world.duty.metrics()

    assert f'wifiplan_site_state{{site="{SITE}",state="down"}} 1' in text
    assert f'wifiplan_site_access_points_up{{site="{SITE}"}} 0' in text
    assert f'wifiplan_alert{{site="{SITE}",code="aps_down",level="alarm",subject="AP-1"}} 1' in text


def test_a_count_of_heads_meets_its_clients_once(world: World, city: Config) -> None:
    with open_store(city.store_url) as store:
        tags = {"site": SITE}
        store.write([Sample(measurement="wifi_site_1m", time=NOW, tags=tags, fields={"clients": 54.0})])
    opened.say(city, opened.Said(site=SITE, time=NOW, who="office", people=50))
    world.now = NOW + timedelta(minutes=11)
    turn = world.duty.turn()

    assert (1, 0) == (world.duty.learn(turn), world.duty.learn(turn))
    assert [(50, 54)] == [(one.people, one.clients) for one in shelters.load_counts(city)]


def test_a_public_folder_that_is_full_stops_nothing(world: World, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "file").write_text("x")
    turn = world.duty.turn()
    world.duty.publish(tmp_path / "file", turn)
    world.duty.publish(tmp_path / "file", turn)
    world.duty.publish(tmp_path / "public", turn)

    assert 1 == sum("cannot be written" in one.message for one in caplog.records)
    assert (tmp_path / "public" / "index.html").is_file()
