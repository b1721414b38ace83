"""Commands that read the store back: samples, and store, which copies it and says what is not in it."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from collectors.cli.terminal import ConfigOption, print_json, rfc3339, shown
from collectors.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from collectors.metrics import Measurement, Sample

app = typer.Typer()


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
                typer.echo(shown(f"{rfc3339(sample.time)} {sample.measurement} {tags}  {_fields(sample.fields)}"))


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


def _sample_json(sample: Sample) -> dict[str, Any]:
    return {"measurement": sample.measurement, "time": rfc3339(sample.time), "tags": sample.tags, "fields": sample.fields}


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
        words = {name: _cell(value) for name, value in sample.tags.items()}
        table.writerow({"time": rfc3339(sample.time), "measurement": sample.measurement, **words, **sample.fields})


def _cell(text: str) -> str:
    """A text that a spreadsheet takes for no formula: one that begins as those do gets an apostrophe before it."""
    return f"'{text}" if _FORMULA.match(text) else text


_FORMULA = re.compile(r"\s*[-=+@|%＝＋－＠]|[\t\r\n]")

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
        print_json({"file": str(file), "bytes": size})
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
        print_json({"file": str(file), "samples": rows, "bytes": size})
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
    from collectors.delivery import gaps_path
    from collectors.stores._spool import read_gaps

    gaps = read_gaps(gaps_path(config.load(config_file)))
    if as_json:
        rows = [{"from": rfc3339(g.since), "to": rfc3339(g.until), "why": g.why, "samples": g.count} for g in gaps]
        print_json({"gaps": rows})
        return
    for gap in gaps:
        typer.echo(shown(f"{rfc3339(gap.since)} to {rfc3339(gap.until)}: {gap.count} samples: {gap.why}"))
    if not gaps:
        typer.echo("no gaps known")
