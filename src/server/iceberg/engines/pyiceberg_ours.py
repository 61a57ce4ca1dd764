"""
Reads the table `ours.events`, takes a row away, adds one under a column more. Prints what it has seen as one line of JSON.

    python pyiceberg_ours.py <uri of the catalog> <token of the project>
"""
import datetime
import json
import sys

import pyarrow as pa
from pyiceberg.catalog import load_catalog
from pyiceberg.types import StringType

# The project's own token will do as well.
catalog = load_catalog("m", type="rest", uri=sys.argv[1], token=sys.argv[2])
table = catalog.load_table("ours.events")


def rows():
    return sorted(([str(value) if hasattr(value, "isoformat") else value for value in row.values()] for row in table.scan().to_arrow().to_pylist()), key=lambda row: row[0])


seen = {"before": rows()}
of_one_day = "at >= '2001-01-02T00:00:00+00:00' and at < '2001-01-03T00:00:00+00:00'"
seen["files"] = [len(list(table.scan(row_filter="id = 1").plan_files())), len(list(table.scan(row_filter=of_one_day).plan_files()))]
seen["first"] = len(table.scan(snapshot_id=table.metadata.snapshots[0].snapshot_id).to_arrow())
table.delete("id = 2")
with table.update_schema() as update:
    update.add_column("remark", StringType())
at = datetime.datetime(2001, 1, 4, tzinfo=datetime.timezone.utc)
fields = [pa.field("id", pa.int64(), nullable=False), pa.field("at", pa.timestamp("us", "UTC"), nullable=False), ("text", pa.string()), ("more", pa.float64()), ("remark", pa.string())]
table.append(pa.table({"id": [4], "at": [at], "text": [None], "more": [2.5], "remark": ["theirs"]}, schema=pa.schema(fields)))
seen["after"] = [row[0] for row in rows()]
print(json.dumps(seen))
