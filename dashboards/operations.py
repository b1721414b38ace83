"""Commands of operations: watch, notify, public and shelter."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from dashboards.errors import DashboardError, NotToldError

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    from collectors.config import Config
    from dashboards.duty import Duty, Turn

app = typer.Typer()
notify_app = typer.Typer(no_args_is_help=True, help="Messages: try the way to everybody, see what was sent, acknowledge.")
app.add_typer(notify_app, name="notify")

_Lang = Literal["ja", "en"]
_ConfigOption = Annotated[Path, typer.Option("--config", help="A targets.toml.")]
_JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON value.")]


@app.command()
def watch(
    *,
    config: _ConfigOption = Path("targets.toml"),
    once: Annotated[bool, typer.Option("--once", help="One turn, then end.")] = False,
    as_json: _JsonOption = False,
) -> None:
    """Watch every facility beside the collector: alerts, messages, the public folder, site metrics; until Ctrl-C."""
    import asyncio

    from collectors import config as collect_config
    from dashboards.duty import Duty
    from wifiplan.commands.terminal import print_json

    settings = collect_config.load(config)
    _say_faults(settings)
    _log_to_stderr()
    with Duty(settings) as duty:
        turn = _one_turn(duty, settings) if once else asyncio.run(_forever(duty, config, settings))
        sent = [message for message in duty.outbox.messages(limit=1000) if turn is not None and message.sent_at is not None]
        unsent = [message for message in duty.outbox.messages(limit=1000) if message.sent_at is None]
    if turn is None:
        return
    told = {"alerts": turn.firing, "sent": len(sent), "unsent": len(unsent), "trouble": turn.trouble or None}
    if as_json:
        print_json({"time": turn.time.isoformat(timespec="seconds"), "sites": len(turn.seen.facilities), **told})
    elif once:
        sys.stdout.write(f"{len(turn.seen.facilities)} sites, {turn.firing} alerts, {len(unsent)} messages not sent yet\n")


def _one_turn(duty: Duty, settings: Config) -> Turn:
    turn = duty.turn()
    duty.send_due()
    duty.learn(turn)
    duty.give_sign_of_life()
    if settings.alerts is not None and settings.alerts.public is not None:
        duty.publish(settings.alerts.public, turn)
    return turn


async def _forever(duty: Duty, path: Path, settings: Config) -> Turn | None:
    """Turn after turn until SIGINT or SIGTERM; SIGHUP reads the targets again, and a file with a mistake changes nothing."""
    import asyncio
    import contextlib
    import signal
    import time

    from collectors import telemetry
    from collectors.errors import CollectError
    from dashboards.duty import EVERY_S, TURN_S

    stop, reread = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    loop.add_signal_handler(signal.SIGHUP, reread.set)
    server = None
    if settings.alerts is not None and settings.alerts.listen is not None:
        try:
            server = await telemetry.serve(settings.alerts.listen, duty.metrics, heard=duty.heard)
        except CollectError as error:
            sys.stderr.write(f"wifiplan: {error}; watching goes on without it\n")
    turn, minute_s, sending = None, -EVERY_S, set[asyncio.Task[object]]()

    def beside(work: Callable[..., object], *arguments: object) -> None:
        """Do it in a thread of its own: nothing that is slow holds up the next turn."""
        task: asyncio.Task[object] = asyncio.create_task(asyncio.to_thread(work, *arguments))
        sending.add(task)
        task.add_done_callback(sending.discard)

    try:
        while not stop.is_set():
            if reread.is_set():
                reread.clear()
                settings = _again(duty, path, settings)
            turn = await asyncio.to_thread(duty.turn)
            if not sending:
                beside(duty.send_due)
            if time.monotonic() - minute_s >= EVERY_S:
                minute_s = time.monotonic()
                beside(_each_minute, duty, settings, turn)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), TURN_S)
    finally:
        if server is not None:
            server.close()
        if sending:
            await asyncio.wait(sending)
    return turn


def _each_minute(duty: Duty, settings: Config, turn: Turn) -> None:
    if settings.alerts is not None and settings.alerts.public is not None:
        duty.publish(settings.alerts.public, turn)
    duty.give_sign_of_life()
    duty.learn(turn)
    duty.outbox.prune(turn.time)


def _again(duty: Duty, path: Path, before: Config) -> Config:
    from collectors import config as collect_config
    from collectors.errors import CollectError

    try:
        settings = collect_config.load(path)
    except CollectError as error:
        sys.stderr.write(f"wifiplan: {error}; watching goes on as before\n")
        return before
    _say_faults(settings)
    for what in kept_until_restart(before, settings):
        sys.stderr.write(f"wifiplan: {path}: {what} has changed; restart the watch for that\n")
    duty.follow(settings)
    return settings


def kept_until_restart(before: Config, after: Config) -> list[str]:
    """What of a new configuration a watch that goes on does not follow."""
    listens = [None if one.alerts is None else one.alerts.listen for one in (before, after)]
    changed = {"[alerts] listen": listens[0] != listens[1], "[store] spool": before.spool != after.spool}
    return [what for what, is_so in changed.items() if is_so]


def _say_faults(settings: Config) -> None:
    from dashboards.alerts import unknown_codes

    if settings.alerts is None:
        sys.stderr.write(f"wifiplan: {settings.path}: no [alerts], so nobody is told; add [[alerts.recipient]]\n")
        return
    wrong = [f"alerts.rule: {code}: no such rule; it changes nothing" for code in unknown_codes(settings.alerts)]
    for fault in (*settings.alerts.faults, *wrong):
        sys.stderr.write(f"wifiplan: {settings.path}: {fault}\n")


def _log_to_stderr() -> None:
    import logging

    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s", level=logging.WARNING, stream=sys.stderr)
    logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)


@notify_app.command("test")
def notify_test(
    *,
    config: _ConfigOption = Path("targets.toml"),
    to: Annotated[list[str] | None, typer.Option(help="A recipient; may be given several times. Default: all.")] = None,
    as_json: _JsonOption = False,
) -> None:
    """Send everybody a test now, and say who was reached."""
    from datetime import UTC, datetime

    from collectors import config as collect_config
    from dashboards import notify
    from wifiplan.commands.terminal import print_json

    settings = collect_config.load(config)
    recipients = () if settings.alerts is None else settings.alerts.recipients
    names = [recipient.name for recipient in recipients]
    for name in to or ():
        if name not in names:
            raise DashboardError(f"--to {name}: no such recipient; there are {', '.join(names) or 'none'}")
    if not recipients or settings.alerts is None:
        raise DashboardError(f"{config}: nobody to tell; add [[alerts.recipient]] with name and url_env")
    chosen = [recipient for recipient in recipients if not to or recipient.name in to]
    found = notify.tried(chosen, datetime.now(UTC), settings.alerts.time_zone)
    if as_json:
        print_json({"recipients": [{"name": name, "ok": not error, "error": error or None} for name, error in found]})
    else:
        for name, error in found:
            sys.stdout.write(f"{name}: {error or 'taken'}\n")
    failed = [name for name, error in found if error]
    if failed:
        raise NotToldError(f"{', '.join(failed)}: not reached; see the reasons above")


@notify_app.command("log")
def notify_log(
    *,
    config: _ConfigOption = Path("targets.toml"),
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="So many of the newest.")] = 100,
    as_json: _JsonOption = False,
) -> None:
    """Say what was sent to whom when, what still waits and why, and who did what."""
    from collectors import config as collect_config
    from dashboards import roles
    from dashboards.outbox import Outbox, outbox_path
    from wifiplan.commands.terminal import print_json

    settings = collect_config.load(config)
    with Outbox(outbox_path(settings), read_only=True) as outbox:
        messages = outbox.messages(limit=limit)
    deeds = roles.deeds(roles.log_beside(settings), most=limit)
    if as_json:
        print_json({"messages": [message.to_json() for message in messages], "deeds": [deed.to_json() for deed in deeds]})
        return
    for message in reversed(messages):
        state = "waits" if message.sent_at is None else f"sent {message.sent_at.astimezone():%Y-%m-%d %H:%M:%S}"
        why = f" ({message.attempts} attempts: {message.error})" if message.error else ""
        sys.stdout.write(f"{message.number}  {message.recipient}  {state}{why}  {message.title}\n")
    for deed in reversed(deeds):
        said = f" ({deed.text})" if deed.text else ""
        sys.stdout.write(f"{deed.time.astimezone():%Y-%m-%d %H:%M:%S}  {deed.user}: {deed.action} {deed.what}{said}\n")


@notify_app.command("list")
def notify_list(
    *,
    config: _ConfigOption = Path("targets.toml"),
    lang: Annotated[_Lang, typer.Option(help="Language of the reasons.")] = "ja",
    as_json: _JsonOption = False,
) -> None:
    """Say which alerts go on, since when, and who has seen them."""
    from collectors import config as collect_config
    from dashboards import locale, notify
    from dashboards.outbox import Outbox, outbox_path
    from wifiplan.commands.terminal import print_json

    with Outbox(outbox_path(collect_config.load(config)), read_only=True) as outbox:
        found = [alert for alert in outbox.alerts().values() if alert.fired_at is not None]
    rows = [
        {
            "key": alert.condition.key,
            "code": alert.condition.code,
            "level": alert.condition.level,
            "sites": list(alert.condition.sites),
            "since": alert.since.isoformat(timespec="seconds"),
            "text": locale.reason(alert.condition.reason, lang),
            "first": notify.first_step(alert.condition.code, lang),
            "acknowledged_by": alert.acknowledged_by or None,
        }
        for alert in sorted(found, key=lambda alert: alert.since)
    ]
    if as_json:
        print_json({"alerts": rows})
        return
    for row in rows:
        seen = f"  [{row['acknowledged_by']}]" if row["acknowledged_by"] else ""
        sys.stdout.write(f"{row['key']}  {row['since']}{seen}\n    {row['text']}\n    {row['first']}\n")


@notify_app.command("ack")
def notify_acknowledge(
    key: Annotated[str, typer.Argument(help="An alert's key, as `notify list` gives it, or `all`.")],
    *,
    config: _ConfigOption = Path("targets.toml"),
    by: Annotated[str, typer.Option(help="Who has seen it.")],
    as_json: _JsonOption = False,
) -> None:
    """Say that somebody has seen an alert and is at it: it is not escalated."""
    from datetime import UTC, datetime

    from collectors import config as collect_config
    from dashboards import roles
    from dashboards.outbox import Outbox, outbox_path
    from wifiplan.commands.terminal import print_json

    settings = collect_config.load(config)
    with Outbox(outbox_path(settings)) as outbox:
        going_on = {name: alert.condition for name, alert in outbox.alerts().items() if alert.fired_at is not None}
        if key not in ("all", *going_on):
            raise DashboardError(f"{key}: no such alert goes on; see `wifiplan notify list --config {config}`")
        keys = list(going_on) if key == "all" else [key]
        log = roles.log_beside(settings)
        for one in keys:
            where = ", ".join(going_on[one].sites) or going_on[one].subject
            roles.record(log, roles.at_shell(by), "acknowledge", where, going_on[one].code)
        done = outbox.acknowledge(keys, by, datetime.now(UTC))
    if as_json:
        print_json({"acknowledged": done})
    else:
        sys.stdout.write(f"{done} acknowledged\n")


@app.command("public")
def write_public(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where the public files go.")],
    *,
    config: _ConfigOption = Path("targets.toml"),
    once: Annotated[bool, typer.Option("--once", help="Write it once, then end.")] = False,
    as_json: _JsonOption = False,
) -> None:
    """Write the public folder every minute until Ctrl-C: a page without JavaScript, JSON and GeoJSON."""
    import time

    from collectors import config as collect_config
    from collectors.errors import CollectError
    from wifiplan.commands.terminal import print_json

    settings = collect_config.load(config)
    while True:
        began_s = time.monotonic()
        try:
            told = _write_once(settings, folder)
        except CollectError as error:
            if once:
                raise
            sys.stderr.write(f"wifiplan: {error}\n")
            told = {}
        if once:
            if as_json:
                print_json(told)
            else:
                sys.stdout.write(f"{folder}: {told['shelters']} shelters\n")
            if told["trouble"]:
                raise CollectError(f"{told['trouble']} (the folder says that nothing is known)")
            return
        time.sleep(max(1.0, 60.0 - (time.monotonic() - began_s)))


def _write_once(settings: Config, folder: Path) -> dict[str, object]:
    from datetime import UTC, datetime

    from collectors.errors import CollectError
    from dashboards import data, public

    now, trouble, samples = datetime.now(UTC), "", []
    try:
        samples = data.newest(settings)
    except CollectError as error:
        trouble = str(error)
    seen = data.seen(settings, samples, now=now)
    zone = settings.time_zone
    public.write(folder, public.published(seen.shelters, now, trouble=trouble), zone)
    return {
        "folder": str(folder),
        "shelters": len(seen.shelters),
        "time": now.isoformat(timespec="seconds"),
        "trouble": trouble or None,
    }


@app.command()
def shelter(
    site: Annotated[str, typer.Argument(help="The shelter's site.")],
    *,
    config: _ConfigOption = Path("targets.toml"),
    by: Annotated[str, typer.Option(help="Who says so.")],
    opened: Annotated[bool | None, typer.Option("--open/--closed", help="Whether it is opened.")] = None,
    full: Annotated[bool | None, typer.Option("--full/--not-full", help="Whether it takes nobody more.")] = None,
    people: Annotated[int | None, typer.Option(min=0, help="People whose heads were counted there now.")] = None,
    as_json: _JsonOption = False,
) -> None:
    """Say that a shelter is opened, closed or full, or how many people were counted there."""
    from datetime import UTC, datetime

    from collectors import config as collect_config
    from dashboards import opened as opened_shelters
    from dashboards import roles
    from wifiplan.commands.terminal import print_json

    if opened is None and full is None and people is None:
        raise DashboardError("shelter: nothing said; give --open, --closed, --full, --not-full or --people N")
    settings = collect_config.load(config)
    said = opened_shelters.Said(site=site, time=datetime.now(UTC), who=by, opened=opened, full=full, people=people)
    opened_shelters.refuse_nonsense(settings, said)
    options = {"--open": opened, "--closed": opened is False, "--full": full, "--not-full": full is False}
    text = " ".join([name for name, given in options.items() if given] + ([] if people is None else [f"--people {people}"]))
    roles.record(roles.log_beside(settings), roles.at_shell(by), "open_shelter", site, text)
    opened_shelters.say(settings, said)
    if as_json:
        print_json({"site": site, "opened": opened, "full": full, "people": people, "by": by})
    else:
        sys.stdout.write(f"{site}: entered\n")
