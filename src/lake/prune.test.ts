import fc from "fast-check";
import { expect, test } from "vitest";
import { Duckdb, queryJson } from "./duckdb.ts";
import type { Comparison, Filter } from "./filter.ts";
import { bindFilter, filterSql } from "./filter.ts";
import type { FileRecord } from "./manifest-file.ts";
import { specOf } from "./partition-spec.ts";
import { FilePruner } from "./prune.ts";
import { transformSourcesOf } from "./prune-transform.ts";
import { encodeLowerBound, encodeUpperBound } from "./single-value.ts";
import type { PrimitiveType } from "./iceberg-type.ts";
import type { TableSchema } from "./table-metadata.ts";
import { newTableMetadata } from "./table-metadata.ts";
import type { PartitionValue, SourceValue } from "./transform.ts";
import { transformOf } from "./transform.ts";

const types: Record<string, PrimitiveType> = { n: "long", s: "string", d: "double", day: "date", at: "timestamptz", b: "boolean" };
const schema: TableSchema = { type: "struct", "schema-id": 0, fields: Object.entries(types).map(([name, type], i) => ({ id: i + 1, name, required: false, type })) };
const micros = (text: string) => BigInt(Date.parse(text)) * 1000n;

type Row = Record<string, SourceValue | null>;
const texts = ["", "a", "ab", "abcdefghijklmnop", "abcdefghijklmnopq", "abcdefghijklmnoq", "b", "é", "\u{10ffff}", "\u{10ffff}\u{10ffff}x", "\uffff", "zz"];
const values: Record<string, fc.Arbitrary<SourceValue | null>> = {
  n: fc.option(fc.integer({ min: -4, max: 4 }).map(BigInt)),
  s: fc.option(fc.constantFrom(...texts)),
  d: fc.option(fc.constantFrom(-1, -0, 0, 0.5, 2, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY)),
  day: fc.option(fc.integer({ min: -40, max: 40 })),
  at: fc.option(fc.constantFrom("1969-12-31T23:59:59Z", "1970-01-01T00:00:00Z", "1970-01-01T00:59:59Z", "1970-02-01T00:00:00Z", "2001-02-28T23:00:00Z").map(micros)),
  b: fc.option(fc.boolean()),
};
const row: fc.Arbitrary<Row> = fc.record(values);
const comparison = fc.constantFrom<Comparison>("=", "!=", "<", "<=", ">", ">=");
const present = (name: string) => values[name].filter((value) => value !== null) as fc.Arbitrary<SourceValue>;

const leaf: fc.Arbitrary<Filter> = fc.constantFrom(...Object.keys(types)).chain((column) =>
  fc.oneof(
    fc.record({ op: comparison, column: fc.constant(column), value: present(column) }),
    fc.record({ op: fc.constant("in" as const), column: fc.constant(column), values: fc.array(present(column), { maxLength: 3 }) }),
    fc.constant<Filter>({ op: "is null", column }),
    ...(column === "d" ? [fc.constant<Filter>({ op: "is nan", column })] : []),
    ...(column === "s" ? [fc.record({ op: fc.constant("starts with" as const), column: fc.constant(column), prefix: fc.constantFrom(...texts) })] : []),
  ),
);
const filters = fc.letrec<{ filter: Filter }>((tie) => ({
  filter: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    leaf,
    fc.record({ op: fc.constantFrom("and" as const, "or" as const), filters: fc.array(tie("filter"), { maxLength: 3 }) }),
    fc.record({ op: fc.constant("not" as const), filter: tie("filter") }),
  ),
})).filter;

/** A file as a writer describes it, sometimes without some of what it could say. */
function fileOf(rows: Row[], partition: PartitionValue[], silent: boolean): FileRecord {
  const record: FileRecord = { content: 0, location: "f", format: "PARQUET", partition, records: BigInt(rows.length), bytes: 1n };
  if (silent) return record;
  const maps = { nulls: new Map<number, bigint>(), nans: new Map<number, bigint>(), lower: new Map<number, Uint8Array>(), upper: new Map<number, Uint8Array>() };
  for (const { id, name, type } of schema.fields) {
    const column = rows.map((one) => one[name]);
    maps.nulls.set(id, BigInt(column.filter((value) => value === null).length));
    const numbers = column.filter((value) => value !== null && !Number.isNaN(value)) as SourceValue[];
    if (type === "double") maps.nans.set(id, BigInt(column.filter((value) => Number.isNaN(value)).length));
    numbers.sort((a, b) => (typeof a === "string" ? Buffer.compare(Buffer.from(a), Buffer.from(b as string)) : a < b ? -1 : a > b ? 1 : 0));
    if (numbers.length === 0) continue;
    maps.lower.set(id, encodeLowerBound(type, numbers[0]));
    const upper = encodeUpperBound(type, numbers[numbers.length - 1]);
    if (upper) maps.upper.set(id, upper);
  }
  return { ...record, nullCounts: maps.nulls, nanCounts: maps.nans, lowerBounds: maps.lower, upperBounds: maps.upper };
}

function literal(type: PrimitiveType, value: SourceValue | null): string {
  if (value === null) return "null";
  if (type === "string") return `'${value}'`;
  if (type === "date") return `date '1970-01-01' + ${value}`;
  if (type === "timestamptz") return `make_timestamptz(${value})`;
  if (type === "double") return `'${Object.is(value, -0) ? "-0" : String(value).replace("Infinity", "inf")}'::double`;
  return String(value);
}

const partitionings = [
  [],
  [{ column: "n", transform: "identity" as const }, { column: "s", transform: "truncate" as const, parameter: 2 }],
  [{ column: "s", transform: "bucket" as const, parameter: 3 }, { column: "n", transform: "truncate" as const, parameter: 3 }],
  [{ column: "at", transform: "day" as const }, { column: "day", transform: "month" as const }],
  [{ column: "at", transform: "hour" as const }, { column: "day", transform: "year" as const }, { column: "n", transform: "bucket" as const, parameter: 2 }],
  [{ column: "at", transform: "month" as const }, { column: "b", transform: "identity" as const }, { column: "s", transform: "identity" as const }],
  [{ column: "at", transform: "year" as const }, { column: "day", transform: "day" as const }],
];

test("a file is left out, or taken whole, only where DuckDB finds no row chosen in it, or all", async () => {
  const connection = await new Duckdb().connect();
  const seen = { pruned: 0, whole: 0 };
  await fc.assert(
    fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 6 }), filters, fc.constantFrom(...partitionings), fc.boolean(), async (rows, filter, partitionBy, silent) => {
      const spec = specOf("t", partitionBy, schema);
      const metadata = newTableMetadata({ uuid: "u", location: "l", schema, spec, properties: {}, now: 0 });
      const bound = bindFilter("t", schema, filter);
      const pruner = new FilePruner(metadata, bound);
      const groups = Map.groupBy(rows, (one) => JSON.stringify(partitionOf(one), (_key, value) => (typeof value === "bigint" ? `${value}n` : value)));
      function partitionOf(one: Row): PartitionValue[] {
        return partitionBy.map(({ column }, i) => (one[column] === null ? null : (transformOf(spec.fields[i].transform)?.apply(one[column], types[column]) as PartitionValue)));
      }
      for (const group of groups.values()) {
        const file = fileOf(group, partitionOf(group[0]), silent);
        const list = group.map((one) => `(${schema.fields.map(({ name }) => literal(types[name], one[name])).join(", ")})`);
        const names = schema.fields.map(({ name }) => `"${name}"`).join(", ");
        const casts = schema.fields.map(({ name, type }) => `"${name}"::${{ long: "bigint", string: "varchar", double: "double", date: "date", timestamptz: "timestamptz", boolean: "boolean" }[type as "long"]} as "${name}"`);
        const [found] = await queryJson(connection, `select count(*)::int as n from (select ${casts.join(", ")} from (values ${list.join(", ")}) v(${names})) where ${filterSql(bound)}`, "a test");
        if (!pruner.mayMatch(file, 0)) {
          expect(found.n).toBe(0);
          seen.pruned += 1;
        }
        if (pruner.allMatch(file, 0)) {
          expect(found.n).toBe(group.length);
          seen.whole += 1;
        }
      }
    }),
    { numRuns: 1500 },
  );
  // The property would hold as well for a pruner that never prunes.
  expect(seen.pruned).toBeGreaterThan(300);
  expect(seen.whole).toBeGreaterThan(150);
  connection.closeSync();
});

test("of bytes that another engine has cut, the beginning is known and no end", () => {
  const range = transformSourcesOf(transformOf("truncate[2]") as NonNullable<ReturnType<typeof transformOf>>);
  if (range.kind !== "range") throw new Error("a range was expected");
  expect([range.first("00ff", "binary"), range.last("00ff", "binary")]).toEqual(["00ff", undefined]);
});
