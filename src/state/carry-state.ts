import { createHash } from "node:crypto";
import { MillraceError } from "../errors.ts";
import type { Database } from "./database.ts";
import { shardOf } from "./shards.ts";
import { all, type Bound, insert, one, run, type Work } from "./work.ts";

/*
 * Brings what an embedded store holds, entries and runs, into another database with the same tables. Rows go in the order of
 * their keys, so that the last one which is there says where to go on.
 */

/** Claims and shards are those of the planes that run; what shards say to one another is empty where there is one shard. */
const tables = ["entry", "floor", "run", "instance", "attempt", "dag", "backfill", "backfill_interval", "pool", "removed_run", "removed_files", "alert", "memo", "ledger", "throttle"] as const;
/** Each shard has all of these. */
const inEachShard = new Set<string>(["ledger", "throttle"]);
/** Whose rows are numbered as they come. */
const numbered = ["run", "alert", "removed_run"];

const pageRows = 500;

export interface CarriedRows {
  table: string;
  rows: number;
  /** Over all rows, by key. */
  digest: string;
}

interface Shape {
  table: string;
  columns: { name: string; type: "text" | "integer" }[];
  key: string[];
}

type Row = Record<string, Bound>;

/** How many rows there are of each kind, where there are any. */
export function stateRows(database: Database): Promise<{ table: string; rows: number }[]> {
  return database.read("what there is", function* () {
    const found: { table: string; rows: number }[] = [];
    for (const table of tables) {
      const { rows } = (yield* one<{ rows: number }>(`select count(*) as rows from ${table}`))!;
      if (Number(rows) > 0) found.push({ table, rows: Number(rows) });
    }
    return found;
  });
}

/**
 * Copies all rows that are not there yet. Nobody else writes in either database.
 *
 * @param from - a SQLite database
 * @param shards - among which DAGs are divided in `to`
 */
export async function carryState(from: Database, to: Database, shards: number, onRows: (table: string, rows: number) => void = () => undefined): Promise<void> {
  for (const shape of await shapesOf(from)) {
    const spread = inEachShard.has(shape.table);
    for (let after = spread ? undefined : await lastKey(to, shape); ; ) {
      const rows = await page(from, shape, after);
      if (rows.length === 0) break;
      const placed = spread ? rows.flatMap((row) => Array.from({ length: shards }, (_, shard) => ({ ...row, shard }))) : rows.map((row) => inShard(row, shards));
      await to.write(shape.table, [], () => put(shape, placed));
      onRows(shape.table, rows.length);
      after = keyOf(shape, rows[rows.length - 1]);
    }
  }
  const fence = await from.read("fences", () => one<{ fence: number }>("select max(fence) as fence from shard"));
  await to.write("fences", [], () => run("update shard set fence = ? where fence < ?", fence?.fence ?? 0, fence?.fence ?? 0));
}

/** In PostgreSQL a number that was given does not count: the next row would get it again. */
export function* countOnInPostgres(): Work<void> {
  for (const table of numbered) yield* all(`select setval(pg_get_serial_sequence('${table}', 'seq'), (select greatest(max(seq), 1) from ${table}), exists (select from ${table}))`);
}

/**
 * Compares all rows of both.
 *
 * @throws MillraceError `MR-MIGRATE-002` for the first table that differs
 */
export async function verifyState(from: Database, to: Database, shards: number): Promise<CarriedRows[]> {
  const found: CarriedRows[] = [];
  for (const shape of await shapesOf(from)) {
    const copies = inEachShard.has(shape.table) ? Array.from({ length: shards }, (_, shard) => shard) : [undefined];
    const wanted = await digestOf(from, shape, copies[0]);
    for (const shard of copies) {
      const there = await digestOf(to, shape, shard);
      if (there.digest !== wanted.digest) throw differs(shape.table, wanted.rows, there.rows);
    }
    if (wanted.rows > 0) found.push({ table: shape.table, ...wanted });
  }
  return found;
}

async function shapesOf(from: Database): Promise<Shape[]> {
  return from.read("the tables", function* () {
    const shapes: Shape[] = [];
    for (const table of tables) {
      const columns = yield* all<{ name: string; type: string; pk: number }>("select name, lower(type) as type, pk from pragma_table_info(?)", table);
      const key = columns.filter(({ pk }) => pk > 0).sort((a, b) => a.pk - b.pk).map(({ name }) => name);
      shapes.push({ table, columns: columns.map(({ name, type }) => ({ name, type: type === "text" ? "text" : "integer" })), key });
    }
    return shapes;
  });
}

/** The row where its DAG belongs. What is left of a run that is being removed belongs to nobody: the first cleans it up. */
function inShard(row: Row, shards: number): Row {
  if (!("shard" in row)) return row;
  return { ...row, shard: typeof row.dag === "string" && shards > 1 ? shardOf(row.dag, shards) : 0 };
}

const quoted = (name: string): string => `"${name}"`;
const keyOf = ({ key }: Shape, row: Row): Bound[] => key.map((name) => row[name]);

async function lastKey(to: Database, shape: Shape): Promise<Bound[] | undefined> {
  const descending = shape.key.map((name) => `${quoted(name)} desc`).join(", ");
  const last = await to.read(shape.table, () => one<Row>(`select ${shape.key.map(quoted).join(", ")} from ${shape.table} order by ${descending} limit 1`));
  return last && keyOf(shape, last);
}

/** @param shard - of those that each shard has, whose rows */
function page(database: Database, { table, key, columns }: Shape, after: Bound[] | undefined, shard?: number): Promise<Row[]> {
  const names = key.map(quoted).join(", ");
  const conditions = [...(after ? [`(${names}) > (${key.map(() => "?").join(", ")})`] : []), ...(shard === undefined ? [] : ["shard = ?"])];
  const where = conditions.length === 0 ? "" : ` where ${conditions.join(" and ")}`;
  const values = [...(after ?? []), ...(shard === undefined ? [] : [shard])];
  return database.read(table, () => all<Row>(`select ${columns.map(({ name }) => quoted(name)).join(", ")} from ${table}${where} order by ${names} limit ${pageRows}`, ...values));
}

function* put({ table, columns }: Shape, rows: Row[]): Work<void> {
  const names = columns.map(({ name }) => quoted(name)).join(", ");
  yield* insert({ into: `insert into ${table} (${names})`, columns: columns.map(({ type }) => type), rows: rows.map((row) => columns.map(({ name }) => row[name])), conflict: "on conflict do nothing" });
}

async function digestOf(database: Database, shape: Shape, shard?: number): Promise<{ rows: number; digest: string }> {
  const hash = createHash("sha256");
  let count = 0;
  for (let after: Bound[] | undefined; ; ) {
    const rows = await page(database, shape, after, shard);
    for (const row of rows) hash.update(`${JSON.stringify(shape.columns.filter(({ name }) => name !== "shard").map(({ name, type }) => comparable(row[name], type)))}\n`);
    count += rows.length;
    if (rows.length < pageRows) return { rows: count, digest: hash.digest("hex") };
    after = keyOf(shape, rows[rows.length - 1]);
  }
}

/** PostgreSQL has the picture of U+0000 in its place. */
function comparable(value: Bound, type: "text" | "integer"): Bound {
  if (value === null) return null;
  return type === "integer" ? Number(value) : String(value).replaceAll("\0", "\u2400");
}

function differs(table: string, wanted: number, found: number): MillraceError {
  const what = wanted === found ? `of ${wanted} rows some differ` : `there are ${found} rows in the place of ${wanted}`;
  return new MillraceError("MR-MIGRATE-002", { what: `what was carried is not what was there: ${what}`, where: `state, ${table}`, mend: "see that nobody else writes there; empty the place, remove migration.json in the data folder, and run millrace migrate again" });
}
