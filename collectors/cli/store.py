"""Commands that meet real gear and the store: poll, discover, inventory, collect, event, samples, store and simulate."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from collectors.config import Auth, EngineName, Priv, Version
from collectors.errors import CollectError, ConfigError

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Iterable
    from datetime import datetime

    from collectors.inventory import Review
    from collectors.metrics import Measurement, Sample
    from collectors.poll import PollResult
    from collectors.service import Service

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

    from collectors.config import Secret, Target, User
    from collectors.poll import Poller
    from collectors.profile import library

    if profile is not None:
        library.load(profile)
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
    from collectors.profile import library, match, recording
    from collectors.profile.decode import on_walk

    library.load(file)
    device = recording.read(walk)
    tried = on_walk(file, device)
    chosen = match.chosen(device)
    fits = match.fits(tried.profile, device)
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
    from collectors.profile import library

    typer.echo(library.vendors_table())


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
        _print_json(dataclasses.asdict(done))
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
ConfigOption = Annotated[Path, typer.Option("--config", help="The targets.toml that names the store.")]


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
        _print_json({"event": None}) if as_json else typer.echo("no event: every target at its own interval")
        return
    if as_json:
        shown = {"sites": sorted(event.sites), "until": _rfc3339(event.until), "interval_s": event.interval_s}
        _print_json({"event": shown})
    else:
        sites = ", ".join(sorted(event.sites)) or "all sites"
        typer.echo(f"{sites}: every {event.interval_s:g} s until {event.until.astimezone():%Y-%m-%d %H:%M %Z}")


@app.command()
def inventory(
    file: Annotated[Path, typer.Argument(help="A table (CSV) or NetBox's devices (JSON).")],
    *,
    out: Annotated[Path, typer.Option(help="The targets.toml to write and to review.")],
    known: Annotated[Path | None, typer.Option(help="A targets.toml whose targets need not come again.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Turn a list of devices into a targets.toml to review."""
    from collectors import config
    from collectors import inventory as lists

    _refuse_to_overwrite(out)
    entries, skipped = lists.read(file)
    reviewed = lists.review(entries, skipped, known=() if known is None else config.load(known).targets)
    if not (reviewed.targets or reviewed.without_site):
        raise ConfigError(f"{file}: there is no device to poll in it, and {len(reviewed.skipped)} rows are none")
    _write_whole(out, lists.targets_toml(reviewed, source=str(file)))
    _say_review(reviewed, out, as_json=as_json)


@app.command()
def discover(
    networks: Annotated[
        list[str], typer.Argument(metavar="NETWORK...", help="192.0.2.0/24 or one address; 4096 addresses at most.")
    ],
    *,
    out: Annotated[Path, typer.Option(help="The targets.toml to write and to review.")],
    site: Annotated[str, typer.Option(help="The site of all; default: what each device says (sysLocation).")] = "",
    port: Annotated[int, typer.Option(min=1, max=65535)] = 161,
    version: Annotated[Version | None, typer.Option(help="Default: 2c, then 1 if there is no answer.")] = None,
    community_env: Annotated[str | None, typer.Option(help="The variable that holds the community; default: public.")] = None,
    v3_user: Annotated[str | None, typer.Option(help="SNMPv3 user; passphrases are in WIFIPLAN_V3_AUTH and _PRIV.")] = None,
    v3_auth: Annotated[Auth | None, typer.Option()] = None,
    v3_priv: Annotated[Priv | None, typer.Option()] = None,
    timeout_s: Annotated[float, typer.Option(min=0.05, help="For one answer.")] = 1.0,
    at_once: Annotated[int, typer.Option(min=1, max=256, help="Addresses asked at the same time.")] = 64,
    known: Annotated[Path | None, typer.Option(help="A targets.toml whose targets need not come again.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Ask every address of a network who it is, and write a targets.toml to review."""
    import asyncio
    import dataclasses

    from collectors import config
    from collectors import inventory as lists
    from collectors.config import Secret, Target, User
    from collectors.snmp.engines import make_engine

    _refuse_to_overwrite(out)
    if v3_priv is not None and v3_auth is None:
        raise ConfigError("--v3-priv needs --v3-auth: there is no privacy without authentication")
    if (version == "3") != (v3_user is not None) and (version is not None):
        raise ConfigError("--version 3 needs --v3-user, and --v3-user needs --version 3")
    like = Target(
        name="discover",
        site=site,
        host="",
        port=port,
        version="3" if v3_user is not None else version,
        community=Secret(value="public") if community_env is None else Secret(env=community_env),
        user=None if v3_user is None else User(name=v3_user, auth=v3_auth, priv=v3_priv),
        timeout_s=timeout_s,
        retries=1,
    )
    hosts = lists.addresses(networks)
    targets = () if known is None else config.load(known).targets

    def progress(done: int) -> None:
        if sys.stderr.isatty():
            sys.stderr.write(f"\r{done} of {len(hosts)} addresses asked" + ("\n" if done == len(hosts) else ""))

    async def run() -> tuple[list[lists.Entry], list[tuple[lists.Entry, str]]]:
        engine = make_engine()
        try:
            return await lists.discover(engine, like, hosts, at_once=at_once, progress=progress)
        finally:
            await engine.close()

    entries, twice = asyncio.run(run())
    if not entries:
        raise CollectError(
            f"{' '.join(networks)}: no device answered ({len(hosts)} addresses); check the credentials, the port and the firewall"
        )
    reviewed = lists.review(entries, known=targets)
    reviewed = dataclasses.replace(reviewed, duplicates=(*reviewed.duplicates, *twice))
    _write_whole(out, lists.targets_toml(reviewed, source=f"a search of {' '.join(networks)}"))
    _say_review(reviewed, out, as_json=as_json)


def _refuse_to_overwrite(out: Path) -> None:
    if out.exists():
        raise ConfigError(f"{out}: is there already; give another path, and put together by hand what is new")


def _say_review(reviewed: Review, out: Path, *, as_json: bool) -> None:
    if as_json:
        _print_json(reviewed.to_json())
        return
    typer.echo(f"{out}: {len(reviewed.targets)} targets; review it before `wifiplan collect` uses it")
    for entry in reviewed.without_site:
        typer.echo(f"no site     {entry.keys['name']} ({entry.keys['host']})")
    for entry, why in reviewed.duplicates:
        typer.echo(f"twice       {entry.keys['name']}: {why}")
    for place, why in reviewed.skipped:
        typer.echo(f"left out    {place}: {why}")


@app.command()
def samples(
    config_file: ConfigOption = Path("targets.toml"),
    *,
    measurement: Annotated[str | None, typer.Option(help="Only these: wifi_ap, or a rollup as wifi_site_1h.")] = None,
    sums: Annotated[str | None, typer.Option(help="Sums of sites or access points: site or ap; long spans by the hour.")] = None,
    site: Annotated[str | None, typer.Option(help="Only those of this site.")] = None,
    since: Annotated[
        str | None, typer.Option(help="From this time on: 2026-11-23T09:00+09:00, or 90s, 15m, 24h, 7d ago.")
    ] = None,
    until: Annotated[str | None, typer.Option(help="Before this time; written as --since is.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print a table.")] = False,
) -> None:
    """Read the store back."""
    from collectors import config
    from collectors.stores import rollup
    from collectors.stores.store import open_store

    if as_json and as_csv:
        raise ConfigError("--json and --csv: give one of them")
    if sums is not None and measurement is not None:
        raise ConfigError("--sums and --measurement: give one of them")
    first, last = (None if text is None else _time(option, text) for option, text in (("--since", since), ("--until", until)))
    if sums is not None:
        if sums not in rollup.KINDS:
            raise ConfigError(f"--sums {sums}: unknown; give {' or '.join(rollup.KINDS)}")
        measurement = rollup.fitting(sums, first, last)
    chosen = _measurements(measurement)
    with open_store(config.load(config_file).store_url, read_only=True) as store:
        found = store.read(measurement, site=site, since=first, until=last)
        if as_json:
            _write_json_list("samples", map(_sample_json, found))
        elif as_csv:
            _write_csv(found, chosen)
        else:
            for sample in found:
                tags = " ".join(f"{k}={v}" for k, v in sample.tags.items())
                typer.echo(f"{_rfc3339(sample.time)} {sample.measurement} {tags}  {_fields(sample.fields)}")


def _measurements(name: str | None) -> list[Measurement]:
    """The measurement of a name, or all but the rollups, which are asked for by name."""
    from collectors.metrics import MEASUREMENTS, ROLLUPS

    if name is None:
        return list(MEASUREMENTS.values())
    known = MEASUREMENTS | ROLLUPS
    if name not in known:
        raise ConfigError(f"--measurement {name}: unknown; give one of {', '.join(known)}")
    return [known[name]]


def _time(option: str, text: str) -> datetime:
    """A time in RFC 3339, without a zone in the local one; or so long ago."""
    import re
    from datetime import UTC, datetime, timedelta

    ago = re.fullmatch(r"(\d{1,9})([smhd])", text)
    if ago is not None:
        unit = {"s": 1, "m": 60, "h": 3600, "d": 86400}[ago[2]]
        return max(datetime(1970, 1, 1, tzinfo=UTC), datetime.now(UTC) - timedelta(seconds=min(int(ago[1]) * unit, 10**9)))
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ConfigError(
            f"{option} {text}: not a time; write 2026-11-23T09:00+09:00, or 15m for a quarter of an hour ago"
        ) from None


def _rfc3339(time: datetime) -> str:
    return time.isoformat(timespec="microseconds").replace("+00:00", "Z")


def _sample_json(sample: Sample) -> dict[str, Any]:
    return {"measurement": sample.measurement, "time": _rfc3339(sample.time), "tags": sample.tags, "fields": sample.fields}


def _fields(fields: dict[str, float]) -> str:
    return " ".join(f"{k}={v:g}" for k, v in fields.items())


def _write_json_list(key: str, rows: Iterable[Any]) -> None:
    """One JSON object with one list in it, written row by row: a year of samples does not fit in memory."""
    sys.stdout.write(f'{{"{key}": [')
    for number, row in enumerate(rows):
        sys.stdout.write((", " if number else "") + json.dumps(row, ensure_ascii=False, allow_nan=False))
    sys.stdout.write("]}\n")
    sys.stdout.flush()


def _write_csv(found: Iterable[Sample], measurements: list[Measurement]) -> None:
    """A column for each tag and field there can be; empty where a sample has none."""
    import csv

    tags = ["site", "device", *dict.fromkeys(tag for m in measurements for tag in m.tags)]
    fields = list(dict.fromkeys(field.name for m in measurements for field in m.fields))
    table = csv.DictWriter(sys.stdout, ["time", "measurement", *tags, *fields], lineterminator="\n", extrasaction="ignore")
    table.writeheader()
    for sample in found:
        table.writerow({"time": _rfc3339(sample.time), "measurement": sample.measurement, **sample.tags, **sample.fields})


store_app = typer.Typer(no_args_is_help=True, help="The store: a copy of it, and what is not in it.")
app.add_typer(store_app, name="store")


@store_app.command("backup")
def store_backup(
    file: Annotated[Path, typer.Argument(help="The new file.")],
    *,
    config_file: ConfigOption = Path("targets.toml"),
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Copy the store while the collector goes on."""
    from collectors import config
    from collectors.stores.store import open_store

    if not file.parent.is_dir():
        raise ConfigError(f"{file}: its folder is not there; make {file.parent}")
    with open_store(config.load(config_file).store_url, read_only=True) as store:
        store.backup(file)
    size = file.stat().st_size
    if as_json:
        _print_json({"file": str(file), "bytes": size})
    else:
        typer.echo(f"{file}: {size / 2**20:.1f} MiB")


@store_app.command("export")
def store_export(
    file: Annotated[Path, typer.Argument(help="The new file, in Parquet.")],
    *,
    config_file: ConfigOption = Path("targets.toml"),
    measurement: Annotated[str | None, typer.Option(help="Only these: wifi_ap, or a rollup as wifi_site_1h.")] = None,
    site: Annotated[str | None, typer.Option(help="Only those of this site.")] = None,
    since: Annotated[str | None, typer.Option(help="From this time on; written as for `wifiplan samples`.")] = None,
    until: Annotated[str | None, typer.Option(help="Before this time.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Write samples to a Parquet file, for pandas, DuckDB and spreadsheets; the collector goes on meanwhile."""
    from collectors import config
    from collectors.stores import export
    from collectors.stores.store import open_store

    chosen = _measurements(measurement)
    first, last = (None if text is None else _time(option, text) for option, text in (("--since", since), ("--until", until)))
    if not file.parent.is_dir():
        raise ConfigError(f"{file}: its folder is not there; make {file.parent}")
    with open_store(config.load(config_file).store_url, read_only=True) as store:
        rows = export.to_parquet(store.read(measurement, site=site, since=first, until=last), chosen, file)
    size = file.stat().st_size
    if as_json:
        _print_json({"file": str(file), "samples": rows, "bytes": size})
    else:
        typer.echo(f"{file}: {rows} samples, {size / 2**20:.1f} MiB")


@store_app.command("gaps")
def store_gaps(
    *,
    config_file: ConfigOption = Path("targets.toml"),
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Say what was not stored: from when to when, why, and how many samples."""
    from collectors import config
    from collectors.service import gaps_path
    from collectors.stores._spool import read_gaps

    gaps = read_gaps(gaps_path(config.load(config_file)))
    if as_json:
        rows = [{"from": _rfc3339(g.since), "to": _rfc3339(g.until), "why": g.why, "samples": g.count} for g in gaps]
        _print_json({"gaps": rows})
        return
    for gap in gaps:
        typer.echo(f"{_rfc3339(gap.since)} to {_rfc3339(gap.until)}: {gap.count} samples: {gap.why}")
    if not gaps:
        typer.echo("no gaps known")


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

    from collectors.simulate import gear as simulation

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
