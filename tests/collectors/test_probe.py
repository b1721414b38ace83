"""Probes: what answers is reachable, what would have answered is not, and of the rest nothing is said."""

from __future__ import annotations

import asyncio
import logging
import socket
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING

import pytest

from collectors import probe as probes
from collectors.config import Probe
from collectors.probe import Prober, Reached

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def reached(*urls: str, prober: Prober | None = None, timeout_s: float = 0.5) -> list[Reached]:
    async def go() -> list[Reached]:
        one = prober or Prober()
        try:
            return [await one.reach(Probe(name="p", site="gym", url=url, timeout_s=timeout_s)) for url in urls]
        finally:
            await one.close()

    return asyncio.run(go())


@contextmanager
def page(status: int) -> Iterator[int]:
    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("Location", "http://192.0.2.1/sign-in")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Page)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def name_server(code: int | None) -> Iterator[int]:
    """Answers one question with a response code, or with another question's answer."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))

        def serve() -> None:
            question, source = sock.recvfrom(512)
            identity = question[:2] if code is not None else bytes([question[0] ^ 1, question[1]])
            sock.sendto(identity + bytes([0x81, 0x80 | (code or 0)]) + question[4:], source)

        thread = threading.Thread(target=serve)
        thread.start()
        yield sock.getsockname()[1]
        thread.join()


def test_a_port_that_takes_connections_is_reachable_and_one_that_refuses_is_not(unused_port: Callable[[], int]) -> None:
    with page(200) as port:
        there, refused = reached(f"tcp://127.0.0.1:{port}", f"tcp://127.0.0.1:{unused_port()}")

    assert (True, False) == (there.reachable, refused.reachable)
    assert there.latency_s is not None
    assert refused.latency_s is None


@pytest.mark.parametrize(("status", "is_there"), [(200, True), (204, True), (302, False), (404, False), (503, False)])
def test_a_page_is_there_when_it_comes_itself(status: int, *, is_there: bool) -> None:
    """A redirection is how a sign-in page or a provider's notice stands in the way."""
    with page(status) as port:
        (found,) = reached(f"http://127.0.0.1:{port}/", timeout_s=2.0)

    assert is_there == found.reachable


def test_a_page_that_nobody_serves_is_not_reachable(unused_port: Callable[[], int]) -> None:
    port = unused_port()

    assert [False, False, False] == [
        found.reachable for found in reached(f"http://127.0.0.1:{port}/", f"https://127.0.0.1:{port}/", "http://nowhere.invalid/")
    ]


@pytest.mark.parametrize(("code", "answers"), [(0, True), (3, True), (2, False), (5, False), (None, False)])
def test_a_name_server_answers_when_it_answers_the_question(code: int | None, *, answers: bool) -> None:
    """No such name (3) is an answer; SERVFAIL (2), REFUSED (5) and the answer to another question are none."""
    with name_server(code) as port:
        (found,) = reached(f"dns://127.0.0.1:{port}/example.jp")

    assert answers == found.reachable


def test_a_host_is_pinged_where_that_is_allowed() -> None:
    try:
        probes._icmp_socket(is_v6=False)[0].close()
    except PermissionError:
        pytest.skip("this user may send no ICMP: see net.ipv4.ping_group_range")
    there, silent = reached("icmp://127.0.0.1", "icmp://nowhere.invalid")

    assert there.reachable
    assert there.latency_s is not None
    assert not silent.reachable


def test_an_echo_carries_its_checksum() -> None:
    """Over the whole message the ones' complement sum is all ones (RFC 1071)."""
    message = probes._echo(8, 77, b"sixteen octets!!")
    total = sum(int.from_bytes(message[at : at + 2]) for at in range(0, len(message), 2))

    assert 0xFFFF == (total & 0xFFFF) + (total >> 16)


def test_without_the_right_to_ping_tcp_is_tried_and_said_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, unused_port: Callable[[], int]
) -> None:
    """A host that refuses a connection is there; one that never answered may only drop it, so of it nothing is said."""

    def forbidden(*, is_v6: bool) -> None:
        raise PermissionError(is_v6)

    monkeypatch.setattr(probes, "_icmp_socket", forbidden)
    monkeypatch.setattr(probes, "TCP_PORTS", (unused_port(),))
    prober = Prober()
    with caplog.at_level(logging.WARNING, logger="collectors"):
        (there,) = reached("icmp://127.0.0.1", prober=prober)

        async def deaf(host: str, port: int) -> bool:
            await asyncio.sleep(9)
            return bool(host and port)

        monkeypatch.setattr(probes, "_answers", deaf)
        silent, gone = reached("icmp://192.0.2.1", "icmp://127.0.0.1", prober=prober, timeout_s=0.1)

    assert (True, None, False) == (there.reachable, silent.reachable, gone.reachable)
    assert 1 == len(caplog.records)
    assert "no right to send ICMP, so hosts are tried by TCP instead" in caplog.text


def test_a_sample_has_the_site_the_collector_and_the_probes_name(unused_port: Callable[[], int]) -> None:
    async def go() -> list[object]:
        prober = Prober()
        with page(200) as port:
            there = await prober.sample(Probe(name="internet", site="gym", url=f"tcp://127.0.0.1:{port}"))
            gone = await prober.sample(Probe(name="internet", site="gym", url=f"tcp://127.0.0.1:{unused_port()}"))
        assert there is not None
        assert gone is not None
        return [there.tags, there.fields.keys(), gone.fields]

    tags = {"site": "gym", "device": "collector", "target": "internet"}

    assert [tags, {"reachable": 1, "latency_s": 1}.keys(), {"reachable": 0.0}] == asyncio.run(go())
