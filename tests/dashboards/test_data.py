"""What the pages read: troubles are named and never raised, and a file or sample that changes is seen."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from collectors.config import Config
from collectors.metrics import Sample
from dashboards import data
from wifiplan import model
from wifiplan.model import Design


@pytest.fixture
def settings(targets_toml: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(data.CONFIG_ENV, str(targets_toml))
    monkeypatch.setattr(data, "_SHARED_S", -1.0)  # every look is a new one
    return targets_toml


def kind(snapshot: data.Snapshot) -> str | None:
    return None if snapshot.trouble is None else snapshot.trouble.kind


def test_without_a_configuration_it_says_so() -> None:
    assert "config" == kind(data.snapshot())


def test_a_configuration_that_breaks_is_named_and_seen_again_when_mended(
    settings: Path, design_file: Path, put_samples: Callable[[Sequence[Sample]], None], all_well: list[Sample]
) -> None:
    put_samples(all_well)
    good = settings.read_text("utf-8")
    settings.write_text(good + "\nnonsense = 1\n", encoding="utf-8")
    broken = data.snapshot()
    settings.write_text(good, encoding="utf-8")

    assert "config_broken" == kind(broken)
    assert str(settings) in (broken.trouble.text if broken.trouble else "")
    assert None is kind(data.snapshot())


def test_a_store_that_is_not_there_leaves_the_facilities_unknown(settings: Path, design_file: Path) -> None:
    snapshot = data.snapshot()

    assert ("store", ["unknown"], [None]) == (
        kind(snapshot),
        [one.state for one in snapshot.facilities],
        [one.clients for one in snapshot.facilities],
    )


def test_looking_makes_no_store(settings: Path, tmp_path: Path) -> None:
    data.snapshot()

    assert [] == list(tmp_path.glob("store*"))


def test_an_empty_store_is_told_from_one_that_is_missing(settings: Path, put_samples: Callable[[Sequence[Sample]], None]) -> None:
    put_samples([])

    assert "empty" == kind(data.snapshot())


def test_a_new_sample_is_seen_at_the_next_look(
    settings: Path,
    design_file: Path,
    put_samples: Callable[[Sequence[Sample]], None],
    all_well: list[Sample],
    say: Callable[..., Sample],
) -> None:
    put_samples(all_well)
    before = [one.clients for one in data.snapshot().facilities]
    put_samples([say("wifi_total", age_s=1, source="ap", clients=77, aps=3, aps_up=3)])

    assert ([60], [77]) == (before, [one.clients for one in data.snapshot().facilities])


def test_a_store_that_was_replaced_is_read_anew(
    settings: Path, design_file: Path, put_samples: Callable[[Sequence[Sample]], None], all_well: list[Sample], tmp_path: Path
) -> None:
    """A demo that starts again makes a new file: an open handle to the old one would show it for ever."""
    put_samples(all_well)
    data.snapshot()
    for old in tmp_path.glob("store.sqlite*"):
        old.unlink()
    put_samples(all_well[:1])

    assert [None] == [one.clients for one in data.snapshot().facilities]


def test_viewers_at_the_same_time_share_one_reading(
    targets_toml: Path, monkeypatch: pytest.MonkeyPatch, put_samples: Callable[[Sequence[Sample]], None]
) -> None:
    monkeypatch.setenv(data.CONFIG_ENV, str(targets_toml))
    monkeypatch.setattr(data, "_SHARED_S", 60.0)
    put_samples([])

    assert data.snapshot() is data.snapshot()


def test_a_design_that_changed_is_read_again(design: Design, design_file: Path, config: Config) -> None:
    config = replace(config, targets=(replace(config.targets[0], design=design_file),))
    before = data.read_designs(config)[design_file]
    model.save(replace(design, access_points=design.access_points[:1]), design_file)
    os.utime(design_file, ns=(time.time_ns(), time.time_ns() + 1))
    after = data.read_designs(config)[design_file]

    assert isinstance(before, Design)
    assert isinstance(after, Design)
    assert (3, 1) == (len(before.access_points), len(after.access_points))


def test_one_broken_design_stops_no_other(design_file: Path, config: Config, tmp_path: Path) -> None:
    broken = tmp_path / "broken.json"
    broken.write_text("{", encoding="utf-8")
    targets = tuple(replace(config.targets[0], name=path.name, design=path) for path in (broken, design_file))
    found = data.read_designs(replace(config, targets=targets))

    assert isinstance(found[design_file], Design)
    assert str(broken) in str(found[broken])


def test_a_design_named_twice_is_shown_once(design_file: Path, config: Config) -> None:
    config = replace(config, targets=(replace(config.targets[0], design=design_file),))

    assert [design_file] == list(data.read_designs(config, design_file.parent / "." / design_file.name))


@pytest.mark.parametrize(("interval_s", "refresh_s"), [(60.0, 10.0), (10.0, 5.0), (5.0, 2.5), (0.5, 1.0)])
def test_a_page_looks_twice_in_the_shortest_interval(config: Config, interval_s: float, refresh_s: float) -> None:
    slow = replace(config.targets[0], name="slow", interval_s=600.0)
    quick = replace(config.targets[0], interval_s=interval_s)

    assert refresh_s == data.refresh_s(replace(config, targets=(slow, quick)))


def test_figures_are_png_and_drawn_once_for_each_file_and_language(design_file: Path) -> None:
    stamp = data.stamp(design_file)
    pictures = [data.plan_png(design_file, stamp, lang, 0) for lang in ("ja", "en")]

    assert [b"\x89PNG"] * 2 == [picture[:4] for picture in pictures]
    assert pictures[0] is data.plan_png(design_file, stamp, "ja", 0)
