import { scalar } from "../../nested/nested-type.ts";
import type { OptionReader } from "../option-reader.ts";
import type { Step } from "../step.ts";
import { dateOf, dateSql } from "./calendar.ts";
import { type DateFormat, preparation, readDateFormat } from "./date-format.ts";
import { lower } from "./letter-case.ts";
import { type Locale, locales } from "./locales.ts";
import { type Misfits, readingStep, type TextColumn, type WithRead } from "./reading-step.ts";
import { rewriter, rewriteSql } from "./rewrite.ts";

export interface FormatOptions {
  /** Of the names of months. Default "en". */
  locale?: Locale;
  /** For years of two digits, needed by formats that have them: from it on they are of the 20th century, below it of the 21st. 0 to 100. */
  pivot?: number;
  /** A text that fits several formats, by which it is not the same: a misfit, the default, or what the first of them says. */
  ambiguous?: "misfit" | "first";
}

export interface ParseDateOptions<M extends Misfits = Misfits> extends FormatOptions {
  /** What becomes of a text that is no date, or may be two. */
  misfits?: M;
}

/**
 * Reads dates that are written in any of some formats. Tokens, as Unicode has them: `yyyy`, `yy` (with `pivot`), `MMMM` and
 * `MMM` (the month's name, in full or shortened), `MM`, `M` (one digit or two), `dd`, `d`, `do` (3rd), `EEE` (a day of the
 * week, not looked at); letters that stand for themselves in single quotes. Case and width of white space do not count.
 *
 * A format of a year, or of a year and a month, stands for the first day of it.
 *
 * The order of day and month is never guessed: with both `d/M/yyyy` and `M/d/yyyy`, 3/4/2020 does not fit, and 31/4 is no day.
 *
 * @param formats - up to 50
 * @example parseDate("released", ["MMM d yyyy", "d-MMM-yy", "yyyy"], { pivot: 30 })
 */
export function parseDate<T, const K extends TextColumn<T>, const M extends Misfits = "quarantine">(columns: K | readonly K[], formats: string | readonly string[], options: ParseDateOptions<M> = {}): Step<T, WithRead<T, K, string, M>> {
  return { kind: "parseDate", columns: [columns].flat(), formats: [formats].flat(), ...options };
}

export interface Formats {
  formats: DateFormat[];
  locale: Locale;
  ambiguous: "misfit" | "first";
}

export function readFormats(given: OptionReader, time: boolean): Formats {
  const pivot = given.has("pivot") ? given.number("pivot", { min: 0, max: 100, whole: true }) : undefined;
  const formats = given.columns("formats").map((format) => readDateFormat(format, { pivot, time }));
  return { formats, locale: given.oneOf("locale", locales, "en"), ambiguous: given.oneOf("ambiguous", ["misfit", "first"], "misfit") };
}

/**
 * SQL: the one value that formats find in a text.
 * @param each - SQL that makes a value of what a format's rules gave
 */
export function formatsSql(value: string, { formats, locale, ambiguous }: Formats, once: (sql: string) => string, each: (text: string, format: DateFormat) => string): string {
  const ready = once(rewriteSql(`lower(${value})`, preparation(locale, formats.some(({ hasNames }) => hasNames))));
  const found = formats.map((format) => each(rewriteSql(ready, format.rules), format));
  if (ambiguous === "first" || formats.length === 1) return `coalesce(${found.join(", ")}, null)`;
  const all = once(`[${found.join(", ")}]`);
  return `case when list_unique(${all}) = 1 then list_any_value(${all}) end`;
}

/** The same in TypeScript. */
export function formatsText({ formats, locale, ambiguous }: Formats, each: (text: string, format: DateFormat) => string | null): (text: string) => string | null {
  const prepare = rewriter(preparation(locale, formats.some(({ hasNames }) => hasNames)));
  const readers = formats.map((format) => {
    const rewrite = rewriter(format.rules);
    return (ready: string): string | null => each(rewrite(ready), format);
  });
  return (text) => {
    const ready = prepare(lower(text));
    const found = new Set(readers.map((read) => read(ready)).filter((value) => value !== null));
    const [first = null] = found;
    return ambiguous === "first" || found.size === 1 ? first : null;
  };
}

export const parseDateKind = readingStep<Formats>({
  kind: "parseDate",
  read: (given) => readFormats(given, false),
  type: () => scalar("DATE"),
  misfit: ({ formats, ambiguous }) => (formats.length > 1 && ambiguous === "misfit" ? "is no date, or may be two" : "is no date"),
  sql: (value, options, once) => formatsSql(value, options, once, dateSql),
  text: (options) => formatsText(options, dateOf),
});
