"""Profiles a Parquet file with ydata-profiling in its minimal form.

Prints as JSON the seconds from the file to the report's content, by the clock and of all cores, and the most memory that the process had, in bytes.
"""
import json
import resource
import sys
import time

import pandas
from ydata_profiling import ProfileReport

begun, before = time.perf_counter(), time.process_time()
frame = pandas.read_parquet(sys.argv[1])
report = ProfileReport(frame, minimal=True, progress_bar=False)
described = json.loads(report.to_json())
seconds, cpu = time.perf_counter() - begun, time.process_time() - before
most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
print(json.dumps({"seconds": seconds, "cpu": cpu, "bytes": most, "rows": described["table"]["n"]}))
