"""`wifiplan simulate`: agents that behave like a design's network, with the people of a scenario in it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from collectors.errors import ConfigError

if TYPE_CHECKING:
    from collectors.simulate.people import Attendance

app = typer.Typer()

DEFAULT_SCENARIO = "shelter-day1"
"""Where neither the command nor the design names one."""


def attendance_of(name: str) -> Attendance:
    """Who is there in a scenario's day, and the networks that are shown to them.

    A scenario that is not ours, or several together ("a+b"), keeps the planned number of people there all day; the networks of
    several are those of the first.
    """
    from collectors.simulate.people import Attendance
    from wifiplan.capacity.demand import scenarios

    known = scenarios()
    one = known.get(name)
    if one is not None:
        return Attendance(present=one.present, first_hour=one.busiest_hour, ssids=one.ssids)
    first = known.get(name.replace("+", ",").split(",")[0].strip())
    return Attendance() if first is None else Attendance(ssids=first.ssids)


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

    from collectors.files import write_whole
    from collectors.simulate import serve
    from collectors.simulate.design import read_design
    from collectors.simulate.people import Network
    from wifiplan.capacity.demand import scenarios
    from wifiplan.commands.terminal import print_json

    planned = read_design(design)
    if scenario is not None and scenario not in scenarios():
        raise ConfigError(f"--scenario {scenario}: unknown; give one of {', '.join(sorted(scenarios()))}")
    if not write_targets.parent.is_dir():
        raise ConfigError(f"{write_targets}: its folder is not there; make {write_targets.parent}")
    attendance = attendance_of(scenario or planned.scenario or DEFAULT_SCENARIO)
    network = Network(planned.access_points, attendance=attendance, seed=seed, day_s=day_s)
    beside = os.path.relpath(design.resolve(), write_targets.resolve().parent)

    def ready(ports: dict[str, int]) -> None:
        text = serve.targets_toml(ports, site=planned.site, design=beside, store_url=store_url, interval_s=interval_s)
        write_whole(write_targets, text)
        if as_json:
            print_json({"ready": True, "site": planned.site, "targets": str(write_targets), "ports": ports})
        else:
            sys.stdout.write("ready\n")
            sys.stdout.flush()

    hand = None if control is None else serve.ControlFile(network, control)
    asyncio.run(serve.serve_until_stopped(network, ready, port=port, hand=hand))
