import { expect, test } from "vitest";
import { Duckdb, queryJson, sqlText } from "./duckdb.ts";
import { partitionColumns, specOf } from "./partition-spec.ts";
import { partitionSql, partitionTextSql, readPartitionValue } from "./partition-sql.ts";
import type { PrimitiveType } from "./iceberg-type.ts";
import type { TableSchema } from "./table-metadata.ts";
import type { SourceValue } from "./transform.ts";

const texts = ["", "a", "abc", "abcd", "iceberg", "ü 𝄞 and more", "\u{10ffff}x", "a'b"];
const times = [0n, 1n, -1n, -3_600_000_001n, 1_510_871_468_000_000n, BigInt(Date.UTC(2000, 1, 29)) * 1000n, -62_135_596_800_000_000n];
const samples: { type: PrimitiveType; duckdb: string; values: SourceValue[]; literal(value: SourceValue): string; transforms: [string, number?][] }[] = [
  { type: "string", duckdb: "varchar", values: texts, literal: (value) => sqlText(String(value)), transforms: [["identity"], ["bucket", 16], ["truncate", 2]] },
  { type: "long", duckdb: "bigint", values: [0, 1, -1, 34, -5, Number.MAX_SAFE_INTEGER, -(2 ** 40)], literal: String, transforms: [["identity"], ["bucket", 7], ["truncate", 10]] },
  { type: "int", duckdb: "integer", values: [0, 34, -34, 2 ** 31 - 1], literal: String, transforms: [["identity"], ["bucket", 7], ["truncate", 3]] },
  { type: "boolean", duckdb: "boolean", values: [true, false], literal: String, transforms: [["identity"]] },
  { type: "decimal(9, 2)", duckdb: "decimal(9,2)", values: [0n, 5n, -5n, 127n, 128n, -128n, -129n, 123_456_789n], literal: (value) => `(${value}::decimal(18,2) / 100)`, transforms: [["identity"], ["bucket", 7], ["truncate", 10]] },
  { type: "uuid", duckdb: "uuid", values: ["f79c3e09-677c-4bbd-a479-3f349cb785e7", "00000000-0000-0000-0000-000000000000"], literal: (value) => sqlText(String(value)), transforms: [["identity"], ["bucket", 11]] },
  { type: "time", duckdb: "time", values: [0n, 1n, 86_399_999_999n], literal: (value) => `(time '00:00:00' + to_microseconds(${value}))`, transforms: [["identity"], ["bucket", 11]] },
  { type: "timestamp", duckdb: "timestamp", values: times, literal: (value) => `make_timestamp(${value})`, transforms: [["identity"], ["bucket", 5], ["year"], ["day"], ["hour"]] },
  { type: "date", duckdb: "date", values: [0, -1, 17_486, -719_000], literal: (value) => `(date '1970-01-01' + ${value})`, transforms: [["identity"], ["bucket", 5], ["year"], ["month"], ["day"]] },
  { type: "timestamptz", duckdb: "timestamptz", values: times, literal: (value) => `make_timestamptz(${value})`, transforms: [["identity"], ["bucket", 5], ["year"], ["month"], ["day"], ["hour"]] },
];

test("partition values computed in SQL are those of the transforms, null for null", async () => {
  const connection = await new Duckdb().connect();
  for (const { type, duckdb, values, literal, transforms } of samples) {
    const schema: TableSchema = { type: "struct", "schema-id": 0, fields: [{ id: 1, name: "v", required: false, type }] };
    for (const [transform, parameter] of transforms) {
      const [column] = partitionColumns("t", specOf("t", [{ column: "v", transform: transform as "bucket", parameter }], schema), [schema]);
      const rows = [...values.map(literal), "null"].map((value, i) => `(${i}, (${value})::${duckdb})`).join(", ");
      const found = await queryJson(connection, `select ${partitionTextSql(column, partitionSql(column, "v"))} as p from (values ${rows}) t(i, v) order by i`, "a test");
      const expected = values.map((value) => column.transform.apply(value, type));
      const read = found.map(({ p }) => readPartitionValue(column, p as string | null));
      expect(read.map((value) => value === null ? null : String(value)), `${transform} of ${type}`).toEqual([...expected.map(String), null]);
    }
  }
  connection.closeSync();
});
