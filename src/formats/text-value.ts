/** What a text can be read as, by itself. Only forms that mean one thing in every country count: ISO dates, points in numbers. */
export type TextKind = "boolean" | "long" | "double" | "decimal" | "date" | "time" | "timestamp" | "timestamptz" | "uuid" | "string";

const wholePattern = /^-?(?:0|[1-9]\d{0,18})$/;
const numberPattern = /^-?(?:(?:0|[1-9]\d*)(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?$/;
const datePattern = /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])$/;
const timePattern = /^(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,6}0{0,3})?$/;
const timestampPattern = /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])[T ](?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,6}0{0,3})?)?(Z|[+-](?:0\d|1[0-5])(?::?[0-5]\d)?)?$/;
const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const specialNumbers = new Set(["NaN", "nan", "inf", "-inf", "Infinity", "-Infinity"]);

/** Leading zeros, plus signs, thousands and more than 64 bits stay text: they are what identifiers and telephone numbers have. */
export function textKind(text: string): TextKind {
  const first = text.charCodeAt(0);
  // Digits, minus, point: what numbers and dates begin with.
  if ((first >= 48 && first <= 57) || first === 45 || first === 46) return numericKind(text);
  if (text.length === 36 && uuidPattern.test(text)) return "uuid";
  if (text.length <= 5 && (first === 116 || first === 84 || first === 102 || first === 70) && /^(?:true|false)$/i.test(text)) return "boolean";
  return specialNumbers.has(text) ? "double" : "string";
}

function numericKind(text: string): TextKind {
  if (text.length < 20 && wholePattern.test(text)) return text.length < 19 ? (text === "-0" ? "double" : "long") : wholeKind(text);
  if (numberPattern.test(text)) return fractionKind(text);
  if (text.length === 10 && datePattern.test(text)) return isDay(text) ? "date" : "string";
  if (text.length >= 16 && text.length <= 36 && text[4] === "-") {
    const match = timestampPattern.exec(text);
    if (match && isDay(text)) return match[1] === undefined ? "timestamp" : "timestamptz";
  }
  if (timePattern.test(text)) return "time";
  if (text.length === 36 && uuidPattern.test(text)) return "uuid";
  return specialNumbers.has(text) ? "double" : "string";
}

const longMin = -(2n ** 63n);
const longMax = 2n ** 63n - 1n;

function wholeKind(text: string): TextKind {
  const value = BigInt(text);
  return value >= longMin && value <= longMax ? "long" : "string";
}

/** Most digits of a decimal. */
export const decimalDigitsMax = 38;

/** A double where it keeps all digits: what every language prints of a double is read back as the same double. */
function fractionKind(text: string): TextKind {
  if (text.length <= 15) return "double";
  const digits = digitsOf(text);
  // More than 64 bits without a point.
  if (!digits.hasPoint && !digits.hasExponent) return "string";
  const value = Number(text);
  if (!Number.isFinite(value)) return "string";
  if (digits.hasExponent || digits.significant <= 15) return "double";
  if (digits.significant <= 17 && digitsOf(String(value)).mantissa === digits.mantissa) return "double";
  return digits.whole + digits.scale <= decimalDigitsMax ? "decimal" : "string";
}

export interface Digits {
  /** Digits before the point, without leading zeros. */
  whole: number;
  /** Digits after the point, as written. */
  scale: number;
  significant: number;
  /** All digits that count, without point and zeros at either end. */
  mantissa: string;
  hasPoint: boolean;
  hasExponent: boolean;
}

/** @param text - a number, as `numberPattern` has it */
export function digitsOf(text: string): Digits {
  const [, whole, fraction, exponent] = /^-?(\d*)(\.\d*)?([eE].*)?$/.exec(text) as unknown as (string | undefined)[];
  const digits = `${whole}${fraction?.slice(1) ?? ""}`.replace(/^0+/, "");
  return {
    whole: (whole ?? "").replace(/^0+/, "").length,
    scale: Math.max(0, (fraction?.length ?? 0) - 1),
    significant: digits.length,
    mantissa: digits.replace(/0+$/, ""),
    hasPoint: fraction !== undefined,
    hasExponent: exponent !== undefined,
  };
}

const daysOf = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** Whether the calendar has the day that the text begins with; the form is certain already. Year 0 is none. */
function isDay(text: string): boolean {
  const year = Number(text.slice(0, 4));
  const month = Number(text.slice(5, 7));
  const leap = month === 2 && year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return year > 0 && Number(text.slice(8, 10)) <= daysOf[month - 1] + (leap ? 1 : 0);
}
