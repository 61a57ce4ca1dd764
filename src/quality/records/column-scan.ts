import type { Vector } from "../../batch/batch.ts";
import type { Strings } from "../../batch/strings.ts";
import { isDay, parseTimestamp } from "../../batch/timestamp.ts";
import type { ColumnType } from "../../model/manifest.ts";
import type { Bound, CastType, CheckOf } from "../../model/quality/check-decl.ts";
import type { StreamCheck } from "../../model/quality/stream-checks.ts";

/** Looks at a column of a batch, and names each record that breaks the check. Nulls are left to `notNull`. */
export type ColumnScan = (vector: Vector, count: number, broken: (index: number) => void) => void;

/** Numbers, timestamps among them as milliseconds. */
type NumberTest = (value: number) => boolean;
type TextTest = (value: string) => boolean;

/**
 * The same rule as in SQL, over typed arrays: a text is looked at once for each time that its dictionary has it.
 * @returns undefined where the column's type says that no record can break it
 */
export function columnScan(check: Exclude<StreamCheck, { kind: "record" }>, type: ColumnType): ColumnScan | undefined {
  switch (check.kind) {
    case "notNull":
      return nullScan;
    case "accepted":
      return acceptedScan(check, type);
    case "range":
      return type === "integer" || type === "number" || type === "timestamp" ? numberScan(numberRange(check, type)) : textScan(textRange(check));
    case "pattern": {
      const pattern = new RegExp(check.pattern, "u");
      return textScan((text) => pattern.test(text));
    }
    case "length":
      return textScan((text) => isLong(text, check.min ?? 0, check.max ?? Infinity));
    case "type":
      return castScan(check.type, type);
  }
}

const nullScan: ColumnScan = ({ valid }, count, broken) => {
  if (valid) for (let i = 0; i < count; i++) if (valid[i] === 0) broken(i);
};

function numberScan(holds: NumberTest): ColumnScan {
  return (vector, count, broken) => {
    if (vector.kind === "str") return;
    const { values, valid } = vector;
    for (let i = 0; i < count; i++) if (!holds(values[i]) && (valid === undefined || valid[i] !== 0)) broken(i);
  };
}

function textScan(holds: TextTest): ColumnScan {
  return (vector, count, broken) => {
    if (vector.kind !== "str") return;
    const { codes, dictionary, valid } = vector;
    const verdicts = new Uint8Array(dictionary.length);
    for (let i = 0; i < count; i++) {
      if (valid !== undefined && valid[i] === 0) continue;
      const code = codes[i];
      if (verdicts[code] === 0) verdicts[code] = holds(textAt(dictionary, code)) ? 1 : 2;
      if (verdicts[code] === 2) broken(i);
    }
  };
}

const textAt = (dictionary: Strings, code: number): string => dictionary.values[code];

function acceptedScan({ values }: CheckOf<"accepted">, type: ColumnType): ColumnScan {
  if (type === "string" || type === "date") {
    const known = new Set(values as string[]);
    return textScan((text) => known.has(text));
  }
  const known = new Set(values.map((value) => (type === "timestamp" ? parseTimestamp(String(value)) : Number(value))));
  return numberScan((value) => known.has(value));
}

function numberRange({ min, max }: CheckOf<"range">, type: ColumnType): NumberTest {
  const limit = (bound: Bound | undefined, open: number): number => (bound === undefined ? open : type === "timestamp" ? parseTimestamp(String(bound.value)) : Number(bound.value));
  const [least, most] = [limit(min, -Infinity), limit(max, Infinity)];
  // NaN fails every comparison.
  if (min?.exclusive && max?.exclusive) return (value) => value > least && value < most;
  if (min?.exclusive) return (value) => value > least && value <= most;
  if (max?.exclusive) return (value) => value >= least && value < most;
  return (value) => value >= least && value <= most;
}

/** By their UTF-8, as SQL orders texts. */
function textRange({ min, max }: CheckOf<"range">): TextTest {
  const order = (text: string, bound: Bound): number => Buffer.compare(Buffer.from(text), Buffer.from(String(bound.value)));
  return (text) => {
    const [low, high] = [min ? order(text, min) : 1, max ? order(text, max) : -1];
    return (low > 0 || (low === 0 && !min?.exclusive)) && (high < 0 || (high === 0 && !max?.exclusive));
  };
}

/** In code points. */
function isLong(text: string, min: number, max: number): boolean {
  if (text.length < min) return false;
  // No text has more code points than units, nor less than half as many.
  if (text.length <= max && text.length >= 2 * min) return true;
  let points = 0;
  for (const _ of text) points++;
  return points >= min && points <= max;
}

function castScan(cast: CastType, type: ColumnType): ColumnScan | undefined {
  if (type === "string") return textScan(textCasts[cast]);
  if (type === "number" && cast === "integer") return numberScan(Number.isInteger);
  const fits: Record<CastType, readonly ColumnType[]> = { boolean: ["boolean"], integer: ["integer"], number: ["integer", "number"], date: ["date", "timestamp"], timestamp: ["date", "timestamp"] };
  if (fits[cast].includes(type)) return undefined;
  return ({ valid }, count, broken) => {
    for (let i = 0; i < count; i++) if (valid === undefined || valid[i] !== 0) broken(i);
  };
}

const [longMin, longMax] = [-(2n ** 63n), 2n ** 63n - 1n];

const textCasts: Record<CastType, TextTest> = {
  boolean: (text) => /^\s*(true|false|t|f|yes|no|y|n|1|0)\s*$/i.test(text),
  integer: (text) => /^\s*[+-]?[0-9]+\s*$/.test(text) && BigInt(text.trim().replace(/^\+/, "")) >= longMin && BigInt(text.trim().replace(/^\+/, "")) <= longMax,
  number: (text) => /^\s*[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)(e[+-]?[0-9]+)?\s*$/i.test(text) || /^\s*[+-]?(nan|inf|infinity)\s*$/i.test(text),
  date: (text) => isDate(text.trim()) || !Number.isNaN(parseTimestamp(text.trim())),
  timestamp: (text) => !Number.isNaN(parseTimestamp(text.trim())),
};

function isDate(text: string): boolean {
  const [, year, month, day] = /^(\d{4})-(\d{1,2})-(\d{1,2})$/.exec(text)?.map(Number) ?? [];
  return day !== undefined && isDay(year, month, day);
}
