"""The collector reads what the plan writes: a targets.toml with every site, and which access point is whose."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from collectors import config
from wifiplan.city import collector
from wifiplan.city.outcome import CityPlan, Row


def test_the_collector_reads_it_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two schools of one name are two sites; one that is not to be built is none."""
    monkeypatch.setenv("SNMP_COMMUNITY", "secret")
    rows = (
        Row(number=1, name='北"小', design="0001.json", telephone="04-1"),
        Row(number=2, name="南小", design="0002.json"),
        Row(number=3, name="南小", design="0003.json", within_budget=True),
        Row(number=4, name="東小", design="0004.json", within_budget=False),
        Row(number=5, name="?", error="unknown"),
    )
    answer = CityPlan(facilities=rows, skipped=(), warnings=(), totals={}, budget=None, assignment=None, asked={})
    (tmp_path / "targets.toml").write_text(collector.targets_toml(answer), encoding="utf-8")
    (tmp_path / "sites.csv").write_text(collector.sites_csv(answer, lambda _: ("AP-01", "AP-02")), encoding="utf-8")
    found = config.load(tmp_path / "targets.toml")
    listed = list(csv.DictReader(io.StringIO((tmp_path / "sites.csv").read_text(encoding="utf-8"))))

    assert {'北"小', "南小 (2)", "南小 (3)"} == {site.name for site in found.sites}
    assert ["0001-AP-01", "0001-AP-02", "0002-AP-01"] == [row["ap"] for row in listed[:3]]
    assert 6 == len(listed)
