import { sqlText } from "../../../lake/duckdb.ts";
import { varchar } from "../../nested/nested-type.ts";
import { unfit } from "../../nested/wrangle-error.ts";
import type { RowStep, Step } from "../step.ts";
import { columnSql, textColumns } from "../text-step.ts";
import { type CommonPattern, commonPattern } from "./common-pattern.ts";
import type { TextColumn } from "./reading-step.ts";
import { Computed } from "../computed.ts";

export interface MoveMisfieldedOptions<T, K extends TextColumn<T>> {
  /** The column in which values stand that belong elsewhere. It becomes null where one has moved. */
  from: K;
  /** The column that they belong to. Only where it is null does a value move. */
  to: K;
  /** What values of `to` look like, as a whole: as of `replace`. */
  pattern: string;
}

/**
 * Moves values that stand in the wrong column: a telephone number in the column of mail addresses goes to the telephone
 * numbers, where there is none yet.
 *
 * @example moveMisfielded({ from: "email", to: "phone", pattern: "[+]?[\\d /-]{6,20}" })
 */
export function moveMisfielded<T, const K extends TextColumn<T>>(options: MoveMisfieldedOptions<T, K>): Step<T, T> {
  return { kind: "moveMisfielded", ...options };
}

interface MoveMisfielded {
  from: string;
  to: string;
  pattern: CommonPattern;
}

export const moveMisfieldedKind: RowStep<MoveMisfielded> = {
  kind: "moveMisfielded",
  scope: "row",
  read: (given) => {
    const [from, to] = [given.text("from"), given.text("to")];
    if (from === to) throw unfit("`from` and `to` are one column", "moveMisfielded", "name two");
    return { from, to, pattern: commonPattern(given.text("pattern"), "moveMisfielded", true) };
  },
  sql: ({ from, to, pattern }, input) => {
    textColumns(input, [from, to], "moveMisfielded");
    const first = new Computed();
    const moves = first.once(`coalesce(${columnSql(to)} is null and regexp_full_match(${columnSql(from)}, ${sqlText(pattern.sql)}), false)`);
    const set = [
      { name: from, type: varchar, sql: `case when not ${moves} then ${columnSql(from)} end` },
      { name: to, type: varchar, sql: `case when ${moves} then ${columnSql(from)} else ${columnSql(to)} end` },
    ];
    return { first: first.values, set };
  },
  row: ({ from, to, pattern }) => {
    const whole = new RegExp(`^(?:${pattern.js})$`, "u");
    return (row) => {
      const [value, other] = [row[from] ?? null, row[to] ?? null];
      return other === null && typeof value === "string" && whole.test(value) ? { ...row, [from]: null, [to]: value } : row;
    };
  },
};
