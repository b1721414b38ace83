"""Notifications: one of a known device asks for a poll of it; floods and strangers do not, and no MAC address gets through."""

from __future__ import annotations

import asyncio
import logging
import random
import socket
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from collectors.config import Listen, Secret, Target, User
from collectors.errors import CollectError
from collectors.profile import library
from collectors.snmp import _ber as ber
from collectors.snmp import _usm as usm
from collectors.snmp import traps
from collectors.snmp.traps import Limiter, Receiver

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

LINK_DOWN = "1.3.6.1.6.3.1.1.5.3"
AP_DOWN = "1.3.6.1.4.1.14179.2.6.3.8"
UPS_ON_BATTERY = "1.3.6.1.2.1.33.2.1"
SECRET = Secret(value="authpass1")


def target(name: str = "wlc", **changes: Any) -> Target:
    basic: dict[str, Any] = {"name": name, "site": "gym", "host": "127.0.0.1", "community": Secret(value="hush")}
    return Target(**{**basic, **changes})


def v3(auth: Any = "sha256", priv: Any = "aes128", name: str = "watch") -> User:
    return User(name=name, auth=auth, auth_secret=SECRET, priv=priv, priv_secret=Secret(value="privpass1"))


def hear(targets: list[Target], send: Callable[[int], Awaitable[None]], **listen: Any) -> tuple[list[tuple[str, str]], Receiver]:
    """What a receiver heard while something was sent to its port."""
    heard: list[tuple[str, str]] = []

    async def go() -> Receiver:
        receiver = Receiver(
            Listen(host="127.0.0.1", port=0, **listen), library.events(), lambda name, event: heard.append((name, event))
        )
        receiver.follow(targets)
        receiver.open()
        try:
            await send(receiver.port)
            for _ in range(20):
                await asyncio.sleep(0.02)
                if sum(receiver.counts.values()):
                    break
        finally:
            receiver.close()
        return receiver

    return heard, asyncio.run(go())


@pytest.fixture
def snmptrap(os_program: Callable[[str], str]) -> Callable[..., Callable[[int], Awaitable[None]]]:
    """`snmptrap("-v2c", ..., oid=...)` gives what sends that notification with net-snmp."""
    program = os_program("snmptrap")

    def sender(*options: str, oid: str = LINK_DOWN, code: int = 0) -> Callable[[int], Awaitable[None]]:
        async def send(port: int) -> None:
            what = ["", oid] if "1" not in options[:2] else ["1.3.6.1.4.1.318", "127.0.0.1", "6", "5", ""]
            process = await asyncio.create_subprocess_exec(
                program, *options, f"127.0.0.1:{port}", *what, env={"MIBS": "", "SNMP_PERSISTENT_DIR": "/nonexistent"},
                stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
            )  # fmt: skip
            _, errors = await process.communicate()

            assert code == process.returncode, errors

        return send

    return sender


# ------------------------------------------------------------------------------------------------------- what gets through


@pytest.mark.parametrize(
    ("options", "oid", "event"),
    [
        (("-v2c", "-c", "hush"), LINK_DOWN, "link_down"),
        (("-v2c", "-c", "hush"), "1.3.6.1.6.3.1.1.5.4", "link_up"),
        (("-v2c", "-c", "hush"), "1.3.6.1.6.3.1.1.5.5", "auth_failure"),
        (("-v2c", "-c", "hush"), AP_DOWN, "ap_down"),
        (("-v2c", "-c", "hush"), "1.3.6.1.4.1.9.9.513.0.4", "ap_up"),
        (("-v2c", "-c", "hush"), UPS_ON_BATTERY, "on_battery"),
        (("-v2c", "-c", "hush", "-Ci"), AP_DOWN, "ap_down"),
        (("-v", "1", "-c", "hush"), "", "on_battery"),
    ],
)
def test_a_notification_of_a_known_device_is_heard_as_what_it_is(snmptrap: Any, options: Any, oid: str, event: str) -> None:
    """Traps of versions 1 and 2c, and informs, which are answered: else snmptrap would fail."""
    heard, receiver = hear([target(), target("other", host="192.0.2.9")], snmptrap(*options, oid=oid))

    assert [("wlc", event)] == heard
    assert {"heard": 1} == receiver.counts


@pytest.mark.parametrize(
    ("auth", "priv", "options"),
    [
        ("sha1", "aes128", "-l authPriv -a SHA -A authpass1 -x AES -X privpass1"),
        ("sha256", "aes256", "-l authPriv -a SHA-256 -A authpass1 -x AES-256 -X privpass1"),
        ("sha512", None, "-l authNoPriv -a SHA-512 -A authpass1"),
        ("md5", "des", "-l authPriv -a MD5 -A authpass1 -x DES -X privpass1"),
        (None, None, "-l noAuthNoPriv"),
    ],
)
@pytest.mark.parametrize("kind", ["trap", "inform"])
def test_version_3_is_heard_from_any_engine_of_a_known_device(
    snmptrap: Any, auth: Any, priv: Any, options: str, kind: str
) -> None:
    """A trap is signed for its sender's engine, which nobody has told us; an inform for ours, which the sender asks for."""
    engine = ["-Ci"] if kind == "inform" else ["-e", "0x8000000001020304"]
    send = snmptrap("-v3", *engine, "-u", "watch", *options.split())
    heard, _ = hear([target(user=v3(auth, priv))], send)

    assert [("wlc", "link_down")] == heard


def test_a_target_that_is_named_is_heeded_once_its_name_is_resolved(snmptrap: Any) -> None:
    """And a name that is not known keeps no other from being heard."""

    async def send(port: int) -> None:
        await asyncio.sleep(0.5)
        await snmptrap("-v2c", "-c", "hush")(port)

    assert [("b", "link_down")] == hear([target("a", host="nowhere.invalid"), target("b", host="localhost")], send)[0]


def test_made_up_engines_do_not_push_a_device_out(snmptrap: Any) -> None:
    """The newest few of a source are known: what others pretend makes it neither deaf nor larger."""

    async def send(port: int) -> None:
        for number in range(9):
            await snmptrap("-v3", "-e", f"0x80000000010203{number:02x}", "-u", "watch", *ALL.split())(port)
            await asyncio.sleep(0.05)

    heard, receiver = hear([target(user=v3())], send)

    assert [("wlc", "link_down")] * 9 == heard
    assert [4] == [len(engines) for engines in receiver._engines.values()]


ALL = "-l authPriv -a SHA-256 -A authpass1 -x AES -X privpass1"


def test_of_the_targets_at_one_address_those_are_meant_whose_community_it_is(snmptrap: Any) -> None:
    """Devices behind one address, or one agent with a community for each: a neighbour's trap is not theirs."""
    other = target("b", port=1161, community=Secret(value="other"))
    heard, _ = hear([target("a"), other], snmptrap("-v2c", "-c", "hush"))

    assert ["a"] == [name for name, _ in heard]


def test_all_targets_of_one_address_are_meant(snmptrap: Any) -> None:
    heard, _ = hear([target("a"), target("b", port=1161)], snmptrap("-v2c", "-c", "hush"))

    assert ["a", "b"] == sorted(name for name, _ in heard)


def test_a_real_agent_tells_that_it_started_and_that_somebody_guesses(os_program: Callable[[str], str], tmp_path: Path) -> None:
    """net-snmp's snmpd: an inform when it starts and stops, another for a wrong community."""
    program, get = os_program("snmpd"), os_program("snmpget")

    async def send(port: int) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.bind(("127.0.0.1", 0))
            own = sock.getsockname()[1]
        text = f"agentAddress udp:127.0.0.1:{own}\nrocommunity hush\ninformsink 127.0.0.1:{port} hush\nauthtrapenable 1\n"
        (tmp_path / "snmpd.conf").write_text(text)
        env = {"MIBS": "", "SNMP_PERSISTENT_DIR": str(tmp_path / "kept")}
        command = [program, "-f", "-Lf", str(tmp_path / "log"), "-C", "-c", str(tmp_path / "snmpd.conf")]
        agent = await asyncio.create_subprocess_exec(*command, env=env)
        try:
            guess = [get, "-v2c", "-c", "guess", "-t", "0.3", "-r", "5", f"127.0.0.1:{own}", "1.3.6.1.2.1.1.3.0"]
            asking = await asyncio.create_subprocess_exec(*guess, env=env, stderr=subprocess.DEVNULL)
            await asking.wait()
        finally:
            agent.terminate()
            await agent.wait()

    heard, _ = hear([target()], send)

    assert {("wlc", "restarted"), ("wlc", "auth_failure")} == set(heard)


# ---------------------------------------------------------------------------------------------------- what does not get through


def test_a_wrong_community_and_a_stranger_are_not_heard(snmptrap: Any) -> None:
    wrong, one = hear([target()], snmptrap("-v2c", "-c", "guess"))
    strange, two = hear([target(host="192.0.2.9")], snmptrap("-v2c", "-c", "hush"))

    assert ([], [], {"refused": 1}, {"strange": 1}) == (wrong, strange, one.counts, two.counts)


def test_a_notification_that_no_profile_knows_is_counted_and_no_more(snmptrap: Any) -> None:
    """A client that joins is such a one at most makes: it would be a poll for each."""
    heard, receiver = hear([target()], snmptrap("-v2c", "-c", "hush", oid="1.3.6.1.4.1.14179.2.6.3.53"))

    assert ([], {"other": 1}) == (heard, receiver.counts)


@pytest.mark.parametrize(
    "options",
    [
        "-l authPriv -a SHA-256 -A wrongpass -x AES -X privpass1",
        "-l authNoPriv -a SHA-256 -A authpass1",
        "-l noAuthNoPriv",
    ],
)
def test_version_3_below_the_users_level_or_with_another_key_is_not_heard(snmptrap: Any, options: str) -> None:
    """Whoever knows a user's name could else make us poll."""
    heard, _ = hear([target(user=v3())], snmptrap("-v3", "-e", "0x8000000001020304", "-u", "watch", *options.split()))

    assert [] == heard


def test_a_forwarded_trap_counts_for_the_device_that_it_names() -> None:
    """By snmpTrapAddress (RFC 3584), if the forwarder knows the common community."""

    def send(community: str) -> Callable[[int], Awaitable[None]]:
        async def go(port: int) -> None:
            pairs = [
                ("1.3.6.1.2.1.1.3.0", b"\x43\x01\x01"),
                ("1.3.6.1.6.3.1.1.4.1.0", ber.tlv(ber.OID, ber.oid_octets(LINK_DOWN))),
                ("1.3.6.1.6.3.18.1.3.0", ber.tlv(ber.IP_ADDRESS, bytes([192, 0, 2, 9]))),
            ]
            sent(port, trap(community, pairs))

        return go

    listen = {"community": Secret(value="common")}

    assert [("far", "link_down")] == hear([target("far", host="192.0.2.9")], send("common"), **listen)[0]
    assert [] == hear([target("far", host="192.0.2.9")], send("hush"), **listen)[0]
    assert [] == hear([target("far", host="192.0.2.9")], send("common"))[0]


def trap(community: str, pairs: list[tuple[str, bytes]]) -> bytes:
    """A version 2c trap (RFC 3416 4.2.6)."""
    varbinds = b"".join(ber.tlv(ber.SEQUENCE, ber.tlv(ber.OID, ber.oid_octets(oid)) + value) for oid, value in pairs)
    pdu = ber.tlv(0xA7, ber.integer(1) + ber.integer(0) + ber.integer(0) + ber.tlv(ber.SEQUENCE, varbinds))
    return ber.community_message(1, community.encode(), pdu)


def link_down(community: str = "hush", more: bytes = b"") -> bytes:
    pairs = [
        ("1.3.6.1.2.1.1.3.0", b"\x43\x01\x01"),
        ("1.3.6.1.6.3.1.1.4.1.0", ber.tlv(ber.OID, ber.oid_octets(LINK_DOWN))),
        ("1.3.6.1.4.1.99999.1", ber.tlv(ber.OCTETS, more)),
    ]
    return trap(community, pairs)


def sent(port: int, *datagrams: bytes) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        for datagram in datagrams:
            sock.sendto(datagram, ("127.0.0.1", port))


def test_a_clients_mac_address_goes_no_further(caplog: pytest.LogCaptureFixture) -> None:
    """What a notification carries is neither handed on nor written down, at any level of the log."""

    async def send(port: int) -> None:
        sent(port, link_down(more=b"0a:00:5e:00:53:01"), link_down("guess", more=b"0a:00:5e:00:53:02"))

    with caplog.at_level(logging.DEBUG):
        heard, receiver = hear([target()], send)

    assert [("wlc", "link_down")] == heard
    assert "0a:00" not in caplog.text + repr(vars(receiver))


def test_a_flood_is_dropped_unread_and_leaves_others_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    async def send(port: int) -> None:
        sent(port, *[link_down()] * 200)
        await asyncio.sleep(0.3)

    heard, receiver = hear([target()], send)

    assert 20 <= len(heard) <= 25
    assert 200 == sum(receiver.counts.values())


def test_a_source_has_its_own_tokens_and_gets_new_ones_in_time() -> None:
    limiter = Limiter(rate=5.0, burst=2.0)

    assert [True, True, False] == [limiter.takes("a", 0.0) for _ in range(3)]
    assert limiter.takes("b", 0.0)
    assert [True, False] == [limiter.takes("a", 0.2) for _ in range(2)]
    assert [True, True, False] == [limiter.takes("a", 100.0) for _ in range(3)]


def test_the_limiter_forgets_the_oldest_source(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(traps, "_SOURCES", 3)
    limiter = Limiter(rate=1.0, burst=1.0)
    for number in range(50):
        limiter.takes(str(number), 0.0)

    assert 3 == len(limiter._buckets)


def test_mutated_notifications_neither_stop_nor_fill_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """1,500 of versions 2c and 3, cut, lengthened and with octets changed (100,000 in tests/benchmarks/fuzz_traps.py)."""
    monkeypatch.setattr(traps, "A_SECOND", 1e9)
    monkeypatch.setattr(traps, "AT_ONCE", 1e9)
    rng = random.Random(7)
    whole = [link_down(), v3_trap()]

    async def send(port: int) -> None:
        for _ in range(15):
            sent(port, *(mutated(rng.choice(whole), rng) for _ in range(100)))
            await asyncio.sleep(0)
        for _ in range(200):
            await asyncio.sleep(0.01)
        sent(port, link_down())

    heard, receiver = hear([target(), target("v3", user=v3())], send)

    assert heard[-1] == ("wlc", "link_down")
    assert receiver.counts["broken"] > 200
    assert sum(len(engines) for engines in receiver._engines.values()) <= 4


def mutated(datagram: bytes, rng: random.Random) -> bytes:
    octets = bytearray(datagram)
    for _ in range(rng.choice([1, 1, 2, 5])):
        at = rng.randrange(len(octets))
        how = rng.randrange(4)
        if how == 0:
            octets[at] = rng.randrange(256)
        elif how == 1:
            octets[at] ^= 1 << rng.randrange(8)
        elif how == 2 and len(octets) > 2:
            del octets[at:]
        else:
            octets[at:at] = rng.randbytes(rng.choice([1, 3, 40]))
        if not octets:
            octets = bytearray(b"0")
    return bytes(octets)


def v3_trap() -> bytes:
    """A signed and encrypted version 3 trap of the user `watch` (RFC 3412 6, RFC 3414 2.4)."""
    engine_id = bytes.fromhex("8000000001020304")
    keys = usm.keys(engine_id, "sha256", "authpass1", "aes128", "privpass1")
    scoped = ber.tlv(ber.SEQUENCE, ber.tlv(ber.OCTETS, engine_id) + ber.tlv(ber.OCTETS, b"") + PDU)
    octets, salt = keys.encrypt(scoped, 1, 5)

    def message(code: bytes) -> bytes:
        head = ber.integer(77) + ber.integer(65507) + ber.tlv(ber.OCTETS, b"\x03") + ber.integer(3)
        names = ber.tlv(ber.OCTETS, engine_id) + ber.integer(1) + ber.integer(5) + ber.tlv(ber.OCTETS, b"watch")
        security = ber.tlv(ber.SEQUENCE, names + ber.tlv(ber.OCTETS, code) + ber.tlv(ber.OCTETS, salt))
        whole = ber.integer(3) + ber.tlv(ber.SEQUENCE, head) + ber.tlv(ber.OCTETS, security) + ber.tlv(ber.OCTETS, octets)
        return ber.tlv(ber.SEQUENCE, whole)

    return message(keys.code(message(bytes(keys.code_size))))


PDU = link_down()[len(ber.tlv(ber.SEQUENCE, ber.integer(1) + ber.tlv(ber.OCTETS, b"hush"))) :]


def test_the_version_3_trap_that_is_mutated_is_a_good_one() -> None:
    async def send(port: int) -> None:
        sent(port, v3_trap())

    assert [("v3", "link_down")] == hear([target("v3", user=v3())], send)[0]


# ------------------------------------------------------------------------------------------------------------------ the rest


def test_a_port_that_cannot_be_had_is_said_with_the_way_out() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        port = sock.getsockname()[1]

        async def go() -> None:
            Receiver(Listen(host="127.0.0.1", port=port), {}, lambda *_: None).open()

        with pytest.raises(CollectError, match=f"UDP 127.0.0.1:{port} cannot be had .*; give .traps. listen another port"):
            asyncio.run(go())


def test_one_notification_means_one_thing_to_all_profiles() -> None:
    meant: dict[str, set[str]] = {}
    for name in library.names():
        for oid, event in library.load(name).traps.items():
            meant.setdefault(oid, set()).add(event)

    assert {} == {oid: events for oid, events in meant.items() if len(events) > 1}
    assert {"ap_up", "ap_down", "link_up", "link_down", "on_battery", "auth_failure"} <= set(library.events().values())
