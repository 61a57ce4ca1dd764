"""Thirty expectations over flights with Great Expectations, in memory with pandas.

Prints as JSON the seconds of the validation alone, those with reading the file, and which expectations do not hold.
"""
import json
import os
import resource
import sys
import time

os.environ["GX_ANALYTICS_ENABLED"] = "false"
import great_expectations as gx
import great_expectations.expectations as e
import pandas as pd

begun = time.perf_counter()
frame = pd.read_parquet(sys.argv[1])
airports = ["ATL", "DFW", "ORD", "LAX", "PHX", "DEN", "DTW", "IAH", "SFO", "STL", "LAS", "MSP", "CLT", "EWR", "PHL", "SEA", "BOS", "SLC", "PIT", "CVG"]
columns = ["date", "delay", "distance", "origin", "destination"]
codes = ["origin", "destination"]
expectations = [
    *[e.ExpectColumnValuesToNotBeNull(column=column) for column in columns],
    e.ExpectColumnValuesToBeBetween(column="delay", min_value=-2000, max_value=3000),
    e.ExpectColumnValuesToBeBetween(column="delay", min_value=-30, max_value=300),
    e.ExpectColumnValuesToBeBetween(column="distance", min_value=0, max_value=10000),
    e.ExpectColumnValuesToBeBetween(column="distance", min_value=50, max_value=2500),
    e.ExpectColumnValuesToBeBetween(column="date", min_value=pd.Timestamp("2001-01-01"), max_value=pd.Timestamp("2001-12-31")),
    *[e.ExpectColumnValuesToMatchRegex(column=column, regex="^[A-Z]{3}$") for column in codes],
    *[e.ExpectColumnValueLengthsToBeBetween(column=column, min_value=3, max_value=3) for column in codes],
    *[e.ExpectColumnValuesToBeInSet(column=column, value_set=airports) for column in codes],
    *[e.ExpectColumnUniqueValueCountToBeBetween(column=column, min_value=10, max_value=1000) for column in codes],
    e.ExpectColumnMeanToBeBetween(column="delay", min_value=-5, max_value=30),
    e.ExpectColumnMedianToBeBetween(column="delay", min_value=-10, max_value=10),
    e.ExpectColumnStdevToBeBetween(column="delay", min_value=1, max_value=100),
    e.ExpectColumnMinToBeBetween(column="delay", min_value=-2000, max_value=0),
    e.ExpectColumnMaxToBeBetween(column="delay", min_value=0, max_value=3000),
    e.ExpectColumnSumToBeBetween(column="delay", min_value=0, max_value=1_000_000_000),
    e.ExpectColumnMeanToBeBetween(column="distance", min_value=100, max_value=2000),
    e.ExpectColumnMedianToBeBetween(column="distance", min_value=100, max_value=2000),
    e.ExpectColumnMaxToBeBetween(column="distance", min_value=0, max_value=10000),
    e.ExpectTableRowCountToBeBetween(min_value=1, max_value=10_000_000),
    e.ExpectTableColumnsToMatchSet(column_set=columns, exact_match=True),
    e.ExpectCompoundColumnsToBeUnique(column_list=["date", "origin", "destination", "distance"]),
]
assert len(expectations) == 30, len(expectations)
context = gx.get_context(mode="ephemeral")
context.variables.progress_bars = {"globally": False}
batch = context.data_sources.add_pandas("memory").add_dataframe_asset("flights").add_batch_definition_whole_dataframe("all")
suite = context.suites.add(gx.ExpectationSuite(name="thirty", expectations=expectations))
validation = context.validation_definitions.add(gx.ValidationDefinition(name="flights", data=batch, suite=suite))
started = time.perf_counter()
result = validation.run(batch_parameters={"dataframe": frame}, result_format="BASIC")
ended = time.perf_counter()
broken = [i for i, one in enumerate(result.results) if not one.success]
names = [one.expectation_config.type + str(one.expectation_config.kwargs.get("column", "")) for one in result.results if not one.success]
print(json.dumps({"seconds": ended - started, "withReading": ended - begun, "broken": len(broken), "names": names, "memoryMb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))
