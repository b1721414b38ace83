"""100,000 mutated notifications through the receiver: how long each takes, and whether memory grows.

Run: python tests/benchmarks/fuzz_traps.py [COUNT]
"""

from __future__ import annotations

import asyncio
import importlib.util
import random
import sys
import time
from pathlib import Path
from typing import Any

from collectors.config import Listen
from collectors.profile.library import events
from collectors.snmp import traps

TESTS = Path(__file__).resolve().parent.parent / "collectors" / "snmp" / "test_traps.py"


def cases() -> Any:
    """The mutations are those of the tests."""
    spec = importlib.util.spec_from_file_location("test_traps", TESTS)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def resident_mb() -> float:
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


async def main(count: int) -> None:
    traps.A_SECOND = traps.AT_ONCE = 1e12
    test = cases()
    rng = random.Random(11)
    heard: list[str] = []
    receiver = traps.Receiver(Listen(host="127.0.0.1", port=0), events(), lambda name, _: heard.append(name))
    receiver.follow([test.target(), test.target("v3", user=test.v3())])
    receiver.open()
    whole = [test.link_down(), test.v3_trap()]
    print("| mutated notifications | resident MB | slowest ms | heard | refused, other | broken |")
    print("|---|---|---|---|---|---|")
    slowest_s = 0.0
    began_s = time.monotonic()
    for number in range(count + 1):
        if number % (count // 5) == 0:
            counts = receiver.counts
            rest = counts["refused"] + counts["other"] + counts["strange"]
            print(f"| {number} | {resident_mb():.1f} | {slowest_s * 1e3:.1f} | {counts['heard']} | {rest} | {counts['broken']} |")
        if number % 1000 == 0:
            await asyncio.sleep(0)
        at_s = time.monotonic()
        receiver._transport.datagram_received(test.mutated(rng.choice(whole), rng), ("127.0.0.1", 40000))
        slowest_s = max(slowest_s, time.monotonic() - at_s)
    seconds = time.monotonic() - began_s
    receiver._transport.datagram_received(test.link_down(), ("127.0.0.1", 40000))
    print(f"\n{count / seconds:.0f} a second; still hears: {'yes' if heard[-1] else 'no'}")
    receiver.close()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000))
