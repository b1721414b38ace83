"""The front door: every command's name, loaded only when it is called, and the one place where errors become exit codes."""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING, Any

import typer
from typer.core import TyperGroup
from typer.exceptions import TyperException

if TYPE_CHECKING:
    from typing import NoReturn

COMMANDS: dict[str, str] = {
    "floorplan": "floorplans.cli",
    "floorplan-edit": "floorplans.cli",
    "gym": "floorplans.cli",
    "export": "wifiplan.commands.exchange",
    "coverage": "wifiplan.commands.coverage",
    "calibrate": "wifiplan.commands.coverage",
    "airtime": "wifiplan.commands.airtime",
    "capacity": "wifiplan.commands.capacity",
    "place": "wifiplan.commands.place",
    "report": "wifiplan.commands.report",
    "bill": "wifiplan.commands.report",
    "edit": "wifiplan.commands.edit",
    "equipment": "wifiplan.commands.equipment",
    "resilience": "wifiplan.commands.resilience",
    "city": "wifiplan.commands.city",
    "poll": "collectors.cli.poll",
    "profile": "collectors.cli.poll",
    "discover": "collectors.cli.inventory",
    "inventory": "collectors.cli.inventory",
    "collect": "collectors.cli.collect",
    "event": "dashboards.evidence",
    "samples": "collectors.cli.store",
    "simulate": "dashboards.simulate",
    "store": "collectors.cli.store",
    "demo": "dashboards.demo",
    "app": "dashboards.cli",
    "status": "dashboards.cli",
    "check": "dashboards.cli",
    "match": "dashboards.cli",
    "grafana": "dashboards.cli",
    "watch": "dashboards.operations",
    "notify": "dashboards.operations",
    "public": "dashboards.operations",
    "shelter": "dashboards.operations",
    "rehearse": "dashboards.evidence",
    "review": "dashboards.evidence",
    "calibrate-live": "dashboards.evidence",
    "emergency": "dashboards.evidence",
}
"""Command -> the module whose `app` (a `typer.Typer`) holds it. A new command is a function there and a line here."""


OTHER_BY_OPTION: dict[tuple[str, str], str] = {("calibrate", "--live"): "calibrate-live"}
"""A command and an option that together are another command, of another package."""


class _LazyGroup(TyperGroup):
    """Loads a command's module when it is called or when its help is asked for: `wifiplan poll` never loads Numba."""

    def list_commands(self, ctx: typer.Context) -> list[str]:  # type: ignore[override]  # typer's own context is private
        del ctx
        return list(COMMANDS)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        for (command, option), other in OTHER_BY_OPTION.items():
            if args[:1] == [command] and option in args[1:]:
                return super().resolve_command(ctx, [other, *(word for word in args[1:] if word != option)])
        return super().resolve_command(ctx, args)

    def get_command(self, ctx: typer.Context, cmd_name: str) -> Any:  # type: ignore[override]  # the same
        module_name = COMMANDS.get(cmd_name)
        if module_name is None:
            return None
        # A module with one command only would be collapsed into it by typer; a group keeps its name.
        return typer.main.get_group(importlib.import_module(module_name).app).get_command(ctx, cmd_name)


app = typer.Typer(
    cls=_LazyGroup,
    no_args_is_help=True,
    add_completion=False,
    help="Plan and monitor public Wi-Fi in shelters and gyms.",
    pretty_exceptions_enable=False,
)


@app.callback()
def _front() -> None:
    """Plan and monitor public Wi-Fi in shelters and gyms."""


def _fail(message: str, exit_code: int) -> NoReturn:
    # Names that devices and files gave are among the words: what moves a cursor or turns letters round is only shown.
    words = "".join(letter if letter.isprintable() else f"\\x{ord(letter):02X}" for letter in " ".join(message.split()))
    sys.stderr.write(f"wifiplan: {words}\n")
    raise SystemExit(exit_code)


def main() -> None:
    """Run a command. An error with an `exit_code` is the user's to mend: one line, no traceback."""
    try:
        app(standalone_mode=False)
    except typer.Exit as stop:
        raise SystemExit(stop.exit_code) from None
    except typer.Abort:
        _fail("stopped", 130)
    except TyperException as error:
        context = getattr(error, "ctx", None)
        command = context.command_path if context is not None else "wifiplan"
        message = error.format_message() if hasattr(error, "format_message") else str(error)
        _fail(f"{message} (see `{command} --help`)", 2)
    except KeyboardInterrupt:
        _fail("stopped", 130)
    except BrokenPipeError:
        sys.stderr.close()
        raise SystemExit(1) from None
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError, PermissionError) as error:
        _fail(f"{error.filename}: {(error.strerror or 'cannot be opened').lower()}; give a path that can be used", 2)
    except OSError as error:
        _fail(f"{error.filename or 'system'}: {(error.strerror or str(error)).lower()}", 1)
    except Exception as error:
        exit_code = getattr(error, "exit_code", None)
        if exit_code is None:
            raise
        _fail(str(error), exit_code)
