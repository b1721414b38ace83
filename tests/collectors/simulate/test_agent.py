"""The agents speak SNMP as the RFCs have it, to net-snmp's own clients."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest

from collectors.simulate.people import Network
from tests.collectors.simulate.network import Clock, four_aps, net_snmp, served, values

if TYPE_CHECKING:
    from collections.abc import Callable


def test_every_way_to_walk_sees_the_same_objects(os_program: Callable[[str], str]) -> None:
    """v1 and v2c by GETNEXT, v2c by GETBULK; only Counter64 has no place in v1 (RFC 3584, 4.2.2.1)."""
    bulk, walk = os_program("snmpbulkwalk"), os_program("snmpwalk")
    with served(Network(four_aps(), clock=Clock())) as ports:
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
    with served(Network(four_aps(), clock=Clock())) as ports:
        port = ports["ups"]
        both, code = net_snmp(get, port, minutes_left, nothing)
        assert f".{minutes_left} = 95" == both[0]
        assert "No Such Instance" in both[1]
        assert 0 == code

        assert ([f".{minutes_left} = 95"], 2) == net_snmp(get, port, minutes_left, nothing, version="1")  # asks again without it
        assert ([], 1) == net_snmp(get, port, minutes_left, community="wrong")
        assert ([], 2) == net_snmp(os_program("snmpset"), port, minutes_left, "i", "4")


def test_agents_fall_silent_and_come_back(os_program: Callable[[str], str]) -> None:
    """A lone access point that is down is silent; the controller says so of its own and stays up."""
    get = os_program("snmpget")
    network = Network(four_aps(), clock=Clock())
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
    with served(Network(four_aps(), clock=Clock())) as ports, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
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
