"""Flattens the events of etl.flatten with Spark, two local threads.

Prints as JSON the seconds of reading and writing alone, those with Spark's start, and those of all cores.
"""
import json
import os
import sys
import time

begun = time.perf_counter()
from pyspark.sql import SparkSession
from pyspark.sql.functions import col

source, target = sys.argv[1:]
spark = (
    SparkSession.builder.master("local[2]")
    .config("spark.driver.memory", "4g")
    .config("spark.ui.enabled", "false")
    .config("spark.sql.parquet.compression.codec", "zstd")
    .config("spark.log.level", "ERROR")
    .getOrCreate()
)


def leaves(schema, path=()):
    for field in schema.fields:
        here = (*path, field.name)
        if field.dataType.typeName() == "struct":
            yield from leaves(field.dataType, here)
        else:
            yield here


def opened(path):
    found = col(f"`{path[0]}`")
    for name in path[1:]:
        found = found.getField(name)
    return found.alias(".".join(path))


started = time.perf_counter()
events = spark.read.json(source)
events.select([opened(path) for path in leaves(events.schema)]).write.parquet(target)
ended = time.perf_counter()


def cpu_seconds(pid):
    """Of Spark's own process, the only one that works here; not known where the system has no /proc."""
    try:
        with open(f"/proc/{pid}/stat") as stat:
            user, system = stat.read().rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")
    except OSError:
        return None


print(json.dumps({"job": ended - started, "whole": ended - begun, "cpu": cpu_seconds(spark.sparkContext._gateway.proc.pid)}))
