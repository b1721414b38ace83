"""What the agents say of the people: two makes' objects, one truth."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from collectors import config
from collectors.poll import Poller, PollResult
from collectors.simulate.people import AccessPoint, Attendance, Network
from tests.collectors.simulate.network import Clock, four_aps, net_snmp, radio, served, values

if TYPE_CHECKING:
    from collections.abc import Callable


def test_a_walk_of_the_controller_gives_the_people_of_its_access_points(os_program: Callable[[str], str]) -> None:
    """Read by net-snmp, GETBULK in frames that fit Ethernet: radios, access points, networks and the count of them agree."""
    network = Network(four_aps(), clock=Clock())
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


def test_the_poller_reads_them_through_the_profiles_of_real_gear() -> None:
    """Two makes' OIDs, one truth: every access point and radio with its own count, a UPS, a switch with its uplink."""
    aps = (*four_aps(), AccessPoint(name="6 GHz", mac=bytes([2, 0, 0, 0, 0, 9]), radios=(radio("5"), radio("6"))))
    network = Network(aps, clock=Clock())
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


def test_the_networks_shown_are_those_of_the_day(os_program: Callable[[str], str]) -> None:
    """A shelter shows the name that is the same all over Japan in a disaster."""
    network = Network(four_aps(), attendance=Attendance(ssids=("00000JAPAN", "staff")), clock=Clock())
    with served(network) as ports:
        names, _ = net_snmp(os_program("snmpbulkwalk"), ports["controller"], "1.3.6.1.4.1.14179.2.1.1.1.2")

    assert ['"00000JAPAN"', '"staff"'] == [line.partition(" = ")[2] for line in names]
