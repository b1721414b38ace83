"""The simulated network speaks real SNMP, and its people come and go as told."""

from __future__ import annotations

import asyncio
import json
import re
import signal
import socket
import subprocess
import sys
import threading
import tomllib
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from collectors import config
from collectors.errors import ConfigError
from collectors.poll import Poller, PollResult
from collectors.simulate import gear as simulate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).resolve().parents[3]
END = re.compile(r"^End of MIB$|= No more variables left")


def radio(band: simulate.Band = "5", planned_clients: float = 30.0, channel: int = 36) -> simulate.Radio:
    return simulate.Radio(
        band=band, channel=channel, width_mhz=20, tx_power_dbm=17.0, planned_clients=planned_clients, client_limit=50
    )


def four_aps(planned_clients: float = 30.0) -> tuple[simulate.AccessPoint, ...]:
    return tuple(
        simulate.AccessPoint(
            name=f"体育館-{n}",
            mac=bytes([2, 0, 0, 0, 0, n]),
            radios=(radio("2.4", planned_clients / 3, 1), radio("5", planned_clients)),
        )
        for n in range(1, 5)
    )


class Clock:
    """Seconds that pass when told."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


@contextmanager
def served(network: simulate.Network, scenario: str = "shelter-day1") -> Iterator[dict[str, int]]:
    """Agents in a thread of their own; gives their ports."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        agents = simulate.agents(network, scenario)
        running = asyncio.run_coroutine_threadsafe(simulate.serve(network, agents), loop).result(10)
        try:
            yield running.ports
        finally:
            asyncio.run_coroutine_threadsafe(running.close(), loop).result(10)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def net_snmp(program: str, port: int, *oids: str, version: str = "2c", community: str = "public") -> tuple[list[str], int]:
    """What net-snmp's own client prints, and its exit code. `-OQn` is OID = value, in numbers."""
    line = [program, f"-v{version}", "-c", community, "-r0", "-t0.5", "-OQnU", "-m", "", f"127.0.0.1:{port}", *oids]
    done = subprocess.run(line, capture_output=True, text=True, timeout=30)
    return [line for line in done.stdout.splitlines() if not END.search(line)], done.returncode


def values(lines: list[str]) -> list[int]:
    return [int(line.partition(" = ")[2]) for line in lines]


def test_the_same_seed_gives_the_same_people_however_often_they_are_looked_at() -> None:
    """One network is looked at every second, one only at the end."""
    clocks = Clock(), Clock(), Clock()
    often, once, other = (simulate.Network(four_aps(), seed=s, clock=c) for s, c in zip((1, 1, 2), clocks, strict=True))
    for _ in range(300):
        clocks[0].now_s += 1.0
        often.clients()
    clocks[1].now_s += 300.0
    clocks[2].now_s += 300.0

    assert often.clients() == once.clients()
    assert often.clients() != other.clients()


def test_people_keep_to_the_planned_number_times_who_is_there() -> None:
    """M/M/inf: in the long run the count is Poisson around the target, so mean and variance are both the target."""
    clock = Clock()
    network = simulate.Network(four_aps(planned_clients=60.0), scenario="all day", seed=3, stay_s=10.0, clock=clock)
    counts = []
    for _ in range(4000):
        clock.now_s += 5.0
        counts.append([own[1] for own in network.clients().values()])
    seen = np.array(counts)

    assert 60.0 == pytest.approx(seen.mean(), rel=0.02)
    assert 60.0 == pytest.approx(seen.var(axis=0).mean(), rel=0.1)
    assert abs(np.diff(seen, axis=0)).max() > 0


def test_a_day_has_its_hours() -> None:
    """A shelter in its second week is full at night and half empty in the day; a day takes `day_s`."""
    clock = Clock()
    network = simulate.Network(four_aps(planned_clients=300.0), scenario="shelter-week2", day_s=240.0, stay_s=1.0, clock=clock)
    evening = sum(map(sum, network.clients().values()))
    clock.now_s += 140.0  # from 20 h, 14 of 24 h later: 10 h
    morning = sum(map(sum, network.clients().values()))

    assert 1600 * 0.9 < evening < 1600 * 1.1  # 4 x (300 + 100)
    assert 0.35 == pytest.approx(morning / 1600, abs=0.05)


def test_what_is_taken_in_hand_stays_and_what_is_let_go_moves_again() -> None:
    """A test, or a person who shows it, sets one access point's count."""
    clock = Clock()
    network = simulate.Network(four_aps(), clock=clock)
    network.control(clients={"体育館-1": 57}, down=["体育館-2"])
    clock.now_s += 100.0

    assert (29, 28) == network.clients()["体育館-1"]
    assert (0, 0) == network.clients()["体育館-2"]
    network.control()
    assert (29, 28) != network.clients()["体育館-1"]
    with pytest.raises(ConfigError, match="体育館-9: no such access point; there are 体育館-1"):
        network.control(clients={"体育館-9": 1})
    with pytest.raises(ConfigError, match="whole numbers"):
        network.control(clients={"体育館-1": -1})


def test_a_walk_of_the_controller_gives_the_people_of_its_access_points(os_program: Callable[[str], str]) -> None:
    """Read by net-snmp, GETBULK in frames that fit Ethernet: radios, access points, networks and the count of them agree."""
    network = simulate.Network(four_aps(), clock=Clock())
    walk = os_program("snmpbulkwalk")
    with served(network) as ports:
        per_radio, _ = net_snmp(walk, ports["controller"], "1.3.6.1.4.1.14179.2.2.2.1.15")
        per_ap, _ = net_snmp(walk, ports["controller"], "1.3.6.1.4.1.9.9.513.1.1.1.1.54")
        per_ssid, _ = net_snmp(walk, ports["controller"], "1.3.6.1.4.1.14179.2.1.1.1.38")
        names, _ = net_snmp(walk, ports["controller"], "1.3.6.1.4.1.14179.2.2.1.1.3")
        count, _ = net_snmp(walk, ports["controller"], "1.3.6.1.4.1.9.9.513.1.3.35")
    clients = network.clients()

    assert [*clients["体育館-1"], *clients["体育館-3"]] == values(per_radio)
    assert [sum(clients["体育館-1"]), sum(clients["体育館-3"])] == values(per_ap)
    assert sum(values(per_ap)) == sum(values(per_ssid))
    assert ".1.3.6.1.4.1.14179.2.2.1.1.3.2.0.0.0.0.1" == names[0].partition(" = ")[0]
    assert [2] == values(count)


def test_every_way_to_walk_sees_the_same_objects(os_program: Callable[[str], str]) -> None:
    """v1 and v2c by GETNEXT, v2c by GETBULK; only Counter64 has no place in v1 (RFC 3584, 4.2.2.1)."""
    bulk, walk = os_program("snmpbulkwalk"), os_program("snmpwalk")
    with served(simulate.Network(four_aps(), clock=Clock())) as ports:
        for name, port in ports.items():
            by_bulk, _ = net_snmp(bulk, port, "1.3.6.1")
            by_next, _ = net_snmp(walk, port, "1.3.6.1")
            by_v1, _ = net_snmp(walk, port, "1.3.6.1", version="1")
            oids = [line.partition(" = ")[0] for line in by_bulk]

            assert oids == sorted(oids, key=lambda oid: [int(part) for part in oid.strip(".").split(".")])
            assert len(oids) > 10, name
            assert by_next == by_bulk
            assert by_v1 == [
                line for line in by_bulk if not line.startswith((".1.3.6.1.2.1.31.1.1.1.6.", ".1.3.6.1.2.1.31.1.1.1.10."))
            ]


def test_what_is_not_there_and_what_may_not_be_is_answered_as_the_rfcs_say(os_program: Callable[[str], str]) -> None:
    """An exception in v2c, an error in v1 (RFC 3416, 4.2.1; RFC 1157, 4.1.2); a wrong community gets silence."""
    get = os_program("snmpget")
    minutes_left, nothing = "1.3.6.1.2.1.33.1.2.3.0", "1.3.6.1.2.1.33.1.2.99.0"
    with served(simulate.Network(four_aps(), clock=Clock())) as ports:
        port = ports["ups"]
        both, code = net_snmp(get, port, minutes_left, nothing)
        assert f".{minutes_left} = 95" == both[0]
        assert "No Such Instance" in both[1]
        assert 0 == code

        assert ([f".{minutes_left} = 95"], 2) == net_snmp(get, port, minutes_left, nothing, version="1")  # asks again without it
        assert ([], 1) == net_snmp(get, port, minutes_left, community="wrong")
        assert ([], 2) == net_snmp(os_program("snmpset"), port, minutes_left, "i", "4")


def test_the_poller_reads_them_through_the_profiles_of_real_gear() -> None:
    """Two makes' OIDs, one truth: every access point and radio with its own count, a UPS, a switch with its uplink."""
    aps = (*four_aps(), simulate.AccessPoint(name="6 GHz", mac=bytes([2, 0, 0, 0, 0, 9]), radios=(radio("5"), radio("6"))))
    network = simulate.Network(aps, clock=Clock())
    network.control(down=["体育館-3"], on_battery=True)

    async def poll_all(ports: dict[str, int]) -> list[PollResult]:
        targets = [
            config.Target(name=n, site="s", host="127.0.0.1", port=p, ap=n if n in network.clients() else None)
            for n, p in ports.items()
        ]
        async with Poller() as poller:
            return [await poller.poll(target) for target in targets]

    with served(network) as ports:
        results = asyncio.run(poll_all(ports))
    samples = [sample for result in results for sample in result.samples]
    clients = network.clients()

    assert [None] * 6 == [result.error for result in results]
    assert {"cisco-wlc", "unifi", "poe", "ups"} == {result.device["profile"] for result in results}
    assert {"controller", "体育館-2", "体育館-4", "6 GHz", "switch", "ups"} == {s.tags["device"] for s in samples}
    per_ap = {s.tags["ap"]: s.fields["clients"] for s in samples if s.measurement == "wifi_ap"}
    assert {name: float(sum(own)) for name, own in clients.items()} == per_ap
    per_radio: dict[str, list[tuple[str, float]]] = {}
    for s in samples:
        if s.measurement == "wifi_radio":
            per_radio.setdefault(s.tags["ap"], []).append((s.tags["band"], s.fields["clients"]))
    bands = {ap.name: [radio.band for radio in ap.radios] for ap in aps}
    assert {name: sorted(zip(bands[name], own, strict=True)) for name, own in clients.items()} == {
        name: sorted(found) for name, found in per_radio.items()
    }
    assert {"体育館-1": 1.0, "体育館-3": 0.0} == {
        s.tags["ap"]: s.fields["up"] for s in samples if s.measurement == "wifi_ap" and s.tags["device"] == "controller"
    }
    assert [1.0] == [s.fields["on_battery"] for s in samples if s.measurement == "ups"]
    assert [52.0] == [s.fields["used_w"] for s in samples if s.measurement == "poe"]
    assert "uplink" in {s.tags["interface"] for s in samples if s.measurement == "link"}


def test_agents_fall_silent_and_come_back(os_program: Callable[[str], str]) -> None:
    """A lone access point that is down is silent; the controller says so of its own and stays up."""
    get = os_program("snmpget")
    network = simulate.Network(four_aps(), clock=Clock())
    with served(network) as ports:
        uptime = "1.3.6.1.2.1.1.3.0"
        network.control(down=["体育館-1", "体育館-2"], silent=["ups"], on_battery=True)
        state = "1.3.6.1.4.1.14179.2.2.1.1.6.2.0.0.0.0.1"

        assert [2] == values(net_snmp(get, ports["controller"], state)[0])
        assert [1, 1] == [net_snmp(get, ports[name], uptime)[1] for name in ("体育館-2", "ups")]
        network.control(on_battery=True)
        assert [1] == values(net_snmp(get, ports["controller"], state)[0])
        assert 0 == net_snmp(get, ports["体育館-2"], uptime)[1]
        assert [5] == values(net_snmp(get, ports["ups"], "1.3.6.1.2.1.33.1.4.1.0")[0])


def test_noise_on_the_port_is_no_trouble(os_program: Callable[[str], str]) -> None:
    """Datagrams that are not SNMP, of SNMPv3, or cut short get no answer, and the agent goes on."""
    with served(simulate.Network(four_aps(), clock=Clock())) as ports, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.connect(("127.0.0.1", ports["ups"]))
        sock.settimeout(0.2)
        whole = bytes.fromhex("302602010104067075626c6963a019020401020304020100020100300b300906052b060102010500")
        version_3 = whole[:4] + b"\x03" + whole[5:]
        for datagram in (
            b"",
            b"\x00",
            b"hello",
            b"\x30\x84\xff\xff\xff\xff",
            version_3,
            *(whole[:n] for n in range(1, len(whole))),
        ):
            sock.send(datagram)
        with pytest.raises(TimeoutError):
            sock.recv(2000)

        assert 0 == net_snmp(os_program("snmpget"), ports["ups"], "1.3.6.1.2.1.1.3.0")[1]


def design_json(**changes: Any) -> dict[str, Any]:
    ap = {"name": "AP-1", "x_m": 1.0, "y_m": 1.0, "height_m": 3.0, "why": "not for the simulation"}
    radios = [{"band": "5", "channel": 36, "planned_clients": 25.5, "client_limit": 60}]
    aps = [{**ap, "key": "00:11:22:33:44:55", "radios": radios}, {**ap, "name": "AP-2", "radios": radios}]
    return {"format": 1, "floor_plan": {"name": '柏 "第一" 小'}, "scenario": "shelter-day3", "access_points": aps, **changes}


def test_a_design_is_read_by_its_documented_keys(tmp_path: Path) -> None:
    """MAC from the key, else a made one that is the same at every start; planned clients and limits."""
    path = tmp_path / "design.json"
    path.write_text(json.dumps(design_json()))
    site, scenario, (first, second) = simulate.read_design(path)

    assert ('柏 "第一" 小', "shelter-day3") == (site, scenario)
    assert bytes.fromhex("001122334455") == first.mac
    assert 0x02 == second.mac[0]
    assert (first, second) == simulate.read_design(path)[2]
    assert (25.5, 60) == (first.radios[0].planned_clients, first.radios[0].client_limit)


def test_radios_without_a_plan_share_everybodys_devices(tmp_path: Path) -> None:
    """200 people x 1.5 devices x 0.8 associated over 2 radios."""
    path = tmp_path / "design.json"
    bare = design_json(demands=[{"zone": "hall", "people": 200, "devices_per_person": 1.5, "associated_share": 0.8}])
    for ap in bare["access_points"]:
        ap["radios"] = [{"band": "5", "channel": 36}]
    path.write_text(json.dumps(bare))

    assert [120.0, 120.0] == [ap.radios[0].planned_clients for ap in simulate.read_design(path)[2]]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (None, "no such file"),
        ("{", "not JSON"),
        ("[]", "should be a valid dictionary"),
        (json.dumps(design_json(format=2)), "format 2 is newer"),
        (json.dumps(design_json(access_points=[])), "access_points: .*at least 1 item"),
        (json.dumps(design_json(access_points=[{"name": "a"}, {"name": "a"}])), r"access_points\[1\].name: a is another"),
        (json.dumps(design_json(access_points=[{"name": "ups"}])), r"access_points\[0\].name: ups is another"),
        (
            json.dumps(design_json(access_points=[{"name": "a", "radios": [{"band": "7"}]}])),
            r"access_points\[0\].radios\[0\].band",
        ),
    ],
)
def test_a_design_that_is_wrong_is_named_with_the_place_in_it(tmp_path: Path, text: str | None, words: str) -> None:
    path = tmp_path / "design.json"
    if text is not None:
        path.write_text(text)

    with pytest.raises(ConfigError, match=rf"design.json: .*{words}"):
        simulate.read_design(path)


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    line = [sys.executable, "-c", "from wifiplan.cli import main; main()", *map(str, arguments)]
    return subprocess.run(line, capture_output=True, text=True, timeout=60, cwd=ROOT)


def test_the_command_serves_writes_its_targets_and_follows_its_control_file(
    tmp_path: Path, os_program: Callable[[str], str]
) -> None:
    """`ready` means served and written; the targets file is one that `collect` takes; SIGTERM ends it with 0."""
    design, targets, hand = tmp_path / "design.json", tmp_path / "sub" / "targets.toml", tmp_path / "hand.json"
    design.write_text(json.dumps(design_json()))
    targets.parent.mkdir()
    line = [sys.executable, "-c", "from wifiplan.cli import main; main()", "simulate", str(design)]
    line += ["--write-targets", str(targets), "--control", str(hand)]
    with subprocess.Popen(line, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        assert "ready\n" == process.stdout.readline()
        found = config.load(targets)
        ports = {target.name: target.port for target in found.targets}
        hand.write_text('{"clients": {"AP-2": 57')  # half-written: nothing happens
        hand.write_text(json.dumps({"clients": {"AP-2": 57}}))
        column = "1.3.6.1.4.1.41112.1.6.1.2.1.8"
        for _ in range(50):
            counts = values(net_snmp(os_program("snmpbulkwalk"), ports["AP-2"], column)[0])
            if sum(counts) == 57:
                break
            threading.Event().wait(0.1)
        process.send_signal(signal.SIGTERM)
        rest = process.stdout.read()

    assert [52, 5] == counts
    assert "" == rest
    assert 0 == process.returncode
    assert {"controller", "AP-2", "switch", "ups"} == set(ports)
    assert {"AP-2"} == {target.ap for target in found.targets} - {None}
    assert {'柏 "第一" 小'} == {target.site for target in found.targets}
    assert {design.resolve()} == {target.design.resolve() for target in found.targets if target.design}
    assert f"sqlite:{targets.resolve().parent / 'store.sqlite'}" == found.store_url


def test_bad_input_is_one_line_and_leaves_no_targets_file(tmp_path: Path) -> None:
    """A taken port, an unknown scenario, a folder that is not there."""
    design, targets = tmp_path / "design.json", tmp_path / "targets.toml"
    design.write_text(json.dumps(design_json()))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        cases = [
            (("--port", str(port), "--write-targets", targets), 1, f"UDP port {port} of 127.0.0.1 is taken"),
            (("--port", "65534", "--write-targets", targets), 1, "UDP port 65536 of 127.0.0.1 is not a port"),
            (("--scenario", "party", "--write-targets", targets), 2, "--scenario party: unknown; give one of assembly"),
            (("--write-targets", tmp_path / "no" / "t.toml"), 2, "its folder is not there"),
        ]
        for arguments, code, words in cases:
            done = run("simulate", design, *arguments)

            assert (code, "") == (done.returncode, done.stdout)
            assert words in done.stderr
            assert 1 == len(done.stderr.splitlines())
    assert not targets.exists()


def test_names_that_toml_must_escape_come_back(tmp_path: Path) -> None:
    """Quotes, backslashes, control characters."""
    name = 'A"\\\n\x7f髙'
    text = simulate.targets_toml({name: 161}, site=name, design="d", store_url="sqlite:s", interval_s=5)

    assert [name, name] == [tomllib.loads(text)["target"][0][key] for key in ("name", "site")]
