"""Commands of the service: collect, and event, which tells a running one to look more often."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from collectors.cli.terminal import ConfigOption, print_json, rfc3339
from collectors.errors import CollectError, ConfigError

if TYPE_CHECKING:
    import asyncio

    from collectors.service import Service

app = typer.Typer()


@app.command()
def collect(
    targets: Annotated[Path, typer.Argument(help="A targets.toml.")],
    *,
    once: Annotated[bool, typer.Option("--once", help="One cycle, then end.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object at the end.")] = False,
) -> None:
    """Poll and store, until Ctrl-C; SIGHUP reads the targets again."""
    import asyncio
    import dataclasses
    import signal

    from collectors import config
    from collectors.poll import Poller
    from collectors.service import Service, Summary

    settings = config.load(targets)
    _log_to_stderr(quiet=once)

    async def run() -> Summary:
        async with Poller(settings.engine) as poller:
            with Service(settings, poller.poll) as service:
                if once:
                    return await service.once()
                stop, reread = asyncio.Event(), asyncio.Event()
                loop = asyncio.get_running_loop()
                for number in (signal.SIGINT, signal.SIGTERM):
                    loop.add_signal_handler(number, stop.set)
                loop.add_signal_handler(signal.SIGHUP, reread.set)
                following = asyncio.create_task(_follow(service, targets, reread))
                try:
                    return await service.forever(stop)
                finally:
                    following.cancel()

    done = asyncio.run(run())
    if as_json:
        print_json(dataclasses.asdict(done))
    else:
        typer.echo(
            f"{done.targets} targets, {done.ok} polls answered, {done.failed} not; {done.samples} samples: "
            f"{done.stored} stored, {done.spooled} spooled, {done.lost} lost; {done.seconds:.1f} s"
        )
    if done.lost:
        raise CollectError(
            f"{done.lost} of {done.samples} samples were neither stored nor spooled; see `wifiplan store gaps --config {targets}`"
        )


async def _follow(service: Service, targets: Path, reread: asyncio.Event) -> None:
    """Read the targets again when told to; a file with a mistake changes nothing."""
    import logging

    from collectors import config

    while True:
        await reread.wait()
        reread.clear()
        try:
            await service.reload(config.load(targets))
        except ConfigError as error:
            logging.getLogger(__name__).error("%s; going on as before", error)  # noqa: TRY400


def _log_to_stderr(*, quiet: bool) -> None:
    """Our own words, not those of libraries: they write down what they send."""
    import logging

    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("collectors").setLevel(logging.WARNING if quiet else logging.INFO)


event_app = typer.Typer(
    no_args_is_help=True, help="Poll some sites more often for a set time: an evacuation, a match, an exercise."
)
app.add_typer(event_app, name="event")


@event_app.command("start")
def event_start(
    config_file: ConfigOption = Path("targets.toml"),
    *,
    site: Annotated[list[str] | None, typer.Option(help="A site; may be given several times. Default: all.")] = None,
    duration: Annotated[str, typer.Option("--for", help="How long: 90m, 12h, 3d.")] = "12h",
    interval_s: Annotated[float, typer.Option(min=1.0, help="Seconds between polls.")] = 10.0,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Begin: a running collector follows within a second, one that starts later too."""
    import re
    from datetime import UTC, datetime, timedelta

    from collectors import config
    from collectors.pace import Event, event_path, save_event

    lasts = re.fullmatch(r"([1-9]\d{0,4})([smhd])", duration)
    if lasts is None:
        raise ConfigError(f"--for {duration}: not a duration; write 90m, 12h or 3d")
    settings = config.load(config_file)
    known = {target.site for target in settings.targets}
    for name in site or ():
        if name not in known:
            raise ConfigError(
                f"--site {name}: no target of {config_file} is there; there are {', '.join(sorted(known)) or 'none'}"
            )
    until = datetime.now(UTC) + timedelta(seconds=int(lasts[1]) * {"s": 1, "m": 60, "h": 3600, "d": 86400}[lasts[2]])
    save_event(event_path(settings), Event(sites=frozenset(site or ()), until=until, interval_s=interval_s))
    _show_event(config_file, as_json=as_json)


@event_app.command("stop")
def event_stop(
    config_file: ConfigOption = Path("targets.toml"),
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """End it now."""
    from collectors import config
    from collectors.pace import event_path, save_event

    save_event(event_path(config.load(config_file)), None)
    _show_event(config_file, as_json=as_json)


@event_app.command("show")
def event_show(
    config_file: ConfigOption = Path("targets.toml"),
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Say which sites are polled more often, and until when."""
    _show_event(config_file, as_json=as_json)


def _show_event(config_file: Path, *, as_json: bool) -> None:
    from datetime import UTC, datetime

    from collectors import config
    from collectors.pace import event_path, load_event

    event = load_event(event_path(config.load(config_file)))
    if event is None or event.until <= datetime.now(UTC):
        print_json({"event": None}) if as_json else typer.echo("no event: every target at its own interval")
        return
    if as_json:
        shown = {"sites": sorted(event.sites), "until": rfc3339(event.until), "interval_s": event.interval_s}
        print_json({"event": shown})
    else:
        sites = ", ".join(sorted(event.sites)) or "all sites"
        typer.echo(f"{sites}: every {event.interval_s:g} s until {event.until.astimezone():%Y-%m-%d %H:%M %Z}")
