"""Commands that find the devices and write a targets.toml to review: inventory and discover."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from collectors.cli.terminal import print_json
from collectors.config import Auth, Priv, Version
from collectors.errors import CollectError, ConfigError
from collectors.files import write_whole

if TYPE_CHECKING:
    from collectors.inventory import Review

app = typer.Typer()


@app.command()
def inventory(
    file: Annotated[Path, typer.Argument(help="A table (CSV) or NetBox's devices (JSON).")],
    *,
    out: Annotated[Path | None, typer.Option(help="The targets.toml to write and to review; else it is printed.")] = None,
    known: Annotated[Path | None, typer.Option(help="A targets.toml whose targets need not come again.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Turn a list of devices into a targets.toml to review."""
    from collectors import config
    from collectors import inventory as lists

    if out is not None:
        _refuse_to_overwrite(out)
    entries, skipped = lists.read(file)
    reviewed = lists.review(entries, skipped, known=() if known is None else config.load(known).targets)
    if not (reviewed.targets or reviewed.without_site):
        some = "; ".join(f"{place}: {why}" for place, why in reviewed.skipped[:3])
        more = f" and {len(reviewed.skipped) - 3} more" if len(reviewed.skipped) > 3 else ""
        others = f", and {len(reviewed.skipped)} rows are none ({some}{more})" if reviewed.skipped else "; give a row for each"
        raise ConfigError(f"{file}: there is no device to poll in it{others}")
    targets_toml = lists.targets_toml(reviewed, source=str(file))
    if out is not None:
        write_whole(out, targets_toml)
        _say_review(reviewed, out, as_json=as_json)
    elif as_json:
        print_json(reviewed.to_json())
    else:
        typer.echo(targets_toml, nl=False)


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
    community_env: Annotated[
        list[str] | None, typer.Option(help="A variable that holds a community; may be given several times. Default: public.")
    ] = None,
    community_file: Annotated[list[Path] | None, typer.Option(help="A file of one line with a community; several too.")] = None,
    v3_user: Annotated[
        str | None, typer.Option(help="SNMPv3 user, tried first; passphrases are in WIFIPLAN_V3_AUTH and _PRIV.")
    ] = None,
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
    communities = [*(Secret(env=name) for name in community_env or ()), *(Secret(file=path) for path in community_file or ())]
    if version == "3" and (v3_user is None or communities):
        raise ConfigError("--version 3 needs --v3-user, and no community")
    if v3_user is not None and version in ("1", "2c") and not communities:
        raise ConfigError("--v3-user needs --version 3")
    like = Target(name="discover", site=site, host="", port=port, version=version, timeout_s=timeout_s, retries=1)
    likes = []
    if v3_user is not None:
        likes.append(dataclasses.replace(like, version="3", user=User(name=v3_user, auth=v3_auth, priv=v3_priv)))
    elif not communities:
        communities = [Secret(value="public")]
    likes += [dataclasses.replace(like, community=community) for community in communities]
    hosts = lists.addresses(networks)
    targets = () if known is None else config.load(known).targets

    def progress(done: int) -> None:
        if sys.stderr.isatty():
            sys.stderr.write(f"\r{done} of {len(hosts)} addresses asked" + ("\n" if done == len(hosts) else ""))

    async def run() -> tuple[list[lists.Entry], list[tuple[lists.Entry, str]]]:
        engine = make_engine()
        try:
            return await lists.discover(engine, likes, hosts, at_once=at_once, progress=progress)
        finally:
            await engine.close()

    entries, twice = asyncio.run(run())
    if not entries:
        raise CollectError(
            f"{' '.join(networks)}: no device answered ({len(hosts)} addresses); check the credentials, the port and the firewall"
        )
    reviewed = lists.review(entries, known=targets)
    reviewed = dataclasses.replace(reviewed, duplicates=(*reviewed.duplicates, *twice))
    write_whole(out, lists.targets_toml(reviewed, source=f"a search of {' '.join(networks)}"))
    _say_review(reviewed, out, as_json=as_json)


def _refuse_to_overwrite(out: Path) -> None:
    if out.exists():
        raise ConfigError(f"{out}: is there already; give another path, and put together by hand what is new")


def _say_review(reviewed: Review, out: Path, *, as_json: bool) -> None:
    if as_json:
        print_json(reviewed.to_json())
        return
    typer.echo(f"{out}: {len(reviewed.targets)} targets; review it before `wifiplan collect` uses it")
    for entry in reviewed.without_site:
        typer.echo(f"no site     {entry.keys['name']} ({entry.keys['host']})")
    for entry, why in reviewed.duplicates:
        typer.echo(f"twice       {entry.keys['name']}: {why}")
    for place, why in reviewed.skipped:
        typer.echo(f"left out    {place}: {why}")
