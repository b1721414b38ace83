"""100,000 damaged responses and as many damaged traps: `python tests/benchmarks/fuzz.py [--datagrams 100000] [--seed 1]`.

The responses are those of recorded devices of versions 1, 2c and 3, whose octets are changed, cut, doubled and put in; they go
through engine, session and profile as if they came from a socket. Prints what was met, the slowest poll, and memory meanwhile.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import logging
import random
import sys
import time
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from collectors import _ber as ber  # noqa: E402
from collectors import recording  # noqa: E402
from collectors.config import Listen, Secret, Target, User  # noqa: E402
from collectors.traps import Limiter, Receiver  # noqa: E402
from tests.collectors.wire import AUTH, PRIV, fuzz, mutated  # noqa: E402

USER = User(name="u", auth="sha256", auth_secret=Secret(value=AUTH), priv="aes128", priv_secret=Secret(value=PRIV))
DEVICES = ("unifi", "cisco-wlc", "aruba-controller", "ruckus-zonedirector", "mikrotik", "ups", "if-mib", "fortigate", "h3c-ac")
LINK_DOWN = "1.3.6.1.6.3.1.1.5.3"


class Faults(logging.Handler):
    """What the program logs as its own fault."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.found: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.found.append(record.getMessage())


def resident_mb() -> float:
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 2**20


async def responses(datagrams: int, seed: int) -> None:
    walks = {name: recording.read(ROOT / "tests" / "snmp" / f"{name}.snmprec").values for name in DEVICES}
    met: Counter[str] = Counter()
    slowest_s, done, grown = 0.0, 0, []
    cases = [(name, version) for name in DEVICES for version in ("1", "2c", "3")]
    part = 200
    start = time.monotonic()
    while done < datagrams:
        work = []
        for name, version in cases:
            user = USER if version == "3" else None
            target = Target(name="d", site="s", host="192.0.2.1", version=version, user=user, timeout_s=0.02)  # type: ignore[arg-type]
            work.append(fuzz(walks[name], target, part, seed + done))
            done += part
        for results in await asyncio.gather(*work):
            for result in results:
                met["answered" if result.error is None else result.error.kind] += 1
                met["with warnings"] += bool(result.warnings)
                slowest_s = max(slowest_s, result.elapsed_s)
        grown.append(resident_mb())
    memory = ", ".join(f"{mb:.0f}" for mb in grown[:: max(1, len(grown) // 5)])
    spent_s = time.monotonic() - start
    print(f"{done:,} damaged responses in {spent_s:.0f} s: polls {dict(met)}, slowest {slowest_s:.2f} s; MB {memory}")


def trap() -> bytes:
    values = [
        ("1.3.6.1.2.1.1.3.0", ber.tlv(ber.TIME_TICKS, b"\x01\x02\x03")),
        ("1.3.6.1.6.3.1.1.4.1.0", ber.tlv(ber.OID, ber.oid_octets(LINK_DOWN))),
        ("1.3.6.1.2.1.2.2.1.1.7", ber.integer(7)),
    ]
    rows = [ber.tlv(ber.SEQUENCE, ber.tlv(ber.OID, ber.oid_octets(oid)) + value) for oid, value in values]
    pdu = ber.tlv(0xA7, ber.integer(1 << 24) + ber.integer(0) + ber.integer(0) + ber.tlv(ber.SEQUENCE, b"".join(rows)))
    return ber.community_message(1, b"public", pdu)


async def traps(datagrams: int, seed: int) -> None:
    chance, heard = random.Random(seed), Counter[str]()
    receiver = Receiver(Listen(host="127.0.0.1", port=0), lambda name, what: heard.update([f"{name} {what}"]))
    receiver.follow([Target(name="d", site="s", host="127.0.0.1")])
    receiver._limiter = Limiter(1e9, 1e9)
    receiver.open()
    whole, start, grown = trap(), time.monotonic(), []
    receiver._transport.datagram_received(whole, ("127.0.0.1", 5))
    assert heard["d link_down"] == 1, heard
    for number in range(datagrams):
        receiver._transport.datagram_received(mutated(whole, chance), ("127.0.0.1", 5))
        if number % 1000 == 0:
            await asyncio.sleep(0)
        if (number + 1) % (datagrams // 5) == 0:
            grown.append(resident_mb())
    memory = ", ".join(f"{mb:.0f}" for mb in grown)
    print(f"{datagrams:,} traps in {time.monotonic() - start:.0f} s: {dict(receiver.counts)}; MB {memory}")
    receiver.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--datagrams", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    faults = Faults()
    logging.getLogger().addHandler(faults)
    asyncio.run(responses(options.datagrams, options.seed))
    asyncio.run(traps(options.datagrams, options.seed))
    print(f"{len(faults.found)} faults of the program{': ' if faults.found else ''}{'; '.join(sorted(set(faults.found))[:5])}")


if __name__ == "__main__":
    main()
