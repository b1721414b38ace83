"""The wire between a window and the planner: one WebSocket for edits and maps, and the page's own scripts.

A window sends JSON, first its token and language. Each further message is answered once, edits in order:

    {"map": {"layer", "band", "level", "crowd", "full", "moved"}, "seq"}  -> binary: 4 bytes length, JSON header, steps
    {"do": name, "given": {…}, "seq"} or {"do": "undo" | "redo", "seq"}   -> {"done": seq} or {"refused": words, "seq"}

Of maps only the newest is drawn: one that another was asked after is answered {"dropped": seq}. Whenever the project has
changed, by whomever, {"view": …, "by": window} comes.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import functools
import gc
import hashlib
import hmac
import json
import logging
import secrets
import struct
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from dashboards.errors import DashboardError
from dashboards.planner import desk, project, sight
from dashboards.planner.preview import Painter, Picture, warm
from dashboards.planner.sentences import sentence
from dashboards.roles import LOCAL, User, may
from floorplans.errors import FloorPlanError
from floorplans.plan import first_error
from wifiplan.capacity.layers import Layer
from wifiplan.errors import RadioError
from wifiplan.model import Band
from wifiplan.report.catalogue import LANGS, Lang

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Mapping

    from dashboards.planner.project import Project

    Send = Callable[[dict[str, Any]], Awaitable[None]]
    Receive = Callable[[], Awaitable[dict[str, Any]]]
    App = Callable[[Mapping[str, Any], Receive, Send], Awaitable[None]]

PATH = "/planner/"
WIRE = f"{PATH}wire"
MAX_MESSAGE = 1 << 20
"""Characters of a message: a zone of 500 corners is 20 kB."""
TOKEN_S = 12 * 3600.0
SWITCH_S = 0.001
"""How long a thread of Python may keep the others waiting: a preview comes back to Python several times, and the usual 5 ms
each time are what a hand notices while a page is being drawn."""
_MAX_HELD = 200

_KEY = secrets.token_bytes(32)
"""Of this process: after a restart the page signs anew."""
_KINDS = {".js": b"text/javascript; charset=utf-8", ".css": b"text/css; charset=utf-8"}

_log = logging.getLogger(__name__)


# -------------------------------------------------------------------------------------------------------------------- tokens


def token(project_name: str, window: str, user: User = LOCAL) -> str:
    """What lets one window at one project, for half a day."""
    claim = {
        "project": project_name,
        "window": window,
        "name": user.name,
        "roles": sorted(user.roles),
        "until": time.time() + TOKEN_S,
    }
    body = base64.urlsafe_b64encode(json.dumps(claim).encode())
    return f"{body.decode()}.{_sign(body)}"


def _sign(body: bytes) -> str:
    return hmac.new(_KEY, body, hashlib.sha256).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """Who is on the wire, and at which project."""

    project: str
    window: str
    user: User


def claim_of(text: str) -> Claim | None:
    """What a token says; None for one that is not ours, or too old."""
    body, _, sign = text.partition(".")
    if not hmac.compare_digest(_sign(body.encode()).encode(), sign.encode()):
        return None
    said = json.loads(base64.urlsafe_b64decode(body))
    if said["until"] < time.time():
        return None
    return Claim(project=said["project"], window=said["window"], user=User(name=said["name"], roles=frozenset(said["roles"])))


# ------------------------------------------------------------------------------------------------------------------ messages


class _Map(BaseModel):
    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)
    layer: Layer
    band: Band
    level: int = Field(0, ge=0, le=200)
    crowd: bool = True
    full: bool = False
    moved: dict[str, tuple[float, float]] = Field(default_factory=dict, max_length=_MAX_HELD)


class _Message(BaseModel):
    model_config = ConfigDict(extra="forbid")
    seq: int = 0
    map: _Map | None = None
    do: str = ""
    given: dict[str, Any] = Field(default_factory=dict)


_previews = ThreadPoolExecutor(max_workers=1, thread_name_prefix="preview")
_edits = ThreadPoolExecutor(max_workers=2, thread_name_prefix="edit")
_painter = Painter()


@functools.cache
def start() -> None:
    """Warm the kernels in the thread that will use them, once: one Numba thread, so that the page's own threads have the rest.

    Where they are not compiled yet another process does it, for a minute: the compiler would hold up every page of this one.
    What is loaded by then stays for good and is left out of every later search for garbage, which would stop all threads.
    """
    sys.setswitchinterval(SWITCH_S)

    def warmed() -> None:
        import numba

        command = [sys.executable, "-m", "dashboards.planner.preview"]
        subprocess.run(command, stdin=subprocess.DEVNULL, check=False, timeout=600)  # noqa: S603

        numba.set_num_threads(1)
        warm(_painter)
        gc.collect()
        gc.freeze()

    _previews.submit(warmed)


def _drawn(claim: Claim, asked: _Map, seq: int) -> Iterator[bytes]:
    """A map as it goes over the wire, and nothing (`b""`) after each access point of a full one: others are served between."""
    design = desk.desk().open(claim.project).document.design
    level = min(asked.level, len(design.floor_plan.levels) - 1)
    steps = _painter.drawn(
        design, asked.layer, asked.band, level=level, crowd=asked.crowd, full=asked.full, moved=asked.moved or None
    )
    for found in steps:
        if isinstance(found, Picture):
            head = json.dumps({"seq": seq, "layer": asked.layer, "level": level, "full": asked.full, **found.head()}).encode()
            yield struct.pack(">I", len(head)) + head + found.steps.tobytes()
        elif asked.full:
            yield b""


_viewing = threading.Lock()


def _view_text(now: Project, lang: Lang) -> str:
    """A project as its windows draw it, made once for all of them."""
    with _viewing:
        return _view_text_of(now, lang)


@functools.lru_cache(maxsize=16)
def _view_text_of(now: Project, lang: Lang) -> str:
    return json.dumps(sight.view_of(now, lang), ensure_ascii=False)


def _change(claim: Claim, message: _Message) -> Project:
    def how(before: Project) -> Project:
        if message.do == "undo":
            return project.undone(before)
        if message.do == "redo":
            return project.redone(before)
        return project.edited(before, message.do, message.given)

    return desk.desk().change(claim.project, how, by=claim.window)


# ------------------------------------------------------------------------------------------------------------------ the wire


class Wire:
    """An ASGI application before another: what is under `/planner/` is answered here, everything else is handed on."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        """Answer a request, or hand it on."""
        path = str(scope.get("path", ""))
        if scope["type"] == "websocket" and path == WIRE:
            await _Talk(receive, send).run()
        elif scope["type"] == "http" and path.startswith(PATH) and path[len(PATH) :] in _scripts():
            await _send_script(path[len(PATH) :], send)
        else:
            await self._app(scope, receive, send)


def _scripts() -> dict[str, bytes]:
    folder = files("dashboards.planner") / "page"
    return {one.name: one.read_bytes() for one in folder.iterdir() if one.name.endswith(tuple(_KINDS))}


async def _send_script(name: str, send: Send) -> None:
    body = _scripts()[name]
    headers = [
        (b"content-type", _KINDS[name[name.rindex(".") :]]),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-cache"),
        (b"x-content-type-options", b"nosniff"),
    ]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


class _Talk:
    """One window's conversation."""

    def __init__(self, receive: Receive, send: Send) -> None:
        self._receive, self._raw_send = receive, send
        self._sending = asyncio.Lock()
        self._lang: Lang = LANGS[0]
        self._wanted: tuple[_Map, int] | None = None
        self._drawing: asyncio.Task[None] | None = None

    async def run(self) -> None:
        await self._receive()  # websocket.connect
        await self._raw_send({"type": "websocket.accept"})
        said = await self._text()
        claim, self._lang = (None, LANGS[0]) if said is None else _claimed(said)
        if claim is None or not may("see", claim.user):
            await self._raw_send({"type": "websocket.close", "code": 4401, "reason": "token"})
            return
        loop = asyncio.get_running_loop()
        tasks: set[asyncio.Task[None]] = set()

        def told(now: Project, by: str) -> None:
            def later() -> None:
                task = asyncio.ensure_future(self._view(now, by))
                tasks.add(task)
                task.add_done_callback(tasks.discard)

            loop.call_soon_threadsafe(later)

        try:
            ended = desk.desk().watch(claim.project, told)
        except (DashboardError, RadioError, FloorPlanError) as error:
            await self._json({"refused": sentence(error, self._lang), "seq": 0})
            await self._raw_send({"type": "websocket.close", "code": 4404, "reason": "project"})
            return
        try:
            await self._view(desk.desk().open(claim.project), "")
            while (text := await self._text()) is not None:
                await self._answer(claim, text)
        finally:
            ended()
            for task in (*tasks, *([self._drawing] if self._drawing else [])):
                task.cancel()

    async def _answer(self, claim: Claim, text: str) -> None:
        try:
            message = _Message.model_validate_json(text)
        except ValidationError as error:
            await self._json({"refused": first_error(error), "seq": 0})
            return
        if message.map is None:
            await self._answered(message.seq, self._edit(claim, message))
            return
        if self._wanted is not None:
            await self._json({"dropped": self._wanted[1]})
        self._wanted = message.map, message.seq
        if self._drawing is None or self._drawing.done():
            self._drawing = asyncio.ensure_future(self._draw(claim))

    async def _answered(self, seq: int, work: Awaitable[None]) -> None:
        """What goes wrong in it is the answer."""
        try:
            await work
        except (DashboardError, RadioError, FloorPlanError, OSError) as error:
            await self._json({"refused": sentence(error, self._lang), "seq": seq})
        except Exception:  # noqa: BLE001  whatever it is, the window must not wait for ever
            _log.exception("planner: a message could not be answered")
            await self._json({"refused": "?", "seq": seq})

    async def _edit(self, claim: Claim, message: _Message) -> None:
        if not may("plan", claim.user):
            raise DashboardError(f"{claim.user.name} may look at this design and not change it")
        now = await asyncio.get_running_loop().run_in_executor(_edits, _change, claim, message)
        await self._json({"done": message.seq, "revision": now.revision})

    async def _draw(self, claim: Claim) -> None:
        """Draw what is wanted until nothing is. The hand comes first: a full map is given up for what is asked after it."""
        while self._wanted is not None:
            (asked, seq), self._wanted = self._wanted, None
            await self._answered(seq, self._map(claim, asked, seq))

    async def _map(self, claim: Claim, asked: _Map, seq: int) -> None:
        loop, steps = asyncio.get_running_loop(), _drawn(claim, asked, seq)
        while not (picture := await loop.run_in_executor(_previews, next, steps)):
            if self._wanted is not None:
                await self._json({"dropped": seq})
                return
        await self._send({"type": "websocket.send", "bytes": picture})

    async def _view(self, now: Project, by: str) -> None:
        view = await asyncio.get_running_loop().run_in_executor(_edits, _view_text, now, self._lang)
        await self._send({"type": "websocket.send", "text": f'{{"view": {view}, "by": {json.dumps(by)}}}'})

    async def _text(self) -> str | None:
        """The next message; None when the window is gone, or sends what no window of ours does."""
        event = await self._receive()
        text = event.get("text")
        return text if event["type"] == "websocket.receive" and isinstance(text, str) and len(text) <= MAX_MESSAGE else None

    async def _json(self, value: object) -> None:
        await self._send({"type": "websocket.send", "text": json.dumps(value, ensure_ascii=False)})

    async def _send(self, event: dict[str, Any]) -> None:
        async with self._sending:
            with contextlib.suppress(RuntimeError):  # the window went while this was on its way
                await self._raw_send(event)


def _claimed(text: str) -> tuple[Claim | None, Lang]:
    """Who speaks, and in which language."""
    try:
        said = json.loads(text)
        lang = said.get("lang")
        return claim_of(said["token"]), next((one for one in LANGS if one == lang), LANGS[0])
    except (ValueError, KeyError, TypeError, AttributeError):
        return None, LANGS[0]
