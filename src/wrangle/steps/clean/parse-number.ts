import { scalar } from "../../nested/nested-type.ts";
import { unfit } from "../../nested/wrangle-error.ts";
import type { OptionReader } from "../option-reader.ts";
import type { Step } from "../step.ts";
import { space } from "../white-space.ts";
import { type DecimalMark, type GroupMark, type Locale, locales, numberMarks } from "./locales.ts";
import { type Misfits, readingStep, type TextColumn, type WithRead } from "./reading-step.ts";
import { type Rewrite, rewriter, rewriteSql } from "./rewrite.ts";

export interface ParseNumberOptions<M extends Misfits = Misfits> extends Marks {
  /** What becomes of a text that is no number. */
  misfits?: M;
}

/** How numbers are written. */
export interface Marks {
  /** Whose marks they have. Default "en": 1,234.50. */
  locale?: Locale;
  /** The mark before the fraction, where it is not the locale's. */
  decimal?: DecimalMark;
  /** The mark between thousands, where it is not the locale's. */
  group?: GroupMark;
}

/**
 * Reads numbers: `1,234.50`, `(12)` and `12-` as -12, `12%` as 0.12, `1.2e3`, a minus sign of any kind. Marks between
 * thousands may be left out, but where they stand, they stand between thousands: `1,5` is no number in English, and not 15.
 * Units and currencies are for `parseUnit` and `parseMoney`.
 *
 * @example parseNumber(["gross", "budget"], { locale: "de" }) // "1.234,50" → 1234.5
 */
export function parseNumber<T, const K extends TextColumn<T>, const M extends Misfits = "quarantine">(columns: K | readonly K[], options: ParseNumberOptions<M> = {}): Step<T, WithRead<T, K, number, M>> {
  return { kind: "parseNumber", columns: [columns].flat(), ...options };
}

export interface ReadMarks {
  decimal: DecimalMark;
  group: GroupMark;
}

/** @throws MillraceError `MR-WRANGLE-001` when one mark is used for both */
export function readMarks(given: OptionReader): ReadMarks {
  const own = numberMarks[given.oneOf("locale", locales, "en")];
  const decimal = given.oneOf("decimal", [".", ","], own.decimal);
  const group = given.oneOf("group", [",", ".", " ", "'", ""], own.group);
  if (decimal === group) throw unfit(`${JSON.stringify(decimal)} stands both between thousands and before the fraction`, "marks in numbers", "give `group` too: \"\" where nothing stands between thousands");
  return { decimal, group };
}

const groupPatterns: Readonly<Record<GroupMark, string>> = { ",": ",", ".": "[.]", " ": `[${space}]`, "'": "['’]", "": "" };

/** A number without its sign: digits, with marks between thousands or without, a fraction, a power of ten. */
export function amountPattern({ decimal, group }: ReadMarks): string {
  const fraction = decimal === "." ? "[.]" : ",";
  const whole = group === "" ? "\\d+" : `(?:\\d{1,3}(?:${groupPatterns[group]}\\d{3})+|\\d+)`;
  return `(?:${whole}(?:${fraction}\\d*)?|${fraction}\\d+)`;
}

/** A number as `amountPattern` finds it, as every program reads it. */
export function plainAmount({ decimal, group }: ReadMarks): Rewrite[] {
  return [...(group === "" ? [] : [{ find: groupPatterns[group], by: "", all: true } as const]), ...(decimal === "," ? [{ find: ",", by: "." }] : [])];
}

/** Signs in all the places where people write them, as one `-` before the number. */
export const signRules: readonly Rewrite[] = [
  { find: `^[${space}]+|[${space}]+$`, by: "", all: true },
  { find: "[−﹣－]", by: "-", all: true },
  { find: `^[(][${space}]*([^()]*[^()${space}])[${space}]*[)]$`, by: "-\\1" },
  { find: `^([^-]*[^${space}-])[${space}]*-$`, by: "-\\1" },
];

function numberRules(marks: ReadMarks): Rewrite[] {
  return [
    ...signRules,
    { find: `^([^%eE]*[^%eE${space}])[${space}]*%$`, by: "\\1e-2" },
    { keep: `[+-]?[${space}]*${amountPattern(marks)}(?:[eE][+-]?\\d{1,4})?` },
    { find: `^([+-]?)[${space}]+`, by: "\\1" },
    ...plainAmount(marks),
  ];
}

/** SQL: a text as a number, or null where it is none or beyond all numbers. */
export const doubleSql = (text: string): string => `nullif(nullif(try_cast(${text} as DOUBLE), cast('inf' as DOUBLE)), cast('-inf' as DOUBLE))`;

/** The same in TypeScript. */
export function doubleOf(text: string): number | null {
  return text !== "" && Number.isFinite(Number(text)) ? Number(text) : null;
}

export const parseNumberKind = readingStep<ReadMarks>({
  kind: "parseNumber",
  read: readMarks,
  type: () => scalar("DOUBLE"),
  misfit: () => "is no number",
  sql: (value, marks) => doubleSql(rewriteSql(value, numberRules(marks))),
  text: (marks) => {
    const plain = rewriter(numberRules(marks));
    return (text) => doubleOf(plain(text));
  },
});
