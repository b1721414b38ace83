"""Messages: what they say, and their way to real servers on this machine, one of which hangs and one of which refuses."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.header import decode_header, make_header
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from collectors.config import Config, Site
from collectors.operations import Alerts, Recipient
from dashboards import notify
from dashboards.alerts import Condition, News
from dashboards.notify import Text, composed, delivered
from dashboards.states import Reason

NOW = datetime(2026, 11, 27, 9, 0, tzinfo=UTC)
STAFF = Recipient(name="staff", url_env="ALERT_STAFF")
HttpSink = Callable[..., AbstractContextManager[tuple[int, list[dict[str, Any]]]]]
SECRET = "s3cret-token-0123456789"


def news(code: str, site: str, *names: str, kind: str = "raised", minutes: int = 0, **values: str | float) -> News:
    subject = names[0] if names else str(values.get("device", site))
    condition = Condition(
        key=f"{code}|{site}|{subject}",
        code=code,
        level="alarm",
        sites=(site,),
        subject=subject,
        reason=Reason(code=code, values=values, names=names),
    )
    at = NOW + timedelta(minutes=minutes)
    return News(recipient="staff", kind=kind, at=at, since=NOW - timedelta(minutes=3), condition=condition)  # type: ignore[arg-type]


@pytest.fixture
def city(tmp_path: Path) -> Config:
    card = Site(name="北小", contact="教頭 山田", telephone="0767-00-0000", rack="放送室", breaker="3番")
    return Config(
        path=tmp_path / "t.toml",
        store_url="sqlite:s",
        interval_s=60.0,
        targets=(),
        sites=(card,),
        alerts=Alerts(recipients=(STAFF,), app_url="https://wifi.example/"),
    )


class TestWords:
    """What a message says."""

    def test_it_says_what_since_when_what_first_and_the_card(self, city: Config) -> None:
        text = composed([news("aps_down", "北小", "AP-1")], STAFF, city)

        assert text.title.startswith("[警報] 北小：")
        for part in ("AP-1", "2026-11-27 17:57", "まず：", "教頭 山田", "0767-00-0000", "放送室", "3番", "https://wifi.example/"):
            assert part in text.body

    def test_in_english(self, city: Config) -> None:
        text = composed([news("uplink_down", "北小", device="router", interface="wan")], replace(STAFF, lang="en"), city)

        assert "[Alarm] 北小" in text.title
        assert "Since: 2026-11-27 17:57" in text.body

    def test_two_hundred_of_one_kind_are_one_paragraph(self, city: Config) -> None:
        text = composed([news("silent", f"S{n}", device=f"d{n}", age_s=300.0) for n in range(200)], STAFF, city)

        assert "200件（200施設）" in text.title
        assert "ほか190施設" in text.body
        assert len(text.body) < 600

    def test_what_came_and_went_is_told_as_passed(self, city: Config) -> None:
        both = [news("aps_down", "北小", "AP-1"), news("aps_down", "北小", "AP-1", kind="cleared", minutes=9)]
        text = composed(both, STAFF, city)

        assert text.title.startswith("[復旧]")
        assert "一時的" in text.body
        assert "■" not in text.body


class Mailbox:
    """What aiosmtpd hands over; `refuses` answers as a server that takes nothing from strangers."""

    def __init__(self, *, refuses: bool = False) -> None:
        self.mails: list[bytes] = []
        self.refuses = refuses

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:  # noqa: N802
        if self.refuses:
            return "550 no such user here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        self.mails.append(envelope.content)
        return "250 taken"


@contextlib.contextmanager
def mail_server(box: Mailbox) -> Iterator[int]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield port
    finally:
        controller.stop()


def to(url: str) -> dict[str, str]:
    return {"ALERT_STAFF": url}


TEXT = Text(title="[警報] 北小：停止", body="■ 北小\n何が：AP-1")


class TestWay:
    """Real servers on this machine."""

    def test_a_mail_comes_with_its_words_whole(self) -> None:
        box = Mailbox()
        with mail_server(box) as port:
            error = delivered(STAFF, TEXT, to(f"mailto://127.0.0.1:{port}/?from=wifi@city.example&to=staff@city.example"))
        mail = message_from_bytes(box.mails[0])
        parts = [part.get_payload(decode=True).decode() for part in mail.walk() if part.get_content_type() == "text/plain"]  # type: ignore[union-attr]

        assert "" == error
        assert TEXT.title == str(make_header(decode_header(mail["Subject"])))
        assert TEXT.body in parts[0].replace("\r\n", "\n")

    def test_a_mail_server_that_refuses_is_told_without_the_password(self) -> None:
        with mail_server(Mailbox(refuses=True)) as port:
            url = f"mailto://user:{SECRET}@127.0.0.1:{port}/?from=wifi@city.example&to=nobody@city.example"
            error = delivered(STAFF, TEXT, to(url))

        assert error.startswith("ALERT_STAFF: not taken")
        assert SECRET not in error

    def test_a_webhook_takes_title_and_body(self, http_sink: HttpSink) -> None:
        with http_sink() as (port, taken):
            error = delivered(STAFF, TEXT, to(f"json://127.0.0.1:{port}/hook/{SECRET}"))

        assert "" == error
        assert (TEXT.title, TEXT.body) == (taken[0]["title"], taken[0]["message"])

    def test_a_webhook_that_answers_503_is_told_without_the_token(self, http_sink: HttpSink) -> None:
        with http_sink(503) as (port, _):
            error = delivered(STAFF, TEXT, to(f"json://127.0.0.1:{port}/hook/{SECRET}"))

        assert error.startswith("ALERT_STAFF: not taken")
        assert SECRET not in error

    def test_a_webhook_that_hangs_is_given_up_and_holds_up_nobody(
        self, http_sink: HttpSink, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(notify, "SENDING_S", 1.0)
        with socket.socket() as hangs, http_sink() as (port, taken):
            hangs.bind(("127.0.0.1", 0))
            hangs.listen()
            monkeypatch.setenv("HANGS", f"json://127.0.0.1:{hangs.getsockname()[1]}/x")
            monkeypatch.setenv("WELL", f"json://127.0.0.1:{port}/x")
            began_s = time.monotonic()
            people = [Recipient(name="a", url_env="HANGS"), Recipient(name="b", url_env="WELL")]
            found = dict(notify.tried(people, NOW, Alerts().time_zone))
            took_s = time.monotonic() - began_s

        assert "HANGS: no answer within 1 s" == found["a"]
        assert ("", 1) == (found["b"], len(taken))
        assert took_s < 8.0

    def test_an_address_that_is_missing_or_of_no_known_kind_is_told_by_the_name_of_its_variable(self) -> None:
        assert "ALERT_STAFF is not set" in delivered(STAFF, TEXT, {})
        assert "not an address" in delivered(STAFF, TEXT, to(f"carrier-pigeon://{SECRET}"))
        assert SECRET not in delivered(STAFF, TEXT, to(f"carrier-pigeon://{SECRET}"))

    @pytest.mark.parametrize(
        "url",
        [
            "line://token0123456789/Uabc",
            "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ",
            "workflows://host.example/workflow/signature",
            "mailtos://user:pass@city.example",
        ],
    )
    def test_every_kind_that_is_promised_is_known(self, url: str) -> None:
        assert notify._apprise().Apprise.instantiate(url, suppress_exceptions=True) is not None
