import { type Bound, insert, type Work } from "./work.ts";

/**
 * How a field of a row is kept: as text, as a whole number, as JSON text, as 0 and 1, or as the number that stands for the
 * id of its run.
 */
export type FieldKind = "text" | "integer" | "json" | "flag" | "run";

/** Rows of one kind in a table with a column of the same name for each field. */
export class RowTable<Row extends object> {
  readonly #fields: [name: keyof Row & string, kind: FieldKind][];
  readonly #isSharded: boolean;
  readonly #into: string;
  readonly #columns: ("text" | "integer")[];
  readonly #conflict: string;
  readonly #table: string;

  /**
   * @param key - the columns that tell rows apart
   * @param fields - all fields of a row
   * @param given.fixed - a field that a row never changes: another row under the same key, with another value there, is refused
   * @param given.isSharded - each row says which shard it belongs to, in a column `shard`
   */
  constructor(table: string, key: (keyof Row | "shard")[], fields: Record<keyof Row & string, FieldKind>, given: { fixed?: keyof Row & string; isSharded?: boolean } = {}) {
    this.#table = table;
    this.#isSharded = given.isSharded ?? false;
    this.#fields = Object.entries(fields) as [keyof Row & string, FieldKind][];
    const names = this.#fields.map(([name]) => quoted(name));
    const columns = this.#isSharded ? [...names, quoted("shard")] : names;
    const rest = names.filter((name) => !key.map((column) => quoted(String(column))).includes(name)).map((name) => `${name} = excluded.${name}`);
    const guard = given.fixed === undefined ? "" : ` where ${table}.${quoted(given.fixed)} = excluded.${quoted(given.fixed)}`;
    this.#into = `insert into ${table} (${columns.join(", ")})`;
    this.#columns = columns.map((_, place) => columnTypes[this.#fields[place]?.[1] ?? "integer"]);
    this.#conflict = `on conflict (${key.map((column) => quoted(String(column))).join(", ")}) do update set ${rest.join(", ")}${guard}`;
  }

  /**
   * Writes rows, whole, over what stands there.
   *
   * @param rows - no two with the same key
   * @param shard - that they belong to, where rows do
   * @param numberOf - the number of a row's run, for rows that have one
   */
  *put(rows: readonly Row[], shard: number, numberOf?: (row: Row) => number): Work<void> {
    if (rows.length === 0) return;
    const values = rows.map((row) => this.#values(row, shard, numberOf));
    const written = yield* insert({ into: this.#into, columns: this.#columns, rows: values, conflict: this.#conflict });
    if (written !== rows.length) throw new Error(`another ${this.#table} stands where one of these was to be: ${values.slice(0, 4).map((row) => row.slice(0, 4).join(" ")).join(", ")}`);
  }

  #values(row: Row, shard: number, numberOf?: (row: Row) => number): Bound[] {
    const values = this.#fields.map(([name, kind]) => (kind === "run" ? (numberOf?.(row) ?? null) : stored(row[name], kind, `${this.#table}.${name}`)));
    return this.#isSharded ? [...values, shard] : values;
  }

  /**
   * Reads a row that a query has found.
   *
   * @param run - the id of its run, for rows that have one
   */
  row(found: unknown, run = ""): Row {
    const columns = found as Record<string, Bound>;
    const row: Record<string, unknown> = {};
    for (const [name, kind] of this.#fields) row[name] = kind === "run" ? run : read(columns[name], kind);
    return row as Row;
  }
}

const columnTypes = { text: "text", json: "text", integer: "integer", flag: "integer", run: "integer" } as const;

const quoted = (name: string): string => `"${name}"`;

function stored(value: unknown, kind: FieldKind, where: string): Bound {
  if (kind === "flag") return value ? 1 : 0;
  return kind !== "json" || value === null ? (value as Bound) : jsonText(value, where);
}

function read(value: Bound, kind: FieldKind): unknown {
  if (kind === "flag") return value === 1;
  return kind !== "json" || value === null ? value : JSON.parse(value as string);
}

/** For values that the types say are JSON: what throws here is a fault of the caller. */
export function jsonText(value: unknown, where: string): string {
  const text = JSON.stringify(value);
  if (text === undefined) throw new TypeError(`the value of ${where} is not JSON`);
  return text;
}
