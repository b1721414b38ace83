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

from dashboards.door import SIGNED_IN_S, Door
from dashboards.roles import Login

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


# --- who somebody is


class Seen:
    """An application that writes down the headers that reach it."""

    def __init__(self) -> None:
        self.headers: dict[str, str] = {}

    async def __call__(self, scope: Mapping[str, Any], receive: Any, send: Any) -> None:
        self.headers = {name.decode().lower(): value.decode() for name, value in scope["headers"]}
        await behind(scope, receive, send)


PROXY = Login(by="proxy", header="Remote-User", groups="Remote-Groups", trusted=("192.0.2.7",))


def asked(door: Any, peer: str = "127.0.0.1", **options: Any) -> httpx.Response:
    async def go() -> httpx.Response:
        transport = httpx.ASGITransport(app=door, client=(peer, 4321))
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8501") as client:
            return await client.request(options.pop("method", "GET"), options.pop("url", "/live"), **options)

    return asyncio.run(go())


@pytest.mark.parametrize(
    ("peer", "headers", "named"),
    [
        ("192.0.2.7", {"Remote-User": "hana", "Remote-Groups": "a,b"}, ("hana", "a,b")),
        ("192.0.2.8", {"Remote-User": "hana"}, None),
        ("192.0.2.7", {"X-Wifiplan-User": "hana"}, None),
        ("192.0.2.7", {"X_Wifiplan_User": "hana"}, None),
        ("192.0.2.8", {"Remote_User": "hana"}, None),
        ("192.0.2.7", {}, None),
    ],
)
def test_only_the_proxy_itself_names_people(peer: str, headers: dict[str, str], named: tuple[str, str] | None) -> None:
    app = Seen()
    asked(Door(app, (), only_loopback=False, login=PROXY), peer, headers=headers)
    found = app.headers.get("x-wifiplan-user"), app.headers.get("x-wifiplan-groups")

    assert (named or (None, None)) == found
    assert "remote-user" not in app.headers


def test_two_names_in_one_request_are_none() -> None:
    app = Seen()
    asked(Door(app, (), only_loopback=False, login=PROXY), "192.0.2.7", headers=[("Remote-User", "hana"), ("Remote-User", "x")])

    assert "x-wifiplan-user" not in app.headers


@pytest.mark.parametrize(
    ("peer", "headers", "is_here"),
    [
        ("127.0.0.1", {}, True),
        ("::1", {"Origin": "http://localhost:8501"}, True),
        ("192.0.2.8", {}, False),
        ("192.0.2.8", {"X-Wifiplan-Here": "1"}, False),
        ("127.0.0.1", {"X-Forwarded-For": "192.0.2.8"}, False),
        ("127.0.0.1", {"Via": "1.1 proxy"}, False),
        ("127.0.0.1", {"Origin": "https://wifi.city.example"}, False),
        ("127.0.0.1", {"Host": "wifi.city.example"}, False),
    ],
)
def test_only_who_comes_by_loopback_and_no_proxy_is_at_this_machine(peer: str, headers: dict[str, str], is_here: bool) -> None:
    app = Seen()
    answer = asked(Door(app, ["wifi.city.example"], only_loopback=False), peer, headers=headers)

    assert 200 == answer.status_code
    assert is_here == ("x-wifiplan-here" in app.headers)


SECRET = "言葉の鍵 2026 horse"


@pytest.fixture
def locked(monkeypatch: pytest.MonkeyPatch) -> Door:
    monkeypatch.setattr("dashboards.door._GUESS_S", 0.0)
    return Door(behind, (), only_loopback=True, password=SECRET)


def test_the_password_leads_to_the_page_that_was_asked_for_and_is_kept(locked: Door) -> None:
    before = asked(locked, url="/live?site=a&lang=en")
    given = asked(locked, url="/live?site=a&lang=en", method="POST", data={"password": SECRET})
    cookie = given.headers["set-cookie"].split(";")[0]
    after = asked(locked, url="/office", headers={"Cookie": cookie})
    restarted = asked(Door(behind, (), only_loopback=True, password=SECRET), headers={"Cookie": cookie})
    changed = asked(Door(behind, (), only_loopback=True, password=f"{SECRET}!"), headers={"Cookie": cookie})

    assert (401, "Sign in") == (before.status_code, before.text.partition("<h1>")[2].partition("</h1>")[0])
    assert (303, "/live?site=a&lang=en") == (given.status_code, given.headers["location"])
    assert "HttpOnly; SameSite=Lax" in given.headers["set-cookie"]
    assert [200, 200, 401] == [after.status_code, restarted.status_code, changed.status_code]


@pytest.mark.parametrize("form", [b"password=wrong", b"", b"password=" + b"x" * 10_000, b"\xff\xfe"])
def test_a_wrong_password_is_said_to_be_wrong(locked: Door, form: bytes) -> None:
    answer = asked(locked, method="POST", content=form)

    assert 401 == answer.status_code
    assert 'role="alert"' in answer.text
    assert "the app" not in answer.text


@pytest.mark.parametrize("cookie", ["", "99999999999.", "99999999999." + "0" * 64, "x.y", "1.2; wifiplan_login=", "²²."])
def test_a_cookie_that_we_did_not_seal_opens_nothing(locked: Door, cookie: str) -> None:
    assert 401 == asked(locked, headers={"Cookie": f"wifiplan_login={cookie}".encode()}).status_code


def test_a_login_ends_with_the_shift(locked: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    cookie = asked(locked, method="POST", data={"password": SECRET}).headers["set-cookie"].split(";")[0]
    later_s = time.time() + SIGNED_IN_S + 1
    monkeypatch.setattr("dashboards.door.time.time", lambda: later_s)

    assert 401 == asked(locked, headers={"Cookie": cookie}).status_code


def test_whether_it_is_alive_is_no_secret(locked: Door) -> None:
    assert 200 == asked(locked, url="/_stcore/health").status_code


OIDC = Login(
    by="oidc", server_metadata_url="http://127.0.0.1:9/", client_id="w", redirect_uri="http://127.0.0.1:8501/oauth2callback"
)
HTML = {"Accept": "text/html"}


def test_after_the_login_the_page_that_was_wanted_comes() -> None:
    door = Door(behind, (), only_loopback=True, login=OIDC)
    wanted = asked(door, url="/live?site=%E5%8C%97", headers=HTML).headers["set-cookie"].split(";")[0]
    back = asked(door, url="/", headers={**HTML, "Cookie": f"{wanted}; _streamlit_user=x"})
    later = asked(door, url="/", headers={**HTML, "Cookie": "_streamlit_user=x"})

    assert (303, "/live?site=%E5%8C%97") == (back.status_code, back.headers["location"])
    assert "wifiplan_wanted=; Max-Age=0" in back.headers["set-cookie"]
    assert 200 == later.status_code


@pytest.mark.parametrize("wanted", ["https%3A%2F%2Fevil.example", "%2F%2Fevil.example", "%2F%5Cevil.example", "%2Fa%0d%0ab"])
def test_nobody_is_led_to_another_host(wanted: str) -> None:
    door = Door(behind, (), only_loopback=True, login=OIDC)

    assert 200 == asked(door, url="/", headers={**HTML, "Cookie": f"wifiplan_wanted={wanted}; _streamlit_user=x"}).status_code
