"""
Works with the catalog as its users do. Prints what it has seen as one line of JSON.

    python pyiceberg_walk.py <uri of the catalog> <token of the project>
"""
import datetime
import json
import sys

import pyarrow as pa
from pyiceberg.catalog import load_catalog
from pyiceberg.exceptions import *
from pyiceberg.partitioning import PartitionSpec
from pyiceberg.schema import Schema
from pyiceberg.table.sorting import SortField, SortOrder
from pyiceberg.transforms import *
from pyiceberg.types import *

catalog = load_catalog("m", type="rest", uri=sys.argv[1], credential=f"client:{sys.argv[2]}")


def rows(table, **scan):
    return sorted((list(row.values()) for row in table.scan(**scan).to_arrow().to_pylist()), key=str)


seen = {}
# 1 to 4: namespaces
catalog.create_namespace("shop", {"owner": "ada"})
catalog.create_namespace(("shop", "eu"))
seen["namespaces"] = [catalog.list_namespaces(), catalog.list_namespaces("shop"), catalog.load_namespace_properties("shop")]
update = catalog.update_namespace_properties("shop", {"owner"}, {"team": "a"})
seen["properties"] = [update.removed, update.updated, catalog.load_namespace_properties("shop")]
try:
    catalog.create_namespace("shop")
except NamespaceAlreadyExistsError:
    seen["twice"] = True
# 5: create
schema = Schema(NestedField(1, "id", LongType(), required=True), NestedField(2, "name", StringType()), NestedField(3, "amount", IntegerType()), NestedField(4, "day", DateType()), identifier_field_ids=[1])
table = catalog.create_table("shop.eu.orders", schema, partition_spec=PartitionSpec(), sort_order=SortOrder(SortField(1, IdentityTransform())), properties={"commit.retry.num-retries": "20"})
seen["created"] = [catalog.list_tables(("shop", "eu")), catalog.table_exists("shop.eu.orders"), catalog.table_exists("shop.eu.nothing"), str(table.schema())]
# 6, 7: append, delete
def batch(ids, amount):
    return pa.table({"id": pa.array(ids, pa.int64()), "name": [f"n{i}" for i in ids], "amount": pa.array([amount] * len(ids), pa.int32()), "day": [datetime.date(2001, 1, 1 + i % 3) for i in ids]}, schema=pa.schema([pa.field("id", pa.int64(), nullable=False), ("name", pa.string()), ("amount", pa.int32()), ("day", pa.date32())]))
table.append(batch([1, 2, 3, 4], 10))
first = table.current_snapshot().snapshot_id
table.delete("id == 4")
seen["deleted"] = [r[0] for r in rows(table)]
# 8: overwrite by filter
table.overwrite(batch([3], 33), overwrite_filter="id == 3")
seen["overwritten"] = [r[0:3] for r in rows(table)]
# 9: upsert
result = table.upsert(batch([2, 9], 22))
seen["upserted"] = [result.rows_updated, result.rows_inserted, [r[0:3] for r in rows(table)]]
# 10 to 14: columns
with table.update_schema() as update:
    update.add_column("note", StringType(), "a note")
    update.rename_column("name", "title")
    update.update_column("amount", LongType())
    update.move_first("day")
with table.update_schema() as update:
    update.add_column("place", StructType(NestedField(100, "lat", DoubleType()), NestedField(101, "tags", ListType(102, StringType()))))
with table.update_schema() as update:
    update.delete_column("note")
with table.update_schema() as update:
    update.add_column("note", IntegerType())
seen["columns"] = [[f.field_id, f.name, str(f.field_type)] for f in table.schema().fields]
# 15: spec
with table.update_spec() as update:
    update.add_field("day", DayTransform(), "by_day")
    update.add_field("id", BucketTransform(4), "id_bucket")
with table.update_spec() as update:
    update.remove_field("id_bucket")
seen["spec"] = [[f.field_id, f.name, str(f.transform)] for f in table.spec().fields]
table.append(pa.table({"id": pa.array([20], pa.int64()), "day": [datetime.date(2001, 2, 2)], "amount": pa.array([2**40], pa.int64()), "note": pa.array([7], pa.int32())}, schema=pa.schema([pa.field("id", pa.int64(), nullable=False), ("day", pa.date32()), ("amount", pa.int64()), ("note", pa.int32())])))
seen["grown"] = sorted([r["id"], r["title"], r["amount"], r["note"]] for r in table.scan().to_arrow().to_pylist())
# 16, 17: tag, branch
table.manage_snapshots().create_tag(first, "first").create_branch(table.current_snapshot().snapshot_id, "try").commit()
table.append(table.scan(row_filter="id == 20").to_arrow(), branch="try")
seen["refs"] = sorted([name, ref.snapshot_ref_type.value, ref.snapshot_id == first] for name, ref in table.refs().items())
seen["branch"] = [len(rows(table.refresh())), len(table.scan().use_ref("try").to_arrow())]
# 18: time travel
seen["past"] = [len(table.scan(snapshot_id=first).to_arrow()), len(table.scan().use_ref("first").to_arrow()), table.snapshot_as_of_timestamp(table.history()[0].timestamp_ms).snapshot_id == first]
# 19: expire
before = len(table.metadata.snapshots)
others = [s.snapshot_id for s in table.metadata.snapshots if s.snapshot_id not in {r.snapshot_id for r in table.refs().values()}]
table.maintenance.expire_snapshots().by_ids(others[:2]).commit()
seen["expired"] = before - len(table.refresh().metadata.snapshots)
# 20: properties, sort order
with table.transaction() as transaction:
    transaction.set_properties(colour="red", shape="round")
    transaction.remove_properties("shape")
seen["set"] = [table.properties.get("colour"), table.properties.get("shape")]
# 21: two tables from rows, in one step each
copy = catalog.create_table_transaction("shop.copy", schema=table.scan().to_arrow().schema)
with copy as transaction:
    transaction.append(table.scan().to_arrow())
seen["copied"] = len(catalog.load_table("shop.copy").scan().to_arrow())
# 22: rename
catalog.rename_table("shop.copy", "shop.eu.copy")
seen["renamed"] = [catalog.table_exists("shop.copy"), len(catalog.load_table("shop.eu.copy").scan().to_arrow())]
# 23: drop, and what is refused
location = catalog.load_table("shop.eu.copy").metadata_location
catalog.drop_table("shop.eu.copy")
try:
    catalog.load_table("shop.eu.copy")
except NoSuchTableError:
    seen["dropped"] = True
try:
    catalog.drop_namespace(("shop", "eu"))
except NamespaceNotEmptyError:
    seen["full"] = True
# 24: register what was dropped, then drop it with its files
seen["registered"] = len(catalog.register_table("shop.eu.again", location).scan().to_arrow())
catalog.purge_table("shop.eu.again")
try:
    catalog.register_table("shop.eu.again", location)
except Exception as error:
    seen["purged"] = "there is no such file" in str(error)
seen["last"] = sorted(rows(table), key=str)
print(json.dumps(seen, default=str))
