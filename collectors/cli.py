"""Commands that meet real gear and the store: poll, collect, samples, store and simulate."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from collectors.config import Auth, EngineName, Priv, Version
from collectors.errors import CollectError, ConfigError

if TYPE_CHECKING:
    from collectors.poll import PollResult

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
def poll(
    host: Annotated[str, typer.Argument(metavar="HOST[:PORT]", help="Name or address of the device; IPv6 as [address]:port.")],
    *,
    community: Annotated[str, typer.Option(help="Community of versions 1 and 2c.")] = "public",
    version: Annotated[Version | None, typer.Option(help="Default: 2c, then 1 if there is no answer.")] = None,
    v3_user: Annotated[str | None, typer.Option(help="SNMPv3 user.")] = None,
    v3_auth: Annotated[Auth | None, typer.Option(help="Its passphrase comes from WIFIPLAN_V3_AUTH.")] = None,
    v3_priv: Annotated[Priv | None, typer.Option(help="Its passphrase comes from WIFIPLAN_V3_PRIV.")] = None,
    v3_context: Annotated[str, typer.Option(help="SNMPv3 context name.")] = "",
    profile: Annotated[str | None, typer.Option(help="Name or YAML file of a profile; default: found out.")] = None,
    timeout_s: Annotated[float, typer.Option(min=0.05, help="For one answer.")] = 2.0,
    retries: Annotated[int, typer.Option(min=0, max=10)] = 2,
    engine: Annotated[EngineName, typer.Option(help="Who sends the messages.")] = "own",
    wait: Annotated[float | None, typer.Option(min=0.1, metavar="S", help="Poll again after S seconds, for rates.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Poll one device, once."""
    import asyncio

    from collectors import profile as profiles
    from collectors.config import Secret, Target, User
    from collectors.poll import Poller

    if profile is not None:
        profiles.load(profile)
    user = None
    if v3_user is not None:
        if version not in (None, "3"):
            raise ConfigError(f"--v3-user needs --version 3, not {version}")
        if v3_priv is not None and v3_auth is None:
            raise ConfigError("--v3-priv needs --v3-auth: there is no privacy without authentication")
        user = User(name=v3_user, auth=v3_auth, priv=v3_priv, context=v3_context)
        for wanted, secret in ((user.auth, user.auth_secret), (user.priv, user.priv_secret)):
            if wanted is not None:
                secret.reveal()
    elif version == "3":
        raise ConfigError("--version 3 needs --v3-user")
    name, port = _host_and_port(host)
    target = Target(
        name=name,
        site=name,
        host=name,
        port=port,
        version="3" if user is not None else version,
        community=Secret(value=community),
        user=user,
        profile=profile,
        timeout_s=timeout_s,
        retries=retries,
    )

    async def run() -> PollResult:
        async with Poller(engine) as poller:
            result = await poller.poll(target)
            if wait is not None and result.error is None:
                await asyncio.sleep(wait)
                result = await poller.poll(target)
            return result

    result = asyncio.run(run())
    if as_json:
        _print_json(result.to_json())
    if result.error is not None:
        raise result.error
    if not as_json:
        typer.echo(_summary(result))


def _host_and_port(text: str) -> tuple[str, int]:
    """Cut HOST[:PORT]; an IPv6 address with a port is in brackets."""
    host, port = text, ""
    if text.startswith("["):
        host, bracket, rest = text[1:].partition("]")
        port = rest.removeprefix(":")
        if not bracket or (rest and not rest.startswith(":")):
            raise ConfigError(f"{text}: write an IPv6 address with a port as [address]:port")
    elif text.count(":") == 1:
        host, _, port = text.partition(":")
        if not port:
            raise ConfigError(f"{text}: there is no port after the colon; write HOST or HOST:161")
    if not host:
        raise ConfigError(f"{text}: there is no host; write HOST or HOST:PORT")
    if not port:
        return host, 161
    if not port.isascii() or not port.isdigit() or not 1 <= int(port) <= 65535:
        raise ConfigError(f"{text}: {port} is no port; give one from 1 to 65535")
    return host, int(port)


def _summary(result: PollResult) -> str:
    """Say for people what one poll gave."""
    device = result.device
    make = " ".join(part for part in (device["vendor"], device["model"]) if part) or "unknown make"
    lines = [f"{make} ({device['profile'] or 'no profile'}), {device['sys_name'] or '-'}"]
    for sample in result.samples:
        tags = " ".join(f"{k}={v}" for k, v in sample.tags.items() if k not in ("site", "device"))
        fields = " ".join(f"{k}={v:g}" for k, v in sample.fields.items())
        lines.append(f"{sample.measurement:11} {tags}  {fields}")
    lines += [f"total       {total.what} by {total.source}: {total.value:g}" for total in result.totals]
    lines += [f"warning     {warning}" for warning in result.warnings]
    return "\n".join(lines)


profile_app = typer.Typer(no_args_is_help=True, help="Vendor profiles: list them, and try one on a recorded device.")
app.add_typer(profile_app, name="profile")


@profile_app.command("test")
def profile_test(
    file: Annotated[str, typer.Argument(help="Name or YAML file of a profile.")],
    *,
    walk: Annotated[Path, typer.Option(metavar="REC", help="An .snmprec file, or what `snmpbulkwalk -On` printed.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Say what a profile would make of a recorded device."""
    from collectors import profile as profiles
    from collectors import recording

    profiles.load(file)
    device = recording.read(walk)
    tried = profiles.on_walk(file, device)
    chosen = profiles.chosen(device)
    fits = tried.profile.fits(device)
    found = {
        "profile": tried.profile.name,
        "fits": fits,
        "chosen": chosen,
        "rows": [{"measurement": row.measurement, "tags": row.tags, "fields": row.fields} for row in tried.decoded.rows],
        "totals": [{"what": total.what, "source": total.source, "value": total.value} for total in tried.decoded.totals],
        "warnings": list(tried.decoded.warnings),
    }
    if as_json:
        _print_json(found)
        return
    verdict = "fits this device" if fits else "does not fit this device (see its `match`)"
    typer.echo(f"{tried.profile.name}: {verdict}; by itself {chosen or 'none'} is chosen")
    for row in tried.decoded.rows:
        tags = " ".join(f"{k}={v}" for k, v in row.tags.items())
        typer.echo(f"{row.measurement:11} {tags}  {' '.join(f'{k}={v:g}' for k, v in row.fields.items())}")
    for total in tried.decoded.totals:
        typer.echo(f"total       {total.what} by {total.source}: {total.value:g}")
    for warning in tried.decoded.warnings:
        typer.echo(f"warning     {warning}")


@profile_app.command("list")
def profile_list() -> None:
    """Print the table of docs/vendors.md."""
    from collectors import profile as profiles

    typer.echo(profiles.table())


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


@app.command()
def collect(
    targets: Annotated[Path, typer.Argument(help="A targets.toml.")],
    *,
    once: Annotated[bool, typer.Option("--once", help="One cycle, then end.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON value at the end.")] = False,
) -> None:
    """Poll every target at its interval and store what it says, until Ctrl-C; SIGHUP reads the file again."""
    import asyncio
    import logging
    import signal
    from dataclasses import asdict

    from collectors import config as files
    from collectors.poll import Poller
    from collectors.service import Service, Summary

    config = files.load(targets)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s", stream=sys.stderr)

    async def run() -> Summary:
        async with Poller(config.engine) as poller:
            with Service(config, poller.poll) as service:
                if once:
                    return await service.once()
                stop = asyncio.Event()
                reloading: set[asyncio.Task[None]] = set()

                async def read_again() -> None:
                    try:
                        await service.reload(files.load(targets))
                    except CollectError as error:
                        logging.getLogger(__name__).error("not read again, the old targets stay: %s", error)  # noqa: TRY400

                def on_hangup() -> None:
                    task = asyncio.create_task(read_again())
                    reloading.add(task)
                    task.add_done_callback(reloading.discard)

                loop = asyncio.get_running_loop()
                for number in (signal.SIGINT, signal.SIGTERM):
                    loop.add_signal_handler(number, stop.set)
                loop.add_signal_handler(signal.SIGHUP, on_hangup)
                return await service.forever(stop)

    summary = asyncio.run(run())
    if as_json:
        _print_json(asdict(summary))
    else:
        typer.echo(
            f"{summary.targets} targets, {summary.ok} polls answered, {summary.failed} failed; "
            f"{summary.stored} samples stored, {summary.spooled} spooled in {summary.seconds:.1f} s"
        )
    if summary.lost:
        raise CollectError(f"{summary.lost} samples were neither stored nor spooled; the ledger of gaps says why")


@app.command()
def samples(
    *,
    config: Annotated[Path, typer.Option(help="A targets.toml.")],
    measurement: Annotated[str | None, typer.Option(help="Only this measurement.")] = None,
    since: Annotated[str | None, typer.Option(help="RFC 3339 time, such as 2026-11-23T09:00:00+09:00.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON value.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="One line a field: time, measurement, tags, field, value.")] = False,
) -> None:
    """Read the store back."""
    import csv
    from datetime import datetime

    from collectors import config as files
    from collectors.metrics import MEASUREMENTS
    from collectors.poll import sample_json
    from collectors.store import open_store

    if as_json == as_csv:
        raise ConfigError("samples: give one of --json and --csv")
    if measurement is not None and measurement not in MEASUREMENTS:
        raise ConfigError(f"--measurement {measurement}: unknown; give one of {', '.join(MEASUREMENTS)}")
    start = None
    if since is not None:
        try:
            start = datetime.fromisoformat(since)
        except ValueError:
            raise ConfigError(f"--since {since}: not a time; write it as 2026-11-23T09:00:00+09:00") from None
        if start.tzinfo is None:
            raise ConfigError(f"--since {since}: has no time zone; add one, such as {since}+09:00")
    with open_store(files.load(config).store_url, read_only=True) as store:
        found = store.read(measurement, since=start)
        if as_json:
            _print_json({"samples": [sample_json(sample) for sample in found]})
            return
        writer = csv.writer(sys.stdout)
        writer.writerow(("time", "measurement", "tags", "field", "value"))
        for sample in found:
            tags = ";".join(f"{key}={value}" for key, value in sorted(sample.tags.items()))
            for field, value in sorted(sample.fields.items()):
                writer.writerow((sample.time.isoformat(), sample.measurement, tags, field, value))


_store = typer.Typer(no_args_is_help=True, help="The store itself.")
app.add_typer(_store, name="store")


@_store.callback()
def _store_group() -> None:
    """The store itself."""


@_store.command()
def backup(
    file: Annotated[Path, typer.Argument(help="The copy to write; must not be there yet.")],
    *,
    config: Annotated[Path, typer.Option(help="A targets.toml.")] = Path("targets.toml"),
) -> None:
    """Copy the store while the collector runs."""
    from collectors import config as files
    from collectors.store import open_store

    with open_store(files.load(config).store_url, read_only=True) as store:
        store.backup(file)
    typer.echo(f"written: {file}")
