import { expect, test } from "vitest";
import { evolution } from "./evolve-fields.ts";
import type { IcebergType, SchemaField } from "./iceberg-type.ts";

const field = (name: string, type: IcebergType): SchemaField => ({ id: 1, name, required: false, type });
const struct = (...fields: SchemaField[]): IcebergType => ({ type: "struct", fields });
const list = (element: IcebergType): IcebergType => ({ type: "list", "element-id": 1, element, "element-required": false });
const map = (value: IcebergType): IcebergType => ({ type: "map", "key-id": 1, key: "string", "value-id": 2, value, "value-required": false });

test("columns and the fields inside of them are added and widened, and none goes", () => {
  const have = [field("Id", "int"), field("gone", "string"), field("user", struct(field("name", "string"), field("age", "int"))), field("tags", list(struct(field("k", "string")))), field("prices", map("int"))];
  const gives = [field("id", "long"), field("user", struct(field("age", "long"), field("mail", "string"))), field("tags", list(struct(field("k", "string"), field("v", "long")))), field("prices", map("long")), field("new", "date")];
  expect(evolution(have, gives)).toEqual({
    recast: [],
    changes: [
      { op: "widen", path: ["Id"], type: "long" },
      { op: "widen", path: ["user", "age"], type: "long" },
      { op: "add", parent: ["user"], name: "mail", type: "string" },
      { op: "add", parent: ["tags", "element"], name: "v", type: "long" },
      { op: "widen", path: ["prices", "value"], type: "long" },
      { op: "add", name: "new", type: "date" },
    ],
  });
  expect(evolution([field("n", "long")], [field("n", "int")])).toEqual({ changes: [], recast: [] });
});

test("what no common type holds is told of by its column, however deep it lies", () => {
  const have = [field("n", "long"), field("user", struct(field("age", "long"))), field("tags", list("long"))];
  const gives = [field("n", "string"), field("user", struct(field("more", "long"), field("age", "string"))), field("tags", struct(field("a", "long")))];
  expect(evolution(have, gives).changes).toEqual([]);
  expect(evolution(have, gives).recast.map(({ have: { name } }) => name)).toEqual(["n", "user", "tags"]);
});
