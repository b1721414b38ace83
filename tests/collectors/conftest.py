"""Servers that only the collectors' tests need."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from collectors.errors import SnmpError
from collectors.snmp.message import Response

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from collectors.snmp.message import Operation, Peer, Value

ROOT = Path(__file__).resolve().parent.parent.parent

NGINX = r"""
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 64; }}
http {{
    access_log {folder}/access.log;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    client_max_body_size 32m;
    map $arg_bucket $d {{ "~*^(?<a>.+?)(?:/|%2F)" $a; default $arg_bucket; }}
    map $arg_precision $p {{ us u; "" n; ns n; default $arg_precision; }}
    map $http_authorization $a1 {{ "~^Token (?<tu>[^:]+):(?<tp>.+)$" "&u=$tu&p=$tp"; default ""; }}
    map $http_authorization $fa {{ "~^Token " ""; default $http_authorization; }}
    server {{
        listen 127.0.0.1:{port};
        location = /api/v2/write {{
            rewrite ^ /write?db=$d&precision=$p$a1? break;
            proxy_set_header Authorization $fa;
            proxy_pass {upstream};
        }}
        location = /query {{
            proxy_set_header Authorization $fa;
            proxy_pass {upstream};
        }}
        location = /ping {{ proxy_pass {upstream}; }}
    }}
}}
"""
"""The 1.8 compatibility path in front of 1.6: enough of the v2 API for influxdb-client to write and to query."""


@pytest.fixture
def nginx_v2(
    influxd: Any, os_program: Callable[[str], str], unused_port: Callable[[], int], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """Store URL of the test's influxd behind the v2 API."""
    folder: Path = tmp_path_factory.mktemp("nginx")
    port = unused_port()
    config = folder / "nginx.conf"
    config.write_text(NGINX.format(folder=folder, port=port, upstream=influxd.base_url))
    with subprocess.Popen([os_program("nginx"), "-p", str(folder), "-c", str(config)], stderr=subprocess.DEVNULL) as process:
        try:
            for _ in range(100):
                try:
                    httpx.get(f"http://127.0.0.1:{port}/ping")
                    break
                except httpx.TransportError:
                    time.sleep(0.05)
            yield f"influx2://127.0.0.1:{port}/city/wifi"
        finally:
            process.terminate()


# ------------------------------------------------------------------------------------------------------------ SNMP agents

OUR_DEVICES = Path(__file__).resolve().parent.parent / "snmp"
REAL_DEVICES = ("cisco-aireos-5508", "aruba-7210", "ruckuswireless_zd1200", "unifi_nanohd")


def _free_udp_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def _wait_for_agent(port: int, message: bytes, seconds: float) -> None:
    """Ask until there is an answer."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(0.2)
        for _ in range(int(seconds / 0.2)):
            sock.sendto(message, ("127.0.0.1", port))
            try:
                sock.recv(65536)
            except (TimeoutError, ConnectionError):
                continue
            return
    raise TimeoutError(f"the agent on port {port} does not answer")


def _get_sys_up_time(community: bytes) -> bytes:
    body = b"\x02\x01\x01\x02\x01\x00\x02\x01\x00" + b"\x30\x0e\x30\x0c\x06\x08\x2b\x06\x01\x02\x01\x01\x03\x00\x05\x00"
    pdu = b"\xa0" + bytes([len(body)]) + body
    content = b"\x02\x01\x01\x04" + bytes([len(community)]) + community + pdu
    return b"\x30" + bytes([len(content)]) + content


@pytest.fixture(scope="session")
def snmpsim(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The UDP port of an snmpsim that plays our recordings, the real ones where they are there, and faults; community = name."""
    folder = tmp_path_factory.mktemp("snmpsim")
    data = folder / "data"
    data.mkdir()
    shared_data = ROOT.parent / "shared" / "data"
    for path in (
        *OUR_DEVICES.glob("*.snmprec"),
        *(shared_data / "snmp" / f"{name}.snmprec" for name in REAL_DEVICES),
        shared_data / "snmp-faults" / "vary.snmprec",
    ):
        if path.is_file():
            shutil.copy(path, data)
    (folder / "cache").mkdir()
    port = _free_udp_port()
    command = [
        str(Path(sys.executable).with_name("snmpsim-command-responder")),
        f"--data-dir={data}",
        f"--cache-dir={folder / 'cache'}",
        f"--agent-udpv4-endpoint=127.0.0.1:{port}",
        "--log-level=error",
    ]
    with (
        (folder / "log").open("wb") as log,
        subprocess.Popen(command, stdout=log, stderr=log, env={**os.environ, "SNMPSIM_ALLOW_ROOT": "true"}) as process,
    ):
        try:
            _wait_for_agent(port, _get_sys_up_time(b"unifi"), 60)
            yield port
        finally:
            process.terminate()


V3_USERS = {
    "none": (None, None),
    "md5des": ("MD5", "DES"),
    "sha1aes128": ("SHA", "AES"),
    "sha224": ("SHA-224", None),
    "sha256aes128": ("SHA-256", "AES"),
    "sha384aes192": ("SHA-384", "AES-192"),
    "sha512aes256": ("SHA-512", "AES-256"),
    "reeder192": ("SHA", "AES-192-C"),
    "reeder256": ("SHA", "AES-256-C"),
}
"""User -> net-snmp's names of its protocols (AES-*-C is the key extension of Cisco and Reeder)."""


class Snmpd:
    """net-snmp's real agent, which a test may restart as a device reboots."""

    def __init__(self, program: str, folder: Path, port: int) -> None:
        self.program, self.folder, self.port = program, folder, port
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, *, engine: str = "0102030405", boots: int = 1) -> None:
        users = [
            f"createUser {name}" + (f" {auth} authpass1" if auth else "") + (f" {priv} privpass1" if priv else "")
            for name, (auth, priv) in V3_USERS.items()
        ]
        levels = [f"rouser {name} {'priv' if priv else 'auth' if auth else 'noauth'}" for name, (auth, priv) in V3_USERS.items()]
        (self.folder / "snmpd.conf").write_text(
            "\n".join(
                [
                    f"agentAddress udp:127.0.0.1:{self.port}",
                    f"exactEngineID 0x80001f8804{engine}",
                    "rocommunity public 127.0.0.1",
                    "sysDescr an agent of net-snmp",
                    "sysObjectID .1.3.6.1.4.1.99999.9",
                    *users,
                    *levels,
                    "",
                ]
            )
        )
        persistent = self.folder / "persistent"
        persistent.mkdir(exist_ok=True)
        (persistent / "snmpd.conf").write_text(f"engineBoots {boots}\noldEngineID 0x80001f8804{engine}\n")
        self.process = subprocess.Popen(
            [self.program, "-f", "-Lf", str(self.folder / "log"), "-C", "-c", str(self.folder / "snmpd.conf")],
            env={**os.environ, "MIBS": "", "SNMP_PERSISTENT_DIR": str(persistent)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        _wait_for_agent(self.port, _get_sys_up_time(b"public"), 20)

    def stop(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None


@pytest.fixture(scope="session")
def snmpd(os_program: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Snmpd]:
    """A running snmpd with a user of every kind (authpass1, privpass1) and the community public."""
    agent = Snmpd(os_program("snmpd"), tmp_path_factory.mktemp("snmpd"), _free_udp_port())
    agent.start()
    try:
        yield agent
    finally:
        agent.stop()


class ScriptedAgent:
    """An engine without a network: a device with faults, and a record of what it was asked."""

    def __init__(self, values: dict[str, Value], **faults: Any) -> None:
        self.order = sorted((tuple(map(int, oid.split("."))), oid, value) for oid, value in values.items())
        self.too_big_above: int | None = faults.pop("too_big_above", None)
        self.silent_above: int | None = faults.pop("silent_above", None)
        self.gen_err: set[str] = faults.pop("gen_err", set())
        self.silent: set[str] = faults.pop("silent", set())
        self.only_v1: bool = faults.pop("only_v1", False)
        self.loop_at: str | None = faults.pop("loop_at", None)
        self.lost: int = faults.pop("lost", 0)
        assert not faults
        self.asked: list[tuple[str, str, int]] = []

    async def close(self) -> None:
        pass

    async def exchange(
        self, peer: Peer, operation: Operation, oids: Sequence[str], repetitions: int = 0, *, non_repeaters: int = 0
    ) -> Response:
        peer.tally.sent += 1
        if peer.version == "3":
            raise SnmpError("timeout", "it knows no users")
        self.asked.append((peer.version, operation, repetitions))
        if self.lost > 0:
            self.lost -= 1
            raise SnmpError("timeout", "lost")
        if self.only_v1 and peer.version != "1":
            raise SnmpError("timeout", "dropped without a word")
        count = non_repeaters + (len(oids) - non_repeaters) * max(1, repetitions)
        if self.too_big_above is not None and count > self.too_big_above:
            return Response(error_status=1, error_index=0, varbinds=())
        if self.silent_above is not None and count > self.silent_above:
            raise SnmpError("timeout", "too much for it")
        if operation == "get":
            values = {oid: value for _, oid, value in self.order}
            for place, oid in enumerate(oids, 1):
                if peer.version == "1" and oid not in values:
                    return Response(error_status=2, error_index=place, varbinds=())
                if oid in self.silent:
                    raise SnmpError("timeout", "hangs at that value")
                if oid in self.gen_err:
                    return Response(error_status=5, error_index=1, varbinds=())  # some name the wrong one
            return Response(error_status=0, error_index=0, varbinds=[(oid, values.get(oid)) for oid in oids])
        varbinds: list[tuple[str, Value | None]] = []
        at = list(oids)
        rounds = [range(non_repeaters), *[range(non_repeaters, len(oids))] * max(1, repetitions)]
        for places in rounds:
            for place in places:
                found, value = self._next(at[place])
                if found in self.silent:
                    raise SnmpError("timeout", "hangs at that row")
                if found in self.gen_err:
                    return Response(error_status=5, error_index=place + 1, varbinds=())
                if value is None and peer.version == "1":
                    return Response(error_status=2, error_index=place + 1, varbinds=())
                varbinds.append((found, value))
                at[place] = found
        return Response(error_status=0, error_index=0, varbinds=varbinds)

    def _next(self, oid: str) -> tuple[str, Value | None]:
        if oid == self.loop_at:
            return oid.rpartition(".")[0] + ".1", 0
        numbers = tuple(map(int, oid.split(".")))
        return next(((name, value) for key, name, value in self.order if key > numbers), (oid, None))


@pytest.fixture(scope="session")
def scripted() -> type[ScriptedAgent]:
    """`scripted({oid: value}, fault=...)` is an SNMP engine that needs no network."""
    return ScriptedAgent
