"""Many pieces of work on one machine or many, by Dask: resumed where it stopped, cancelled when asked, none stopping another.

With one process the work is done here; with several by a `LocalCluster` of this machine, on its own loopback; with an address by
whatever workers stand there. Only a window of pieces is under way at a time, so that ten thousand take no more memory than a
hundred, and what each gives is handed on and forgotten. A worker that dies has its piece done by another.
"""

from __future__ import annotations

import json
import logging
import math
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from floorplans.plan import write_whole
from wifiplan.errors import DesignError, RadioError

PIECES_AHEAD = 2
"""Under way for each worker: one that it does, and one that waits beside it."""

DEATHS = 2
"""So many workers may die over one piece; then it is taken for what kills them, and left."""

NO_WORKER_S = 120.0
"""Without any worker of a cluster for so long, the rest is not done."""

_POLL_S, _ASK_S = 0.3, 2.0
"""How often it looks whether to stop, and how many workers there are."""
_DIED = "its process died each time: out of memory, or killed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a piece: its result, or the one line that says why there is none."""

    key: str
    result: Any = None
    error: str | None = None


def run(
    pieces: Mapping[str, Any],
    work: Callable[[Any], Any],
    done: Callable[[Outcome], None],
    *,
    jobs: int | None = None,
    dask: str | None = None,
    cancelled: Callable[[], bool] = lambda: False,
) -> None:
    """Do each piece once, and hand its outcome to `done` as it comes, in no order; those left when cancelled are not handed on.

    Parameters
    ----------
    pieces : mapping
        Key -> what `work` takes; both must go through pickle.
    work : callable
        May raise whatever it likes: that is its outcome.
    done : callable
        Called in this process, one at a time.
    jobs : int, optional
        Processes on this machine; as many as it has cores. 1: none but this.
    dask : str, optional
        Address of a Dask scheduler, such as tcp://192.0.2.1:8786.
    cancelled : callable
        Asked now and then.

    Raises
    ------
    DesignError
        Nobody answers at the address.
    """
    workers = min(jobs or os.cpu_count() or 1, max(len(pieces), 1))
    if dask is None and workers == 1:
        for key, piece in pieces.items():
            if cancelled():
                return
            done(_tried(key, piece, work))
        return
    with _client(dask, workers) as client, client.as_current():
        _by_dask(client, pieces, work, done, cancelled)


def _tried(key: str, piece: Any, work: Callable[[Any], Any]) -> Outcome:
    try:
        return Outcome(key=key, result=work(piece))
    except Exception as error:  # noqa: BLE001  one facility never stops the others
        return Outcome(key=key, error=said(error))


def said(error: BaseException) -> str:
    """One line of an error; the class where it is not one of ours."""
    from floorplans.errors import FloorPlanError

    text = " ".join(str(error).split())
    return text if isinstance(error, RadioError | FloorPlanError) else f"{type(error).__name__}: {text}"[:500]


@contextmanager
def _client(address: str | None, workers: int) -> Iterator[Any]:
    import dask
    from distributed import Client, LocalCluster

    for name in ("distributed", "distributed.client", "distributed.worker", "distributed.scheduler", "distributed.nanny"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    settings = {
        "distributed.scheduler.allowed-failures": DEATHS,
        "distributed.admin.log-length": 100,
        "distributed.admin.low-level-log-length": 100,
    }
    with dask.config.set(settings):
        if address is not None:
            try:
                client = Client(address, timeout="10s", set_as_default=False)  # type: ignore[no-untyped-call]
            except (OSError, TimeoutError, ValueError) as error:
                raise DesignError(
                    f"--dask {address}: no scheduler answers there ({type(error).__name__}); start `dask scheduler`"
                ) from None
            try:
                yield client
            finally:
                client.close()  # type: ignore[no-untyped-call]
            return
        cluster = LocalCluster(  # type: ignore[no-untyped-call]
            n_workers=workers,
            threads_per_worker=1,
            processes=True,
            host="127.0.0.1",
            dashboard_address="127.0.0.1:0",
            memory_limit=0,
            silence_logs=logging.CRITICAL,
        )
        try:
            client = Client(cluster, set_as_default=False)  # type: ignore[no-untyped-call]
            try:
                yield client
            finally:
                client.close()  # type: ignore[no-untyped-call]
        finally:
            # All work is handed on by now: a machine too busy to end its workers in time is no reason to lose it.
            with suppress(TimeoutError):
                cluster.close(timeout=30)


def _by_dask(
    client: Any,
    pieces: Mapping[str, Any],
    work: Callable[[Any], Any],
    done: Callable[[Outcome], None],
    cancelled: Callable[[], bool],
) -> None:
    killed: dict[str, Any] = {}

    def told(outcome: Outcome) -> None:
        if outcome.error == _DIED:
            killed[outcome.key] = pieces[outcome.key]
        else:
            done(outcome)

    _windowed(client, pieces, work, told, cancelled, ahead=PIECES_AHEAD)
    # What waited beside the piece that killed its worker died with it: alone, each shows what it does itself.
    _windowed(client, dict(killed), work, done, cancelled, ahead=0)


def _windowed(
    client: Any,
    pieces: Mapping[str, Any],
    work: Callable[[Any], Any],
    done: Callable[[Outcome], None],
    cancelled: Callable[[], bool],
    *,
    ahead: int,
) -> None:
    """Hand out pieces, `ahead` for each worker at a time, or one in all."""
    from distributed import wait

    waiting = iter(pieces.items())
    running: dict[Any, str] = {}
    empty = False
    seen_s, asked_s, threads = time.monotonic(), -math.inf, 0
    while running or not empty:
        if cancelled():
            client.cancel(list(running), force=True)
            return
        if time.monotonic() - asked_s > _ASK_S:
            threads, asked_s = sum(client.nthreads().values()), time.monotonic()
        if threads:
            seen_s = time.monotonic()
        elif time.monotonic() - seen_s > NO_WORKER_S:
            raise RadioError(
                "no worker is left at the Dask scheduler; start some and run this again: it goes on where it stopped"
            )
        while not empty and len(running) < max(1, threads * ahead):
            key, piece = next(waiting, (None, None))
            if key is None:
                empty = True
            else:
                running[client.submit(work, piece, key=f"wifiplan-{key}-{os.getpid()}-{ahead}", pure=False)] = key
        if not running:
            return
        try:
            found = wait(list(running), timeout=_POLL_S, return_when="FIRST_COMPLETED")  # type: ignore[no-untyped-call]
        except TimeoutError:
            continue
        for future in found.done:
            done(_outcome(running.pop(future), future))


def _outcome(key: str, future: Any) -> Outcome:
    from distributed import KilledWorker

    try:
        return Outcome(key=key, result=future.result())
    except KilledWorker:
        return Outcome(key=key, error=_DIED)
    except Exception as error:  # noqa: BLE001  one facility never stops the others
        return Outcome(key=key, error=said(error))
    finally:
        future.release()


class Journal:
    """What is done already, a line for each piece: a run that was stopped goes on behind it.

    A last line that was cut off by a stop is left out. Lines are JSON objects with a `key`.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lines: dict[str, dict[str, Any]] = {}
        for line in path.read_text(encoding="utf-8", errors="replace").splitlines() if path.exists() else ():
            try:
                row = json.loads(line)
            except ValueError:
                continue
            if isinstance(row, dict) and isinstance(row.get("key"), str):
                self.lines[row["key"]] = row
        if path.exists():
            write_whole(path, "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in self.lines.values()))

    def add(self, row: dict[str, Any]) -> None:
        """Keep a line, on the disk before it is counted as done."""
        with self.path.open("a", encoding="utf-8") as out:
            out.write(json.dumps(row, ensure_ascii=False) + "\n")
            out.flush()
            os.fsync(out.fileno())
        self.lines[row["key"]] = row
