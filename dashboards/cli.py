"""Commands that show: status, app and grafana."""

from __future__ import annotations

import hashlib
import ipaddress
import json
import os
import socket
import sys
import tempfile
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from dashboards.errors import DashboardError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dashboards.roles import Access

app = typer.Typer()
grafana_app = typer.Typer(no_args_is_help=True, help="Dashboards in Grafana.")
app.add_typer(grafana_app, name="grafana")

SHORTEST_PASSWORD = 12

_Lang = Literal["ja", "en"]


@app.command()
def status(
    *,
    config: Annotated[Path, typer.Option(help="A targets.toml.")] = Path("targets.toml"),
    lang: Annotated[_Lang, typer.Option(help="Language of the reasons.")] = "ja",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON value.")] = False,
) -> None:
    """Say what every facility is doing, worst first: live clients against the plan."""
    from collectors import config as collect_config
    from dashboards import data, locale, markup, watch
    from wifiplan.commands.terminal import print_json

    found = data.current(collect_config.load(config))
    for fault in found.faults:
        sys.stderr.write(f"wifiplan: {fault}\n")
    if as_json:
        as_shelters = {one.site: one.to_json() for one in found.shelters}
        facilities = [
            watch.to_json(one, lambda why: locale.reason(why, lang)) | as_shelters[one.site] for one in found.facilities
        ]
        print_json({"facilities": facilities, "unassigned": [watch.unassigned_json(ap) for ap in found.unassigned]})
        return
    for one in found.facilities:
        counts = (
            ("field.clients", markup.clients(one, lang)),
            ("field.planned", markup.number(one.planned, lang)),
            ("field.limit", markup.number(one.limit, lang)),
            ("field.aps_up", markup.aps_up(one, lang)),
            ("field.heard", locale.age(one.age_s, lang)),
        )
        text = "  ".join(f"{locale.words(key, lang)} {value}" for key, value in counts)
        sys.stdout.write(f"[{locale.words(f'state.{one.state}', lang)}] {one.site}  {text}\n")
        for why in one.reasons:
            sys.stdout.write(f"    {locale.reason(why, lang)}\n")
    if found.unassigned:
        names = locale.words("count.comma", lang).join(ap.name for ap in found.unassigned)
        sys.stdout.write(f"{locale.words('status.unassigned', lang, count=len(found.unassigned), names=names)}\n")


@app.command()
def check(
    config: Annotated[Path, typer.Argument(metavar="TARGETS.toml", help="What to check.")],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON value.")] = False,
) -> None:
    """Read a whole configuration and all that it names, and poll nothing."""
    from dashboards.check import checked
    from wifiplan.commands.terminal import print_json

    found = checked(config)
    if as_json:
        print_json({"ok": not found.errors, "errors": list(found.errors), "warnings": list(found.warnings)})
    else:
        for warning in found.warnings:
            sys.stdout.write(f"warning: {warning}\n")
        if not found.errors:
            sys.stdout.write(f"{config}: {found.targets} targets, {found.sites} sites\n")
    if found.errors:
        more = f" (and {len(found.errors) - 1} more)" if len(found.errors) > 1 else ""
        raise DashboardError(f"{found.errors[0]}{more}")


@app.command()
def match(
    *,
    config: Annotated[Path, typer.Option(help="A targets.toml.")] = Path("targets.toml"),
    write: Annotated[bool, typer.Option("--write", help="Write the keys of the pairs into the designs.")] = False,
    at_least: Annotated[float, typer.Option(min=0.0, max=1.0, help="Write only pairs of this confidence.")] = 0.5,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON value.")] = False,
) -> None:
    """Join planned names with live ones: suggest pairs with a confidence, and write accepted ones as keys."""
    from collectors import config as collect_config
    from dashboards import data, joining
    from wifiplan.commands.terminal import print_json

    found = joining.joined(data.joined(collect_config.load(config)))
    written = joining.write(found, at_least=at_least) if write else 0
    if as_json:
        print_json(found.to_json() | ({"written": written} if write else {}))
        return
    for pair in found.pairs:
        sys.stdout.write(f"{pair.site}  {pair.planned} = {pair.ap} ({pair.ap_key})  {pair.how} {pair.confidence:.1f}\n")
    for site, name in found.planned_only:
        sys.stdout.write(f"{site}  {name}: planned, not live\n")
    for site, ap in found.live_only:
        sys.stdout.write(f"{site}  {ap.name}: live, not planned\n")
    if write:
        sys.stdout.write(f"{written} keys written\n")


@app.command("app")
def serve(
    *,
    config: Annotated[Path | None, typer.Option(help="What is live; default: targets.toml here, if there is one.")] = None,
    design: Annotated[Path | None, typer.Option(help="A design.json to show beside those of the targets.")] = None,
    city: Annotated[Path | None, typer.Option(help="The folder of a city's plan (`wifiplan city --out`).")] = None,
    port: Annotated[int, typer.Option(min=1, max=65535, help="TCP port.")] = 8501,
    address: Annotated[
        str, typer.Option(help="Where to listen; beyond this machine only with an access.toml or a password.")
    ] = "127.0.0.1",
    projects: Annotated[Path, typer.Option(help="Folder of the planner's projects; made when the first one is.")] = Path(
        "projects"
    ),
    host: Annotated[
        list[str] | None, typer.Option(help="A name by which viewers open it, beside localhost and its address; several too.")
    ] = None,
    access: Annotated[
        Path | None, typer.Option(help="Who may do what (docs/access.md); default: access.toml here, if there is one.")
    ] = None,
) -> None:
    """Serve the web app until Ctrl-C; an access.toml, or WIFIPLAN_APP_PASSWORD in the environment, asks viewers to sign in."""
    from collectors import config as collect_config
    from dashboards import data, roles
    from dashboards.planner import desk
    from wifiplan import model

    access = access or _here("access.toml")
    rules = None if access is None else roles.load(access)
    if rules is not None and data.password():
        raise DashboardError(f"{access}: names who may see the pages, and WIFIPLAN_APP_PASSWORD too; unset the password")
    if access is not None:
        os.environ[data.ACCESS_ENV] = str(access.resolve())
    _refuse_open_door(address, data.password(), has_access=rules is not None)
    config = config or _here("targets.toml")
    # A file that is named but wrong is the starter's to mend, now; one that breaks later is shown to the viewers.
    if config is not None:
        collect_config.load(config)
        os.environ[data.CONFIG_ENV] = str(config.resolve())
    if design is not None:
        model.load(design)
        os.environ[data.DESIGN_ENV] = str(design.resolve())
    if city is not None:
        data.read_city(city)
        os.environ[data.CITY_ENV] = str(city.resolve())
    os.environ[desk.FOLDER_ENV] = str(projects.resolve())
    _refuse_taken_port(address, port)
    with _secrets_of(rules) as secrets, _reading_for_all():
        _run_streamlit(address, port, host or (), password=data.password(), rules=rules, secrets=secrets)


def _here(name: str) -> Path | None:
    return Path(name) if Path(name).is_file() else None


def _is_loopback(address: str) -> bool:
    if address == "localhost":
        return True
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


@contextmanager
def _secrets_of(rules: Access | None) -> Iterator[Path | None]:
    """A file with what Streamlit's login must know, for no longer than the app runs and for nobody else to read."""
    if rules is None or rules.login.by != "oidc":
        yield None
        return
    # Of the client's secret, so that a restart asks nobody again.
    section = rules.auth_section("")
    section["cookie_secret"] = hashlib.sha256(f"wifiplan {section['client_secret']}".encode()).hexdigest()
    with tempfile.TemporaryDirectory(prefix="wifiplan-") as folder:
        path = Path(folder) / "secrets.toml"
        lines = "".join(f"{key} = {json.dumps(value)}\n" for key, value in section.items())
        path.write_text(f"[auth]\n{lines}", encoding="utf-8")
        yield path


@contextmanager
def _reading_for_all() -> Iterator[None]:
    """A thread that reads the store for all viewers, for as long as the app runs."""
    from dashboards import data

    stop = threading.Event()
    reader = threading.Thread(target=data.keep_fresh, args=(stop,), name="reading", daemon=True)
    reader.start()
    try:
        yield
    finally:
        stop.set()


def _refuse_open_door(address: str, password: str, *, has_access: bool = False) -> None:
    """Raise unless strangers are kept out: by listening on this machine only, by names, or by a password not to be guessed."""
    if password and len(password) < SHORTEST_PASSWORD:
        raise DashboardError(f"WIFIPLAN_APP_PASSWORD: shorter than {SHORTEST_PASSWORD} characters; set a longer one")
    if not _is_loopback(address) and not password and not has_access:
        raise DashboardError(
            f"--address {address}: others could see the pages without signing in; give --access access.toml, "
            "set WIFIPLAN_APP_PASSWORD, or listen on 127.0.0.1"
        )


def _refuse_taken_port(address: str, port: int) -> None:
    try:
        family, kind, _, _, place = socket.getaddrinfo(address, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    except OSError:
        raise DashboardError(f"--address {address}: not an address of this machine; give 127.0.0.1") from None
    with socket.socket(family, kind) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            sock.bind(place)
        except OSError as error:
            why = (error.strerror or str(error)).lower()
            raise DashboardError(f"--port {port} of {address}: {why}; give another --port or --address") from None


def _run_streamlit(
    address: str, port: int, hosts: Iterable[str], *, password: str = "", rules: Access | None = None, secrets: Path | None = None
) -> None:
    """Streamlit in this process, with nothing that asks a host beyond this one and nothing that a viewer can change."""
    from streamlit.web import bootstrap
    from streamlit.web.server.starlette import starlette_server

    from dashboards.door import Door
    from dashboards.planner import wire

    server: Any = starlette_server
    made = server.create_starlette_app

    def behind_the_door(runtime: Any) -> Any:
        login = None if rules is None else rules.login
        return Door(wire.Wire(made(runtime)), hosts, only_loopback=_is_loopback(address), password=password, login=login)

    os.environ["FORWARDED_ALLOW_IPS"] = ""  # the door must see who really speaks, not who is said to have asked
    server.create_starlette_app = behind_the_door  # Streamlit has no setting for this
    options: dict[str, Any] = {
        "server.address": address,
        "server.port": port,
        "server.headless": True,
        "server.fileWatcherType": "none",
        "server.runOnSave": False,
        "server.maxUploadSize": 120,
        "runner.postScriptGC": False,  # a whole search for garbage after each drawing stops every thread for 0.1 s
        "browser.serverAddress": address,
        "browser.serverPort": port,
        "browser.gatherUsageStats": False,
        "client.toolbarMode": "minimal",
        "client.showErrorDetails": "none",
        "client.showErrorLinks": False,
        "theme.baseFontSize": 18,
        # Both, so that the viewer's own machine says which; the contrast of text is 7 to 1 or more in either.
        "theme.light.primaryColor": "#005a8c",
        "theme.light.textColor": "#1a1a1a",
        "theme.light.linkColor": "#005a8c",
        "theme.dark.primaryColor": "#2a7ab8",
        "theme.dark.backgroundColor": "#14171a",
        "theme.dark.secondaryBackgroundColor": "#20252b",
        "theme.dark.textColor": "#ededed",
        "theme.dark.linkColor": "#7cc4f4",
    }
    if secrets is not None:
        options["secrets.files"] = [str(secrets)]
    flags = {name.replace(".", "_"): value for name, value in options.items()}
    script = str(Path(__file__).with_name("app.py"))
    bootstrap.load_config_options(flag_options=flags)
    bootstrap.run(script, is_hello=False, args=[], flag_options=flags)


@grafana_app.command()
def push(
    *,
    url: Annotated[str, typer.Option(help="Grafana's address, like http://127.0.0.1:3000.")],
    config: Annotated[Path, typer.Option(help="A targets.toml whose store is an InfluxDB.")] = Path("targets.toml"),
    token: Annotated[
        str, typer.Option(help="Name of the environment variable that holds a service account token.")
    ] = "WIFIPLAN_GRAFANA_TOKEN",  # noqa: S107
    influx_url: Annotated[
        str | None, typer.Option(help="Where Grafana finds the InfluxDB, if elsewhere than the collector does.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON value.")] = False,
) -> None:
    """Put data source and dashboards into Grafana; again and again is the same as once."""
    from collectors import config as collect_config
    from dashboards import grafana
    from wifiplan.commands.terminal import print_json

    loaded = collect_config.load(config)
    done = grafana.push(url, loaded, token=os.environ.get(token, ""), token_name=token, influx_url=influx_url)
    if as_json:
        print_json(done)
        return
    for one in done["dashboards"]:
        sys.stdout.write(f"{done['url']}/d/{one['uid']}  {one['title']}\n")
