"""What dispatch costs: a stub designer of 50 ms CPU for 100 to 10,000 facilities, on 1 and 2 workers; and a worker killed.

python tests/benchmarks/city_scale.py [100 1000 10000]   # CPU a facility and the parent's memory
python tests/benchmarks/city_scale.py killed              # a cluster of three processes by address, one killed -9 in the middle
"""

from __future__ import annotations

import hashlib
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from wifiplan.city import batch, plan
from wifiplan.city.around import Opening
from wifiplan.city.design import Task
from wifiplan.city.listing import Facility
from wifiplan.city.people import rooms

STUB_CPU_S = float(os.environ.get("STUB_CPU_S", "0.05"))
"""Less for a look at memory alone."""


def stub(task: Task) -> dict[str, Any]:
    """Fifty milliseconds of CPU and figures that depend on the task alone."""
    until_s = time.process_time() + STUB_CPU_S
    value = hashlib.blake2b(task.key.encode()).digest()
    while time.process_time() < until_s:
        value = hashlib.blake2b(value).digest()
    access_points = 1 + int(task.length_m) % 7
    figures = {
        "level": "basic",
        "people": round(task.length_m * task.width_m * 0.4),
        "access_points": access_points,
        "switches": 1,
        "cost_yen": 150_000.0 + 225_000.0 * access_points,
        "five_year_yen": 1e6,
        "served_share": 1.0,
        "gap_share": 0.0,
        "stopped_early": False,
        "model": "stub",
        "seconds": STUB_CPU_S,
    }
    return {"figures": [figures], "designs": {}}


def city(count: int) -> plan.City:
    """So many facilities, each with sides of its own."""
    sides = [(20.0 + 0.1 * (n % 200), 10.0 + 0.1 * (n // 200)) for n in range(count)]
    found = tuple(Facility(number=n, name=f"施設{n}", length_m=long, width_m=wide) for n, (long, wide) in enumerate(sides, 1))
    return plan.City(
        facilities=found,
        openings=tuple(Opening(open=True, why="no-hazard") for _ in found),
        rooms=tuple(rooms(one) for one in found),
        assignment=None,
        marks={},
    )


def _own_cpu_s() -> float:
    return time.process_time()


def _rss_mb() -> float:
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 2**20


def _one(count: int, jobs: int) -> dict[str, Any]:
    """One run in a process of its own: wall, CPU of parent and of its children a facility, and the parent's memory."""
    found = city(count)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started_s, cpu_s = time.perf_counter(), _own_cpu_s()
    with tempfile.TemporaryDirectory() as folder:
        wish = plan.Wish(lists=())
        made = plan.design_all(found, wish, Path(folder), jobs=jobs, work=stub)
        assert len(made) == count
        assert all(one.error is None for one in made.values())
        wall_s = time.perf_counter() - started_s
        resumed_s = time.perf_counter()
        again = plan.design_all(found, wish, Path(folder), jobs=jobs, work=_never)
        resumed_s = time.perf_counter() - resumed_s
        assert again == made
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    children_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {
        "facilities": count,
        "distinct": len({plan.task_of(one, wish.task).key for one in found.facilities}),
        "jobs": jobs,
        "wall_s": round(wall_s, 1),
        "cpu_ms_a_facility": round(1000 * (children_s + _own_cpu_s() - cpu_s) / count, 1),
        "parent_cpu_ms_a_facility": round(1000 * (_own_cpu_s() - cpu_s) / count, 2),
        "parent_mb": round(_rss_mb()),
        "parent_peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "resumed_s": round(resumed_s, 2),
    }


def _never(task: Task) -> dict[str, Any]:
    raise AssertionError(f"done again: {task}")


def killed(count: int = 200) -> dict[str, Any]:
    """Three worker processes at a scheduler's address, one killed -9 when a third is done: every facility once, same result."""
    from distributed import Client

    alone: dict[str, Any] = {}
    tasks = {plan.task_of(one, Task()).key: plan.task_of(one, Task()) for one in city(count).facilities}
    batch.run(tasks, stub, lambda one: alone.setdefault(one.key, one.result), jobs=1)
    python = [sys.executable, "-m", "dask"]
    environment = os.environ | {"PYTHONPATH": f"{Path(__file__).parent}:{os.environ.get('PYTHONPATH', '')}"}
    with tempfile.TemporaryDirectory() as folder:
        note = Path(folder) / "scheduler.json"
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "env": environment, "cwd": folder}
        started = [
            subprocess.Popen(
                [*python, "scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(note)],
                **quiet,
            )
        ]
        while not note.exists():
            time.sleep(0.1)
        address = json.loads(note.read_text())["address"]
        workers = [
            subprocess.Popen(
                [*python, "worker", address, "--nthreads", "1", "--no-nanny", "--no-dashboard", "--host", "127.0.0.1"], **quiet
            )
            for _ in range(3)
        ]
        started += workers
        try:
            with Client(address) as client:
                client.wait_for_workers(3)
            seen: list[str] = []
            results: dict[str, Any] = {}

            def done(one: batch.Outcome) -> None:
                assert one.error is None, one.error
                seen.append(one.key)
                results[one.key] = one.result
                if len(seen) == count // 3:
                    workers[0].send_signal(signal.SIGKILL)

            batch.run(tasks, stub, done, dask=address)
        finally:
            for process in started:
                process.kill()
                process.wait()
    return {
        "facilities": count,
        "handed_on": len(seen),
        "once_each": sorted(seen) == sorted(tasks),
        "same_result": results == alone,
        "killed": workers[0].returncode,
    }


def main() -> None:
    """Each run in a process of its own, so that memory is its own."""
    arguments = sys.argv[1:]
    if arguments[:1] == ["one"]:
        print(json.dumps(_one(int(arguments[1]), int(arguments[2]))))
        return
    if arguments == ["killed"]:
        print(json.dumps(killed()))
        return
    for count in map(int, arguments or ["100", "1000"]):
        for jobs in (1, 2):
            run = subprocess.run(
                [sys.executable, __file__, "one", str(count), str(jobs)], capture_output=True, text=True, check=True
            )
            print(run.stdout.strip(), flush=True)


if __name__ == "__main__":
    # Workers find the stub by its module's name.
    sys.path.insert(0, str(Path(__file__).parent))
    import city_scale

    city_scale.main()
