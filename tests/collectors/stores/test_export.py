"""What is exported can be read by others: values, absence, time zone and units."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from pyarrow import parquet

from collectors.errors import StoreError
from collectors.metrics import MEASUREMENTS, Sample
from collectors.stores import export

if TYPE_CHECKING:
    from pathlib import Path

NOON = datetime(2026, 8, 30, 12, 0, 0, 123456, tzinfo=UTC)
SAMPLES = [
    Sample(measurement="device", time=NOON, tags={"site": "柏第一小", "device": "d"}, fields={"reachable": 0.0}),
    Sample(
        measurement="wifi_ap",
        time=NOON + timedelta(minutes=1),
        tags={"site": "柏第一小", "device": "d", "ap": "体育館"},
        fields={"clients": 7.0, "up": 1.0},
    ),
]


def test_a_sample_is_a_row_and_what_it_does_not_have_is_empty(tmp_path: Path) -> None:
    """Never 0; times are UTC to the microsecond; a unit is in the column's metadata."""
    assert 2 == export.to_parquet(SAMPLES, list(MEASUREMENTS.values()), tmp_path / "s.parquet")
    table = parquet.read_table(tmp_path / "s.parquet")
    rows = table.to_pylist()

    assert [NOON, NOON + timedelta(minutes=1)] == [row["time"] for row in rows]
    assert ["device", "wifi_ap"] == [row["measurement"] for row in rows]
    assert [
        {"site": "柏第一小", "device": "d", "reachable": 0.0},
        {"site": "柏第一小", "device": "d", "ap": "体育館", "clients": 7.0, "up": 1.0},
    ] == [
        {name: value for name, value in row.items() if value is not None and name not in ("time", "measurement")} for row in rows
    ]
    assert b"dBm" == table.schema.field("noise_dbm").metadata[b"unit"]
    assert ["s.parquet"] == [path.name for path in tmp_path.iterdir()]


def test_a_file_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    """One that is there is left alone; one that cannot be written leaves nothing."""
    there = tmp_path / "there.parquet"
    there.write_text("mine")
    with pytest.raises(StoreError, match="there already"):
        export.to_parquet(SAMPLES, list(MEASUREMENTS.values()), there)
    with pytest.raises(StoreError, match="no such file or directory; check its folder"):
        export.to_parquet(SAMPLES, list(MEASUREMENTS.values()), tmp_path / "no" / "s.parquet")

    def broken() -> object:
        yield SAMPLES[0]
        raise StoreError("the store went away")

    with pytest.raises(StoreError, match="went away"):
        export.to_parquet(broken(), list(MEASUREMENTS.values()), tmp_path / "s.parquet")  # type: ignore[arg-type]
    assert "mine" == there.read_text()
    assert ["there.parquet"] == [path.name for path in tmp_path.iterdir()]
