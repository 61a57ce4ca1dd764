import { scalar } from "../../nested/nested-type.ts";
import { unfit } from "../../nested/wrangle-error.ts";
import type { Step } from "../step.ts";
import { timestampOf, timestampSql } from "./calendar.ts";
import { type Formats, type FormatOptions, formatsSql, formatsText, readFormats } from "./parse-date.ts";
import { type Misfits, readingStep, type TextColumn, type WithRead } from "./reading-step.ts";

export interface ParseTimestampOptions<M extends Misfits = Misfits> extends FormatOptions {
  /** How far the clock of texts that do not say it is ahead of UTC, as `"+01:00"`. Default: they are taken as they are. */
  offset?: string;
  /** What becomes of a text that is no point in time, or may be two. */
  misfits?: M;
}

/**
 * Reads points in time, by formats as of `parseDate` with these tokens beside: `HH` and `H` (0 to 23), `hh` and `h` (1 to 12)
 * with `a` (am, pm), `mm`, `ss`, `SSS` (a fraction of a second, of any length to 9; six digits are kept), `XXX` (`Z`,
 * `+01:00`, `+0100`). What has an offset becomes UTC. Names of zones are not read: what they mean changes with laws.
 *
 * @example parseTimestamp("seen_at", ["yyyy-MM-dd'T'HH:mm:ssXXX", "d/M/yyyy h:mm a"], { offset: "+01:00" })
 */
export function parseTimestamp<T, const K extends TextColumn<T>, const M extends Misfits = "quarantine">(columns: K | readonly K[], formats: string | readonly string[], options: ParseTimestampOptions<M> = {}): Step<T, WithRead<T, K, string, M>> {
  return { kind: "parseTimestamp", columns: [columns].flat(), formats: [formats].flat(), ...options };
}

interface TimeFormats extends Formats {
  /** What stands behind texts without an offset. */
  offset: string;
}

export const parseTimestampKind = readingStep<TimeFormats>({
  kind: "parseTimestamp",
  read: (given) => {
    const offset = given.text("offset", "");
    if (offset !== "" && !/^[+-](0\d|1[0-4]):[0-5]\d$/.test(offset)) throw unfit(`offset cannot be ${JSON.stringify(offset)}`, "parseTimestamp", 'write it as "+01:00", from -14:59 to +14:59');
    return { ...readFormats(given, true), offset };
  },
  type: () => scalar("TIMESTAMP"),
  misfit: ({ formats, ambiguous }) => (formats.length > 1 && ambiguous === "misfit" ? "is no point in time, or may be two" : "is no point in time"),
  sql: (value, options, once) =>
    formatsSql(value, options, once, (text, { hasOffset }) => (hasOffset || options.offset === "" ? timestampSql(text, hasOffset) : timestampSql(`(${text} || '${options.offset}')`, true))),
  text: (options) => formatsText(options, (text, { hasOffset }) => timestampOf(hasOffset || options.offset === "" ? text : `${text}${options.offset}`)),
});
