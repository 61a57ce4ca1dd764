import { unfit } from "../../nested/wrangle-error.ts";
import { space } from "../white-space.ts";
import { type Locale, monthNames } from "./locales.ts";
import type { Rewrite } from "./rewrite.ts";

/*
 * Dates and times as people write them, by formats in the tokens of Unicode (UTS 35), as far as listed here. A format
 * becomes rules that write its texts as `YYYY-MM-DD HH:MM:SS.ffffff+HH:MM`; whether the calendar has that day is found out later.
 */

/** A part of a date or time: the token that names it, its pattern in groups, and which part of the result each group is. */
interface Token {
  pattern: string;
  part?: Part;
}

type Part = "year" | "shortYear" | "month" | "day" | "hour" | "half" | "minute" | "second" | "fraction" | "offset";

const digits12 = "([0-9]{1,2})";
const tokens: Readonly<Record<string, Token>> = {
  yyyy: { pattern: "([1-9][0-9]{3}|0[1-9][0-9]{2}|00[1-9][0-9]|000[1-9])", part: "year" },
  yy: { pattern: "([0-9]{2})", part: "shortYear" },
  MMMM: { pattern: "[{]([0-9]{2})[}]", part: "month" },
  MMM: { pattern: "[{]([0-9]{2})[}]", part: "month" },
  MM: { pattern: "([0-9]{2})", part: "month" },
  M: { pattern: digits12, part: "month" },
  do: { pattern: `${digits12}(?:st|nd|rd|th|er|e|[.ºª])`, part: "day" },
  dd: { pattern: "([0-9]{2})", part: "day" },
  d: { pattern: digits12, part: "day" },
  EEEE: { pattern: "(?:\\p{L}+[.]?|[{][0-9]{2}[}])" },
  EEE: { pattern: "(?:\\p{L}+[.]?|[{][0-9]{2}[}])" },
  HH: { pattern: "([01][0-9]|2[0-3])", part: "hour" },
  H: { pattern: "([01]?[0-9]|2[0-3])", part: "hour" },
  hh: { pattern: "(0[1-9]|1[0-2])", part: "hour" },
  h: { pattern: "(0?[1-9]|1[0-2])", part: "hour" },
  a: { pattern: "([ap])[.]?m[.]?", part: "half" },
  mm: { pattern: "([0-5][0-9])", part: "minute" },
  ss: { pattern: "([0-5][0-9])", part: "second" },
  SSS: { pattern: "([0-9]{1,6})[0-9]{0,3}", part: "fraction" },
  XXX: { pattern: "(z|[+-](?:0[0-9]|1[0-4]):?[0-5][0-9])", part: "offset" },
};
const tokenForm = new RegExp(`'((?:[^']|'')*)'|${Object.keys(tokens).join("|")}|[\\s\\S]`, "gu");

export interface DateFormat {
  /** As it is written, for people. */
  format: string;
  /** Rules for a text that `preparation` has made ready. Empty where it does not fit. */
  rules: readonly Rewrite[];
  hasNames: boolean;
  hasOffset: boolean;
}

/**
 * @param pivot - years of two digits from it on are of the 20th century, those below of the 21st
 * @throws MillraceError `MR-WRANGLE-001` for a format that names no year, a day without its month, a time without its day, or a part twice, or letters that are no token
 */
export function readDateFormat(format: string, { pivot, time }: { pivot?: number; time: boolean }): DateFormat {
  const where = `format ${JSON.stringify(format)}`;
  const parts: Part[] = [];
  const pattern: string[] = [];
  for (const [piece, quoted] of format.matchAll(tokenForm)) {
    const token = Object.hasOwn(tokens, piece) ? tokens[piece] : undefined;
    if (token === undefined && quoted === undefined && /\p{L}/u.test(piece)) throw unfit(`${JSON.stringify(piece)} is no part of a date`, where, `use ${Object.keys(tokens).join(", ")}, and 'quotes' around letters that stand for themselves`);
    if (token?.part !== undefined) parts.push(token.part);
    pattern.push(token?.pattern ?? literal(quoted ?? piece));
  }
  checkParts(parts, where, time, pivot);
  const at = (part: Part, otherwise: string): string => (parts.includes(part) ? `\\${parts.indexOf(part) + 1}` : otherwise);
  const day = `${parts.includes("year") ? at("year", "") : `~${at("shortYear", "")}`}-0${at("month", "1")}-0${at("day", "1")}`;
  const clock = ` 0${at("hour", "0")}:${at("minute", "00")}:${at("second", "00")}.${at("fraction", "0")}${at("half", "")}${at("offset", "")}`;
  const rules: Rewrite[] = [
    { keep: pattern.join("") },
    { find: `^${pattern.join("")}$`, by: `${day}${time ? clock : ""}` },
    ...(parts.includes("offset") ? [{ find: "z$", by: "+00:00" }, { find: "([+-][0-9]{2})([0-9]{2})$", by: "\\1:\\2" }] : []),
    { find: "([- ])0([0-9]{2})", by: "\\1\\2", all: true },
    ...(parts.includes("shortYear") ? centuryRules(pivot as number) : []),
    ...(parts.includes("half") ? halfRules : []),
  ];
  return { format, rules, hasNames: /MMM/.test(format), hasOffset: parts.includes("offset") };
}

/** What is done to a text before it is held against formats, whose literals are small too. It is to be in lower case. */
export function preparation(locale: Locale, withNames: boolean): Rewrite[] {
  const names = monthNames[locale].map((month, i): Rewrite => {
    const longestFirst = [...month].sort((a, b) => b.length - a.length);
    return { find: `(^|[^\\p{L}])(?:${longestFirst.join("|")})[.]?($|[^\\p{L}])`, by: `\\1{${String(i + 1).padStart(2, "0")}}\\2`, all: true };
  });
  return [{ find: `^[${space}]+|[${space}]+$`, by: "", all: true }, { find: `[${space}]+`, by: " ", all: true }, { find: "[{}]", by: "?", all: true }, ...(withNames ? names : [])];
}

const literal = (text: string): string => text.replaceAll("''", "'").toLowerCase().replace(/\s+/gu, " ").replace(/[^\p{L}\p{N} ]/gu, (sign) => (/[\\^\]]/.test(sign) ? `\\${sign}` : `[${sign}]`));

function checkParts(parts: readonly Part[], where: string, time: boolean, pivot: number | undefined): void {
  const twice = parts.find((part, i) => parts.indexOf(part) < i);
  if (twice !== undefined) throw unfit(`it has the ${twice} twice`, where, "leave one out");
  const [month, day] = [parts.includes("month"), parts.includes("day")];
  if (parts.includes("year") === parts.includes("shortYear") || (day && !month) || (time && !day)) throw unfit("it does not name one day", where, `name the year, the month and the day: yyyy-MM-dd${time ? "" : "; the year alone, or with the month, stands for its first day"}`);
  if (parts.includes("shortYear") && pivot === undefined) throw unfit("its years have two digits, and nothing says of which century they are", where, "give pivot: 30 for 2000 to 2029 and 1930 to 1999, or what is right here");
  if (!time && parts.some((part) => ["hour", "half", "minute", "second", "fraction", "offset"].includes(part))) throw unfit("it has a time in it", where, "use parseTimestamp");
}

function centuryRules(pivot: number): Rewrite[] {
  const below = Array.from({ length: pivot }, (_, year) => String(year).padStart(2, "0"));
  return [...(below.length === 0 ? [] : [{ find: `^~(${below.join("|")})-`, by: "20\\1-" }]), { find: "^~([0-9]{2})-", by: "19\\1-" }];
}

/** 12 am is 0, 1 pm is 13. */
const halfRules: readonly Rewrite[] = [
  { find: " 12(:.*)a", by: " 00\\1" },
  { find: " 12(:.*)p", by: " 12\\1" },
  { find: "(.*)a", by: "\\1" },
  ...Array.from({ length: 11 }, (_, i) => ({ find: ` ${String(i + 1).padStart(2, "0")}(:.*)p`, by: ` ${i + 13}\\1` })),
];
