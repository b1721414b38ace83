"""Commands that ask one device, or a recording of it: poll and profile."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from collectors.cli.terminal import print_json, shown
from collectors.config import Auth, EngineName, Priv, Version
from collectors.errors import ConfigError

if TYPE_CHECKING:
    from collectors.poll import PollResult

app = typer.Typer()


@app.command()
def poll(
    host: Annotated[str, typer.Argument(metavar="HOST[:PORT]", help="Name or address of the device; IPv6 as [address]:port.")],
    *,
    community: Annotated[
        str | None, typer.Option(help="Community of versions 1 and 2c, for all who list processes to see; default: public.")
    ] = None,
    community_env: Annotated[str | None, typer.Option(help="The variable that holds it.")] = None,
    community_file: Annotated[Path | None, typer.Option(help="A file of one line that holds it, for its owner only.")] = None,
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
        for wanted, passphrase in ((user.auth, user.auth_secret), (user.priv, user.priv_secret)):
            if wanted is not None:
                passphrase.reveal()
    elif version == "3":
        raise ConfigError("--version 3 needs --v3-user")
    if sum(one is not None for one in (community, community_env, community_file)) > 1:
        raise ConfigError("--community, --community-env and --community-file: give one of them")
    secret = Secret(value="public" if community is None else community)
    if community_env is not None or community_file is not None:
        secret = Secret(env=community_env, file=community_file)
        secret.reveal()
    name, port = _host_and_port(host)
    target = Target(
        name=name,
        site=name,
        host=name,
        port=port,
        version="3" if user is not None else version,
        community=secret,
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
        typer.echo(result.to_line(), nl=False)
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
    return "\n".join(map(shown, lines))


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
        print_json(found)
        return
    verdict = "fits this device" if fits else "does not fit this device (see its `match`)"
    typer.echo(f"{tried.profile.name}: {verdict}; by itself {chosen or 'none'} is chosen")
    for row in tried.decoded.rows:
        tags = " ".join(f"{k}={v}" for k, v in row.tags.items())
        typer.echo(shown(f"{row.measurement:11} {tags}  {' '.join(f'{k}={v:g}' for k, v in row.fields.items())}"))
    for total in tried.decoded.totals:
        typer.echo(f"total       {total.what} by {total.source}: {total.value:g}")
    for warning in tried.decoded.warnings:
        typer.echo(shown(f"warning     {warning}"))


@profile_app.command("list")
def profile_list() -> None:
    """Print the table of docs/vendors.md."""
    from collectors.profile import library

    typer.echo(library.vendors_table())
