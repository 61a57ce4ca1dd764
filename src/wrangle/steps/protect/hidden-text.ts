import { sqlText } from "../../../lake/duckdb.ts";
import { unfit } from "../../nested/wrangle-error.ts";
import type { ColumnsOf } from "../column-types.ts";
import type { OptionReader } from "../option-reader.ts";
import type { RowStep, Step } from "../step.ts";
import { textStep } from "../text-step.ts";

/* Texts of which a part is shown. Characters are code points. */

export interface MaskOptions {
  /** Characters that stay readable. Default 4. A text that is not longer is hidden whole. */
  show?: number;
  /** Where they are. Default `"end"`. */
  from?: "start" | "end";
  /** Stands for each of the others: one character. Default "*". */
  with?: string;
}

/** All but a few characters are hidden; how many there are stays visible. @example mask("card_number") // ************1234 */
export function mask<T, const K extends ColumnsOf<T, string>>(columns: K | readonly K[], options: MaskOptions = {}): Step<T, T> {
  return { kind: "mask", columns: [columns].flat(), ...options };
}

/** The first characters stay, and the rest is gone. @example truncate("postcode", { keep: 3 }) */
export function truncate<T, const K extends ColumnsOf<T, string>>(columns: K | readonly K[], options: { keep: number }): Step<T, T> {
  return { kind: "truncate", columns: [columns].flat(), ...options };
}

interface Mask {
  show: number;
  from: "start" | "end";
  with: string;
}

function readMask(given: OptionReader): Mask {
  const sign = given.text("with", "*");
  if (Array.from(sign).length !== 1) throw unfit(`${JSON.stringify(sign)} is not one character`, "with of mask", 'give one: "*"');
  return { show: given.number("show", { min: 0, max: 1_000, whole: true, fallback: 4 }), from: given.oneOf("from", ["start", "end"], "end"), with: sign };
}

export const maskKind: RowStep<Mask & { columns: string[] }> = {
  ...textStep<Mask>({
    kind: "mask",
    read: readMask,
    sql: (value, { show, from, with: sign }) => {
      const hidden = (count: string): string => `repeat(${sqlText(sign)}, ${count})`;
      const part = from === "start" ? `substring(${value}, 1, ${show}) || ${hidden(`length(${value}) - ${show}`)}` : `${hidden(`length(${value}) - ${show}`)} || substring(${value}, length(${value}) - ${show - 1})`;
      return show === 0 ? hidden(`length(${value})`) : `case when length(${value}) <= ${show} then ${hidden(`length(${value})`)} else ${part} end`;
    },
    text: ({ show, from, with: sign }) => (text) => {
      const points = Array.from(text);
      if (show === 0 || points.length <= show) return sign.repeat(points.length);
      const hidden = sign.repeat(points.length - show);
      return from === "start" ? points.slice(0, show).join("") + hidden : hidden + points.slice(-show).join("");
    },
  }),
  protects: true,
};

export const truncateKind: RowStep<{ keep: number; columns: string[] }> = {
  ...textStep({
    kind: "truncate",
    read: (given) => ({ keep: given.number("keep", { min: 0, max: 10_000, whole: true }) }),
    sql: (value, { keep }) => `substring(${value}, 1, ${keep})`,
    text: ({ keep }) => (text) => Array.from(text).slice(0, keep).join(""),
  }),
  protects: true,
};
