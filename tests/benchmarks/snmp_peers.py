"""One peer's polling, in a process of its own: `PYTHON tests/benchmarks/snmp_peers.py PEER MODE VERSION CYCLES PORT`.

Run by `tests/benchmarks/snmp.py --peers PYTHON` with the Python of a virtual environment beside the project that has
`gufo-snmp` and an unpatched `pysnmp`; it imports nothing of the project. Values are decoded to Python's and written as JSON,
under their numeric OIDs only: no names, units, rates or totals, so it does less than the collector.
"""

from __future__ import annotations

import asyncio
import json
import resource
import sys
from typing import Any

COLUMNS = [f"1.3.6.1.4.1.14179.2.2.13.1.{column}" for column in (1, 2, 3, 4, 5, 24)]
SINGLE = [f"1.3.6.1.2.1.1.{n}.0" for n in (1, 3, 5, 6)] + ["1.3.6.1.4.1.41112.1.6.3.5.0"]
ROWS = {"1.3.6.1.2.1.31.1.1.1.6": 3, "1.3.6.1.2.1.31.1.1.1.10": 3, "1.3.6.1.2.1.2.2.1.8": 3}
ROWS |= {"1.3.6.1.4.1.41112.1.6.1.2.1.8": 4, "1.3.6.1.4.1.41112.1.6.1.1.1.6": 2}
OIDS = SINGLE + [f"{oid}.{row}" for oid, rows in ROWS.items() for row in range(1, rows + 1)]
USER, AUTH, PRIV = "usha256", "authpass123", "privpass123"


def cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def text(value: Any) -> Any:
    return value.decode(errors="replace") if isinstance(value, bytes) else value


async def gufo(hosts: list[str], mode: str, version: str, port: int) -> Any:
    from gufo.snmp import Aes128Key, Sha256Key, SnmpVersion, User
    from gufo.snmp.aio import SnmpSession

    credentials: dict[str, Any] = {"community": "public", "version": SnmpVersion.v2c}
    if version == "3":
        user = User(USER, auth_key=Sha256Key(AUTH.encode()), priv_key=Aes128Key(PRIV.encode()))
        credentials = {"user": user, "version": SnmpVersion.v3}
    sessions = {host: SnmpSession(host, port=port, timeout=5.0, **credentials) for host in hosts}
    known: set[str] = set()

    async def poll(host: str) -> int:
        session = sessions[host]
        if version == "3" and host not in known:
            await session.refresh()
            known.add(host)
        if mode == "aps":
            values = await session.get_many(OIDS)
            return len(json.dumps({oid: text(value) for oid, value in values.items()}))
        values = {}
        for column in COLUMNS:
            async for oid, value in session.getbulk(column, max_repetitions=50):
                values[oid] = text(value)
        assert len(values) == 12_000
        return len(json.dumps(values))

    return poll


async def pysnmp(hosts: list[str], mode: str, version: str, port: int) -> Any:
    from pysnmp.hlapi.v3arch import asyncio as api

    engine = api.SnmpEngine()
    who: Any = api.CommunityData("public", mpModel=1)
    if version == "3":
        protocols = {"authProtocol": api.USM_AUTH_HMAC192_SHA256, "privProtocol": api.USM_PRIV_CFB128_AES}
        who = api.UsmUserData(USER, AUTH, PRIV, **protocols)
    places = {host: await api.UdpTransportTarget.create((host, port), timeout=5.0, retries=1) for host in hosts}

    async def poll(host: str) -> int:
        values: dict[str, Any] = {}
        if mode == "aps":
            asked = [api.ObjectType(api.ObjectIdentity(oid)) for oid in OIDS]
            error, status, _, pairs = await api.get_cmd(engine, who, places[host], api.ContextData(), *asked, lookupMib=False)
            assert not error
            assert not status
            values = {str(oid): value.prettyPrint() for oid, value in pairs}
            return len(json.dumps(values))
        for column in COLUMNS:
            at, going = column, True
            while going:
                asked = [api.ObjectType(api.ObjectIdentity(at))]
                error, status, _, pairs = await api.bulk_cmd(
                    engine, who, places[host], api.ContextData(), 0, 50, *asked, lookupMib=False
                )
                assert not error
                assert not status
                for oid, value in pairs:
                    at = str(oid)
                    going = at.startswith(column + ".")
                    if not going:
                        break
                    values[at] = value.prettyPrint()
        assert len(values) == 12_000
        return len(json.dumps(values))

    return poll


async def main() -> None:
    peer, mode, version, cycles, port = sys.argv[1:]
    hosts = [f"127.1.{n // 250}.{n % 250}" for n in range(1, 1001)] if mode == "aps" else ["127.0.0.1"]
    poll = await {"gufo": gufo, "pysnmp": pysnmp}[peer](hosts, mode, version, int(port))
    done = []
    for _ in range(int(cycles)):
        start, queue = cpu_s(), iter(hosts)

        async def work(queue: Any = queue) -> None:
            for host in queue:
                await poll(host)

        await asyncio.gather(*[work() for _ in range(100)])
        done.append({"cpu_s": cpu_s() - start})
    print(json.dumps(done))


if __name__ == "__main__":
    asyncio.run(main())
