import { lookOf } from "../states/personal-values.ts";
import { textKind } from "../../formats/text-value.ts";
import { dateSpelling } from "./date-spelling.ts";
import { isDummyText } from "./dummy-values.ts";
import type { Meaning } from "./profile.ts";
import { shareOf, type TextSample } from "./text-sample.ts";

const shareMin = 0.9;

/** Numbers as people write them: signs, thousands, a point or a comma, a unit of money or per cent. */
export const writtenNumber = /^[+-]?(?:[$€£¥]\s?)?(?:\d{1,3}(?:[,. '’]\d{3})+|\d+)(?:[.,]\d+)?(?:[eE][+-]?\d{1,3})?\s?(?:%|[$€£¥])?$/;
const url = /^[a-z][a-z0-9+.-]{1,20}:\/\/[^\s/]+/i;
const host = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.){1,8}[a-z]{2,24}$/i;
const json = /^\s*[[{][\s\S]*[\]}]\s*$/;

interface Recogniser {
  kind: string;
  matches(text: string): boolean;
  /** Short words match by chance: fewer different texts prove nothing. */
  textsMin?: number;
}

const recognisers: Recogniser[] = [
  { kind: "uuid", matches: (text) => textKind(text) === "uuid" },
  { kind: "url", matches: (text) => url.test(text) },
  { kind: "host name", matches: (text) => host.test(text), textsMin: 3 },
  { kind: "boolean in text", matches: (text) => booleanWords.has(text.toLowerCase()) },
  { kind: "number in text", matches: (text) => writtenNumber.test(text) },
  { kind: "date in text", matches: (text) => dateSpelling(text) !== undefined },
  { kind: "json", matches: (text) => json.test(text) && isJson(text) },
  { kind: "country", matches: (text) => countries().has(text.toUpperCase()), textsMin: 5 },
  { kind: "currency", matches: (text) => currencies().has(text), textsMin: 3 },
];

export const booleanWords: ReadonlySet<string> = new Set(["true", "false", "yes", "no", "y", "n", "t", "f", "on", "off"]);

/** What the texts of a column are, by nine of ten of them; empty ones and such as `N/A` do not count. */
export function meaningOf(name: string, sample: TextSample): Meaning | null {
  const filled = { ...sample, texts: sample.texts.map(([text, count]): [string, number] => [text.trim(), count]).filter(([text]) => text !== "" && !isDummyText(text)) };
  if (filled.texts.length === 0) return null;
  const personal = lookOf(name, filled.texts.map(([text]) => text));
  if (personal !== undefined) return personal;
  for (const { kind, matches, textsMin = 1 } of recognisers) {
    const share = filled.texts.length < textsMin ? 0 : shareOf(filled, matches);
    if (share >= shareMin) return { kind, share };
  }
  return null;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

let countryNames: Set<string> | undefined;

/** Codes of two letters and English names, as this system knows them. */
function countries(): Set<string> {
  if (countryNames) return countryNames;
  const names = new Intl.DisplayNames(["en"], { type: "region", fallback: "none" });
  const letters = Array.from({ length: 26 }, (_, i) => String.fromCharCode(65 + i));
  const codes = letters.flatMap((a) => letters.map((b) => a + b));
  countryNames = new Set(codes.flatMap((code) => (names.of(code) === undefined ? [] : [code, (names.of(code) as string).toUpperCase()])));
  return countryNames;
}

let currencyCodes: Set<string> | undefined;
const currencies = (): Set<string> => (currencyCodes ??= new Set(Intl.supportedValuesOf("currency")));
