"""Who the app answers: requests that name this machine, so that no page from elsewhere reads it through a viewer's browser."""

from __future__ import annotations

import ipaddress
import socket
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping

    Send = Callable[[dict[str, Any]], Awaitable[None]]
    Receive = Callable[[], Awaitable[dict[str, Any]]]
    App = Callable[[Mapping[str, Any], Receive, Send], Awaitable[None]]

_REFUSED = b"This address is not one of the app's: open it by its own, or name this one with --host.\n"


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
    """

    def __init__(self, app: App, hosts: Iterable[str], *, only_loopback: bool) -> None:
        self._app, self._only_loopback = app, only_loopback
        self._hosts = {"localhost", *(host.lower().rstrip(".") for host in hosts)}
        if not only_loopback:
            self._hosts |= {socket.gethostname().lower(), socket.getfqdn().lower()}

    async def __call__(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        """Answer a request, or hand it on."""
        if scope["type"] not in ("http", "websocket") or self.admits(scope["headers"]):
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(_REFUSED)).encode())]
            await send({"type": "http.response.start", "status": 403, "headers": headers})
            await send({"type": "http.response.body", "body": _REFUSED})

    def admits(self, headers: Iterable[tuple[bytes, bytes]]) -> bool:
        """Whether all that a request names is this machine."""
        named = [(name.lower(), value.decode("latin-1")) for name, value in headers if name.lower() in (b"host", b"origin")]
        hosts = [f"//{value}" if name == b"host" else value for name, value in named]
        return all(map(self._is_ours, hosts))

    def _is_ours(self, url: str) -> bool:
        try:
            host = (urlsplit(url).hostname or "").rstrip(".")
        except ValueError:
            return False
        try:
            address = ipaddress.ip_address(host)
        except ValueError:
            return host in self._hosts
        return address.is_loopback or not self._only_loopback
