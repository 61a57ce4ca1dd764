"""
Works with the catalog as users of DuckDB's own Iceberg extension do. Prints what it has seen as one line of JSON.

    python duckdb_walk.py <uri of the catalog> <token of the project>

Needs `duckdb` and the packages that bring its extensions: `duckdb-extension-iceberg`, `-avro` and `-httpfs`.
"""
import importlib
import json
import pathlib
import sys

import duckdb

uri, token = sys.argv[1:]
engine = duckdb.connect()
for name in ("httpfs", "avro", "iceberg"):
    package = pathlib.Path(importlib.import_module(f"duckdb_extension_{name}").__file__).parent
    engine.execute(f"install '{next(package.rglob(name + '.duckdb_extension'))}'")
    engine.execute(f"load {name}")
engine.execute("set TimeZone = 'UTC'")


def rows(sql):
    return [[value if isinstance(value, (int, float, str, bool, type(None))) else str(value) for value in row] for row in engine.execute(sql).fetchall()]


def run(*statements):
    for statement in statements:
        engine.execute(statement)


seen = {}

# 1: found with the token, and with credentials that are exchanged for one
run(f"create secret direct (type iceberg, token '{token}')", f"attach '' as m (type iceberg, endpoint '{uri}', secret direct)")
run(f"create secret exchanged (type iceberg, client_id 'duckdb', client_secret '{token}', oauth2_server_uri '{uri}/v1/oauth/tokens')")
run(f"attach '' as again (type iceberg, endpoint '{uri}', secret exchanged)")
seen["tables"] = rows("select schema, name from (show all tables) where database = 'm' order by all")
seen["again"] = rows("select count(*) from again.ours.events")

# 2: a table that Millrace has made, with a schema that has changed since
seen["ours"] = rows("select id, \"at\"::varchar, text, more from m.ours.events order by id")
seen["ours, one day"] = rows("select id from m.ours.events where \"at\" >= timestamptz '2001-01-02' and \"at\" < timestamptz '2001-01-03' order by id")
first = rows("select snapshot_id from iceberg_snapshots(m.ours.events) order by sequence_number")[0][0]
seen["ours, first"] = rows(f"select count(*) from m.ours.events at (version => {first})")
run("insert into m.ours.events values (10, timestamptz '2001-01-10 10:00:00', 'duckdb', null)")
seen["ours, after"] = rows("select id, text, more from m.ours.events order by id")

# 3: a table of its own: rows come, change and go
run("create schema m.lab", "create table m.lab.t (id bigint, name varchar, d decimal(9, 2), day date, place struct(lat double, tags varchar[]))")
run("insert into m.lab.t select i, 'n' || i, i + 0.5, date '2001-01-01' + i::int, {lat: i, tags: ['a', 'b']} from range(1, 9) r(i)")
run("delete from m.lab.t where id = 2", "update m.lab.t set name = 'changed' where id = 1")
seen["changed"] = rows("select id, name from m.lab.t order by id")
run("begin", "insert into m.lab.t (id, name) values (20, 'kept')", "commit")
run("begin", "insert into m.lab.t (id, name) values (21, 'not kept')", "rollback")
run("create table m.lab.gone as select 1 as a", "drop table m.lab.gone")
seen["last"] = rows("select id, name, d, day, place.lat, len(place.tags) from m.lab.t order by id")
print(json.dumps(seen))
