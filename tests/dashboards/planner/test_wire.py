"""The wire: only who has a token of the page is heard, each message is answered, and every window sees what the others do."""

from __future__ import annotations

import json
import struct
import threading
import time
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from dashboards.door import Door
from dashboards.planner import sight, wire
from dashboards.planner.desk import Desk
from dashboards.planner.preview import UNKNOWN, Painter, finished
from dashboards.planner.project import Project
from dashboards.roles import User

with warnings.catch_warnings():  # Starlette would rather have httpx2, which is not the project's
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient

URL = f"ws://127.0.0.1{wire.WIRE}"


async def _page(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"the page"})


@pytest.fixture
def client(desk: Desk, gym: Project) -> TestClient:
    return TestClient(Door(wire.Wire(_page), (), only_loopback=True), base_url="http://127.0.0.1")


def said(socket: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(socket.receive_text())
    return found


def hello(socket: Any, window: str = "one", user: User | None = None, lang: str = "en") -> dict[str, Any]:
    """Sign in; the view that comes first."""
    token = wire.token("Gym", window, user or User(name="kato", roles=frozenset({"planner", "viewer"})))
    socket.send_text(json.dumps({"token": token, "lang": lang}))
    view: dict[str, Any] = said(socket)["view"]
    return view


def picture_of(data: bytes) -> tuple[dict[str, Any], np.ndarray[Any, Any]]:
    length = struct.unpack(">I", data[:4])[0]
    head = json.loads(data[4 : 4 + length])
    return head, np.frombuffer(data[4 + length :], dtype=np.uint8).reshape(head["ny"], head["nx"])


@pytest.mark.parametrize("first", ['{"token": "made up.by me"}', '{"token": 5}', "{}", "no JSON", '{"token": "é.ü"}'])
def test_who_has_no_token_is_not_heard(client: TestClient, first: str) -> None:
    with client.websocket_connect(URL) as socket:
        socket.send_text(first)
        ended = socket.receive()

    assert ("websocket.close", 4401) == (ended["type"], ended["code"])


def test_a_token_is_of_one_project_and_one_process_and_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    token = wire.token("Gym", "one")
    body, _, sign = token.partition(".")
    other = body[:-8] + ("A" if body[-8] != "A" else "B") + body[-7:]

    assert ("Gym", "one") == ((claim := wire.claim_of(token)) and claim.project, claim and claim.window)
    assert wire.claim_of(f"{other}.{sign}") is None
    late_s = time.time() + wire.TOKEN_S + 1
    monkeypatch.setattr(time, "time", lambda: late_s)
    assert wire.claim_of(token) is None
    monkeypatch.undo()
    monkeypatch.setattr(wire, "_KEY", b"of another process")
    assert wire.claim_of(token) is None


def test_a_page_from_elsewhere_cannot_open_the_wire(client: TestClient) -> None:
    """Its origin is another host's: refused before a token is asked for."""
    with pytest.raises(Exception), client.websocket_connect(URL, headers={"origin": "http://evil.example"}):  # noqa: B017, PT011
        pass


def test_an_edit_is_done_saved_and_seen_by_both_windows(client: TestClient, desk: Desk) -> None:
    with client.websocket_connect(URL) as one, client.websocket_connect(URL) as two:
        hello(one, "one"), hello(two, "two")
        one.send_text(json.dumps({"do": "move", "given": {"ap": "AP-01", "x_m": 7.5, "y_m": 6.0}, "seq": 4}))
        answers = [said(one), said(one)]
        seen = said(two)
    done = next(answer for answer in answers if "done" in answer)

    assert 4 == done["done"]
    assert ("one", done["revision"], 7.5) == (seen["by"], seen["view"]["revision"], seen["view"]["access_points"][0]["x_m"])
    assert 7.5 == desk.open("Gym").document.design.access_points[0].x_m


def test_undo_and_redo_go_over_the_wire(client: TestClient, desk: Desk, gym: Project) -> None:
    with client.websocket_connect(URL) as socket:
        view = hello(socket)
        for name in ("undo", "undo", "redo"):
            socket.send_text(json.dumps({"do": name, "seq": 1}))
            answers = [said(socket), said(socket)]
        last = next(answer["view"] for answer in answers if "view" in answer)

    assert (["add", ""], None) == (view["undo"], view["redo"])
    assert (["add", ""], ["add", ""]) == (last["undo"], last["redo"])
    assert 1 == len(desk.open("Gym").document.design.access_points)


def test_what_is_refused_is_said_and_the_talk_goes_on(client: TestClient) -> None:
    with client.websocket_connect(URL) as socket:
        hello(socket)
        sent = [{"do": "remove", "given": {"ap": "AP-99"}}, {"do": "fly"}, {"map": {"layer": "smell", "band": "5"}}, {"extra": 1}]
        refused = []
        for number, message in enumerate(sent):
            socket.send_text(json.dumps(message | {"seq": number}))
            refused.append(said(socket)["refused"])
        socket.send_text("not JSON")
        refused.append(said(socket)["refused"])

    assert "AP-99: no such access point" in refused[0]
    assert "no change is called 'fly'" in refused[1]
    assert all(isinstance(text, str) and "\n" not in text for text in refused)


def test_a_viewer_sees_and_changes_nothing(client: TestClient, desk: Desk, gym: Project) -> None:
    with client.websocket_connect(URL) as socket:
        hello(socket, user=User(name="mori", roles=frozenset({"viewer"})))
        socket.send_text(json.dumps({"do": "undo", "seq": 1}))
        refused = said(socket)["refused"]

    assert "mori may look at this design and not change it" == refused
    assert gym == desk.open("Gym")


def test_a_map_follows_the_hand_and_traces_only_what_moves(client: TestClient) -> None:
    with client.websocket_connect(URL) as socket:
        hello(socket)
        heads, pictures = [], []
        for x_m in (5.0, 6.0):
            moved = {"AP-01": [x_m, 5.0]}
            socket.send_text(json.dumps({"map": {"layer": "signal", "band": "5", "moved": moved}, "seq": int(x_m)}))
            head, picture = picture_of(socket.receive_bytes())
            heads.append(head), pictures.append(picture)

    assert (5, 6) == (heads[0]["seq"], heads[1]["seq"])
    assert (2, 1) == (heads[0]["traced"], heads[1]["traced"])
    assert (15, 20) == pictures[0].shape
    assert (pictures[0] != pictures[1]).any()
    assert (pictures[0] != UNKNOWN).mean() > 0.9


def test_the_hand_does_not_wait_for_a_full_map(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of three maps that are asked for at once, the newest is drawn; the others are said to be dropped."""
    with client.websocket_connect(URL) as socket:
        hello(socket)
        asked = threading.Event()
        own = Painter.drawn

        def slowly(self: Painter, *given: Any, **options: Any) -> Iterator[Any]:
            for step in own(self, *given, **options):
                assert asked.wait(30.0)
                yield step

        monkeypatch.setattr(Painter, "drawn", slowly)
        for number, full in ((1, True), (2, False), (3, False)):
            held = {"AP-01": [5.0 + number, 6.0]}
            socket.send_text(json.dumps({"map": {"layer": "signal", "band": "5", "full": full, "moved": held}, "seq": number}))
        dropped = [said(socket)["dropped"]]
        asked.set()
        dropped.append(said(socket)["dropped"])
        head, _ = picture_of(socket.receive_bytes())

    assert [1, 2] == sorted(dropped)
    assert (3, False) == (head["seq"], head["full"])


def test_mistakes_and_warnings_are_in_the_windows_language(client: TestClient) -> None:
    with client.websocket_connect(URL) as socket:
        hello(socket, lang="ja")
        socket.send_text(json.dumps({"do": "remove", "given": {"ap": "AP-99"}, "seq": 1}))
        refused = said(socket)["refused"]
        socket.send_text(json.dumps({"do": "add", "given": {"x_m": -2.0, "y_m": 5.0}, "seq": 2}))
        view = next(one["view"] for one in (said(socket), said(socket)) if "view" in one)

    assert "AP-99 というアクセスポイントはありません。あるのは AP-01, AP-02 です" == refused
    assert ["AP-03 は建物の外（-2, 5）にあります"] == view["warnings"]


def test_a_full_map_is_the_reports(gym: Project) -> None:
    """The same gains, obstruction and powers: each step is the report's figure to within half a step."""
    from wifiplan.report import maps

    design = gym.document.design
    picture = finished(Painter().drawn(design, "signal", "5", full=True))
    theirs = maps.best_rssi_dbm(design, maps.coverage_map(design, "5"), "5")
    inside = np.isfinite(theirs)
    ours = picture.low + (picture.high - picture.low) * picture.steps.astype(float) / 254

    assert theirs.shape == picture.steps.shape
    assert np.abs(np.clip(theirs[inside], picture.low, picture.high) - ours[inside]).max() < 0.2


def test_the_scripts_of_the_page_are_served_and_nothing_beside(client: TestClient) -> None:
    script = client.get("/planner/plan.js")

    assert (200, "text/javascript; charset=utf-8") == (script.status_code, script.headers["content-type"])
    assert "export function mount" in script.text
    for path in ("/planner/../wire.py", "/planner/wire.py", "/planner/", "/planner"):
        assert "the page" == client.get(path).text


def test_a_view_tells_all_that_is_drawn(gym: Project) -> None:
    view = sight.view_of(gym)
    door = [hole for wall in view["levels"][0]["walls"] for hole in wall.get("openings", [])]

    assert {"AP-01", "AP-02"} == {ap["name"] for ap in view["access_points"]}
    assert {"AP-01", "AP-02"} == {cable["ap"] for cable in view["cables"]}
    assert door
    assert json.loads(json.dumps(view)) == view
    assert [] == view["warnings"]
