"""Commands that look back or ahead: event with its review, review of a month, rehearse, emergency."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from collectors.cli.collect import event_app
from dashboards.errors import DashboardError, NotToldError

if TYPE_CHECKING:
    from dashboards.paper import Paper

app = typer.Typer()
app.add_typer(event_app, name="event")
emergency_app = typer.Typer(no_args_is_help=True, help="The disaster network 00000JAPAN: where it is ready, and timed drills.")
app.add_typer(emergency_app, name="emergency")

_Lang = Literal["ja", "en"]
_ConfigOption = Annotated[Path, typer.Option("--config", help="A targets.toml.")]
_JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON value.")]


@app.command("rehearse")
def rehearse_disaster(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="CSVs of opened shelters, one for each time.")],
    *,
    lists: Annotated[int | None, typer.Option(min=2, help="Only so many of them, spread evenly. Default: all.")] = None,
    seed: Annotated[int, typer.Option(help="The same seed gives the same people.")] = 1,
    as_json: _JsonOption = False,
) -> None:
    """Play a disaster from lists of opened shelters through the whole chain, with faults put in, and say what was wrong."""
    import asyncio
    import logging

    from dashboards.rehearse import rehearse
    from wifiplan.commands.terminal import print_json

    def say(text: str) -> None:
        if sys.stderr.isatty():
            sys.stderr.write(f"{text}\n")

    logging.disable(logging.CRITICAL)  # what is broken on purpose is no news
    try:
        done = asyncio.run(rehearse(folder, limit=lists, seed=seed, say=say))
    finally:
        logging.disable(logging.NOTSET)
    if as_json:
        print_json(done.to_json())
    else:
        for day in done.days:
            for wrong in day["wrong"]:
                sys.stdout.write(f"{day['time']}  {wrong}\n")
        for row in done.alerts:
            state = "as expected" if row["expected"] == row["sent"] else "NOT as expected"
            sys.stdout.write(f"{row['cause']}: {len(row['expected'])} expected, {len(row['sent'])} sent, {state}\n")
        sys.stdout.write(f"{len(done.days)} lists, {done.minutes} minutes, {len(done.wrong_minutes)} of them wrong\n")
    if not done.ok:
        raise NotToldError(f"{folder}: the rehearsal found something wrong; see `wrong`, and `expected` beside `sent`")


@event_app.command("review")
def event_review(
    name: Annotated[str, typer.Argument(help="The event's name, as `event show --all` gives it.")],
    *,
    config: _ConfigOption = Path("targets.toml"),
    out: Annotated[Path | None, typer.Option(help="The review as .pdf, .html or .xlsx.")] = None,
    lang: Annotated[_Lang, typer.Option(help="Language of the review.")] = "ja",
    as_json: _JsonOption = False,
) -> None:
    """Look back at an event: peaks, who was full and for how long, forecast against measured, what to change."""
    from datetime import UTC, datetime

    from collectors import config as collect_config
    from collectors.events import events_path, load_events
    from collectors.stores.store import open_store
    from dashboards import data, event_review, shelters

    settings = collect_config.load(config)
    events = load_events(events_path(settings))
    event = next((one for one in events if one.name == name), None)
    if event is None:
        names = ", ".join(one.name for one in events[-8:]) or "none"
        raise DashboardError(f"{name}: no such event; there are {names}")
    now = datetime.now(UTC)
    with open_store(settings.store_url, read_only=True) as store:
        counts = shelters.load_counts(settings)
        found = event_review.reviewed(settings, event, store, data.read_designs(settings), counts, now)
    zone = settings.time_zone
    _hand_over(event_review.as_paper(found, zone, lang, now), out, found.to_json() if as_json else None)
    for site in () if as_json else found.sites:
        sys.stdout.write(f"{site.site}: {' '.join(event_review.changes_of(site, lang))}\n")


def _hand_over(made: Paper, out: Path | None, found: dict[str, object] | None) -> None:
    """Write a paper where it is wanted, and print its answer, or what was found as JSON."""
    from dashboards import paper
    from wifiplan.commands.terminal import print_json

    if out is not None:
        paper.write(made, out)
    if found is not None:
        print_json(found)
        return
    for sentence in made.answer:
        sys.stdout.write(f"{sentence}\n")


@emergency_app.command("show")
def emergency_show(
    *,
    config: _ConfigOption = Path("targets.toml"),
    ssid: Annotated[str, typer.Option(help="The network's name.")] = "00000JAPAN",
    out: Annotated[Path | None, typer.Option(help="The list as .pdf, .html or .xlsx.")] = None,
    lang: Annotated[_Lang, typer.Option(help="Language of the list.")] = "ja",
    as_json: _JsonOption = False,
) -> None:
    """Say of each access point whether the network is ready, not, or cannot be seen; in a drill also after how long."""
    from datetime import UTC, datetime

    from collectors import config as collect_config
    from collectors.stores.store import open_store
    from dashboards import data, emergency_wifi, locale, paper
    from wifiplan.commands.terminal import print_json

    settings, now = collect_config.load(config), datetime.now(UTC)
    samples = data.newest(settings)
    facilities = data.seen(settings, samples, now=now).facilities
    found = emergency_wifi.readiness(settings, facilities, samples, now, ssid=ssid)
    with open_store(settings.store_url, read_only=True) as store:
        found = emergency_wifi.with_since(found, store, facilities, now, ssid=ssid)
    started = emergency_wifi.drill_started(settings)
    found = emergency_wifi.timed(found, started)
    zone = settings.time_zone
    made = emergency_wifi.as_paper(found, ssid=ssid, started=started, zone=zone, lang=lang, now=now)
    if out is not None:
        paper.write(made, out)
    if as_json:
        drill = None if started is None else {"started": started.isoformat(timespec="seconds")}
        rows = [one.to_json() for one in found]
        print_json({"ssid": ssid, "counts": emergency_wifi.counted(found), "access_points": rows, "drill": drill})
        return
    for sentence in (*made.answer, made.note):
        sys.stdout.write(f"{sentence}\n")
    for one in found:
        words = (locale.words(f"emergency.{name}", lang) for name in (one.state, one.why))
        sys.stdout.write(f"{one.site}  {one.ap}  {'  '.join(words)}\n")


@emergency_app.command("drill")
def emergency_drill(
    what: Annotated[Literal["start", "stop"], typer.Argument(help="Begin to take the time, or end.")],
    *,
    config: _ConfigOption = Path("targets.toml"),
    by: Annotated[str, typer.Option(help="Who holds the drill.")] = "",
) -> None:
    """Time how long it takes until every access point has the network on the air; `emergency show` tells it meanwhile."""
    from datetime import UTC, datetime

    from collectors import config as collect_config
    from dashboards import emergency_wifi, roles

    settings = collect_config.load(config)
    started, log = emergency_wifi.drill_started(settings), roles.log_beside(settings)
    if what == "start":
        if started is not None:
            raise DashboardError(
                f"a drill goes on since {started.isoformat(timespec='seconds')}; end it by `emergency drill stop`"
            )
        roles.record(log, roles.at_shell(by), "event", emergency_wifi.SSID, "drill start")
        emergency_wifi.start_drill(settings, by, datetime.now(UTC))
    else:
        if started is None:
            raise DashboardError("no drill goes on; begin one by `emergency drill start`")
        roles.record(log, roles.at_shell(by), "event", emergency_wifi.SSID, "drill stop")
        emergency_wifi.stop_drill(settings)
    sys.stdout.write(f"drill {'started' if what == 'start' else 'ended'}\n")


@app.command("review")
def review_month(
    *,
    month: Annotated[str, typer.Option(help="YYYY-MM.")],
    config: _ConfigOption = Path("targets.toml"),
    out: Annotated[Path | None, typer.Option(help="The month as .pdf, .xlsx or .html.")] = None,
    lang: Annotated[_Lang, typer.Option(help="Language of the document.")] = "ja",
    as_json: _JsonOption = False,
) -> None:
    """The month's evidence: availability by stated rules, peaks against the plan, person-hours, how true the plan was."""
    from datetime import UTC, datetime

    from collectors import config as collect_config
    from collectors.errors import StoreError
    from collectors.stores.store import open_store
    from dashboards import data, review, shelters
    from dashboards.outbox import Message, Outbox, outbox_path

    settings, now = collect_config.load(config), datetime.now(UTC)
    messages: list[Message] = []
    try:
        with Outbox(outbox_path(settings), read_only=True) as outbox:
            messages = outbox.messages(limit=1_000_000)
    except StoreError:  # nobody ever watched, so nobody was told
        messages = []
    with open_store(settings.store_url, read_only=True) as store:
        counts, designs = shelters.load_counts(settings), data.read_designs(settings)
        found = review.reviewed(settings, month, store, designs, counts, messages, now)
    zone = settings.time_zone
    _hand_over(review.as_paper(found, zone, lang, now), out, found.to_json() if as_json else None)


@app.command("calibrate-live")
def calibrate_live(
    *,
    config: _ConfigOption = Path("targets.toml"),
    devices_per_person: Annotated[float | None, typer.Option(min=0.01, help="Where people were asked.")] = None,
    associated_share: Annotated[float | None, typer.Option(min=0.01, max=1.0, help="The same.")] = None,
    as_json: _JsonOption = False,
) -> None:
    """`calibrate --live`: what months of clients and busy shares say of people and their activity; or that they cannot."""
    from datetime import UTC, datetime

    from collectors import config as collect_config
    from collectors.stores.store import open_store
    from dashboards import data, live_calibration, shelters
    from wifiplan.commands.terminal import print_json

    settings = collect_config.load(config)
    with open_store(settings.store_url, read_only=True) as store:
        found = live_calibration.learned(
            settings,
            store,
            data.read_designs(settings),
            shelters.load_counts(settings),
            datetime.now(UTC),
            devices_per_person=devices_per_person,
            associated_share=associated_share,
        )
    if as_json:
        print_json({"parameters": [one.to_json() for one in found]})
        return
    for one in found:
        if one.value is None:
            sys.stdout.write(f"{one.name}: cannot be told: {one.refused}\n")
        else:
            bounds = "" if one.low is None or one.high is None else f" ({one.low:.4g} to {one.high:.4g}; from {one.made_from})"
            sys.stdout.write(f"{one.name}: {one.value:.4g}{bounds}\n")
