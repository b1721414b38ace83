"""Who the app answers, and as whom: requests that name this machine, signed in where that is asked.

What stands behind the door may believe the headers `X-Wifiplan-*`: they are the door's own, and a request's are taken away.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import ipaddress
import socket
import time
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, quote, unquote, urlsplit

from dashboards import markup
from dashboards.locale import words
from wifiplan.report.catalogue import LANGS

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping

    from dashboards.roles import Login

    Send = Callable[[dict[str, Any]], Awaitable[None]]
    Receive = Callable[[], Awaitable[dict[str, Any]]]
    App = Callable[[Mapping[str, Any], Receive, Send], Awaitable[None]]
    Headers = Iterable[tuple[bytes, bytes]]

HERE, NAMED, GROUPS = "X-Wifiplan-Here", "X-Wifiplan-User", "X-Wifiplan-Groups"
"""Told to the pages: the request is from this machine itself; the name and the groups that a trusted proxy gives."""

SIGNED_IN_S = 12 * 3600.0
"""A password given is good for one shift."""

_REFUSED = b"This address is not one of the app's: open it by its own, or name this one with --host.\n"
_OURS = b"x-wifiplan-"
_LOGIN_COOKIE, _WANTED_COOKIE = "wifiplan_login", "wifiplan_wanted"
_STREAMLIT_COOKIE = "_streamlit_user"
_OPEN_PATHS = ("/_stcore/health",)
_GUESS_S = 1.0
"""What a wrong password costs, all viewers together: guessing goes at one a second however many try."""

_MOST_FORM_OCTETS = 4096


class Door:
    """An ASGI application before another: what names a host that is not allowed, in Host or Origin, is refused (403).

    Parameters
    ----------
    app : callable
        The application behind it.
    hosts : iterable of str
        Names allowed beside localhost and addresses written as numbers: another's name that was made to point here (DNS
        rebinding) is neither.
    only_loopback : bool
        Whether of the addresses only those of this machine itself are allowed.
    password : str, optional
        What everybody must give once; a cookie remembers it, so that links from page to page keep the login.
    login : Login, optional
        How people are known by name: by a proxy, whose header is believed from its own addresses only, or by OIDC, where the
        door remembers which page was wanted before the login.
    """

    def __init__(
        self, app: App, hosts: Iterable[str], *, only_loopback: bool, password: str = "", login: Login | None = None
    ) -> None:
        self._app, self._only_loopback, self._login = app, only_loopback, login
        self._hosts = {"localhost", *(host.lower().rstrip(".") for host in hosts)}
        if not only_loopback:
            self._hosts |= {socket.gethostname().lower(), socket.getfqdn().lower()}
        self._password = password.encode()
        # Of the password itself, so that a restart asks nobody again and another password asks everybody.
        self._key = hashlib.scrypt(self._password, salt=b"wifiplan login", n=2**14, r=8, p=1) if password else b""
        self._one_guess_at_a_time = asyncio.Lock()

    async def __call__(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        """Answer a request, or hand it on."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
        elif not self.admits(scope["headers"]):
            await _refuse(scope, send)
        elif self._password and scope.get("path") not in _OPEN_PATHS and not self._has_signed_in(scope["headers"]):
            await self._ask(scope, receive, send)
        else:
            told = {**scope, "headers": self.told(scope)}
            if self._login is not None and self._login.by == "oidc" and _is_page(scope):
                await self._remember(told, receive, send)
            else:
                await self._app(told, receive, send)

    def admits(self, headers: Headers) -> bool:
        """Whether all that a request names is this machine."""
        named = [(name.lower(), value.decode("latin-1")) for name, value in headers if name.lower() in (b"host", b"origin")]
        hosts = [f"//{value}" if name == b"host" else value for name, value in named]
        return all(map(self._is_ours, hosts))

    def told(self, scope: Mapping[str, Any]) -> list[tuple[bytes, bytes]]:
        """Give the headers that go on: without any that would pass for ours, with those that are."""
        peer = (scope.get("client") or ("", 0))[0]
        by_proxy = self._login if self._login is not None and self._login.by == "proxy" else None
        secret = {name.lower().encode() for name in (by_proxy.header, by_proxy.groups) if name} if by_proxy else set()
        given: list[tuple[bytes, bytes]] = []
        kept = []
        for name, value in scope["headers"]:
            spelt = name.lower().replace(b"_", b"-")
            if spelt.startswith(_OURS):
                continue
            if spelt in secret:
                given.append((spelt, value))
            else:
                kept.append((name, value))
        if by_proxy is not None and peer in by_proxy.trusted:
            for ours, theirs in ((NAMED, by_proxy.header), (GROUPS, by_proxy.groups)):
                found = [value for name, value in given if name == theirs.lower().encode()]
                if len(found) == 1:  # two names are somebody's trick
                    kept.append((ours.lower().encode(), found[0]))
        if _is_loopback(peer) and _is_direct(scope["headers"]):
            kept.append((HERE.lower().encode(), b"1"))
        return kept

    def _is_ours(self, url: str) -> bool:
        host = _host_of(url)
        try:
            address = ipaddress.ip_address(host or "")
        except ValueError:
            return host in self._hosts
        return address.is_loopback or not self._only_loopback

    # --- a password ---

    def _has_signed_in(self, headers: Headers) -> bool:
        until, _, seal = _cookies(headers).get(_LOGIN_COOKIE, "").partition(".")
        if not (until.isascii() and until.isdigit()) or len(until) > 12:
            return False
        return hmac.compare_digest(seal.encode(), self._seal(until).encode()) and time.time() < int(until)

    def _seal(self, until: str) -> str:
        return hmac.new(self._key, until.encode(), "sha256").hexdigest()

    async def _ask(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        """Show the form in the place of the page that was asked for; the right answer leads to that page."""
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
            return
        wrong = False
        if scope["method"] == "POST":
            given = parse_qs(await _form(receive), keep_blank_values=True).get("password", [""])[0]
            async with self._one_guess_at_a_time:
                if hmac.compare_digest(given.encode(), self._password):
                    until = str(int(time.time() + SIGNED_IN_S))
                    cookie = f"{_LOGIN_COOKIE}={until}.{self._seal(until)}; Max-Age={SIGNED_IN_S:.0f}"
                    await _lead_on(send, _address_of(scope), cookie)
                    return
                wrong = True
                await asyncio.sleep(_GUESS_S)
        asked = parse_qs(scope.get("query_string", b"").decode("latin-1")).get("lang", [""])[0]
        langs = [lang for lang in LANGS if lang == asked] or list(LANGS)
        texts = [{key: words(f"login.{key}", lang) for key in ("heading", "password", "submit", "wrong")} for lang in langs]
        await _page(send, markup.render("login", texts=texts, lang=langs[0], wrong=wrong), 401)

    # --- a page that was wanted before the login ---

    async def _remember(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        """Lead whom the provider sends back to the page that they had asked for; Streamlit itself leads to the first one."""
        cookies = _cookies(scope["headers"])
        if _STREAMLIT_COOKIE in cookies:
            wanted = unquote(cookies.get(_WANTED_COOKIE, ""))
            if scope["path"] == "/" and _is_own_path(wanted):
                await _lead_on(send, wanted, f"{_WANTED_COOKIE}=; Max-Age=0")
                return
            await self._app(scope, receive, send)
            return
        address = _address_of(scope)
        cookie = f"{_WANTED_COOKIE}={quote(address, safe='')}; Max-Age=600"

        async def with_cookie(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start" and address != "/" and len(address) < 1000:
                message = {**message, "headers": [*message.get("headers", ()), _set(cookie)]}
            await send(message)

        await self._app(scope, receive, with_cookie)


def _is_page(scope: Mapping[str, Any]) -> bool:
    """Whether a browser asks for a page to show, and not for a part of one."""
    if scope["type"] != "http" or scope["method"] != "GET":
        return False
    accepted = b",".join(value for name, value in scope["headers"] if name.lower() == b"accept")
    return b"text/html" in accepted and not scope["path"].startswith(("/_", "/auth/", "/oauth2callback", "/static/"))


def _is_own_path(address: str) -> bool:
    """Whether an address is a page of ours, and no way to another host."""
    return address.startswith("/") and not address.startswith(("//", "/\\")) and address.isprintable() and "\\" not in address


def _address_of(scope: Mapping[str, Any]) -> str:
    query = bytes(scope.get("query_string", b"")).decode("latin-1")
    path = "/" + quote(str(scope["path"]).lstrip("/"))
    return f"{path}?{query}" if query else path


def _host_of(url: str) -> str | None:
    try:
        return (urlsplit(url).hostname or "").rstrip(".")
    except ValueError:
        return None


def _is_loopback(address: str | None) -> bool:
    try:
        return address == "localhost" or ipaddress.ip_address(address or "").is_loopback
    except ValueError:
        return False


def _is_direct(headers: Headers) -> bool:
    """Whether nothing says that a proxy hands on what somebody elsewhere asked."""
    for name, value in headers:
        spelt = name.lower()
        if spelt in (b"via", b"forwarded", b"x-real-ip") or spelt.startswith(b"x-forwarded-"):
            return False
        if spelt in (b"host", b"origin"):
            text = value.decode("latin-1")
            if not _is_loopback(_host_of(f"//{text}" if spelt == b"host" else text)):
                return False
    return True


def _cookies(headers: Headers) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in headers:
        if name.lower() == b"cookie":
            try:
                found |= {key: one.value for key, one in SimpleCookie(value.decode("latin-1")).items()}
            except CookieError:
                continue
    return found


async def _form(receive: Receive) -> str:
    """A form's text; nothing of one that is longer than ours."""
    octets = b""
    while True:
        message = await receive()
        octets += bytes(message.get("body", b""))
        if message["type"] != "http.request" or len(octets) > _MOST_FORM_OCTETS:
            return ""
        if not message.get("more_body"):
            return octets.decode("utf-8", "replace")


def _set(cookie: str) -> tuple[bytes, bytes]:
    return b"set-cookie", f"{cookie}; Path=/; HttpOnly; SameSite=Lax".encode()


async def _lead_on(send: Send, address: str, cookie: str) -> None:
    headers = [(b"location", address.encode()), _set(cookie), (b"content-length", b"0"), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": 303, "headers": headers})
    await send({"type": "http.response.body", "body": b""})


async def _page(send: Send, html: str, status: int) -> None:
    body = html.encode()
    headers = [
        (b"content-type", b"text/html; charset=utf-8"),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _refuse(scope: Mapping[str, Any], send: Send) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008})
        return
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(_REFUSED)).encode())]
    await send({"type": "http.response.start", "status": 403, "headers": headers})
    await send({"type": "http.response.body", "body": _REFUSED})
