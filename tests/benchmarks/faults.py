"""The states of the scriptable agent through the whole command line: what staff would be shown of each.

`python tests/benchmarks/faults.py`. Needs the references beside the repository (bench/faults). Each case is collected, and then
asked for by `wifiplan status --json`, `wifiplan match --json` or `wifiplan poll --json`.
"""

from __future__ import annotations

import json
import os
import platform
import resource
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

from one_controller import design_of

from wifiplan import model

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent.parent
FAULTS = ROOT.parent / "shared" / "bench" / "faults"
WIFIPLAN = [sys.executable, "-c", "from wifiplan.cli import main; main()"]


@contextmanager
def agent(states: Path) -> Iterator[int]:
    """Serve a folder of states, which may change meanwhile; give the port."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        port = sock.getsockname()[1]
    process = subprocess.Popen([sys.executable, str(FAULTS / "agent.py"), str(port), str(states), "127.0.0.1"])
    time.sleep(1.0)
    try:
        yield port
    finally:
        process.terminate()
        process.wait()


def wifiplan(*arguments: str | Path, **environment: str) -> Any:
    """Run a command and give its JSON."""
    command = [*WIFIPLAN, *map(str, arguments), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, **environment})
    return json.loads(done.stdout)


def targets(folder: Path, port: int, names: dict[str, str], design: list[str]) -> tuple[Path, dict[str, str]]:
    """Write a targets.toml of one site and give it with its environment; `names` are devices and further lines of theirs."""
    model.save(design_of(design), folder / "design.json")
    text = '[store]\nurl = "sqlite:store.sqlite"\n'
    for name, more in names.items():
        text += f'[[target]]\nname = "{name}"\nsite = "gym"\nhost = "127.0.0.1"\nport = {port}\ntimeout_s = 0.5\n'
        text += f'retries = 0\ncommunity_env = "C_{name.upper()}"\n{more}\n'
    path = folder / "targets.toml"
    path.write_text(text.replace('site = "gym"\n', 'site = "gym"\ndesign = "design.json"\n', 1), encoding="utf-8")
    return path, {f"C_{name.upper()}": name for name in names}


def state(folder: Path, name: str, **changes: Any) -> None:
    """Put a state where the agent serves it, with other switches."""
    found = json.loads((FAULTS / f"state_{name}.json").read_text(encoding="utf-8")) | changes
    part = folder / f".{name}.part"
    part.write_text(json.dumps(found), encoding="utf-8")
    part.replace(folder / f"{name}.json")


def shown(path: Path, environment: dict[str, str]) -> str:
    """Collect once, and say what is shown of the site."""
    wifiplan("collect", path, "--once", **environment)
    (site,) = wifiplan("status", "--config", path, **environment)["facilities"]
    whole = "" if site["clients_complete"] else f", at least (missing: {', '.join(site['missing'])})"
    return f"{site['clients']} people, {site['aps_up']} of {site['aps']}, {site['state']} {site['reason_codes']}{whole}"


def main() -> None:
    print(f"{platform.platform()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    with tempfile.TemporaryDirectory() as name, agent(Path(name)) as port:
        states = Path(name)
        for case, devices, design in (
            ("pair of controllers", {"b5a": "", "b5b": 'backup_of = "b5a"'}, [f"AP-{n:02d}" for n in range(1, 8)]),
            ("an access point by itself and by its controller", {"b7a": "", "b7b": ""}, ["AP-01", "AP-02"]),
            ("names that differ", {"b12": ""}, [f"AP-{n:02d}" for n in range(1, 6)]),
        ):
            with tempfile.TemporaryDirectory() as folder:
                path, environment = targets(Path(folder), port, devices, design)
                for device in devices:
                    state(states, device, _silent=False)
                print(f"{case}: {shown(path, environment)}")
                if "b5a" in devices:
                    state(states, "b5a", _silent=True)
                    print(f"{case}, the first silent: {shown(path, environment)}")
                if "b12" in devices:
                    found = wifiplan("match", "--config", path, **environment)
                    print(
                        f"match: {len(found['pairs'])} of {len(design)} pairs; {sorted({one['how'] for one in found['pairs']})}"
                    )
                    wifiplan("match", "--config", path, "--write", **environment)
                    print(f"{case}, joined: {shown(path, environment)}")
        state_of_endless = json.loads((FAULTS / "endless_walk.json").read_text(encoding="utf-8"))
        (states / "endless.json").write_text(json.dumps(state_of_endless), encoding="utf-8")
        began_s = time.monotonic()
        found = wifiplan("poll", f"127.0.0.1:{port}", "--community", "endless")
        used_mb = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        endless = [warning for warning in found["warnings"] if "no end" in warning]
        print(
            f"walk without end: {time.monotonic() - began_s:.1f} s the whole command, {found['seconds']:.2f} s the poll, "
            f"{found['requests']} requests, {len(found['samples'])} samples, {used_mb:.0f} MB at most; {endless}"
        )
        found = wifiplan("poll", f"127.0.0.1:{port}", "--community", "wrong", "--timeout-s", "0.5", "--retries", "0")
        print(f"wrong community: {found['error']}")


if __name__ == "__main__":
    main()
