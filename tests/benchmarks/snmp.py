"""What polling costs, beside prometheus-snmp-exporter on the same C agent: `python tests/benchmarks/snmp.py [--pairs 9]`.

`--peers PYTHON` names the Python of a virtual environment with gufo-snmp and an unpatched pysnmp, which are then measured too.

Needs the references beside the repository (bench/snmp), gcc with libssl-dev, and prometheus-snmp-exporter. Both sides do all of
their work: requests, decoding, and writing the samples out (JSON here, text there). CPU is user and system time of the process
that polls. Pairs alternate, so that what else the machine does hits both.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import http.client
import json
import os
import platform
import resource
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
AGENT = ROOT.parent / "shared" / "bench" / "snmp"
PORT, EXPORTER_PORT = 28161, 29116
STANDALONE, IN_FLIGHT = 1000, 100
COLUMNS = [f"1.3.6.1.4.1.14179.2.2.13.1.{column}" for column in (1, 2, 3, 4, 5, 24)]
SINGLE = [f"1.3.6.1.2.1.1.{n}.0" for n in (1, 3, 5, 6)] + ["1.3.6.1.4.1.41112.1.6.3.5.0"]
ROWS = {"1.3.6.1.2.1.31.1.1.1.6": 3, "1.3.6.1.2.1.31.1.1.1.10": 3, "1.3.6.1.2.1.2.2.1.8": 3}
ROWS |= {"1.3.6.1.4.1.41112.1.6.1.2.1.8": 4, "1.3.6.1.4.1.41112.1.6.1.1.1.6": 2}

AP_PROFILE = """
vendor: bench
device: standalone access point
source: bench
unverified: true
lone: true
model: [{scalar: 1.3.6.1.2.1.1.6.0}]
totals: {clients: {sum_of: 1.3.6.1.4.1.41112.1.6.1.2.1.8}}
tables:
  - measurement: link
    oid: 1.3.6.1.2.1.2.2.1
    tags: {interface: {index: index}}
    fields:
      up: {column: 8, map: {1: 1, 2: 0}}
      in_bps: {oid: 1.3.6.1.2.1.31.1.1.1.6, rate: 64, scale: 8}
      out_bps: {oid: 1.3.6.1.2.1.31.1.1.1.10, rate: 64, scale: 8}
  - measurement: wifi_radio
    oid: 1.3.6.1.4.1.41112.1.6.1.1.1
    tags: {radio: {index: index}}
    fields: {busy_share: {column: 6, scale: 0.01}}
  - measurement: wifi_ssid
    oid: 1.3.6.1.4.1.41112.1.6.1.2.1
    tags: {ssid: {index: index}}
    fields: {clients: {column: 8}}
  - measurement: ups
    fields: {minutes_left: {scalar: 1.3.6.1.4.1.41112.1.6.3.5.0}}
"""
"""The 20 OIDs of the comparison."""
CONTROLLER_PROFILE = """
vendor: bench
device: controller
source: bench
unverified: true
tables:
  - measurement: wifi_radio
    oid: 1.3.6.1.4.1.14179.2.2.13.1
    index: {mac: mac, slot: int}
    tags: {ap: {column: 5}, ap_key: {index: mac}, radio: {index: slot}}
    fields:
      clients: {column: 4}
      busy_share: {column: 3, scale: 0.01}
      tx_power_dbm: {column: 1, scale: 0.1}
      channel: {column: 2}
      width_mhz: {column: 24}
"""
"""12,000 values in six columns of 2,000 rows."""


def targets(mode: str, version: str, folder: Path) -> list[Any]:
    from collectors.config import Secret, Target, User

    user = None
    if version == "3":
        secrets = {"auth_secret": Secret(value="authpass123"), "priv_secret": Secret(value="privpass123")}
        user = User(name="usha256", auth="sha256", priv="aes128", **secrets)
    profile = folder / f"{mode}.yaml"
    profile.write_text(AP_PROFILE if mode == "aps" else CONTROLLER_PROFILE)
    hosts = [f"127.1.{n // 250}.{n % 250}" for n in range(1, STANDALONE + 1)] if mode == "aps" else ["127.0.0.1"]
    common = {"site": "s", "port": PORT, "user": user, "version": version, "profile": str(profile), "timeout_s": 5.0}
    return [Target(name=host, host=host, **common) for host in hosts]


async def ours(mode: str, version: str, engine: str, cycles: int) -> list[dict[str, float]]:
    """Poll all targets again and again over one poller."""
    from collectors.poll import Poller, seldom_look_for_circles

    done = []
    seldom_look_for_circles()  # as `wifiplan collect` does
    with tempfile.TemporaryDirectory() as folder:
        everyone = targets(mode, version, Path(folder))
        async with Poller(engine) as poller:  # type: ignore[arg-type]
            for _ in range(cycles):
                gc.collect()
                start, wall, written, requests = cpu_s(), time.perf_counter(), 0, 0
                queue = iter(everyone)

                async def work(queue: Any = queue) -> tuple[int, int]:
                    octets = asked = 0
                    for target in queue:
                        result = await poller.poll(target)
                        assert result.error is None, result.error
                        octets += len(result.to_line())
                        asked += result.requests
                    return octets, asked

                for octets, asked in await asyncio.gather(*[work() for _ in range(IN_FLIGHT)]):
                    written += octets
                    requests += asked
                done.append(
                    {"cpu_s": cpu_s() - start, "wall_s": time.perf_counter() - wall, "octets": written, "requests": requests}
                )
    return done


def cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def exporter_config(version: str) -> str:
    credentials = (
        "  version: 2\n  auth: {community: public}\n"
        if version == "2c"
        else "  version: 3\n  auth: {username: usha256, security_level: authPriv, password: authpass123, auth_protocol: SHA256,"
        " priv_protocol: AES, priv_password: privpass123}\n"
    )
    names = {5: "DisplayString"}
    indexes = "indexes: [{labelname: mac, type: PhysAddress48}, {labelname: slot, type: gauge}]"
    text = f"controller:\n  walk: [{', '.join(COLUMNS)}]\n  max_repetitions: 25\n  metrics:\n"
    for number, oid in enumerate(COLUMNS):
        kind = names.get(int(oid.rpartition(".")[2]), "gauge")
        text += f"  - {{name: c{number}, oid: {oid}, type: {kind}, help: h, {indexes}}}\n"
    instances = [f"{oid}.{row}" for oid, rows in ROWS.items() for row in range(1, rows + 1)]
    text += credentials + f"aps:\n  get: [{', '.join(SINGLE + instances)}]\n  max_repetitions: 25\n  metrics:\n"
    for number, oid in enumerate(SINGLE):
        kind = "DisplayString" if oid in (SINGLE[0], SINGLE[2], SINGLE[3]) else "gauge"
        text += f"  - {{name: s{number}, oid: {oid.removesuffix('.0')}, type: {kind}, help: h}}\n"
    for number, oid in enumerate(ROWS):
        kind = "counter" if "31.1.1.1" in oid else "gauge"
        text += f"  - {{name: r{number}, oid: {oid}, type: {kind}, help: h, indexes: [{{labelname: i, type: gauge}}]}}\n"
    return text + credentials


class Exporter:
    """prometheus-snmp-exporter as a child process."""

    def __init__(self, version: str, folder: Path) -> None:
        (folder / "snmp.yml").write_text(exporter_config(version))
        self.process = subprocess.Popen(
            [
                "prometheus-snmp-exporter",
                f"--config.file={folder / 'snmp.yml'}",
                f"--web.listen-address=127.0.0.1:{EXPORTER_PORT}",
                "--log.level=error",
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        time.sleep(1.5)

    def cpu_s(self) -> float:
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def cycle(self, mode: str) -> dict[str, float]:
        hosts = [f"127.1.{n // 250}.{n % 250}" for n in range(1, STANDALONE + 1)] if mode == "aps" else ["127.0.0.1"]
        module = "aps" if mode == "aps" else "controller"
        start, wall = self.cpu_s(), time.perf_counter()
        queue, lock, written = iter(hosts), threading.Lock(), [0]

        def work() -> None:
            connection = http.client.HTTPConnection("127.0.0.1", EXPORTER_PORT, timeout=60)
            while True:
                with lock:
                    host = next(queue, None)
                if host is None:
                    return
                connection.request("GET", f"/snmp?target={host}:{PORT}&module={module}")
                answer = connection.getresponse()
                body = answer.read()
                assert answer.status == 200, body[:300]
                with lock:
                    written[0] += len(body)

        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return {"cpu_s": self.cpu_s() - start, "wall_s": time.perf_counter() - wall, "octets": written[0]}

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait()


def start_agent(folder: Path, *options: str, port: int = PORT) -> subprocess.Popen[bytes]:
    program = folder / "fastagent"
    if not program.exists():
        subprocess.run(["gcc", "-O2", "-w", "-o", str(program), str(AGENT / "fastagent.c"), "-lcrypto"], check=True)
    command = [str(program), "-p", str(port), "-t", "7200", *options]
    agent = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(0.2)
        for _ in range(100):
            sock.sendto(b"STATS", ("127.0.0.1", port))
            try:
                sock.recv(999)
            except (TimeoutError, ConnectionError):
                continue
            return agent
    raise SystemExit("the agent does not answer")


def child(mode: str, version: str, engine: str, cycles: int) -> list[dict[str, float]]:
    """Our side in a process of its own, so that its CPU time is nobody else's."""
    command = [sys.executable, __file__, "--child", mode, version, engine, str(cycles)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    result: list[dict[str, float]] = json.loads(done.stdout)
    return result


def peer(python: Path, name: str, mode: str, version: str) -> float:
    """CPU seconds of a warm cycle of another library."""
    script = Path(__file__).with_name("snmp_peers.py")
    command = [str(python), str(script), name, mode, version, "3", str(PORT)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return float(json.loads(done.stdout)[-1]["cpu_s"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=9)
    parser.add_argument("--peers", type=Path, metavar="PYTHON")
    parser.add_argument("--alone", action="store_true", help="leave out the engine on pysnmp, which takes longest")
    parser.add_argument("--child", nargs=4, metavar=("MODE", "VERSION", "ENGINE", "CYCLES"))
    options = parser.parse_args()
    if options.child:
        mode, version, engine, cycles = options.child
        print(json.dumps(asyncio.run(ours(mode, version, engine, int(cycles)))))
        return
    print(f"{platform.platform()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        agent = start_agent(folder)
        try:
            for version in ("2c", "3"):
                exporter = Exporter(version, folder)
                try:
                    for mode in ("aps", "controller"):
                        exporter.cycle(mode)
                        ours_s, theirs_s, walls = [], [], []
                        for _ in range(options.pairs):
                            cycle = child(mode, version, "own", 3)[-1]
                            ours_s.append(cycle["cpu_s"])
                            walls.append(cycle["wall_s"])
                            theirs_s.append(exporter.cycle(mode)["cpu_s"])
                        ratio = statistics.median(a / b for a, b in zip(ours_s, theirs_s, strict=True))
                        others = "" if options.alone else f"pysnmp {child(mode, version, 'pysnmp', 3)[-1]['cpu_s']:.2f} s"
                        for other in ("pysnmp", "gufo") if options.peers else ():
                            others += f", {other} as it comes {peer(options.peers, other, mode, version):.3f} s"
                        print(
                            f"{mode:10} v{version:2}: own {statistics.median(ours_s):.3f} s, "
                            f"exporter {statistics.median(theirs_s):.3f} s, ratio {ratio:.2f} "
                            f"({min(ours_s):.3f}..{max(ours_s):.3f} / {min(theirs_s):.3f}..{max(theirs_s):.3f}); {others}; "
                            f"wall {statistics.median(walls):.2f} s, {cycle['requests']:.0f} requests",
                            flush=True,
                        )
                finally:
                    exporter.stop()
        finally:
            agent.terminate()
            agent.wait()


if __name__ == "__main__":
    main()
