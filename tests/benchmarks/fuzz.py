"""100,000 damaged responses: `python tests/benchmarks/fuzz.py [--datagrams 100000] [--seed 1]`.

The responses are those of recorded devices of versions 1, 2c and 3, whose octets are changed, cut, doubled and put in; they go
through engine, session and profile as if they came from a socket. Prints what was met, the slowest poll, and memory meanwhile,
with the object identifiers in the cache: damaged ones fill it, up to its limit.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import logging
import sys
import time
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from collectors.config import Secret, Target, User  # noqa: E402
from collectors.profile import recording  # noqa: E402
from collectors.snmp import _ber as ber  # noqa: E402
from tests.collectors.wire import AUTH, PRIV, fuzz  # noqa: E402

USER = User(name="u", auth="sha256", auth_secret=Secret(value=AUTH), priv="aes128", priv_secret=Secret(value=PRIV))
DEVICES = ("unifi", "cisco-wlc", "aruba-controller", "ruckus-zonedirector", "mikrotik", "ups", "if-mib", "fortigate", "h3c-ac")


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
        grown.append(f"{resident_mb():.0f} MB ({len(ber._text_of):,})")
    memory = ", ".join(grown[:: max(1, len(grown) // 5)])
    spent_s = time.monotonic() - start
    print(f"{done:,} damaged responses in {spent_s:.0f} s: polls {dict(met)}, slowest {slowest_s:.2f} s; {memory}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--datagrams", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    faults = Faults()
    logging.getLogger().addHandler(faults)
    asyncio.run(responses(options.datagrams, options.seed))
    print(f"{len(faults.found)} faults of the program{': ' if faults.found else ''}{'; '.join(sorted(set(faults.found))[:5])}")


if __name__ == "__main__":
    main()
