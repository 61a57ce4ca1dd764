import type { Flat } from "../../../model/schema-types.ts";
import { namedFields } from "../named-fields.ts";
import { type NestedType, scalar } from "../../nested/nested-type.ts";
import { unfit } from "../../nested/wrangle-error.ts";
import { cellText, cellTextSql } from "../cell-text.ts";
import type { Cell } from "../cells.ts";
import { Rejection, type RowStep, type Step } from "../step.ts";
import { columnSql } from "../text-step.ts";
import { space } from "../white-space.ts";
import { dateOf, dateSql, timestampOf, timestampSql } from "./calendar.ts";
import { doubleOf, doubleSql } from "./parse-number.ts";
import { boundedSql, isLong, type Misfits, misfitSql, misfitText } from "./reading-step.ts";
import { Computed } from "../computed.ts";
import { type Rewrite, rewriter, rewriteSql } from "./rewrite.ts";

/** `decimal(10,2)`: 10 digits in all, at most 38, of them 2 behind the point. */
export type CastType = "string" | "boolean" | "int" | "long" | "double" | "date" | "timestamp" | `decimal(${number},${number})`;

type CastValue<N> = N extends "boolean" ? boolean : N extends "int" | "long" | "double" ? number : string;

export interface CastOptions<M extends Misfits = Misfits> {
  /** What becomes of a value that does not fit. */
  misfits?: M;
}

/**
 * Makes columns of another type, by one grammar and losing nothing: a number with a fraction is no `long`, one of three digits
 * behind the point no `decimal(10,2)`. Texts are read as programs write them, with white space at their ends: `-12.5e3`,
 * `true`, `2020-02-29`, `2020-02-29T10:00:00.5`. What people write is for `parseNumber`, `parseDate` and `parseBoolean`.
 *
 * @example cast(["year", "votes"], "long", { misfits: "null" })
 */
export function cast<T, const K extends keyof T & string, const N extends CastType, const M extends Misfits = "quarantine">(columns: K | readonly K[], to: N, options: CastOptions<M> = {}): Step<T, Flat<Omit<T, K> & { [C in K]: CastValue<N> | Extract<T[C], null> | (M extends "null" ? null : never) }>> {
  return { kind: "cast", columns: [columns].flat(), to, ...options };
}

/** How a text becomes a value of a type. */
export interface Target {
  type: NestedType;
  rules: readonly Rewrite[];
  sql(text: string): string;
  value(text: string): Cell;
}

interface Cast {
  columns: string[];
  to: string;
  target: Target;
  misfits: Misfits;
}

export const castKind: RowStep<Cast> = {
  kind: "cast",
  scope: "row",
  ownCells: true,
  read: (given) => {
    const to = given.text("to");
    return { columns: given.columns("columns"), to, target: targetOf(to), misfits: given.oneOf("misfits", ["quarantine", "null"], "quarantine") };
  },
  sql: ({ columns, to, target, misfits }, input) => {
    const first = new Computed();
    const values = namedFields(input.fields, columns, "cast").map(({ name, type }) => {
      const text = first.once(cellTextSql(columnSql(name), type));
      const bounded = to === "string" ? text : boundedSql(text);
      return { name, text, read: first.once(target.sql(rewriteSql(bounded, target.rules))) };
    });
    const rejects = values.map(({ name, text, read }) => `when ${text} is not null and ${read} is null then ${misfitSql(name, `is no ${to}`, text)}`);
    return { first: first.values, set: values.map(({ name, read }) => ({ name, sql: read, type: target.type })), ...(misfits === "quarantine" && { reject: `case ${rejects.join(" ")} end` }) };
  },
  row: ({ columns, to, target, misfits }) => {
    const rewrite = rewriter(target.rules);
    return (row) => {
      const changed: Record<string, Cell | undefined> = { ...row };
      for (const column of columns) {
        const text = cellText(row[column]);
        changed[column] = text === null || (to !== "string" && isLong(text)) ? null : target.value(rewrite(text));
        if (text !== null && changed[column] === null && misfits === "quarantine") return new Rejection(misfitText(column, `is no ${to}`, text));
      }
      return changed;
    };
  },
};

const ends: Rewrite = { find: `^[${space}]+|[${space}]+$`, by: "", all: true };
const lettersFold: readonly Rewrite[] = [["T", "t"], ["R", "r"], ["U", "u"], ["E", "e"], ["F", "f"], ["A", "a"], ["L", "l"], ["S", "s"]].map(([find, by]) => ({ find, by, all: true }));
const day = "[0-9]{4}-[0-9]{2}-[0-9]{2}";

function targetOf(to: string): Target {
  const [, precision, scale] = /^decimal\(\s*(\d{1,2})\s*,\s*(\d{1,2})\s*\)$/.exec(to)?.map(Number) ?? [];
  if (precision <= 38 && scale < precision) return decimalTarget(precision, scale);
  if (!Object.hasOwn(targets, to)) throw unfit(`there is no type ${JSON.stringify(to)}`, "cast", `use one of ${Object.keys(targets).join(", ")}, decimal(P,S) with P up to 38 and S below P`);
  return targets[to];
}

const wholeRules: readonly Rewrite[] = [ends, { keep: "[+-]?[0-9]{1,30}" }, { find: "^[+]", by: "" }, { find: "^(-?)0+([0-9])", by: "\\1\\2" }, { find: "^-0$", by: "0" }];
const yearFrom1: Rewrite = { keep: "(?:000[1-9]|00[1-9][0-9]|0[1-9][0-9]{2}|[1-9][0-9]{3})[^x]*" };

const whole = (sql: string, bits: bigint): Target => ({
  type: scalar(sql),
  rules: wholeRules,
  sql: (text) => `try_cast(${text} as ${sql})`,
  value: (text) => {
    const value = text === "" ? null : BigInt(text);
    if (value === null || BigInt.asIntN(Number(bits), value) !== value) return null;
    return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  },
});

const targets: Readonly<Record<string, Target>> = {
  string: { type: scalar("VARCHAR"), rules: [], sql: (text) => text, value: (text) => text },
  boolean: {
    type: scalar("BOOLEAN"),
    rules: [ends, ...lettersFold, { keep: "true|false" }],
    sql: (text) => `case ${text} when 'true' then true when 'false' then false end`,
    value: (text) => (text === "true" ? true : text === "false" ? false : null),
  },
  int: whole("INTEGER", 32n),
  long: whole("BIGINT", 64n),
  double: {
    type: scalar("DOUBLE"),
    rules: [ends, { keep: "[+-]?(?:[0-9]+(?:[.][0-9]*)?|[.][0-9]+)(?:[eE][+-]?[0-9]{1,4})?" }],
    sql: doubleSql,
    value: doubleOf,
  },
  date: { type: scalar("DATE"), rules: [ends, { keep: day }, yearFrom1], sql: dateSql, value: dateOf },
  timestamp: {
    type: scalar("TIMESTAMP"),
    rules: [
      ends,
      { keep: `${day}(?:[T ](?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:[.][0-9]{1,6})?)?)?` },
      yearFrom1,
      { find: "T", by: " " },
      { find: "^([^ ]+)$", by: "\\1 00:00" },
      { find: "^([^:]+:[0-9]{2})$", by: "\\1:00" },
      { find: "^([^.]+)$", by: "\\1.0" },
    ],
    sql: (text) => timestampSql(text, false),
    value: timestampOf,
  },
};

/** Zeros behind the point may go, other digits may not. */
export function decimalTarget(precision: number, scale: number): Target {
  const fraction = scale === 0 ? "(?:[.]0*)?" : `(?:[.][0-9]{0,${scale}}0*)?`;
  return {
    type: scalar(`DECIMAL(${precision},${scale})`),
    rules: [
      ends,
      { find: "^([+-]?)[.]", by: "\\10." },
      { keep: `[+-]?[0-9]+${fraction}` },
      { find: "^[+]", by: "" },
      { find: "^(-?)0+([0-9])", by: "\\1\\2" },
      { find: "[.]$", by: "" },
      { find: `^([^.]*)$`, by: "\\1." },
      { find: "$", by: "0".repeat(scale) },
      { find: `[.]([0-9]{${scale}})[0-9]*$`, by: scale === 0 ? "" : ".\\1" },
      { find: "^-([0.]*)$", by: "\\1" },
      { keep: `-?[0-9]{1,${precision - scale}}${scale === 0 ? "" : `[.][0-9]{${scale}}`}` },
    ],
    sql: (text) => `try_cast(${text} as DECIMAL(${precision},${scale}))`,
    value: (text) => (text === "" ? null : text),
  };
}
