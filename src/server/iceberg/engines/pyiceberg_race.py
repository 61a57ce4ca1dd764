"""
Appends rows one by one, in a race with others. Prints how many it has appended as one line of JSON.

    python pyiceberg_race.py <uri of the catalog> <token of the project> <number of this writer> <appends>
"""
import json
import sys

import pyarrow as pa
from pyiceberg.catalog import load_catalog
from pyiceberg.exceptions import CommitFailedException

writer, appends = int(sys.argv[3]), int(sys.argv[4])
catalog = load_catalog("m", type="rest", uri=sys.argv[1], credential=f"client:{sys.argv[2]}")
table = catalog.load_table("race.t")
done = 0
while done < appends:
    try:
        table.append(pa.table({"writer": [writer], "n": [done]}, schema=pa.schema([pa.field("writer", pa.int64(), nullable=False), pa.field("n", pa.int64(), nullable=False)])))
        done += 1
    except CommitFailedException:
        table.refresh()
print(json.dumps(done))
