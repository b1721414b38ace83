"""A disaster rehearsed: a city's lists of opened shelters, played through simulate, collect, store, watch and public folder.

One clock is injected everywhere. At each list's time the shelters' networks get clients by the people that it counts, real SNMP
agents are polled, and the public folder is held against the list, read here a second time and otherwise. Between lists things
are broken: mains, a way out, the controller, the clock, the collector; each with what should be told of it, and what was.
"""

from __future__ import annotations

import asyncio
import csv
import io
import json
import math
import re
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from collectors import config as collect_config
from collectors.errors import ConfigError
from collectors.files import read_text
from collectors.operations import JAPAN
from collectors.poll import Poller
from collectors.service import Service
from collectors.simulate import gear, serve
from collectors.simulate.people import AccessPoint, Network, Radio, made_mac
from collectors.stores.store import open_store
from dashboards import review
from dashboards.duty import Duty
from dashboards.opened import japanese_time

_DEVICES, _SHARE = 1.25, 0.86
"""Devices a person and share associated of the crowd; nothing that is rehearsed is given them. Assumed."""
_PEOPLE_PER_AP = 150
_STEP_S = 60.0
_SETTLE_MINUTES = 20
"""After a fault: its end is known (5 minutes), gathers (10) and is told."""
_BLACKOUT_MINUTES = 20
_WORDS = ("空いています", "やや混雑", "混雑", "満")
_FULL_FOR_S, _FULL_CLEAR_S = 300.0, 1800.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """One list of opened shelters: its file, its time, and people and indoor capacity by name, read in the plainest way."""

    path: Path
    time: datetime
    people: Mapping[str, int | None]
    capacity: Mapping[str, int | None]

    def words(self) -> dict[str, str | None]:
        """The word for each opened shelter: people against indoor capacity; None where one of them is not known."""
        return {name: self._word(people, self.capacity.get(name)) for name, people in self.people.items()}

    @staticmethod
    def _word(people: int | None, capacity: int | None) -> str | None:
        if people is None or not capacity:
            return None
        percent = 100 * people / capacity
        return _WORDS[3] if percent >= 80 else _WORDS[2] if percent > 60 else _WORDS[1] if percent > 30 else _WORDS[0]


def snapshots(folder: Path, *, limit: int | None = None) -> list[Snapshot]:
    """Every list of opened shelters of a folder, the first one first; those of its `history`, where it has one.

    Parameters
    ----------
    limit : int, optional
        Only so many, spread evenly over all.

    Raises
    ------
    ConfigError
        There is none.
    """
    if not folder.is_dir():
        raise ConfigError(f"{folder}: no such folder; give one with CSVs of opened shelters")
    root = folder / "history" if (folder / "history").is_dir() else folder
    found = [one for path in sorted(root.glob("*.csv")) if (one := _snapshot(path)) is not None]
    if not found:
        raise ConfigError(f"{root}: no CSV of opened shelters with 名称 and 人数 in it; give a folder that has some")
    found.sort(key=lambda one: one.time)
    if limit is not None and limit < len(found):
        found = [found[round(index)] for index in np.linspace(0, len(found) - 1, limit)]
    return found


def _snapshot(path: Path) -> Snapshot | None:
    rows = list(csv.DictReader(io.StringIO(read_text(path, "give a CSV"))))
    heads = list(rows[0]) if rows else []
    people_head = next((head for head in heads if head and head.startswith("人数")), None)
    if "名称" not in heads or people_head is None:
        return None
    stamps = [row.get("時点") or people_head for row in rows]
    times = [at for at in (japanese_time(stamp.removeprefix("人数_"), JAPAN) for stamp in stamps) if at is not None]
    named = re.search(r"(\d{4})-(\d{2})-(\d{2})-(\d{2})(\d{2})", path.name)
    if times:
        at = max(times)
    elif named is not None:
        at = datetime.strptime("".join(named.groups()), "%Y%m%d%H%M").replace(tzinfo=JAPAN).astimezone(UTC)
    else:
        return None
    people, capacity = {}, {}
    for row in rows:
        told = (row[people_head] or "").replace(",", "").strip()
        inside = re.search(r"屋内([\d,]+)", row.get("想定収容人数") or "")
        people[row["名称"].strip()] = int(told) if told.isdigit() else None
        capacity[row["名称"].strip()] = int(inside[1].replace(",", "")) if inside else None
    return Snapshot(path=path, time=at, people=people, capacity=capacity)


@dataclass(slots=True)
class _Clock:
    """The one clock: seconds since 1970, and the network's own, which never jumps."""

    now_s: float
    ticked_s: float = 0.0

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.now_s, UTC)

    def tick(self, seconds: float = _STEP_S) -> None:
        self.now_s += seconds
        self.ticked_s += seconds

    def jump_to(self, at: datetime) -> None:
        """Time passes in which nobody looks: weeks of it cost the simulated network nothing."""
        self.now_s = at.timestamp()


@dataclass(slots=True)
class Rehearsal:
    """What came of it: each list against what was shown, each fault against what was told."""

    days: list[dict[str, Any]] = field(default_factory=list)
    alerts: list[dict[str, Any]] = field(default_factory=list)
    minutes: int = 0
    wrong_minutes: list[str] = field(default_factory=list)
    messages: int = 0

    @property
    def ok(self) -> bool:
        """Whether nothing was wrong."""
        days = all(not day["wrong"] for day in self.days)
        return days and all(row["expected"] == row["sent"] for row in self.alerts) and not self.wrong_minutes

    def to_json(self) -> dict[str, Any]:
        """What `wifiplan rehearse --json` prints."""
        checked = {"checked": self.minutes, "wrong": self.wrong_minutes}
        return {"days": self.days, "alerts": self.alerts, "minutes": checked, "messages": self.messages, "ok": self.ok}


async def rehearse(
    folder: Path, *, limit: int | None = None, seed: int = 1, say: Callable[[str], None] | None = None
) -> Rehearsal:
    """Play all lists of a folder, with faults between them.

    Raises
    ------
    ConfigError
        There is no list in it.
    """
    lists = snapshots(folder, limit=limit)
    with tempfile.TemporaryDirectory(prefix="wifiplan-rehearse-") as name:
        stage = _Stage(lists, Path(name), seed)
        try:
            await stage.open()
            await stage.play(say or (lambda _: None))
        finally:
            await stage.close()
    return stage.done


class _Stage:
    """A city of simulated shelters in a folder, its collector and its watch."""

    def __init__(self, lists: Sequence[Snapshot], folder: Path, seed: int) -> None:
        self._lists, self._folder = lists, folder
        self._rng = np.random.default_rng(seed)
        self._clock = _Clock(now_s=lists[0].time.timestamp())
        most: dict[str, int] = {}
        for one in lists:
            for name, people in one.people.items():
                most[name] = max(most.get(name, 0), people or 0)
        self._aps = {name: self._access_points(name, people) for name, people in most.items()}
        everyone = tuple(ap for aps in self._aps.values() for ap in aps)
        self._network = Network(everyone, seed=seed, clock=lambda: self._clock.ticked_s)
        self._people: dict[str, int] = {}
        self._down: set[str] = set()
        self._silent: set[str] = set()
        self._on_battery = False
        self._full: dict[str, list[tuple[float, bool]]] = {}
        self.done = Rehearsal()

    @staticmethod
    def _access_points(site: str, people: int) -> tuple[AccessPoint, ...]:
        def radio(band: Any, channel: int) -> Radio:
            return Radio(band=band, channel=channel, width_mhz=20, tx_power_dbm=15.0, planned_clients=40.0, client_limit=200)

        number = max(1, math.ceil(people / _PEOPLE_PER_AP))
        radios = (radio("2.4", 1), radio("5", 36))
        return tuple(AccessPoint(name=f"{site}-{n}", mac=made_mac(f"{site}-{n}"), radios=radios) for n in range(1, number + 1))

    async def open(self) -> None:
        """Serve the agents and begin to watch."""
        network = self._network
        facility: list[gear.Agent] = [
            gear.Controller(network, network.access_points, network.attendance.ssids),
            gear.Ups(network),
        ]
        self._served = await serve.serve(network, facility)
        self._beyond = await asyncio.start_server(_hang_up, "127.0.0.1", 0)
        self._beyond_port: int = self._beyond.sockets[0].getsockname()[1]
        # What is broken is broken at a shelter that is opened for long.
        often = {name: sum(name in one.people for one in self._lists) for name in self._aps}
        self._broken = max(often, key=lambda name: (often[name], name))
        (self._folder / "opened.csv").write_bytes(self._lists[0].path.read_bytes())
        path = self._folder / "targets.toml"
        path.write_text(self._targets_toml(), encoding="utf-8")
        self._config = collect_config.load(path)
        self._poller = Poller(clock=lambda: self._clock.now_s)
        await self._poller.__aenter__()
        self._duty = Duty(self._config, clock=self._clock.now, send=lambda _recipient, _text: "")

    def _targets_toml(self) -> str:
        def quoted(text: str) -> str:
            return json.dumps(text, ensure_ascii=False)

        lines = ['interval_s = 60\n[store]\nurl = "sqlite:store.sqlite"\n[shelters]\nopened_file = "opened.csv"']
        lines.append('[alerts]\npublic = "public"\n[[alerts.recipient]]\nname = "office"\nurl_env = "REHEARSED"')
        ports = self._served.ports
        quick = "timeout_s = 1.0\nretries = 1"  # agents and poller share one busy thread
        lines.append(f'[[target]]\nname = "controller"\nhost = "127.0.0.1"\nport = {ports["controller"]}\n{quick}')
        lines.append(
            f'[[target]]\nname = "ups"\nsite = {quoted(self._broken)}\nhost = "127.0.0.1"\nport = {ports["ups"]}\n{quick}'
        )
        beyond = f'url = "tcp://127.0.0.1:{self._beyond_port}"\ntimeout_s = 10.0'
        lines.append(f'[[probe]]\nname = "internet"\nsite = {quoted(self._broken)}\n{beyond}')
        for name, aps in self._aps.items():
            keys = ", ".join(quoted(":".join(f"{byte:02x}" for byte in ap.mac)) for ap in aps)
            lines.append(f'[[site]]\nname = {quoted(name)}\ntarget = "controller"\nap_keys = [{keys}]')
        return "\n".join(lines) + "\n"

    async def close(self) -> None:
        """Give everything back."""
        with suppress(AttributeError):
            self._duty.close()
        with suppress(AttributeError):
            await self._poller.__aexit__(None, None, None)
        with suppress(AttributeError):
            self._beyond.close()
        with suppress(AttributeError):
            await self._served.close()

    # --- minutes

    async def _poll(self) -> None:
        """Put people into the network and let the collector go round once."""
        clients = {}
        for name, aps in self._aps.items():
            present = self._rng.poisson(self._people.get(name, 0) * _DEVICES * _SHARE)
            for index, ap in enumerate(aps):
                clients[ap.name] = int(present // len(aps) + (index < present % len(aps)))
        self._network.control(clients=clients, down=self._down, silent=self._silent, on_battery=self._on_battery)
        with Service(self._config, self._poller.poll, clock=lambda: self._clock.now_s) as service:
            await service.once()

    def _look(self) -> dict[str, dict[str, Any]]:
        """One turn of the watch; what the public folder says now, by name."""
        turn = self._duty.turn()
        self._duty.send_due()
        self._duty.learn(turn)
        public = self._folder / "public"
        self._duty.publish(public, turn)
        told = json.loads((public / "status.json").read_bytes())
        self.done.minutes += 1
        if datetime.fromisoformat(told["time"]) != self._clock.now().replace(microsecond=0):
            self.done.wrong_minutes.append(f"{self._clock.now().isoformat()}: the folder says {told['time']}")
        return {row["name"]: row for row in told["shelters"]}

    async def _minute(self, *, polled: bool = True) -> dict[str, dict[str, Any]]:
        self._clock.tick()
        if polled:
            await self._poll()
        return self._look()

    # --- the play

    async def play(self, say: Callable[[str], None]) -> None:
        """All lists in turn, and the faults spread evenly over them."""
        faults = (self._blackout, self._uplink_loss, self._controller_restart, self._clock_step, self._collector_stop)
        after: dict[int, list[Callable[[Snapshot], Any]]] = {}
        for number, one_fault in enumerate(faults, 1):
            place = min(round(len(self._lists) * number / (len(faults) + 1)), len(self._lists) - 1)
            after.setdefault(place, []).append(one_fault)
        for number, one in enumerate(self._lists):
            shutil.copyfile(one.path, self._folder / "opened.csv")
            self._people = {name: people or 0 for name, people in one.people.items()}
            self._clock.jump_to(max(one.time, self._clock.now()))
            shown = await self._minute()
            self._note_full(one)
            self.done.days.append(self._day(one, shown))
            self._clock.tick(5 * _STEP_S)
            again = await self._minute()
            self._note_full(one)
            self.done.days[-1]["wrong"] += [f"6 minutes later: {text}" for text in self._day(one, again)["wrong"]]
            await self._minute(polled=False)
            self._note_full(one)
            for fault in after.get(number, ()):
                say(f"{one.time:%Y-%m-%d}: {_cause(fault)}")
                await self._with(fault, one)
        for _ in range(3):
            self._clock.tick(1200.0)
            await self._minute()
            self._note_full(self._lists[-1])
        self._count_full()
        self._check_months()
        self.done.messages = len(self._sent())

    def _day(self, one: Snapshot, shown: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
        wanted = one.words()
        got = {name: row["crowding"] for name, row in shown.items() if row["opened"]}
        wrong = [f"{name}: not shown as opened" for name in wanted if name not in got]
        wrong += [f"{name}: shown as opened, and is not" for name in got if name not in wanted]
        wrong += [
            f"{name}: {got[name] or 'unknown'} shown, not {wanted[name] or 'unknown'}"
            for name in wanted
            if name in got and wanted[name] != got[name]
        ]
        return {"time": one.time.isoformat(), "expected": wanted, "shown": got, "wrong": wrong}

    def _sent(self) -> list[str]:
        """What was told to the office: kinds and keys, of delivered messages only."""
        messages = self._duty.outbox.messages(limit=100_000)
        return [about for message in reversed(messages) if message.sent_at is not None for about in message.about]

    async def _with(self, fault: Callable[[Snapshot], Any], one: Snapshot) -> None:
        before = len(self._sent())
        expected = await fault(one)
        for _ in range(_SETTLE_MINUTES):
            shown = await self._minute()
            self._note_full(one)
            self._check_minute(one, shown)
        told = [about for about in self._sent()[before:] if "shelter_full|" not in about]
        raised = sorted(about.removeprefix("raised ") for about in told if about.startswith("raised "))
        cleared = sorted(about.removeprefix("cleared ") for about in told if about.startswith("cleared "))
        cause = _cause(fault)
        self.done.alerts.append({"cause": cause, "expected": sorted(expected), "sent": raised})
        self.done.alerts.append({"cause": f"{cause} (its end)", "expected": sorted(expected), "sent": cleared})

    def _check_minute(self, one: Snapshot, shown: Mapping[str, Mapping[str, Any]], wifi: str | None = None) -> None:
        wrong = self._day(one, shown)["wrong"]
        state = shown[self._broken]["wifi"]
        if wifi is not None and state != wifi:
            wrong.append(f"{self._broken}: Wi-Fi {state} shown, not {wifi}")
        self.done.wrong_minutes += [f"{self._clock.now().isoformat()}: {text}" for text in wrong]

    async def _blackout(self, one: Snapshot) -> list[str]:
        """Blackout: the mains fail for 20 minutes, and a power supply lives on its battery."""
        self._on_battery, self._down = True, {ap.name for ap in self._aps[self._broken]}
        for _ in range(_BLACKOUT_MINUTES):
            self._check_minute(one, await self._minute(), wifi="down")
            self._note_full(one)
        self._on_battery, self._down = False, set()
        return ["battery||ups", *(f"aps_down|{self._broken}|{ap.name}" for ap in self._aps[self._broken])]

    async def _uplink_loss(self, one: Snapshot) -> list[str]:
        """Uplink loss: the Wi-Fi works and the internet is away for 15 minutes."""
        self._beyond.close()
        await self._beyond.wait_closed()
        for minute in range(15):
            shown = await self._minute()
            self._check_minute(one, shown, wifi="usable")
            self._note_full(one)
            if shown[self._broken]["internet"] is not False:
                self.done.wrong_minutes.append(f"minute {minute} of the uplink loss: the internet is not shown as away")
        self._beyond = await asyncio.start_server(_hang_up, "127.0.0.1", self._beyond_port)
        return [f"unreachable|{self._broken}|internet"]

    async def _controller_restart(self, one: Snapshot) -> list[str]:
        """Controller restart: it is silent for two minutes."""
        self._silent = {"controller"}
        for _ in range(2):
            self._check_minute(one, await self._minute())
            self._note_full(one)
        self._silent = set()
        return []

    async def _clock_step(self, one: Snapshot) -> list[str]:
        """Clock step: half an hour forward and, six minutes later, back."""
        self._clock.now_s += 1800.0
        self._check_minute(one, await self._minute(polled=False))
        for _ in range(5):
            self._check_minute(one, await self._minute())
            self._note_full(one)
        self._clock.now_s -= 1800.0
        self._check_minute(one, await self._minute(polled=False))
        return []

    async def _collector_stop(self, one: Snapshot) -> list[str]:
        """Collector stop: nobody polls for 12 minutes."""
        for _ in range(12):
            self._check_minute(one, await self._minute(polled=False))
            self._note_full(one)
        return ["collector_silent||"]

    def _check_months(self) -> None:
        """The months' report adds up: every minute of every site is of one kind, and the blackout is all that was down."""
        down = 0
        with open_store(self._config.store_url, read_only=True) as store:
            months = sorted({f"{one.time.astimezone(JAPAN):%Y-%m}" for one in self._lists})
            for month in months:
                found = review.reviewed(self._config, month, store, {}, (), (), self._clock.now())
                minutes = round((found.until - found.since).total_seconds() / 60)
                kinds = ("up_minutes", "down_minutes", "maintenance_minutes", "unknown_minutes")
                if sum(found.totals()[kind] for kind in kinds) != minutes * len(found.sites):
                    self.done.wrong_minutes.append(f"{month}: the report's minutes are not those of the month")
                down += found.totals()["down_minutes"]
        # The minute in which the mains fail or return may be of either kind.
        if abs(down - _BLACKOUT_MINUTES) > 1:
            self.done.wrong_minutes.append(f"the reports say that {down} minutes were down, not {_BLACKOUT_MINUTES}")

    def _note_full(self, one: Snapshot) -> None:
        words = one.words()
        for name in self._aps:
            self._full.setdefault(name, []).append((self._clock.now_s, words.get(name) == _WORDS[3]))

    def _count_full(self) -> None:
        """Shelters that were full for long enough, by the lists alone."""
        expected: list[str] = []
        ended: list[str] = []
        for name, history in self._full.items():
            wanted, since = True, None
            for at_s, is_full in history:
                if is_full != wanted:
                    since = None
                    continue
                since = at_s if since is None or at_s < since else since
                if at_s - since >= (_FULL_FOR_S if wanted else _FULL_CLEAR_S):
                    (expected if wanted else ended).append(f"shelter_full|{name}|{name}")
                    wanted, since = not wanted, None
        told = [about for about in self._sent() if "shelter_full|" in about]
        raised = sorted(about.removeprefix("raised ") for about in told if about.startswith("raised "))
        cleared = sorted(about.removeprefix("cleared ") for about in told if about.startswith("cleared "))
        self.done.alerts.append({"cause": "a shelter is full", "expected": sorted(expected), "sent": raised})
        self.done.alerts.append({"cause": "a shelter is full (its end)", "expected": sorted(ended), "sent": cleared})


def _cause(fault: Callable[[Snapshot], Any]) -> str:
    return (fault.__doc__ or "").rstrip(".")


async def _hang_up(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()
