"""
Works with the catalog as users of Spark do. Prints what it has seen as one line of JSON.

    python spark_walk.py <uri of the catalog> <token of the project> <jar of Iceberg's runtime for Spark>
"""
import json
import sys

from pyspark.sql import SparkSession

uri, token, jar = sys.argv[1:]
settings = {
    "spark.jars": jar,
    "spark.ui.enabled": "false",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.shuffle.partitions": "1",
    "spark.sql.extensions": "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions",
    "spark.sql.catalog.m": "org.apache.iceberg.spark.SparkCatalog",
    "spark.sql.catalog.m.type": "rest",
    "spark.sql.catalog.m.uri": uri,
    "spark.sql.catalog.m.credential": f"spark:{token}",
    "spark.sql.defaultCatalog": "m",
}
builder = SparkSession.builder.master("local[2]")
for name, value in settings.items():
    builder = builder.config(name, value)
spark = builder.getOrCreate()
spark.sparkContext.setLogLevel("ERROR")


def rows(sql):
    return [[value if isinstance(value, (int, float, str, bool, type(None))) else str(value) for value in row] for row in spark.sql(sql).collect()]


def run(*statements):
    for statement in statements:
        spark.sql(statement)


seen = {}

# 1: a table that Millrace has made, with a schema that has changed since
seen["ours"] = rows("select id, at, text, more from ours.events order by id")
seen["ours, one day"] = rows("select id from ours.events where at >= timestamp '2001-01-02' and at < timestamp '2001-01-03' order by id")
seen["ours, first"] = rows(f"select count(*) from ours.events version as of {rows('select snapshot_id from ours.events.snapshots order by committed_at')[0][0]}")

# 2: rows come to it, one goes, one changes
run("insert into ours.events values (10, timestamp '2001-01-10 10:00:00', 'spark', null)", "delete from ours.events where id = 2")
run("merge into ours.events t using (select 1 id, 'merged' text union all select 11, 'new') s on t.id = s.id when matched then update set text = s.text when not matched then insert (id, at, text, more) values (s.id, timestamp '2001-01-11 00:00:00', s.text, 7.5)")
run("alter table ours.events add column remark string")
run("update ours.events set remark = 'seen' where id = 3")
seen["ours, after"] = rows("select id, text, more, remark from ours.events order by id")

# 3 to 6: a namespace, a table, rows
run("create namespace lab", "create namespace lab.deep comment 'inside'")
seen["namespaces"] = [rows("show namespaces"), rows("show namespaces in lab")]
run("create table lab.t (id bigint not null, name string, n int, f float, d decimal(9,2), day date, place struct<lat: double, tags: array<string>>, m map<string, int>) using iceberg partitioned by (days(day), bucket(4, id)) tblproperties ('write.delete.mode' = 'copy-on-write')")
seen["tables"] = rows("show tables in lab")
run("""insert into lab.t select id, concat('n', id), cast(id as int), cast(id as float), cast(id as decimal(9,2)), date_add(date '2001-01-01', cast(id % 3 as int)),
       named_struct('lat', id / 2.0, 'tags', array(concat('t', id))), map('a', cast(id as int)) from range(1, 9)""")
seen["filled"] = rows("select count(*), sum(n), max(d), max(place.lat), max(m['a']) from lab.t")
first = rows("select snapshot_id from lab.t.snapshots order by committed_at desc")[0][0]

# 7 to 10: changes of rows
run("delete from lab.t where id = 8", "update lab.t set name = 'changed' where id = 1")
run("merge into lab.t t using (select 2 id, 'm' name union all select 20, 'm') s on t.id = s.id when matched and s.id = 2 then delete when not matched then insert (id, name, day) values (s.id, s.name, date '2001-02-01')")
run("set spark.sql.sources.partitionOverwriteMode = dynamic", "insert overwrite lab.t select 20L, 'over', 33, 3.0, 3.0, date '2001-02-01', null, null")
seen["changed"] = rows("select id, name from lab.t order by id")

# 11 to 17: columns
run(
    "alter table lab.t add columns (note string comment 'a note', place.lon double)",
    "alter table lab.t rename column name to title",
    "alter table lab.t alter column n type bigint",
    "alter table lab.t alter column f type double",
    "alter table lab.t alter column d type decimal(12,2)",
    "alter table lab.t alter column day first",
    "alter table lab.t drop column note",
    "alter table lab.t add column note int after day",
)
seen["columns"] = [row[:2] for row in rows("describe lab.t") if row[0] and not row[0].startswith("#")][:9]

# 18, 19: partitions, order
run("alter table lab.t drop partition field bucket(4, id)", "alter table lab.t add partition field truncate(2, title)", "alter table lab.t write ordered by id")
run("insert into lab.t (id, title, n, f, d, m, day, note, place) values (30, 'later', 9000000000, null, null, null, date '2001-03-01', 5, named_struct('lat', 1.5D, 'tags', array('x', null), 'lon', 2.5D))")
seen["grown"] = rows("select id, title, n, note, place.lon from lab.t where id in (1, 30) order by id")

# 20 to 23: tags, branches, time travel, rollback
run(f"alter table lab.t create tag first as of version {first}", "alter table lab.t create branch work", "insert into lab.t.branch_work (id, title, n, f, d, m, day, note, place) values (40, null, null, null, null, null, date '2001-01-01', null, null)")
seen["refs"] = rows("select name, type from lab.t.refs order by name")
seen["travel"] = [rows("select count(*) from lab.t version as of 'first'"), rows("select count(*) from lab.t.branch_work"), rows("select count(*) from lab.t"), rows(f"select count(*) from lab.t version as of {first}")]
committed = rows(f"select cast(committed_at as string) from lab.t.snapshots where snapshot_id = {first}")[0][0]
seen["at a time"] = rows(f"select count(*) from lab.t timestamp as of '{committed}'")
run("call m.system.fast_forward('lab.t', 'main', 'work')")
seen["forward"] = rows("select count(*) from lab.t")

# 24, 25: tables from queries, made anew
run("create table lab.copy using iceberg as select id, title from lab.t")
seen["copied"] = rows("select count(*) from lab.copy")
run("create or replace table lab.copy using iceberg as select cast(id as string) id, 1 one from lab.t where id > 5")
seen["replaced"] = rows("select id, one from lab.copy order by id")
run("create or replace table lab.fresh (a int) using iceberg", "insert into lab.fresh values (1)", "truncate table lab.fresh")
seen["emptied"] = rows("select count(*) from lab.fresh")

# 26 to 28: upkeep
run("call m.system.rewrite_data_files(table => 'lab.t', options => map('rewrite-all', 'true'))", "call m.system.rewrite_manifests('lab.t')")
run("alter table lab.t drop branch work", "call m.system.expire_snapshots(table => 'lab.t', older_than => timestamp '2100-01-01', retain_last => 2)")
seen["kept"] = rows("select count(*) from lab.t.snapshots")
run("call m.system.compute_table_stats('lab.t')")

# 29: deletes that are files beside the data
run("create table lab.mor (id bigint, name string) using iceberg tblproperties ('write.delete.mode' = 'merge-on-read', 'write.update.mode' = 'merge-on-read', 'write.merge.mode' = 'merge-on-read')")
run("insert into lab.mor select id, concat('n', id) from range(10)", "delete from lab.mor where id = 3", "update lab.mor set name = 'u' where id = 4")
seen["merge on read"] = [rows("select count(*), count(if(name = 'u', 1, null)) from lab.mor"), rows("select count(*) from lab.mor.delete_files")]

# 30: partitions whose folders have names that we would write in another way
run("create table lab.cities (city string, at timestamp, n int) using iceberg partitioned by (city, at)")
run("insert into lab.cities values ('New York', timestamp '2001-01-01 10:00:00', 1), ('a/b!', timestamp '2001-01-01 10:00:00.5', 2), ('Zürich', null, 3), (null, null, 4), ('', null, 5)")
seen["cities"] = rows("select city, n from lab.cities order by n")

# 31, 32: names, and the end of tables
run("alter table lab.copy rename to lab.deep.copy", "alter table lab.t set tblproperties ('colour' = 'red')", "alter table lab.t unset tblproperties ('colour')")
seen["renamed"] = rows("select count(*) from lab.deep.copy")
run("drop table lab.deep.copy", "drop table lab.fresh purge", "drop namespace lab.deep")
seen["left"] = rows("show tables in lab")
refused = []
for statement in ["drop table ours.events", "drop namespace lab", "create table lab.v3 (a int) using iceberg tblproperties ('format-version' = '3')", "create table lab.away (a int) using iceberg location 'file:///somewhere/else'"]:
    try:
        run(statement)
        refused.append("nothing")
    except Exception as error:
        refused.append(str(error).split("MR-")[1][:7] if "MR-" in str(error) else str(error)[:200])
seen["refused"] = refused
seen["last"] = rows("select id, title, n, f, cast(d as string), day, note, place.lat, place.lon, size(place.tags), m['a'] from lab.t order by id")
print(json.dumps(seen, default=str))
spark.stop()
