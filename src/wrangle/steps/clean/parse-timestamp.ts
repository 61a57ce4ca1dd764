import { Zone } from "../../../calendar/zone.ts";
import { scalar } from "../../nested/nested-type.ts";
import { unfit } from "../../nested/wrangle-error.ts";
import type { Step } from "../step.ts";
import { timestampOf, timestampSql } from "./calendar.ts";
import { type Formats, type FormatOptions, formatsSql, formatsText, readFormats } from "./parse-date.ts";
import { type Misfits, readingStep, type TextColumn, type WithRead } from "./reading-step.ts";
import { zonedOf, zonedSql } from "./zoned.ts";

export interface ParseTimestampOptions<M extends Misfits = Misfits> extends FormatOptions {
  /**
   * Whose clocks texts without an offset are of, `"Europe/Oslo"` or `"+01:00"`: they become UTC. A time that these clocks skip or
   * show twice does not fit. Years 1970 to 2100 with the name of a zone. Default: they are taken as they are.
   */
  zone?: string;
  /** What becomes of a text that is no point in time, or may be two. */
  misfits?: M;
}

/**
 * Reads points in time, by formats as of `parseDate` with these tokens beside: `HH` and `H` (0 to 23), `hh` and `h` (1 to 12)
 * with `a` (am, pm), `mm`, `ss`, `SSS` (a fraction of a second, of any length to 9; six digits are kept), `XXX` (`Z`,
 * `+01:00`, `+0100`). What has an offset becomes UTC. Names of zones in texts are not read.
 *
 * @example parseTimestamp("seen_at", ["yyyy-MM-dd'T'HH:mm:ssXXX", "d/M/yyyy h:mm a"], { zone: "Europe/Oslo" })
 */
export function parseTimestamp<T, const K extends TextColumn<T>, const M extends Misfits = "quarantine">(columns: K | readonly K[], formats: string | readonly string[], options: ParseTimestampOptions<M> = {}): Step<T, WithRead<T, K, string, M>> {
  return { kind: "parseTimestamp", columns: [columns].flat(), formats: [formats].flat(), ...options };
}

interface TimeFormats extends Formats {
  /** Stands behind texts without an offset. */
  offset: string;
  /** Of the tz database; empty for none. */
  zone: string;
}

export const parseTimestampKind = readingStep<TimeFormats>({
  kind: "parseTimestamp",
  read: (given) => ({ ...readFormats(given, true), ...readZone(given.text("zone", "")) }),
  type: () => scalar("TIMESTAMP"),
  misfit: ({ formats, ambiguous }) => (formats.length > 1 && ambiguous === "misfit" ? "is no point in time, or may be two" : "is no point in time"),
  sql: (value, options, once) =>
    formatsSql(value, options, once, (text, { hasOffset }) => {
      if (hasOffset || options.zone === "") return timestampSql(hasOffset || options.offset === "" ? text : `(${text} || '${options.offset}')`, hasOffset || options.offset !== "");
      const time = once(timestampSql(text, false));
      return zonedSql(`case when year(${time}) between ${yearFirst} and ${yearLast} then ${time} end`, options.zone, once);
    }),
  text: (options) =>
    formatsText(options, (text, { hasOffset }) => {
      if (hasOffset || options.zone === "") return timestampOf(hasOffset ? text : `${text}${options.offset}`);
      const year = Number(text.slice(0, 4));
      return year >= yearFirst && year <= yearLast ? zonedOf(timestampOf(text), options.zone) : null;
    }),
});

/** Before them the tz database is not whole, and after them clocks are anybody's guess. */
const [yearFirst, yearLast] = [1970, 2100];

function readZone(zone: string): { offset: string; zone: string } {
  if (/^[+-](0\d|1[0-4]):[0-5]\d$/.test(zone)) return { offset: zone, zone: "" };
  if (/^[+-]/.test(zone)) throw unfit(`zone cannot be ${JSON.stringify(zone)}`, "parseTimestamp", 'write it as "+01:00", from -14:59 to +14:59');
  if (zone !== "") Zone.of(zone);
  return { offset: "", zone };
}
