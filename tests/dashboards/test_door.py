"""The app answers who names this machine, and no page that had its own name point here."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from dashboards.door import Door

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


async def behind(scope: Mapping[str, Any], receive: Any, send: Any) -> None:
    del scope, receive
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"the app"})


@pytest.mark.parametrize(
    ("headers", "only_loopback", "status"),
    [
        ({"Host": "127.0.0.1:8501"}, True, 200),
        ({"Host": "localhost"}, True, 200),
        ({"Host": "[::1]:8501"}, True, 200),
        ({"Host": "wifi.city.example"}, True, 200),
        ({"Host": "evil.example:8501"}, True, 403),
        ({"Host": "192.0.2.1:8501"}, True, 403),
        ({"Host": "192.0.2.1:8501"}, False, 200),
        ({"Host": "evil.example"}, False, 403),
        ({"Host": "127.0.0.1:8501", "Origin": "http://127.0.0.1:8501"}, True, 200),
        ({"Host": "127.0.0.1:8501", "Origin": "https://evil.example"}, True, 403),
        ({"Host": "127.0.0.1:8501", "Origin": "null"}, True, 403),
    ],
)
def test_only_who_names_this_machine_is_let_in(headers: dict[str, str], only_loopback: bool, status: int) -> None:
    async def go() -> httpx.Response:
        door: Any = Door(behind, ["wifi.city.example"], only_loopback=only_loopback)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=door), base_url="http://x") as client:
            return await client.get("/", headers=headers)

    answer = asyncio.run(go())

    assert status == answer.status_code
    assert (answer.text == "the app") == (status == 200)


def test_a_socket_from_elsewhere_is_closed_before_it_is_open() -> None:
    sent: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    async def receive() -> dict[str, Any]:
        return {}

    scope = {"type": "websocket", "headers": [(b"host", b"127.0.0.1"), (b"origin", b"https://evil.example")]}
    asyncio.run(Door(behind, (), only_loopback=True)(scope, receive, send))

    assert [{"type": "websocket.close", "code": 1008}] == sent


def test_the_app_itself_stands_behind_it(tmp_path: Path) -> None:
    """Streamlit as `wifiplan app` starts it: an update of it must not open the door."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port = sock.getsockname()[1]
    command = [sys.executable, "-c", "from wifiplan.cli import main; main()", "app", "--port", str(port)]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as app:
        try:
            url, own = f"http://127.0.0.1:{port}/_stcore/health", None
            for _ in range(600):
                try:
                    own = httpx.get(url)
                    break
                except httpx.TransportError:
                    time.sleep(0.1)
            strange = httpx.get(url, headers={"Host": "evil.example"})
        finally:
            app.kill()

    assert own is not None
    assert (200, 403) == (own.status_code, strange.status_code)
