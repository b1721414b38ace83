"""People by clients: the bounds, what counts of heads teach, what is unknown, and the four words."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.operations import DEFAULT_CROWDED_SHARES
from dashboards.people import (
    CROWDING_JA,
    DEFAULT_CLIENTS_PER_PERSON,
    HeadCount,
    People,
    calibrated,
    crowding,
    estimate,
    of_count,
    people_at,
)

NOW = datetime(2026, 11, 27, 9, 0, tzinfo=UTC)
NOTHING = calibrated((), NOW)


def counts_of(site: str, each: float, number: int, *, people: int = 200) -> list[HeadCount]:
    return [
        HeadCount(site=site, time=NOW - timedelta(days=day + 1), people=people, clients=round(people * each))
        for day in range(number)
    ]


def test_without_counts_300_people_are_told_within_forty_percent() -> None:
    found = estimate("A", 285, NOTHING)

    assert (300, "assumed", 0) == (found.value, found.basis, found.counts)
    assert found.high is not None
    assert found.low < 300 < found.high
    assert found.high - found.low <= 2 * 0.4 * 300


def test_counts_of_the_same_shelter_move_the_estimate_and_narrow_it() -> None:
    before = estimate("A", 200, NOTHING)
    after = estimate("A", 200, calibrated(counts_of("A", 1.25, 8), NOW))

    assert ("calibrated_here", 8) == (after.basis, after.counts)
    assert abs(after.value - 160) <= 12
    assert after.high is not None
    assert before.high is not None
    assert after.high - after.low < before.high - before.low


def test_counts_elsewhere_in_the_city_teach_a_shelter_that_was_never_counted() -> None:
    city = calibrated([one for site in "BCDEFG" for one in counts_of(site, 1.3, 3)], NOW)
    found = estimate("A", 200, city)

    assert "calibrated_city" == found.basis
    assert 150 <= found.value <= 175


def test_what_was_learned_may_be_assumed_from_then_on_and_is_not_learned_twice() -> None:
    counts = [one for site in "BCDEFG" for one in counts_of(site, 1.3, 3)]
    before = calibrated(counts, NOW).clients_per_person()
    after = calibrated(counts, NOW, prior=before).clients_per_person()

    assert before == pytest.approx(1.3, rel=0.05)
    assert after == pytest.approx(1.3, rel=0.05)


def test_a_city_whose_shelters_differ_gives_wider_bounds_to_one_that_was_never_counted() -> None:
    alike = calibrated([one for site in "BCDEFG" for one in counts_of(site, 1.1, 3)], NOW)
    of_two_kinds = calibrated(
        [one for site, each in zip("BCDEFG", (1.4, 0.7) * 3, strict=True) for one in counts_of(site, each, 3)], NOW
    )

    assert alike.sd < NOTHING.sd < of_two_kinds.sd


def test_counts_of_long_ago_weigh_less() -> None:
    old = [replace(one, time=one.time - timedelta(days=120)) for one in counts_of("A", 0.7, 4)]
    found = estimate("A", 200, calibrated([*old, *counts_of("A", 1.2, 4)], NOW))

    assert abs(found.value - 200 / 1.2) < abs(found.value - 200 / 0.7)


def test_a_network_at_its_limit_gives_no_upper_bound() -> None:
    found = estimate("A", 300, NOTHING, at_limit=True)

    assert found.high is None


def test_a_fresh_count_is_the_answer_and_an_old_one_only_where_no_client_is_counted() -> None:
    fresh = HeadCount(site="A", time=NOW - timedelta(hours=1), people=150)
    old = replace(fresh, time=NOW - timedelta(days=2))

    def at(clients: int | None, count: HeadCount | None) -> People | None:
        return people_at("A", clients=clients, count=count, calibration=NOTHING, now=NOW)

    assert (150, "counted") == ((one := at(50, fresh)) and (one.value, one.basis))
    assert "assumed" == ((two := at(50, old)) and two.basis)
    assert (150, "counted") == ((three := at(None, old)) and (three.value, three.basis))
    assert at(None, None) is None
    assert at(None, replace(fresh, time=NOW - timedelta(days=9))) is None


def test_bounds_of_a_count_widen_as_it_ages() -> None:
    new = of_count(HeadCount(site="A", time=NOW, people=100), NOW)
    old = of_count(HeadCount(site="A", time=NOW - timedelta(days=3), people=100), NOW)

    assert new.low > old.low
    assert (new.high or 0) < (old.high or 0)


@given(clients=st.integers(0, 5000), prior=st.floats(0.1, 5.0), limit=st.booleans())
def test_bounds_always_hold_the_value(clients: int, prior: float, limit: bool) -> None:
    found = estimate("A", clients, calibrated((), NOW, prior=prior), at_limit=limit)

    assert 0 <= found.low <= found.value
    assert found.high is None or found.value <= found.high


@pytest.mark.parametrize(
    ("people", "word"),
    [
        (0, "空いています"),
        (30, "空いています"),
        (31, "やや混雑"),
        (60, "やや混雑"),
        (61, "混雑"),
        (79, "混雑"),
        (80, "満"),
        (120, "満"),
    ],
)
def test_four_words_of_the_share_of_capacity(people: int, word: str) -> None:
    found = crowding(People(value=people, low=people, high=people, basis="counted"), 100, DEFAULT_CROWDED_SHARES)

    assert word == CROWDING_JA[found or "roomy"]


def test_crowding_is_unknown_without_people_or_capacity() -> None:
    some = People(value=10, low=10, high=10, basis="counted")

    assert crowding(None, 100, DEFAULT_CROWDED_SHARES) is None
    assert crowding(some, None, DEFAULT_CROWDED_SHARES) is None
    assert "full" == crowding(None, None, DEFAULT_CROWDED_SHARES, full=True)


def test_a_city_with_two_thresholds_never_says_full_by_itself() -> None:
    assert "crowded" == crowding(People(value=200, low=200, high=200, basis="counted"), 100, (0.25, 0.5))


def test_at_least_so_many_never_gives_a_word_that_promises_room() -> None:
    few, many = (People(value=n, low=n, high=None, basis="assumed") for n in (20, 85))

    assert crowding(few, 100, DEFAULT_CROWDED_SHARES) is None
    assert "full" == crowding(many, 100, DEFAULT_CROWDED_SHARES)


def test_nine_of_ten_bounds_hold_where_heads_are_counted_now_and_then() -> None:
    """Short form of tests/benchmarks/people.py: crowds whose devices a person and shares the estimator is not given."""
    rng = np.random.default_rng(7)
    held = total = 0
    for _ in range(30):
        middle, sites_sd, days_sd = (
            np.exp(rng.normal(0.05, 0.14)) * DEFAULT_CLIENTS_PER_PERSON,
            rng.uniform(0.05, 0.2),
            rng.uniform(0.03, 0.12),
        )
        each = middle * np.exp(rng.normal(0, sites_sd, 12))
        counts = []
        for site in range(12):
            for day in range(1, 5):
                people = int(rng.integers(50, 400))
                clients = int(rng.poisson(people * each[site] * np.exp(rng.normal(0, days_sd))))
                counts.append(HeadCount(site=str(site), time=NOW - timedelta(days=day), people=people, clients=clients))
        known = calibrated([one for one in counts if int(one.site) < 8], NOW)
        for site in range(12):
            people = int(rng.integers(100, 400))
            clients = int(rng.poisson(people * each[site] * np.exp(rng.normal(0, days_sd))))
            found = estimate(str(site), clients, known)
            held += found.high is not None and found.low <= people <= found.high
            total += 1

    assert 0.85 <= held / total <= 0.95
