import type { DatabaseSync, StatementSync } from "node:sqlite";

type Value = string | number | null;

/** How a field of a row is kept: as it is, as JSON text, as 0 and 1, or as the number that stands for the id of its run. */
export type FieldKind = "plain" | "json" | "flag" | "run";

/** Rows of one kind in a SQLite table with a column of the same name for each field. */
export class RowTable<Row extends object> {
  readonly #fields: [name: keyof Row & string, kind: FieldKind][];
  readonly #put: StatementSync;
  readonly #table: string;

  /**
   * @param key - the fields that tell rows apart
   * @param fields - all fields of a row
   * @param fixed - a field that a row never changes: another row under the same key, with another value there, is refused
   */
  constructor(database: DatabaseSync, table: string, key: (keyof Row & string)[], fields: Record<keyof Row & string, FieldKind>, fixed?: keyof Row & string) {
    this.#table = table;
    this.#fields = Object.entries(fields) as [keyof Row & string, FieldKind][];
    const names = this.#fields.map(([name]) => quoted(name));
    const rest = this.#fields.flatMap(([name]) => (key.includes(name) ? [] : [`${quoted(name)} = excluded.${quoted(name)}`]));
    const guard = fixed === undefined ? "" : ` where ${table}.${quoted(fixed)} = excluded.${quoted(fixed)}`;
    this.#put = database.prepare(`insert into ${table} (${names.join(", ")}) values (${names.map(() => "?").join(", ")}) on conflict (${key.map(quoted).join(", ")}) do update set ${rest.join(", ")}${guard}`);
  }

  /**
   * Writes a row, whole, over what stands there.
   *
   * @param run - the number of its run, for rows that have one
   */
  put(row: Row, run = 0): void {
    const values = this.#fields.map(([name, kind]) => (kind === "run" ? run : stored(row[name], kind, `${this.#table}.${name}`)));
    const { changes } = this.#put.run(...values);
    if (changes !== 1) throw new Error(`another ${this.#table} stands at ${values.slice(0, 4).join(" ")}`);
  }

  /**
   * Reads a row that a query has found.
   *
   * @param run - the id of its run, for rows that have one
   */
  row(found: unknown, run = ""): Row {
    const columns = found as Record<string, Value>;
    const row: Record<string, unknown> = {};
    for (const [name, kind] of this.#fields) row[name] = kind === "run" ? run : read(columns[name], kind);
    return row as Row;
  }
}

const quoted = (name: string): string => `"${name}"`;

function stored(value: unknown, kind: FieldKind, where: string): Value {
  if (kind === "flag") return value ? 1 : 0;
  return kind === "plain" || value === null ? (value as Value) : jsonText(value, where);
}

function read(value: Value, kind: FieldKind): unknown {
  if (kind === "flag") return value === 1;
  return kind === "plain" || value === null ? value : JSON.parse(value as string);
}

/** For values that the types say are JSON: what throws here is a fault of the caller. */
export function jsonText(value: unknown, where: string): string {
  const text = JSON.stringify(value);
  if (text === undefined) throw new TypeError(`the value of ${where} is not JSON`);
  return text;
}
