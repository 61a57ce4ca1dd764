import { checkNumber, checkOptions, invalid } from "../option-checks.ts";
import { type Bound, type CastType, castTypes, type CheckRule } from "./check-decl.ts";
import { type Check, type CheckOptions, madeCheck } from "./check-definition.ts";

/** No row has a null there. NaN is a value. */
export function notNull(column: string, options: CheckOptions = {}): Check {
  return madeCheck([column], { kind: "notNull" }, options, `not_null_${column}`);
}

/** Every value is one of these. Nulls do not count. */
export function accepted(column: string, values: readonly (string | number | boolean)[], options: CheckOptions = {}): Check {
  if (!Array.isArray(values) || values.length === 0) throw invalid("there are no values to accept", `accepted("${column}")`, 'list them: accepted("status", ["new", "paid"])');
  return madeCheck([column], { kind: "accepted", values: [...values] }, options, `accepted_${column}`);
}

/** Bounds of a range; dates and times as ISO 8601 texts. */
export interface RangeBounds {
  min?: number | string;
  max?: number | string;
  /** As `min`, and the value itself is outside. */
  above?: number | string;
  /** As `max`, and the value itself is outside. */
  below?: number | string;
}

/**
 * Every value lies between the bounds. Nulls do not count; NaN is in no range; infinities are numbers, greater or less than all others.
 * @example range("amount", { above: 0, max: 10_000 })
 */
export function range(column: string, bounds: RangeBounds, options: CheckOptions = {}): Check {
  const at = `range("${column}")`;
  checkOptions(bounds, ["min", "max", "above", "below"], at);
  const min = boundOf(bounds.min, bounds.above, "min", "above", at);
  const max = boundOf(bounds.max, bounds.below, "max", "below", at);
  if (min === undefined && max === undefined) throw invalid("the range has no bound", at, 'give one: range("amount", { min: 0 })');
  if (min && max && typeof min.value !== typeof max.value) throw invalid("one bound is a number and one a text", at, "give both as what the column is");
  if (min && max && (min.value > max.value || (min.value === max.value && (min.exclusive ?? max.exclusive)))) throw invalid("nothing lies between the bounds", at, "give a least value that is below the greatest");
  return madeCheck([column], { kind: "range", ...(min && { min }), ...(max && { max }) }, options, `range_${column}`);
}

function boundOf(inclusive: unknown, exclusive: unknown, name: string, exclusiveName: string, where: string): Bound | undefined {
  if (inclusive !== undefined && exclusive !== undefined) throw invalid(`both \`${name}\` and \`${exclusiveName}\` are there`, where, "leave one out");
  const value = inclusive ?? exclusive;
  if (value === undefined) return undefined;
  if (typeof value !== "string" && !Number.isFinite(value)) throw invalid(`a bound is ${String(value)}`, where, "give a finite number, or a date or time as a text");
  return { value: value as number | string, ...(exclusive !== undefined && { exclusive: true }) };
}

/**
 * Every value matches, somewhere in it: `^` and `$` hold it to the whole. Nulls do not count; what is no text is looked at as its text.
 * Patterns are those of RE2 and JavaScript alike: no look-around, no back references.
 * @example pattern("zip", /^\d{5}$/)
 */
export function pattern(column: string, expression: RegExp | string, options: CheckOptions = {}): Check {
  const at = `pattern("${column}")`;
  const source = expression instanceof RegExp ? expression.source : expression;
  if (expression instanceof RegExp && /[^u]/.test(expression.flags)) throw invalid(`the pattern has flags "${expression.flags}"`, at, "write it without: (?i) does not stand in both engines, [Aa] does");
  if (typeof source !== "string" || !isRegExp(source)) throw invalid("the pattern is no regular expression", at, "write it as /^\\d{5}$/");
  if (/\(\?[^:]|\\[1-9]|\\k</.test(source.replaceAll("\\\\", ""))) throw invalid("the pattern looks around or back", at, "write it without (?=…), (?<…) and \\1: they cost without bound, and engines of SQL do not have them");
  return madeCheck([column], { kind: "pattern", pattern: source }, options, `pattern_${column}`);
}

function isRegExp(source: string): boolean {
  try {
    return new RegExp(source, "u") !== undefined;
  } catch {
    return false;
  }
}

/** Every text can be read as a value of this type: `integer` as digits with a sign at most, `number` as SQL reads a double. Nulls do not count. */
export function castable(column: string, type: CastType, options: CheckOptions = {}): Check {
  if (!castTypes.includes(type)) throw invalid(`there is no type ${JSON.stringify(type)}`, `castable("${column}")`, `use one of ${castTypes.join(", ")}`);
  return madeCheck([column], { kind: "type", type }, options, `type_${column}`);
}

/** Every text has so many characters (Unicode code points), bounds included. Nulls do not count; what is no text is looked at as its text. */
export function textLength(column: string, { min, max }: { min?: number; max?: number }, options: CheckOptions = {}): Check {
  const at = `textLength("${column}")`;
  if (min === undefined && max === undefined) throw invalid("the length has no bound", at, 'give one: textLength("code", { max: 8 })');
  const rule: CheckRule = { kind: "length" };
  for (const [name, value] of [["min", min], ["max", max]] as const) if (value !== undefined) rule[name] = checkNumber(value, { name, min: 0, max: Number.MAX_SAFE_INTEGER, fallback: 0, whole: true }, at);
  if ((rule.min ?? 0) > (rule.max ?? Infinity)) throw invalid("nothing lies between the bounds", at, "give a `min` that is not above `max`");
  return madeCheck([column], rule, options, `length_${column}`);
}
