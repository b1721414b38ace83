"""The USB kit with the whole lock: made, then installed and tried in a network namespace without a way out.

    python tests/benchmarks/kit.py [--keep DIR]

Making it needs the internet once (or pip's cache); what comes after it has nothing but its own loopback: install.sh, then
`wifiplan demo --once`, which designs a gym, polls a simulated network and stores what it says.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
ALONE = ["unshare", "-rn", sys.executable, "-c"]
LOOPBACK_UP = """
import fcntl, os, socket, struct, sys
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
    fcntl.ioctl(sock, 0x8914, struct.pack("16sh14x", b"lo", 0x1 | 0x40))  # SIOCSIFFLAGS: up and running
try:
    socket.create_connection(("192.0.2.1", 53), timeout=2)
except OSError as error:
    print(f"no way out: {error}", flush=True)
else:
    sys.exit("there is a way out of this namespace")
os.environ.pop("PYTHONPATH", None)
os.execvp(sys.argv[1], sys.argv[1:])
"""


def alone(*command: object, folder: Path) -> None:
    subprocess.run([*ALONE, LOOPBACK_UP, *map(str, command)], check=True, cwd=folder)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--keep", type=Path)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        kit, there = asked.keep or folder / "usb", folder / "there"
        started_s = time.perf_counter()
        subprocess.run(["sh", str(ROOT / "scripts" / "kit.sh"), str(kit)], check=True)
        made_s = time.perf_counter() - started_s
        wheels = sorted((kit / "wheels").iterdir())
        started_s = time.perf_counter()
        alone("sh", kit / "install.sh", there, folder=folder)
        installed_s = time.perf_counter() - started_s
        started_s = time.perf_counter()
        alone(there / ".venv" / "bin" / "wifiplan", "demo", "--once", "--dir", folder / "demo", folder=folder)
        shown_s = time.perf_counter() - started_s
        left = sorted(path.name for path in (folder / "demo").iterdir())
    size_mb = sum(path.stat().st_size for path in wheels) / 1e6 if asked.keep else 0.0
    print(f"{len(wheels)} wheels{f', {size_mb:.0f} MB' if size_mb else ''}; made in {made_s:.0f} s")
    print(f"without a way out: installed in {installed_s:.0f} s, demo --once in {shown_s:.0f} s, which left {', '.join(left)}")


if __name__ == "__main__":
    main()
