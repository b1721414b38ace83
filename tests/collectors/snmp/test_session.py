"""The SNMP engine against real agents, and against one that misbehaves as real gear does."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from typing import TYPE_CHECKING, Any

import pytest

from collectors.config import Secret, Target, User
from collectors.errors import SnmpError
from collectors.poll import Poller, PollResult
from collectors.snmp import names
from collectors.snmp import session as session_module
from collectors.snmp._pysnmp import PysnmpEngine
from collectors.snmp.engines import make_engine
from collectors.snmp.message import MAX_IN_FLIGHT, Response
from collectors.snmp.session import FIRST_REPETITIONS, Session

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from collectors.config import Auth, Priv
    from collectors.snmp.message import Value

SYS_DESCR, SYS_UP_TIME = "1.3.6.1.2.1.1.1.0", "1.3.6.1.2.1.1.3.0"


def target(port: int = 161, **changes: Any) -> Target:
    basic: dict[str, Any] = {"name": "d", "site": "s", "host": "127.0.0.1", "port": port, "timeout_s": 1.0, "retries": 1}
    return Target(**{**basic, **changes})


@pytest.fixture(params=["own", "pysnmp"])
def engine(request: pytest.FixtureRequest) -> Any:
    """Both engines pass the same tests."""
    return request.param


def run(target: Target, work: Callable[[Session], Awaitable[Any]], engine: Any = "own") -> Any:
    """Open a session, do the work, close the engine."""

    async def go() -> Any:
        used = make_engine(engine) if isinstance(engine, str) else engine
        try:
            session = Session(used, target)
            await session.open()
            return await work(session)
        finally:
            await used.close()

    return asyncio.run(go())


# -------------------------------------------------------------------------------------------------- what agents cannot bear

TABLE = {f"1.9.1.{column}.{row}": column * 1000 + row for column in (1, 2, 3) for row in range(1, 61)}
COLUMNS = ("1.9.1.1", "1.9.1.2", "1.9.1.3")
WHOLE = {oid: {str(row): int(oid[-1]) * 1000 + row for row in range(1, 61)} for oid in COLUMNS}


def walked(agent: Any, **changes: Any) -> tuple[dict[str, Any], Session]:
    async def work(session: Session) -> Any:
        return await session.columns(COLUMNS), session

    result: tuple[dict[str, Any], Session] = run(target(**changes), work, agent)
    return result


def test_columns_are_walked_side_by_side_with_getbulk(scripted: Any) -> None:
    agent = scripted(TABLE)

    assert WHOLE == walked(agent)[0]
    assert {("2c", "bulk", FIRST_REPETITIONS)} == set(agent.asked)
    assert 3 == len(agent.asked)


def test_repetitions_shrink_on_too_big_and_are_remembered(scripted: Any) -> None:
    agent = scripted(TABLE, too_big_above=20)
    columns, session = walked(agent)

    assert WHOLE == columns
    assert 6 == session.repetitions
    assert [25, 12, 6] == [asked[2] for asked in agent.asked[:3]]
    assert {6} == {asked[2] for asked in agent.asked[3:]}


def test_repetitions_shrink_when_a_large_answer_never_comes(scripted: Any) -> None:
    columns, session = walked(scripted(TABLE, silent_above=10))

    assert WHOLE == columns
    assert 3 == session.repetitions


def test_one_lost_packet_does_not_shrink_anything(scripted: Any) -> None:
    columns, session = walked(scripted(TABLE, lost=1))

    assert WHOLE == columns
    assert FIRST_REPETITIONS == session.repetitions


def test_a_general_error_in_mid_table_loses_that_row_only(scripted: Any) -> None:
    columns, session = walked(scripted(TABLE, gen_err={"1.9.1.2.30"}))

    assert WHOLE["1.9.1.1"] == columns["1.9.1.1"]
    assert WHOLE["1.9.1.3"] == columns["1.9.1.3"]
    assert {index: value for index, value in WHOLE["1.9.1.2"].items() if index != "30"} == columns["1.9.1.2"]
    assert any("1.9.1.2" in warning and "genErr" in warning for warning in session.warnings)


def test_a_column_that_hangs_is_given_up_the_others_are_not(scripted: Any) -> None:
    agent = scripted({**TABLE, SYS_UP_TIME: 1}, silent={"1.9.1.2.30"})
    columns, session = walked(agent, retries=0)

    assert {"1.9.1.1", "1.9.1.3"} == set(columns)
    assert any("1.9.1.2: no answer to this column" in warning for warning in session.warnings)


def test_a_device_that_falls_silent_is_an_error_not_a_table_of_nothing(scripted: Any) -> None:
    agent = scripted(TABLE, lost=10_000)

    with pytest.raises(SnmpError) as caught:
        walked(agent)

    assert "timeout" == caught.value.kind
    assert len(agent.asked) < 40


def test_oids_that_do_not_increase_end_the_walk(scripted: Any) -> None:
    agent = scripted(TABLE, loop_at="1.9.1.2.40")
    columns, session = walked(agent)

    assert WHOLE["1.9.1.1"] == columns["1.9.1.1"]
    assert 40 == len(columns["1.9.1.2"])
    assert any("do not increase" in warning for warning in session.warnings)


def test_an_agent_of_version_1_is_found_out_and_read(scripted: Any) -> None:
    agent = scripted({**TABLE, SYS_DESCR: b"old"}, only_v1=True)

    async def work(session: Session) -> Any:
        first = await session.get([SYS_DESCR, "1.3.6.1.2.1.1.99.0"])
        return first, await session.columns(COLUMNS)

    assert ({SYS_DESCR: b"old"}, WHOLE) == run(target(), work, agent)
    assert {"next", "get"} == {operation for version, operation, _ in agent.asked if version == "1"}


def test_version_2c_asked_for_is_kept_to(scripted: Any) -> None:
    agent = scripted({SYS_DESCR: b"old"}, only_v1=True)

    with pytest.raises(SnmpError):
        run(target(version="2c"), lambda session: session.get([SYS_DESCR]), agent)

    assert {"2c"} == {version for version, _, _ in agent.asked}


def test_a_get_survives_too_big_and_general_errors(scripted: Any) -> None:
    values: dict[str, Value] = {f"1.9.2.{n}.0": n for n in range(1, 31)}
    agent = scripted(values, too_big_above=7, gen_err={"1.9.2.4.0"})
    result = run(target(), lambda session: session.get([*values, "1.9.2.99.0"]), agent)

    assert {oid: value for oid, value in values.items() if value != 4} == result


def test_values_that_never_come_are_found_out_and_left_out_of_the_next_polls(scripted: Any) -> None:
    values: dict[str, Value] = {SYS_UP_TIME: 1, **{f"1.9.2.{n}.0": n for n in range(1, 12)}}
    agent = scripted(values, silent={"1.9.2.4.0"})

    async def work(session: Session) -> Any:
        await session.get([SYS_UP_TIME])
        first = await session.get(values)
        asked = len(agent.asked)
        return first, await session.get(values), len(agent.asked) - asked

    rest = {oid: value for oid, value in values.items() if value != 4}

    assert (rest, rest, 1) == run(target(retries=0), work, agent)


def test_a_second_read_takes_one_request_and_sees_a_new_row(scripted: Any) -> None:
    values: dict[str, Value] = {SYS_DESCR: b"x", SYS_UP_TIME: 1, **{f"1.9.1.{c}.{r}": r for c in (1, 2, 3) for r in (1, 2)}}
    agent = scripted(values)
    grown = scripted({**values, "1.9.1.2.3": 3, "1.9.1.2.4": 4})
    scalars = [SYS_DESCR, SYS_UP_TIME, "1.9.2.1.0"]

    async def work(session: Session) -> Any:
        first = await session.read(scalars, COLUMNS)
        agent.asked.clear()
        second = await session.read(scalars, COLUMNS)
        asked = list(agent.asked)
        agent.order = grown.order
        return first, second, asked, (await session.read(scalars, COLUMNS))[1]["1.9.1.2"]

    first, second, asked, rows = run(target(), work, agent)

    assert ({SYS_DESCR: b"x", SYS_UP_TIME: 1}, {oid: {"1": 1, "2": 2} for oid in COLUMNS}) == first
    assert first == second
    assert [("2c", "bulk", 3)] == asked
    assert {"1": 1, "2": 2, "3": 3, "4": 4} == rows


@pytest.mark.parametrize("fault", [{"gen_err": {SYS_DESCR}}, {"silent": {SYS_DESCR}}, {"too_big_above": 9}, {"silent_above": 9}])
def test_what_cannot_be_read_at_once_is_read_plainly(scripted: Any, fault: dict[str, Any]) -> None:
    values: dict[str, Value] = {SYS_DESCR: b"x", SYS_UP_TIME: 1, **{f"1.9.1.{c}.{r}": r for c in (1, 2, 3) for r in (1, 2)}}
    good, bad = scripted(values), scripted(values, **fault)
    wanted = {oid: {"1": 1, "2": 2} for oid in COLUMNS}

    async def work(session: Session) -> Any:
        await session.read([SYS_DESCR, SYS_UP_TIME], COLUMNS)
        session.engine = bad
        return [await session.read([SYS_DESCR, SYS_UP_TIME], COLUMNS) for _ in range(2)]

    for scalars, columns in run(target(retries=0), work, good):
        assert wanted == columns
        assert 1 == scalars[SYS_UP_TIME]


def test_probing_finds_what_is_there(scripted: Any) -> None:
    for only_v1 in (False, True):
        agent = scripted({**TABLE, SYS_UP_TIME: 1}, only_v1=only_v1)
        probed = run(
            target(version="1" if only_v1 else None),
            lambda session: session.probe(["1.9.1.2", "1.9.1.4", "1.9.0", "1.3.6.1.2.1.1"]),
            agent,
        )

        assert {"1.9.1.2", "1.3.6.1.2.1.1"} == probed


# ---------------------------------------------------------------------------------------------------------- real agents


@pytest.mark.parametrize("version", ["1", "2c"])
def test_both_community_versions_walk_a_recorded_device_alike(engine: str, snmpsim: int, version: Any) -> None:
    oids = ["1.3.6.1.4.1.41112.1.6.1.2.1.6", "1.3.6.1.4.1.41112.1.6.1.2.1.8", "1.3.6.1.4.1.41112.1.6.1.2.1.99"]
    columns = run(
        target(snmpsim, version=version, community=Secret(value="unifi")), lambda session: session.columns(oids), engine
    )

    assert {"1": b"00000JAPAN", "2": b"staff", "3": b"00000JAPAN"} == columns[oids[0]]
    assert {"1": 8, "2": 1, "3": 22} == columns[oids[1]]
    assert {} == columns[oids[2]]


def user(name: str, auth: Auth | None, priv: Priv | None, *, auth_pass: str = "authpass1", priv_pass: str = "privpass1") -> User:
    return User(name=name, auth=auth, auth_secret=Secret(value=auth_pass), priv=priv, priv_secret=Secret(value=priv_pass))


@pytest.mark.parametrize(
    ("name", "auth", "priv"),
    [
        ("none", None, None),
        ("md5des", "md5", "des"),
        ("sha1aes128", "sha1", "aes128"),
        ("sha224", "sha224", None),
        ("sha256aes128", "sha256", "aes128"),
        ("sha384aes192", "sha384", "aes192"),
        ("sha512aes256", "sha512", "aes256"),
        ("reeder192", "sha1", "aes192-reeder"),
        ("reeder256", "sha1", "aes256-reeder"),
    ],
)
def test_version_3_with_every_protocol(engine: str, snmpd: Any, name: str, auth: Auth | None, priv: Priv | None) -> None:
    values = run(target(snmpd.port, user=user(name, auth, priv)), lambda session: session.get([SYS_DESCR]), engine)

    assert {SYS_DESCR: b"an agent of net-snmp"} == values


@pytest.mark.parametrize(
    ("who", "kind", "says"),
    [
        (user("nobody", "sha1", None), "auth", "does not know the user nobody"),
        (user("sha256aes128", "sha256", "aes128", auth_pass="not this one"), "auth", "authentication key of sha256aes128"),
        (user("sha256aes128", "sha256", "aes128", priv_pass="not this one"), "timeout", "privacy passphrase"),
        (user("sha224", "sha224", "aes128"), "auth", "security level"),
        (user("sha256aes128", "sha256", None), "refused", "lets sha256aes128 read nothing"),
        (user("sha1aes128", "sha1", "aes128", auth_pass="short"), "auth", "shorter than 8 characters"),
        (
            User(name="x", auth="sha1", auth_secret=Secret(env="WIFIPLAN_TEST_NOT_SET")),
            "auth",
            "WIFIPLAN_TEST_NOT_SET is not set",
        ),
    ],
)
def test_wrong_credentials_are_told_apart(engine: str, snmpd: Any, who: User, kind: str, says: str) -> None:
    with pytest.raises(SnmpError) as caught:
        run(target(snmpd.port, user=who, retries=0, timeout_s=0.5), lambda session: session.get([SYS_DESCR]), engine)

    assert kind == caught.value.kind
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_two_users_of_one_name_and_other_passphrases_do_not_meet(engine: str, snmpd: Any) -> None:
    async def work(session: Session) -> Any:
        wrong = Session(session.engine, target(snmpd.port, user=user("sha224", "sha224", None, auth_pass="another device's")))
        await wrong.open()
        with pytest.raises(SnmpError, match="authentication key"):
            await wrong.get([SYS_DESCR])
        return await session.get([SYS_DESCR])

    assert {SYS_DESCR: b"an agent of net-snmp"} == run(target(snmpd.port, user=user("sha224", "sha224", None)), work, engine)


def test_version_3_asks_once_a_poll_long_after_discovery_and_lives_through_reboots(engine: str, snmpd: Any) -> None:
    """pysnmp alone forgets an engine after five minutes, discovers it again at every poll then, and loses a new one for ever."""

    async def work(session: Session) -> list[int]:
        counts = []

        async def poll() -> None:
            before = session.sent
            assert {SYS_UP_TIME} == set(await session.get([SYS_UP_TIME]))
            counts.append(session.sent - before)

        await poll()
        await poll()
        _age(session.engine, 15 * 60.0)
        await poll()
        snmpd.stop()
        snmpd.start(boots=7)
        await poll()
        await poll()
        snmpd.stop()
        snmpd.start(engine="0908070605")
        await poll()
        await poll()
        return counts

    try:
        counts = run(target(snmpd.port, user=user("sha256aes128", "sha256", "aes128"), retries=2), work, engine)
    finally:
        snmpd.stop()
        snmpd.start()

    assert [1, 1] == counts[1:3]
    assert 1 == counts[4]
    assert 1 == counts[6]


def _age(engine: Any, seconds: float) -> None:
    """Let pysnmp's own clock run on, as if nothing had happened for so long; our engine has none that could run out."""
    for machine in engine._machines if isinstance(engine, PysnmpEngine) else ():
        pysnmp = machine.engine
        for _ in range(int(seconds / pysnmp.transport_dispatcher.get_timer_resolution())):
            for handler in (*pysnmp.message_processing_subsystems.values(), *pysnmp.security_models.values()):
                handler.receive_timer_tick(pysnmp, 0.0)


# ------------------------------------------------------------------------------------------------------------- the wire


@contextlib.contextmanager
def udp_agent(answer: Callable[[bytes], list[tuple[str, bytes]]]) -> Iterator[int]:
    """A UDP port whose answers come from the addresses that `answer` names."""
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("127.0.0.1", 0))
    port = server.getsockname()[1]
    others: dict[str, socket.socket] = {"127.0.0.1": server}

    def serve() -> None:
        while True:
            data, address = server.recvfrom(65536)
            if data == b"stop":
                return
            for source, reply in answer(data):
                if source not in others:
                    others[source] = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
                    others[source].bind((source, 0))
                others[source].sendto(reply, address)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield port
    finally:
        server.sendto(b"stop", ("127.0.0.1", port))
        thread.join()
        for sock in others.values():
            sock.close()


def as_answer(request: bytes) -> bytes:
    """The same message as a response whose value is the integer 7 in place of null."""
    body = request[:-2] + b"\x02\x01\x07"
    longer = bytearray(body)
    for at in _lengths_on_the_way(request):
        longer[at] += 1
    longer[longer.index(0xA0)] = 0xA2
    return bytes(longer)


def _lengths_on_the_way(message: bytes) -> list[int]:
    """Offsets of the short lengths of message, PDU, variable bindings and variable binding."""
    community = 2 + 3
    pdu = community + 2 + message[community + 1]
    at = pdu + 2
    for _ in range(3):
        at += 2 + message[at + 1]
    return [1, pdu + 1, at + 1, at + 3]


def test_an_answer_from_a_wrong_address_is_dropped_and_named(engine: str) -> None:
    with udp_agent(lambda data: [("127.0.0.2", as_answer(data))]) as port, pytest.raises(SnmpError) as caught:
        run(target(port, version="2c", retries=0, timeout_s=0.3), lambda session: session.get([SYS_DESCR]), engine)

    assert "timeout" == caught.value.kind
    assert "127.0.0.2" in str(caught.value)
    assert "answers_from" in str(caught.value)


def test_an_answer_from_a_further_address_of_the_target_is_taken(engine: str) -> None:
    with udp_agent(lambda data: [("127.0.0.2", as_answer(data))]) as port:
        values = run(target(port, answers_from=("127.0.0.2",)), lambda session: session.get([SYS_DESCR]), engine)

    assert {SYS_DESCR: 7} == values


def test_garbage_before_the_answer_does_no_harm(engine: str) -> None:
    def answer(data: bytes) -> list[tuple[str, bytes]]:
        cut = as_answer(data)[:20]
        junk = [b"", b"\x30", b"\x30\x84\xff\xff\xff\xff", b"\xff" * 50, data, cut, cut + b"\xff" * 20]
        return [*[("127.0.0.1", bad) for bad in junk], ("127.0.0.1", as_answer(data))]

    complaints: list[Any] = []

    async def work(session: Session) -> Any:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
        return await session.get([SYS_DESCR])

    with udp_agent(answer) as port:
        assert {SYS_DESCR: 7} == run(target(port, version="2c"), work, engine)
    assert [] == complaints


def test_a_port_where_nobody_listens_is_told_at_once() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        port = sock.getsockname()[1]
    with pytest.raises(SnmpError) as caught:
        run(target(port, timeout_s=30.0), lambda session: session.get([SYS_DESCR]))

    assert "refused" == caught.value.kind
    assert "nothing listens there" in str(caught.value)


def test_one_device_that_refuses_takes_no_answer_from_another(snmpsim: int) -> None:
    """The kernel reports a closed port on the next call on the socket, whomever that call is about."""

    async def work(first: Session) -> list[Any]:
        good = [
            Session(first.engine, target(snmpsim, name=str(n), community=Secret(value="unifi"), retries=0)) for n in range(20)
        ]
        bad = [Session(first.engine, target(9, name=f"bad{n}", retries=0)) for n in range(20)]
        pairs = [session for pair in zip(good, bad, strict=True) for session in pair]
        for session in pairs:
            await session.open()
        return await asyncio.gather(*[session.get([SYS_DESCR]) for session in pairs], return_exceptions=True)

    answers = run(target(snmpsim), work)

    assert [{SYS_DESCR: b"U6-Pro 6.5.28.14491"}] * 20 == answers[::2]
    assert ["refused"] * 20 == [answer.kind for answer in answers[1::2]]


def test_closing_ends_what_is_in_flight(engine: str) -> None:
    async def work(session: Session) -> Any:
        waiting = asyncio.create_task(session.get([SYS_DESCR]))
        await asyncio.sleep(0.05)
        await session.engine.close()
        async with asyncio.timeout(1):
            return await asyncio.gather(waiting, return_exceptions=True)

    with udp_agent(lambda _: []) as port:
        (error,) = run(target(port, timeout_s=30.0), work, engine)

    assert isinstance(error, SnmpError)
    assert "closed" in str(error)


def test_many_devices_at_once_all_get_their_answer(engine: str, snmpsim: int) -> None:
    async def work(first: Session) -> list[Any]:
        sessions = [
            Session(first.engine, target(snmpsim, name=str(n), community=Secret(value="unifi"), timeout_s=5.0))
            for n in range(3 * MAX_IN_FLIGHT)
        ]
        for session in sessions:
            await session.open()
        return await asyncio.gather(*[session.get([SYS_DESCR]) for session in sessions])

    answers = run(target(snmpsim, timeout_s=5.0), work, engine)

    assert 3 * MAX_IN_FLIGHT == len(answers)
    assert {b"U6-Pro 6.5.28.14491"} == {answer[SYS_DESCR] for answer in answers}


# ------------------------------------------------------------------------------------------------------------ what has no end


class Endless:
    """An agent whose column 2 grows for ever beside columns 1 and 3 of five rows; `alone`: it is the only column."""

    def __init__(self, *, alone: bool = False) -> None:
        self.alone, self.asked = alone, 0

    async def exchange(self, peer: Any, operation: Any, oids: Any, repetitions: int = 0, *, non_repeaters: int = 0) -> Response:
        del operation, non_repeaters
        peer.tally.sent += 1
        self.asked += 1
        varbinds, at = [], list(oids)
        for _ in range(max(1, repetitions)):
            for place, oid in enumerate(at):
                column, _, row = oid.removeprefix("1.9.1.").partition(".")
                number = int(row or 0) + 1
                there = column == "2" or (number <= 5 and not self.alone)
                varbinds.append((f"1.9.1.{column}.{number}", number) if there else ("1.9.2", None))
                at[place] = f"1.9.1.{column}.{number}"
        return Response(error_status=0, error_index=0, varbinds=varbinds)

    async def close(self) -> None:
        pass


def test_a_column_without_end_is_given_up_named_and_the_others_are_read() -> None:
    """It is absent, not five rows and not a hundred thousand; and the next polls do not ask for it."""
    agent = Endless()

    async def work(session: Session) -> Any:
        first = await session.columns(COLUMNS)
        asked, warnings = agent.asked, session.take_warnings()
        return first, asked, warnings, await session.columns(COLUMNS), agent.asked - asked

    first, asked, warnings, second, asked_again = run(target(), work, agent)

    assert ["1.9.1.1", "1.9.1.3"] == sorted(first) == sorted(second)
    assert asked < 20
    assert 1 == asked_again
    assert ["1.9.1.2: no end after"] == [warning[:21] for warning in warnings]


def test_a_column_without_end_that_stands_alone_is_given_up_after_many_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """By its rows, or by its time where it has many."""
    monkeypatch.setattr(session_module, "_MOST_ROWS", 3_000)

    async def work(session: Session) -> Any:
        return await session.columns(["1.9.1.2"]), session.take_warnings()

    by_rows, warnings = run(target(), work, Endless(alone=True))
    monkeypatch.setattr(session_module, "_MOST_ROWS", 10**9)
    monkeypatch.setattr(session_module, "_TIME_S", 0.0)
    monkeypatch.setattr(session_module, "_ROWS_IN_TIME", 1_000)
    by_time, late_warnings = run(target(), work, Endless(alone=True))

    assert [{}, {}] == [by_rows, by_time]
    said = "1.9.1.2: no end after {} rows; the column is left out"
    assert [said.format(3025), said.format(1025)] == [*warnings, *late_warnings]


def test_the_values_of_one_poll_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session_module, "_MOST_VALUES", 1_000)

    async def work(session: Session) -> Any:
        return await session.columns(["1.9.1.2"])

    with pytest.raises(SnmpError, match="more than 1000 values"):
        run(target(), work, Endless(alone=True))


# --------------------------------------------------------------------------------------------------------- living before dead


def test_a_device_that_failed_is_asked_for_one_value_once_among_its_like(scripted: Any) -> None:
    """In the room of the doubtful, until it answers; then it is asked as ever."""
    agent = scripted(TABLE | {SYS_UP_TIME: 5})
    doubts: list[bool] = []
    exchange = agent.exchange

    async def heard(peer: Any, *arguments: Any, **more: Any) -> Any:
        doubts.append(peer.doubtful)
        return await exchange(peer, *arguments, **more)

    agent.exchange = heard

    async def work(session: Session) -> Any:
        await session.get([SYS_UP_TIME])
        agent.lost = 5
        with pytest.raises(SnmpError):
            await session.knock()
        agent.lost = 0
        await session.knock()
        return await session.get([SYS_UP_TIME])

    assert {SYS_UP_TIME: 5} == run(target(retries=3), work, agent)
    assert [True, True, True, False] == doubts
    assert [("2c", "get", 0)] * 4 == agent.asked


def test_a_name_that_hangs_keeps_its_last_address_and_holds_up_no_store(monkeypatch: pytest.MonkeyPatch, scripted: Any) -> None:
    """In a blackout the name server is silent too; a known address is used without waiting for it."""
    agent, looked_up, free = scripted({SYS_UP_TIME: 5}), [], threading.Event()

    def look_up(host: str, *_: Any, **__: Any) -> Any:
        looked_up.append(host)
        if len(looked_up) > 1:
            free.wait(5.0)
            raise socket.gaierror("temporary failure")
        return [(socket.AF_INET, socket.SOCK_DGRAM, 17, "", ("192.0.2.7", 161))]

    monkeypatch.setattr(names.socket, "getaddrinfo", look_up)
    monkeypatch.setattr(names, "LOOK_UP_S", 0.5)

    async def work(session: Session) -> Any:
        await session.get([SYS_UP_TIME])
        await session.open()
        addresses = [session.peer.address]
        session._looked_up_s = float("-inf")
        await session.open()
        return [*addresses, session.peer.address]

    try:
        assert [("192.0.2.7", 161)] * 2 == run(target(host="ap.example"), work, agent)
    finally:
        free.set()
    assert ["ap.example"] * 2 == looked_up


@pytest.fixture
def mute() -> Iterator[int]:
    """A port of this machine where somebody listens and never answers, as an agent does to a wrong community."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        yield sock.getsockname()[1]


def failed(target: Target, polls: int = 1) -> list[PollResult]:
    async def run() -> list[PollResult]:
        async with Poller() as poller:
            return [await poller.poll(target) for _ in range(polls)]

    return asyncio.run(run())


def test_of_a_silent_device_whose_machine_is_there_the_words_say_so(mute: int) -> None:
    """It says that another port is closed, and of this one it says nothing: a wrong community, or an agent that hangs."""
    target = Target(name="t", site="s", host="127.0.0.1", port=mute, version="2c", timeout_s=0.1, retries=0)
    errors = [result.error for result in failed(target, 3)]

    assert [("timeout", "silent")] * 3 == [(error.kind, error.why) for error in errors if error is not None]
    assert "though its machine is there: check the community" in str(errors[0])


def test_a_device_that_answers_strangers_does_not_hear_its_community(snmpd: Any) -> None:
    """net-snmp says to a version 3 user that it does not know him, and to a wrong community nothing."""
    target = Target(
        name="t",
        site="s",
        host="127.0.0.1",
        port=snmpd.port,
        version="2c",
        community=Secret(value="wrong"),
        timeout_s=0.5,
        retries=0,
    )
    (result,) = failed(target)

    assert result.error is not None
    assert ("timeout", "auth") == (result.error.kind, result.error.why)
    assert "does not hear this community" in str(result.error)


def test_where_nothing_of_a_device_is_heard_it_is_silent(mute: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session_module, "_CLOSED_PORT", mute)
    target = Target(name="t", site="s", host="127.0.0.1", port=mute, version="2c", timeout_s=0.1, retries=0)
    (result,) = failed(target)

    assert result.error is not None
    assert ("timeout", "silent") == (result.error.kind, result.error.why)
    assert "its machine" not in str(result.error)


def test_each_of_two_devices_behind_one_address_counts_its_own_requests(mute: int) -> None:
    async def run() -> list[int]:
        one, other = (
            Target(
                name=name,
                site="s",
                host="127.0.0.1",
                port=mute,
                version="3",
                user=User(name=name),
                timeout_s=0.1,
                retries=retries,
            )
            for name, retries in (("a", 0), ("b", 2))
        )
        async with Poller() as poller:
            return [result.requests for result in await asyncio.gather(poller.poll(one), poller.poll(other))]

    assert [1, 3] == asyncio.run(run())
