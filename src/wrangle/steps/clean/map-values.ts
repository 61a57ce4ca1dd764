import { sqlText } from "../../../lake/duckdb.ts";
import type { Flat } from "../../../model/schema-types.ts";
import { scalar, varchar } from "../../nested/nested-type.ts";
import { unfit } from "../../nested/wrangle-error.ts";
import type { Scalar } from "../option-reader.ts";
import { Rejection, type RowStep, type Step } from "../step.ts";
import { columnSql, textColumns } from "../text-step.ts";
import { lower } from "./letter-case.ts";
import { misfitSql, misfitText, type TextColumn } from "./reading-step.ts";
import { Computed } from "../computed.ts";

export interface MapValuesOptions<E extends MapElse = MapElse> {
  /** What becomes of a text that is not in the table: it stays, the default, where the table gives texts; it becomes null; its row goes to the quarantine, the default else. */
  else?: E;
  /** Case and no case are one. Default false. */
  ignoreCase?: boolean;
}

export type MapElse = "keep" | "null" | "quarantine";

type Mapped<T, K extends string, V, E> = Flat<Omit<T, K> & { [C in K]: V | (C extends keyof T ? Extract<T[C], null> : never) | (E extends "null" ? null : never) | (E extends "keep" ? (V extends string ? string : never) : never) }>;

/**
 * Puts what a table gives in the place of texts: codes and abbreviations by what they mean, misspellings by what was meant.
 *
 * @param table - up to 10,000 texts with what they become: all texts, all numbers or all true and false; null among them
 * @example mapValues("sex", { f: "female", m: "male" }, { ignoreCase: true, else: "quarantine" })
 */
export function mapValues<T, const K extends TextColumn<T>, V extends Scalar, const E extends MapElse = V extends string | null ? "keep" : "quarantine">(columns: K | readonly K[], table: Readonly<Record<string, V>>, options: MapValuesOptions<E> = {}): Step<T, Mapped<T, K, V, E>> {
  return { kind: "mapValues", columns: [columns].flat(), table, ...options };
}

interface MapValues {
  columns: string[];
  table: Map<string, Scalar>;
  type: "string" | "number" | "boolean";
  else: MapElse;
  ignoreCase: boolean;
}

const tableMax = 10_000;
const misfit = "is not in the table";

export const mapValuesKind: RowStep<MapValues> = {
  kind: "mapValues",
  scope: "row",
  ownCells: true,
  read: (given) => {
    const columns = given.columns("columns");
    const ignoreCase = given.flag("ignoreCase");
    const table = tableOf(given.table("table"), ignoreCase);
    const type = typeOf(table);
    const otherwise = given.oneOf("else", ["keep", "null", "quarantine"], type === "string" ? "keep" : "quarantine");
    if (otherwise === "keep" && type !== "string") throw unfit(`the table gives each text a ${type}, and texts that it does not have cannot stay beside these`, "mapValues", "use else: \"null\" or \"quarantine\"");
    return { columns, table, type, else: otherwise, ignoreCase };
  },
  sql: (options, input) => {
    const first = new Computed();
    const columns = textColumns(input, options.columns, "mapValues").map(({ name }) => ({ name, value: columnSql(name), place: first.once(placeSql(columnSql(name), options)) }));
    const rejects = columns.map(({ name, value, place }) => `when ${value} is not null and ${place} is null then ${misfitSql(name, misfit, value)}`);
    const type = { string: varchar, number: scalar("DOUBLE"), boolean: scalar("BOOLEAN") }[options.type];
    return {
      first: first.values,
      set: columns.map(({ name, value, place }) => ({ name, sql: mappedSql(value, place, options, type.sql), type })),
      ...(options.else === "quarantine" && { reject: `case ${rejects.join(" ")} end` }),
    };
  },
  row: (options) => (row) => {
    const { columns, table, ignoreCase } = options;
    const changed = { ...row };
    for (const column of columns) {
      const cell = row[column] ?? null;
      if (typeof cell !== "string") continue;
      const value = table.get(ignoreCase ? lower(cell) : cell);
      if (value !== undefined) changed[column] = value;
      else if (options.else === "quarantine") return new Rejection(misfitText(column, misfit, cell));
      else if (options.else === "null") changed[column] = null;
    }
    return changed;
  },
};

function tableOf(entries: Readonly<Record<string, Scalar>>, ignoreCase: boolean): Map<string, Scalar> {
  const table = new Map<string, Scalar>();
  for (const [text, value] of Object.entries(entries)) {
    const key = ignoreCase ? lower(text) : text;
    if (table.has(key) && table.get(key) !== value) throw unfit(`the table gives ${JSON.stringify(text)} two values, case aside`, "mapValues", "leave one out, or let case count");
    table.set(key, value);
  }
  return table;
}

function typeOf(table: ReadonlyMap<string, Scalar>): "string" | "number" | "boolean" {
  if (table.size === 0 || table.size > tableMax) throw unfit(`the table has ${table.size} entries`, "mapValues", "give it 1 to 10,000; join a table of the lake where there are more");
  const types = new Set([...table.values()].filter((value) => value !== null).map((value) => typeof value as "string" | "number" | "boolean"));
  if (types.size > 1) throw unfit(`the table gives values of several types: ${[...types].join(", ")}`, "mapValues", "give one type, or texts, and cast later");
  return [...types][0] ?? "string";
}

/** From 1; null where the table does not have the text. */
const placeSql = (value: string, { table, ignoreCase }: MapValues): string => `list_position([${[...table.keys()].map(sqlText).join(", ")}], ${ignoreCase ? `lower(${value})` : value})`;

function mappedSql(value: string, place: string, options: MapValues, type: string): string {
  const cells = [...options.table.values()].map((cell) => (cell === null ? "null" : typeof cell === "string" ? sqlText(cell) : `cast(${sqlText(String(cell))} as ${type})`));
  const mapped = `cast([${cells.join(", ")}] as ${type}[])[${place}]`;
  return options.else === "keep" ? `case when ${place} is null then ${value} else ${mapped} end` : mapped;
}
