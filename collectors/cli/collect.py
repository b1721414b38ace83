"""Commands of the service: collect, and event, which tells a running one to look more often."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from collectors.cli.terminal import ConfigOption, print_json, rfc3339, shown
from collectors.errors import CollectError, ConfigError

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Iterable, Sequence

    from collectors.events import Event
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
    from collectors.known_file import KnownFile
    from collectors.poll import Poller, seldom_look_for_circles
    from collectors.service import Service, Summary

    settings = config.load(targets)
    _log_to_stderr(quiet=once)
    seldom_look_for_circles()

    async def run() -> Summary:
        known = KnownFile(settings.spool / "known_rows.json")
        async with Poller(settings.engine, known=known) as poller:
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

    class Plain(logging.Formatter):
        def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  (logging's own name)
            record.message = shown(record.message)  # devices' and files' words among it
            return super().formatMessage(record)

    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Plain("%(asctime)s %(levelname)s %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    logging.getLogger("collectors").setLevel(logging.WARNING if quiet else logging.INFO)


event_app = typer.Typer(
    no_args_is_help=True, help="Poll some sites more often for a set time: an evacuation, a match, an exercise."
)
app.add_typer(event_app, name="event")


@event_app.command("start")
def event_start(
    name: Annotated[str | None, typer.Argument(help="Its name, in all time; default: the day and the sites.")] = None,
    config_file: ConfigOption = Path("targets.toml"),
    *,
    site: Annotated[list[str] | None, typer.Option(help="A site; may be given several times. Default: all.")] = None,
    duration: Annotated[str, typer.Option("--for", help="How long at most: 90m, 12h, 3d.")] = "12h",
    interval_s: Annotated[float, typer.Option(min=1.0, help="Seconds between polls.")] = 10.0,
    planned: Annotated[
        list[str] | None, typer.Option(metavar="SITE=PEOPLE", help="People planned for at a site; may be given several times.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Begin one, beside those that go on: a running collector follows within a second, one that starts later too."""
    import re
    from datetime import UTC, datetime, timedelta

    from collectors import config, events

    lasts = re.fullmatch(r"([1-9]\d{0,4})([smhd])", duration)
    if lasts is None:
        raise ConfigError(f"--for {duration}: not a duration; write 90m, 12h or 3d")
    settings = config.load(config_file)
    known = set(settings.site_names)
    people = _planned(planned or ())
    for option, named in (*(("--site", one) for one in site or ()), *(("--planned", one) for one in people)):
        if named not in known:
            raise ConfigError(
                f"{option} {named}: no target of {config_file} is there; there are {', '.join(sorted(known)) or 'none'}"
            )
    if name is not None and not name.strip():
        raise ConfigError("event start: an empty name; give one, or none for the day and the sites")
    path, now = events.events_path(settings), datetime.now(UTC)
    with events.changing(path):
        before = events.load_events(path)
        event = events.Event(
            name=name.strip() if name is not None else events.name_for(before, site or (), now),
            sites=frozenset(site or ()),
            since=now,
            until=now + timedelta(seconds=int(lasts[1]) * {"s": 1, "m": 60, "h": 3600, "d": 86400}[lasts[2]]),
            interval_s=interval_s,
            planned=people,
        )
        events.save_events(path, events.started(before, event))
    _show_events([event], as_json=as_json, alone=True)


def _planned(texts: Iterable[str]) -> dict[str, float]:
    people: dict[str, float] = {}
    for text in texts:
        site, equals, number = text.rpartition("=")
        if not equals or not site or not number.isascii() or not number.isdigit() or len(number) > 7:
            raise ConfigError(f"--planned {text}: write SITE=PEOPLE, as 北校=250")
        people[site] = float(number)
    return people


@event_app.command("stop")
def event_stop(
    name: Annotated[str | None, typer.Argument(help="Which; not needed where only one goes on.")] = None,
    config_file: ConfigOption = Path("targets.toml"),
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """End one now. It is kept, for its review."""
    from datetime import UTC, datetime

    from collectors import config, events

    path = events.events_path(config.load(config_file))
    with events.changing(path):
        after, ended = events.stopped(events.load_events(path), name, datetime.now(UTC))
        events.save_events(path, after)
    _show_events([ended], as_json=as_json, alone=True)


@event_app.command("show")
def event_show(
    config_file: ConfigOption = Path("targets.toml"),
    *,
    everything: Annotated[bool, typer.Option("--all", help="Those that are over too.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Say which sites are polled more often, and until when."""
    from datetime import UTC, datetime

    from collectors import config, events

    found = events.load_events(events.events_path(config.load(config_file)))
    now = datetime.now(UTC)
    _show_events([event for event in found if everything or event.until > now], as_json=as_json)


def _show_events(found: Sequence[Event], *, as_json: bool, alone: bool = False) -> None:
    from datetime import UTC, datetime

    now = datetime.now(UTC)
    if as_json:
        rows = [
            {**event.to_json(), "from": rfc3339(event.since), "until": rfc3339(event.until), "goes_on": event.goes_on(now)}
            for event in found
        ]
        print_json({"event": rows[0]} if alone else {"events": rows})
        return
    for event in found:
        sites = ", ".join(sorted(event.sites)) or "all sites"
        since, until = (f"{at.astimezone():%Y-%m-%d %H:%M %Z}" for at in (event.since, event.until))
        planned = "".join(f"; {people:g} people planned at {site}" for site, people in event.planned.items())
        typer.echo(shown(f"{event.name}: {sites}: every {event.interval_s:g} s from {since} until {until}{planned}"))
    if not found:
        typer.echo("no event: every target at its own interval")
