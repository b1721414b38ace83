"""Commands that meet real gear and the store: poll, collect, samples, store and simulate."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from collectors.errors import CollectError, ConfigError

app = typer.Typer()


def _print_json(value: Any) -> None:
    """One JSON value on standard output, and nothing else there. A NaN raises rather than leave the program."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, allow_nan=False) + "\n")
    sys.stdout.flush()


def _write_whole(path: Path, text: str) -> None:
    """The file appears complete or not at all."""
    part = path.with_name(f".{path.name}.part")
    try:
        part.write_text(text, encoding="utf-8")
        part.replace(path)
    except OSError as error:
        raise CollectError(f"{path}: cannot be written ({(error.strerror or str(error)).lower()}); give another path") from None
    finally:
        part.unlink(missing_ok=True)


@app.command()
def simulate(
    design: Annotated[Path, typer.Argument(help="A design.json.")],
    *,
    port: Annotated[int, typer.Option(help="First of the UDP ports on 127.0.0.1; 0 takes any free ones.")] = 0,
    write_targets: Annotated[Path, typer.Option(help="The targets.toml to write, for `wifiplan collect`.")],
    scenario: Annotated[str | None, typer.Option(help="How people come and go; default: the design's own scenario.")] = None,
    seed: Annotated[int, typer.Option(help="The same seed gives the same people.")] = 0,
    store_url: Annotated[str, typer.Option(help="Written into the targets file.")] = "sqlite:store.sqlite",
    interval_s: Annotated[float, typer.Option(help="Poll interval written into the targets file.", min=0.1)] = 5.0,
    day_s: Annotated[float, typer.Option(help="Seconds that a simulated day takes.", min=1.0)] = 1200.0,
    control: Annotated[Path | None, typer.Option(help='A JSON file to follow: {"clients": {"AP-1": 57}, "down": []}.')] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON value once served.")] = False,
) -> None:
    """Serve SNMP agents that behave like a design's network, until Ctrl-C."""
    import asyncio
    import os
    import signal
    from contextlib import suppress

    from collectors import simulate as simulation

    site, own_scenario, access_points = simulation.read_design(design)
    if scenario is not None and scenario not in simulation.PRESENT_SHARE:
        raise ConfigError(f"--scenario {scenario}: unknown; give one of {', '.join(sorted(simulation.PRESENT_SHARE))}")
    if not write_targets.parent.is_dir():
        raise ConfigError(f"{write_targets}: its folder is not there; make {write_targets.parent}")
    chosen = scenario or own_scenario or "shelter-day1"
    network = simulation.Network(access_points, scenario=chosen, seed=seed, day_s=day_s)
    facility = simulation.agents(network, chosen)

    beside = os.path.relpath(design.resolve(), write_targets.resolve().parent)
    hand = None if control is None else simulation.ControlFile(network, control)

    async def run() -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop.set)
        served = await simulation.serve(network, facility, port=port)
        try:
            text = simulation.targets_toml(served.ports, site=site, design=beside, store_url=store_url, interval_s=interval_s)
            _write_whole(write_targets, text)
            if as_json:
                _print_json({"ready": True, "site": site, "targets": str(write_targets), "ports": served.ports})
            else:
                sys.stdout.write("ready\n")
                sys.stdout.flush()
            while not stop.is_set():
                if hand is not None:
                    hand.follow()
                with suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), 0.2)
        finally:
            await served.close()

    asyncio.run(run())
