"""Scripted viewers of the app: each holds a session open by the protocol that browsers speak, and loads a page every 10 s.

    python tests/benchmarks/app_sessions.py URL NUMBER

Prints `ready` once all have seen their first page, and goes on until it is stopped. What a browser does beside that (drawing)
costs the server nothing.
"""

from __future__ import annotations

import asyncio
import random
import sys

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect

EVERY_S = 10.0
"""As often as a page of the app asks again by itself where devices are polled every minute; here it is a whole page each time."""
PAGES = ("office", "facilities", "live")


async def look(session: ClientConnection, page: str) -> None:
    """Ask for a page and take all that comes of it."""
    asked = BackMsg()
    asked.rerun_script.query_string = "lang=ja"
    asked.rerun_script.page_name = page
    await session.send(asked.SerializeToString())
    while True:
        told = ForwardMsg()
        octets = await session.recv()
        assert isinstance(octets, bytes)
        told.ParseFromString(octets)
        if told.WhichOneof("type") == "script_finished":
            return


async def viewer(url: str, number: int, seen: asyncio.Queue[int]) -> None:
    chance = random.Random(number)
    address = url.replace("http", "ws", 1) + "/_stcore/stream"
    async with connect(address, subprotocols=["streamlit"], origin=url, max_size=None) as session:  # type: ignore[arg-type, list-item]
        await look(session, PAGES[number % len(PAGES)])
        await seen.put(number)
        while True:
            await asyncio.sleep(EVERY_S * (0.5 + chance.random()))
            await look(session, chance.choice(PAGES))


async def main(url: str, number: int) -> None:
    seen: asyncio.Queue[int] = asyncio.Queue()
    async with asyncio.TaskGroup() as group:
        for one in range(number):
            group.create_task(viewer(url, one, seen))
        for _ in range(number):
            await seen.get()
        print("ready", flush=True)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(print(__doc__))  # `make bench` runs every file; this one is started by operations_pages.py
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
