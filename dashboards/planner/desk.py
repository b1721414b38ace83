"""The projects that are open: one copy in the process for all windows, saved whole after each change, everybody told."""

from __future__ import annotations

import functools
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from dashboards.errors import DashboardError
from dashboards.planner import project as projects
from dashboards.planner.project import SUFFIX, Project

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER_ENV = "WIFIPLAN_APP_PROJECTS"

Told = Callable[[Project, str], None]
"""Called with the project as it is now and the window that changed it."""


@dataclass(slots=True)
class _Sheet:
    path: Path
    project: Project
    stamp: tuple[int, int]
    lock: threading.RLock = field(default_factory=threading.RLock)
    watchers: list[Told] = field(default_factory=list)


class Desk:
    """A folder of projects. Every change goes through `change`: applied to what is there now, in order, and saved."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._sheets: dict[str, _Sheet] = {}
        self._lock = threading.Lock()

    def names(self) -> list[str]:
        """The projects there are, the newest first."""
        try:
            paths = [path for path in self.folder.iterdir() if path.suffix == SUFFIX and path.is_file()]
        except OSError:
            return []
        return [path.stem for path in sorted(paths, key=lambda path: -path.stat().st_mtime)]

    def create(self, project: Project) -> Project:
        """A new project on the desk; where the name is taken, it is given a number."""
        with self._lock:
            self.folder.mkdir(parents=True, exist_ok=True)
            name = next(name for name in _numbered(project.name) if not self._path(name).exists())
            made = replace(project, name=name)
            projects.save(made, self._path(name))
        return self.open(name)

    def open(self, name: str) -> Project:
        """A project as it is now; one whose file was changed by another program is read anew."""
        return self._sheet(name).project

    def change(self, name: str, how: Callable[[Project], Project], *, by: str = "") -> Project:
        """Apply a change to what the project is now, save it, and tell all who watch. What `how` raises leaves it as it was."""
        sheet = self._sheet(name)
        with sheet.lock:
            before = sheet.project
            after = how(before)
            if after is before:
                return before
            projects.save(after, sheet.path)
            sheet.project, sheet.stamp = after, _stamp(sheet.path)
            watchers = list(sheet.watchers)
        for told in watchers:
            told(after, by)
        return after

    def watch(self, name: str, told: Told) -> Callable[[], None]:
        """Be told of each change from now on; the answer ends it."""
        sheet = self._sheet(name)
        with sheet.lock:
            sheet.watchers.append(told)

        def ended() -> None:
            with sheet.lock:
                if told in sheet.watchers:
                    sheet.watchers.remove(told)

        return ended

    def windows(self, name: str) -> int:
        """How many watch it."""
        return len(self._sheet(name).watchers)

    def _sheet(self, name: str) -> _Sheet:
        path = self._path(name)
        with self._lock:
            sheet = self._sheets.get(name)
            if sheet is None:
                sheet = self._sheets[name] = _Sheet(path=path, project=projects.load(path), stamp=_stamp(path))
                return sheet
        with sheet.lock:
            stamp = _stamp(path)
            if stamp not in {sheet.stamp, (0, 0)}:
                sheet.project, sheet.stamp = projects.load(path), stamp
        return sheet

    def _path(self, name: str) -> Path:
        if not name or name != Path(name).name or name.startswith("."):
            raise DashboardError(f"{name[:80]!r} is no project's name; choose one from the list")
        return self.folder / f"{name}{SUFFIX}"


def _numbered(name: str) -> Iterator[str]:
    yield name
    for number in range(2, 10_000):
        yield f"{name[:70]} ({number})"


def _stamp(path: Path) -> tuple[int, int]:
    try:
        facts = path.stat()
    except OSError:
        return 0, 0
    return facts.st_mtime_ns, facts.st_size


@functools.cache
def _desk_of(folder: Path) -> Desk:
    return Desk(folder)


def desk() -> Desk:
    """The process's desk: the folder that `wifiplan app --projects` names."""
    return _desk_of(Path(os.environ.get(FOLDER_ENV) or "projects").resolve())
