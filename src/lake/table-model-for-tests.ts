import fc from "fast-check";
import type { PartitionField } from "../model/manifest.ts";
import { sqlName, sqlText } from "./duckdb.ts";
import type { Filter } from "./filter.ts";
import type { PrimitiveType } from "./iceberg-type.ts";
import { deletePositions, query, stagedRows } from "./lake-for-tests.ts";
import type { ScratchLake } from "./lake-for-tests.ts";
import { partitionColumns, partitionKey } from "./partition-spec.ts";
import type { SchemaChange } from "./schema-change.ts";
import { currentSpec } from "./table-metadata.ts";
import type { Table } from "./table.ts";

/*
 * A table as a list of rows in memory, and random steps that are made on it and on a table of the lake alike. After each
 * step both must hold the same rows.
 */

type Value = string | number | null;
/** By field id. */
type Row = Map<number, Value>;
interface Field {
  id: number;
  name: string;
  type: PrimitiveType;
}

/** Values before the column's type is known: a number from which each type makes its own. */
type Seed = number | null;
type RowSeed = { key: Seed; text: Seed; at: Seed; rest: Seed };

export type Step =
  | { do: "append" | "merge" | "replace partitions"; rows: RowSeed[] }
  | { do: "replace"; rows: RowSeed[]; where: Filter }
  | { do: "delete"; where: Filter }
  | { do: "delete positions"; picks: number[] }
  | { do: "add column"; type: PrimitiveType }
  | { do: "drop column" | "rename column" | "widen column" | "move column"; pick: number }
  | { do: "partition" | "sort"; pick: number }
  | { do: "compact" | "expire" | "tag" | "branch and back" };

const texts = ["", "a", "ab", "abcdefghijklmnopqr", "abcdefghijklmnopqs", "é", "\u{10ffff}"];
const micros = [-1, 0, 3_600_000_000, 86_400_000_000, 978_307_200_000_000];
const partitionings: PartitionField[][] = [
  [],
  [{ column: "key", transform: "identity" }],
  [{ column: "key", transform: "bucket", parameter: 3 }, { column: "text", transform: "truncate", parameter: 1 }],
  [{ column: "at", transform: "day" }],
  [{ column: "at", transform: "month" }, { column: "text", transform: "identity" }],
  [{ column: "text", transform: "bucket", parameter: 2 }, { column: "at", transform: "hour" }],
];

const seed = fc.option(fc.nat(6));
const rows = fc.array(fc.record({ key: seed, text: seed, at: seed, rest: seed }), { minLength: 1, maxLength: 6 });
const leaf: fc.Arbitrary<Filter> = fc.oneof(
  fc.record({ op: fc.constantFrom("=" as const, "<" as const, ">=" as const, "!=" as const), column: fc.constant("key"), value: fc.nat(6) }),
  fc.record({ op: fc.constant("in" as const), column: fc.constant("text"), values: fc.array(fc.constantFrom(...texts), { maxLength: 2 }) }),
  fc.record({ op: fc.constant("starts with" as const), column: fc.constant("text"), prefix: fc.constantFrom("a", "abcdefghijklmnopq", "é") }),
  fc.record({ op: fc.constantFrom("<" as const, ">" as const), column: fc.constant("at"), value: fc.constantFrom(...micros).map(BigInt) }),
  fc.record({ op: fc.constant("is null" as const), column: fc.constantFrom("key", "text", "at") }),
);
const filter: fc.Arbitrary<Filter> = fc.oneof(
  leaf,
  fc.record({ op: fc.constantFrom("and" as const, "or" as const), filters: fc.array(leaf, { maxLength: 2 }) }),
  fc.record({ op: fc.constant("not" as const), filter: leaf }),
);

export const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.record({ do: fc.constantFrom("append" as const, "merge" as const, "replace partitions" as const), rows }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant("replace" as const), rows, where: filter }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant("delete" as const), where: filter }) },
    fc.record({ do: fc.constant("delete positions" as const), picks: fc.array(fc.nat(1000), { minLength: 1, maxLength: 4 }) }),
    fc.record({ do: fc.constant("add column" as const), type: fc.constantFrom<PrimitiveType>("int", "long", "string", "float", "double") }),
    { weight: 2, arbitrary: fc.record({ do: fc.constantFrom("drop column" as const, "rename column" as const, "widen column" as const, "move column" as const, "partition" as const, "sort" as const), pick: fc.nat(1000) }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constantFrom("compact" as const, "expire" as const, "tag" as const, "branch and back" as const) }) },
  ),
  { minLength: 1, maxLength: 14 },
);

/** Rows as text, in an order of their own. */
export type Rows = string[];

export class TableModel {
  readonly table: Table;
  readonly #scratch: ScratchLake;
  #fields: Field[];
  #rows: Row[] = [];
  /** What each tag must go on to say. */
  readonly #tagged = new Map<string, Rows>();
  #next = 0;

  private constructor(scratch: ScratchLake, table: Table, fields: Field[]) {
    this.#scratch = scratch;
    this.table = table;
    this.#fields = fields;
  }

  static async open(scratch: ScratchLake, name: string): Promise<TableModel> {
    const columns = (["integer", "integer", "string", "timestamp"] as const).map((type, i) => ({ name: ["number", "key", "text", "at"][i], type, nullable: true }));
    const table = await scratch.lake.createTable({ name, columns, partitionBy: [] });
    const narrow = (["int", "float"] as const).map((type): SchemaChange => ({ op: "add", name: `column of ${type}`, type }));
    return new TableModel(scratch, table, (await table.changeSchema(narrow)).fields as Field[]);
  }

  /** Makes a step on both. */
  async step(step: Step): Promise<void> {
    const attempt = `attempt ${this.#next++}`;
    switch (step.do) {
      case "append": {
        const rows = this.#make(step.rows);
        await (await this.table.append({ files: await this.#staged(rows), attempt })).publish();
        this.#rows.push(...rows);
        return;
      }
      case "merge": {
        const rows = this.#mergeable(step.rows);
        await (await this.table.merge({ files: await this.#staged(rows), keys: ["key"], attempt })).publish();
        this.#merge(rows);
        return;
      }
      case "replace partitions": {
        const rows = this.#make(step.rows);
        await (await this.table.replacePartitions({ files: await this.#staged(rows), attempt })).publish();
        const partitions = await this.#partitions();
        const replaced = new Set(rows.map(partitions));
        this.#rows = [...this.#rows.filter((row) => !replaced.has(partitions(row))), ...rows];
        return;
      }
      case "replace": {
        const rows = this.#make(step.rows).filter((row) => this.#isChosen(step.where, row) === true);
        await (await this.table.replaceRows({ where: step.where, files: await this.#staged(rows), attempt })).publish();
        this.#rows = [...this.#rows.filter((row) => this.#isChosen(step.where, row) !== true), ...rows];
        return;
      }
      case "delete":
        await (await this.table.deleteRows({ where: step.where, attempt })).publish();
        this.#rows = this.#rows.filter((row) => this.#isChosen(step.where, row) !== true);
        return;
      case "delete positions":
        return this.#deletePositions(step.picks);
      case "add column":
        return this.#changed(await this.table.changeSchema([{ op: "add", name: `column ${this.#next++}`, type: step.type }]));
      case "drop column":
      case "rename column":
      case "widen column":
        return this.#changeColumn(step.do, step.pick);
      case "move column":
        return this.#moveColumn(step.pick);
      case "partition":
        return this.table.changePartitioning(partitionings[step.pick % partitionings.length]);
      case "sort":
        return this.table.changeSortOrder(step.pick % 3 === 0 ? [] : [{ column: "text", direction: step.pick % 2 ? "asc" : "desc" }]);
      case "compact":
        await this.table.compact({ smallFilesMax: 1 });
        return;
      case "expire":
        await this.table.expire({ keep: 1, olderThanMs: 0 });
        return;
      case "tag":
        return this.#tag();
      case "branch and back":
        return this.#branchAndBack(attempt);
    }
  }

  /** The rows that the model holds, under the table's columns. */
  rows(): Rows {
    return this.#rows.map((row) => JSON.stringify(this.#fields.map(({ id }) => row.get(id) ?? null))).sort();
  }

  /** The rows that the table holds, as DuckDB reads them. */
  async tableRows(snapshotId?: bigint): Promise<Rows> {
    const { fields } = await this.table.schema(snapshotId);
    const columns = (fields as Field[]).map(({ name, type }) => (type === "timestamptz" ? `epoch_us(${sqlName(name)}) as ${sqlName(name)}` : sqlName(name)));
    const found = await query(this.table, (from) => `select ${columns.join(", ")} from ${from}`, snapshotId);
    return found.map((row) => JSON.stringify(fields.map(({ name, type }) => (row[name] !== null && (type === "long" || type === "timestamptz") ? Number(row[name]) : row[name])))).sort();
  }

  /** What the tags say now, and what they said when they were made. */
  async tags(): Promise<{ now: Rows; then: Rows }[]> {
    const tags: { now: Rows; then: Rows }[] = [];
    for (const [name, then] of this.#tagged) tags.push({ now: await this.tableRows((await this.table.snapshotAt({ ref: name }))["snapshot-id"]), then });
    return tags;
  }

  #make(seeds: RowSeed[]): Row[] {
    return seeds.map(({ key, text, at, rest }) => {
      const known: Record<string, Value> = { number: this.#next++, key, text: text === null ? null : texts[text % texts.length], at: at === null ? null : micros[at % micros.length] };
      const other = (type: PrimitiveType) => (rest === null ? null : type === "string" ? texts[rest] : type === "double" || type === "float" ? rest / 4 : rest);
      return new Map(this.#fields.map(({ id, name, type }) => [id, name in known ? known[name] : other(type)]));
    });
  }

  /** Each key once; where the table has a row of it that is all the same, sometimes that very row. */
  #mergeable(seeds: RowSeed[]): Row[] {
    const rows = new Map<Value | undefined, Row>();
    for (const row of this.#make(seeds)) {
      const key = this.#value(row, "key");
      const known = this.#rows.find((one) => this.#value(one, "key") === key);
      rows.set(key, known !== undefined && this.#next % 2 === 0 ? new Map(this.#fields.map(({ id }) => [id, known.get(id) ?? null])) : row);
    }
    return [...rows.values()];
  }

  #merge(rows: Row[]): void {
    for (const row of rows) {
      const key = this.#value(row, "key");
      this.#rows = this.#rows.filter((one) => this.#value(one, "key") !== key);
    }
    this.#rows.push(...rows);
  }

  async #staged(rows: Row[]) {
    if (rows.length === 0) return [];
    const value = (row: Row, { id, type }: Field) => {
      const found = row.get(id) ?? null;
      const cast = { int: "integer", long: "bigint", string: "varchar", float: "float", double: "double", timestamptz: "timestamptz" }[type as "long"];
      if (found === null) return `null::${cast}`;
      if (type === "timestamptz") return `make_timestamptz(${found})`;
      return type === "string" ? sqlText(found as string) : `${found}::${cast}`;
    };
    const list = rows.map((row) => `(${this.#fields.map((field) => value(row, field)).join(", ")})`);
    return [await stagedRows(this.table, `select * from (values ${list.join(", ")}) as v(${this.#fields.map(({ name }) => sqlName(name)).join(", ")})`)];
  }

  async #partitions(): Promise<(row: Row) => string> {
    const metadata = await this.table.metadata();
    const columns = partitionColumns("t", currentSpec(metadata), metadata.schemas);
    return (row) => {
      const values = columns.map(({ field, sourceType, transform }) => {
        const value = row.get(field["source-id"]) ?? null;
        return value === null ? null : transform.apply(sourceType === "timestamptz" ? BigInt(value) : value, sourceType);
      });
      return partitionKey(0, values);
    };
  }

  #value(row: Row, name: string): Value {
    return row.get(this.#fields.find((field) => field.name === name)?.id ?? -1) ?? null;
  }

  #isChosen(where: Filter, row: Row): boolean | null {
    switch (where.op) {
      case "and":
      case "or": {
        const ends = where.op === "or";
        const parts = where.filters.map((part) => this.#isChosen(part, row));
        return parts.includes(ends) ? ends : parts.includes(null) ? null : !ends;
      }
      case "not": {
        const part = this.#isChosen(where.filter, row);
        return part === null ? null : !part;
      }
    }
    const value = this.#value(row, where.column as string);
    if (where.op === "is null") return value === null;
    if (where.op === "in" && where.values.length === 0) return false;
    if (value === null) return null;
    const other = "value" in where ? Number(where.value) : Number.NaN;
    switch (where.op) {
      case "in":
        return where.values.includes(value);
      case "starts with":
        return String(value).startsWith(where.prefix);
      case "=":
        return value === other;
      case "!=":
        return value !== other;
      case "<":
        return (value as number) < other;
      case ">":
        return (value as number) > other;
      default:
        return (value as number) >= other;
    }
  }

  /** Rows are found by their number, which no two share unless they are one. */
  async #deletePositions(picks: number[]): Promise<void> {
    const files = (await this.table.files()).filter(({ records }) => records > 0);
    if (files.length === 0) return;
    const marks = new Map<string, [location: string, position: number]>();
    for (const pick of picks) {
      const file = files[pick % files.length];
      marks.set(`${file.location} ${pick % file.records}`, [file.location, pick % file.records]);
    }
    await deletePositions(this.#scratch, this.table.name, [...marks.values()]);
    const left = new Set((await query(this.table, (from) => `select number from ${from}`)).map(({ number }) => Number(number)));
    const gone = this.#rows.filter((row) => !left.has(this.#value(row, "number") as number));
    if (gone.length > marks.size) throw new Error(`${gone.length} rows are gone where ${marks.size} were marked`);
    this.#rows = this.#rows.filter((row) => !gone.includes(row));
  }

  /** Those that other steps choose rows by stay as they are. */
  async #changeColumn(what: "drop column" | "rename column" | "widen column", pick: number): Promise<void> {
    const wider: Partial<Record<PrimitiveType, PrimitiveType>> = { int: "long", float: "double" };
    const extra = this.#fields.filter(({ name, type }) => name.startsWith("column ") && (what !== "widen column" || wider[type] !== undefined));
    if (extra.length === 0) return;
    const { name, type } = extra[pick % extra.length];
    const changes: Record<typeof what, SchemaChange> = {
      "drop column": { op: "drop", path: [name] },
      "rename column": { op: "rename", path: [name], to: `column ${this.#next++}` },
      "widen column": { op: "widen", path: [name], type: wider[type] ?? type },
    };
    this.#changed(await this.table.changeSchema([changes[what]]));
  }

  async #moveColumn(pick: number): Promise<void> {
    const moved = this.#fields[pick % this.#fields.length];
    const others = this.#fields.filter((field) => field !== moved);
    const neighbour = others[Math.floor(pick / this.#fields.length) % others.length].name;
    const place = pick % 3 === 0 ? ("first" as const) : pick % 3 === 1 ? { before: neighbour } : { after: neighbour };
    this.#changed(await this.table.changeSchema([{ op: "move", path: [moved.name], place }]));
  }

  #changed({ fields }: { fields: unknown[] }): void {
    this.#fields = fields as Field[];
  }

  /** Tags keep the columns of their snapshot, which may be older than the table's. */
  async #tag(): Promise<void> {
    if ((await this.table.currentSnapshot()) === undefined) return;
    const name = `tag ${this.#next++}`;
    await this.table.createTag(name);
    this.#tagged.set(name, await this.tableRows((await this.table.snapshotAt({ ref: name }))["snapshot-id"]));
  }

  async #branchAndBack(attempt: string): Promise<void> {
    if ((await this.table.currentSnapshot()) === undefined) return;
    const branch = `branch ${this.#next++}`;
    await this.table.createBranch(branch);
    const rows = this.#make([{ key: 1, text: 1, at: 1, rest: 1 }]);
    await (await this.table.append({ files: await this.#staged(rows), attempt, branch })).publish();
    await this.table.fastForward(branch);
    await this.table.removeRef(branch);
    this.#rows.push(...rows);
  }
}
