"""Samples as a Parquet file: one row each, a column for every tag and field that there can be, empty where it has none."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

from collectors.errors import StoreError, reason

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from collectors.metrics import Measurement, Sample

_ROWS_AT_ONCE = 50_000


def to_parquet(samples: Iterable[Sample], measurements: Sequence[Measurement], path: Path) -> int:
    """Write samples to a new file, which appears complete or not at all.

    Parameters
    ----------
    measurements : sequence of Measurement
        What the samples may be of: their tags and fields are the columns beside `time` (UTC, to the microsecond),
        `measurement`, `site` and `device`. The file's metadata holds each field's unit.

    Returns
    -------
    int
        The number of samples.

    Raises
    ------
    StoreError
        The file is there already or cannot be written.
    """
    import pyarrow as pa
    from pyarrow import parquet

    if path.exists():
        raise StoreError(f"{path}: there already; give a new file's name")
    tags = list(dict.fromkeys(("site", "device", *(tag for m in measurements for tag in m.tags))))
    fields = {field.name: field for m in measurements for field in m.fields}
    word = pa.dictionary(pa.int32(), pa.string())
    columns = [pa.field("time", pa.timestamp("us", tz="UTC")), pa.field("measurement", word)]
    columns += [pa.field(tag, word) for tag in tags]
    columns += [pa.field(name, pa.float64(), metadata={"unit": field.unit}) for name, field in fields.items()]
    schema, rows, left = pa.schema(columns), 0, iter(samples)
    part = path.with_name(f".{path.name}.part")
    try:
        with parquet.ParquetWriter(part, schema, compression="zstd") as writer:
            while batch := list(islice(left, _ROWS_AT_ONCE)):
                table: dict[str, list[Any]] = {"time": [s.time for s in batch], "measurement": [s.measurement for s in batch]}
                table |= {tag: [s.tags.get(tag) for s in batch] for tag in tags}
                table |= {name: [s.fields.get(name) for s in batch] for name in fields}
                writer.write_table(pa.table(table, schema=schema))
                rows += len(batch)
        part.rename(path)
    except OSError as error:
        raise StoreError(f"{path}: {reason(error)}; check its folder and the room on its disk") from None
    finally:
        part.unlink(missing_ok=True)
    return rows
