"""`wifiplan edit`: a planner's hand on a design."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wifiplan.commands.terminal import Json, print_json, stop_when

if TYPE_CHECKING:
    from wifiplan.model import Design

app = typer.Typer()


@app.command("edit")
def edit_command(  # noqa: PLR0917  typer's options are parameters
    design_json: Annotated[Path, typer.Argument(metavar="DESIGN.json")],
    out: Annotated[Path | None, typer.Option(metavar="D2.json", help="where the changed design goes")] = None,
    move: Annotated[list[str] | None, typer.Option(metavar="AP=x,y[,h[,level]]", help="hang one elsewhere, metres")] = None,
    add: Annotated[list[str] | None, typer.Option(metavar="x,y,h[,level][:MODEL]", help="one more")] = None,
    remove: Annotated[list[str] | None, typer.Option(metavar="AP", help="one less")] = None,
    lock: Annotated[list[str] | None, typer.Option(metavar="AP", help="it stays where and as it is when solved anew")] = None,
    unlock: Annotated[list[str] | None, typer.Option(metavar="AP", help="it may go again")] = None,
    channel: Annotated[list[str] | None, typer.Option(metavar="AP=BAND:CH[/W]", help="such as AP-01=5:36/40")] = None,
    turn: Annotated[list[str] | None, typer.Option(metavar="AP=azimuth[,tilt]", help="degrees, clockwise from north")] = None,
    power: Annotated[list[str] | None, typer.Option(metavar="AP=BAND:DBM", help="such as AP-01=5:14")] = None,
    swap: Annotated[list[str] | None, typer.Option(metavar="AP=MODEL", help="another model in the same place")] = None,
    keep_out: Annotated[list[str] | None, typer.Option(metavar="x,y,r or x0,y0,x1,y1", help="nothing hangs here")] = None,
    solve: Annotated[bool, typer.Option("--solve", help="choose all that is not locked anew, at the least cost")] = False,
    served_share: Annotated[
        float | None, typer.Option(help="of the people, to be served in nine of ten crowds, instead of what the design asks for")
    ] = None,
    own_equipment: Annotated[Path | None, typer.Option("--equipment", help="TOML of models of your own")] = None,
    max_seconds: Annotated[float | None, typer.Option(help="stop solving then with the best so far")] = None,
    seed: Annotated[int, typer.Option(help="of the solver")] = 0,
    as_json: Json = False,
) -> None:
    """Change a design by hand and say what that does.

    The order is unlock, move, add, swap, turn, channel, power, remove, lock, solve.
    """
    from dataclasses import replace

    from wifiplan import equipment, model
    from wifiplan.commands import options
    from wifiplan.errors import DesignError
    from wifiplan.placement import edit

    before = model.load(design_json)
    after = before
    if both := sorted(set(lock or []) & set(remove or [])):
        raise DesignError(f"{both[0]}: to be locked and removed; do one of the two")
    if both := sorted(set(lock or []) & set(unlock or [])):
        raise DesignError(f"{both[0]}: to be locked and unlocked; do one of the two")
    _refuse_contradictions({"--move": move, "--swap": swap, "--turn": turn, "--channel": channel, "--power": power}, remove or [])
    for name in unlock or []:
        after = edit.locked(after, name, lock=False)
    for text in move or []:
        name, place = options.named("--move", text, "AP=x,y[,height[,level]]")
        x, y, *rest = options.numbers("--move", place, [2, 3, 4], "AP=x,y[,height[,level]] in metres, such as AP-01=12,8,6")
        height, level = (*rest, None, None)[:2]
        after = edit.moved(after, name, x, y, height_m=height, level=None if level is None else int(level))
    for text in add or []:
        place, _, wanted = text.partition(":")
        x, y, height, *storey = options.numbers("--add", place, [3, 4], "x,y,height[,level][:MODEL], such as 12,8,6:R550")
        known = equipment.find(wanted, equipment.models(own_equipment)) if wanted else None
        after = edit.added(after, x, y, height, level=int(storey[0]) if storey else 0, model=known)
    for text in swap or []:
        name, wanted = options.named("--swap", text, "AP=MODEL")
        after = edit.remodelled(after, name, equipment.find(wanted, equipment.models(own_equipment)))
    for text in turn or []:
        name, angles = options.named("--turn", text, "AP=azimuth[,tilt]")
        azimuth, *tilt = options.numbers("--turn", angles, [1, 2], "AP=azimuth[,tilt] in degrees, such as AP-01=90,30")
        after = edit.turned(after, name, azimuth, tilt_deg=tilt[0] if tilt else None)
    for text in channel or []:
        name, setting = options.named("--channel", text, "AP=BAND:CHANNEL[/WIDTH]")
        band, number, width = options.channel(setting)
        after = edit.channelled(after, name, band, number, width)
    for text in power or []:
        name, setting = options.named("--power", text, "AP=BAND:DBM")
        band, dbm = options.power(setting)
        after = edit.powered(after, name, band, dbm)
    for name in remove or []:
        after = edit.removed(after, name)
    for name in lock or []:
        after = edit.locked(after, name)
    if served_share is not None:
        asked = replace(after.requirement, served_share=options.served_share(served_share))
        after = replace(after, requirement=asked)
    areas = [
        edit.keep_out(options.numbers("--keep-out", text, [3, 4], "x,y,r or x0,y0,x1,y1 in metres, such as 0,0,5,8"))
        for text in keep_out or []
    ]
    with stop_when(max_seconds) as cancelled:
        found = edit.change(before, after, keep_out_m=areas, solve=solve, seed=seed, cancelled=cancelled)
    if solve and (loose := _not_kept([*(move or []), *(swap or []), *(turn or []), *(channel or []), *(power or [])], after)):
        said = (
            f"{', '.join(loose)}: changed by hand and not locked, so --solve chose anew; lock what is to stay (--lock {loose[0]})"
        )
        found = replace(found, warnings=(*found.warnings, said))
    if out is not None:
        model.save(found.design, out)
    if as_json:
        print_json(edit.to_json(found))
        return
    for said in found.warnings:
        sys.stderr.write(f"wifiplan: {design_json}: {said}\n")
    for what in edit.Figures.__dataclass_fields__:
        was, now = getattr(found.before, what), getattr(found.after, what)
        sys.stdout.write(f"{what:<18} {was:>14}  ->  {now}\n" if was != now else f"{what:<18} {was:>14}\n")


def _refuse_contradictions(asked: dict[str, list[str] | None], removed: list[str]) -> None:
    """Raise where one thing is asked to be two, or an access point to be changed and removed."""
    from wifiplan.errors import DesignError

    for option, texts in asked.items():
        seen: dict[str, str] = {}
        for text in texts or []:
            name, _, wanted = text.partition("=")
            if name in removed:
                raise DesignError(f"{name}: {option} {text}, and to be removed; do one of the two")
            band = wanted.partition(":")[0] if option in {"--channel", "--power"} else ""
            if seen.setdefault(f"{name}={band}", text) != text:
                raise DesignError(f"{name}: {option} {seen[f'{name}={band}']} and {option} {text}; keep one")


def _not_kept(texts: list[str], design: Design) -> list[str]:
    """The access points that are changed and not locked."""
    locked = {ap.name for ap in design.access_points if ap.lock}
    return sorted({text.partition("=")[0] for text in texts} - locked)
