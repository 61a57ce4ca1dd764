"""Flattens the events of etl.flatten with Spark, two local threads; prints the seconds of reading and writing alone."""
import sys
import time
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
print(time.perf_counter() - started)
