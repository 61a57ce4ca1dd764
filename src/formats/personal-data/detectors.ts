import { passesIban, passesLuhn } from "./check-digits.ts";
import { givenNames } from "./given-names.ts";
import { nationalIds } from "./national-ids.ts";

export type PersonalKind = "e-mail" | "phone" | "payment card" | "IBAN" | "IP address" | "person name" | "postal address" | "national id" | "date of birth";

/** Recognises one kind in single values; shares and confidence are worked out over all of a column. */
export interface Detector {
  kind: PersonalKind;
  /** Which one, where a kind has several. */
  detail?: string;
  /** What a column of it is often called. */
  called: RegExp;
  matches(value: string): boolean;
  /** How likely a value of a column of something else matches, 0 to 1. */
  chance: number;
  /** The values alone do not tell: without the column's name nothing is found. */
  needsName?: boolean;
  /** Columns called so are something else that looks the same. */
  unlessCalled?: RegExp;
}

const ibanLengths: Record<string, number> = { AD: 24, AT: 20, BE: 16, BG: 22, CH: 21, CY: 28, CZ: 24, DE: 22, DK: 18, EE: 20, ES: 24, FI: 18, FR: 27, GB: 22, GR: 27, HR: 21, HU: 28, IE: 22, IS: 26, IT: 27, LI: 21, LT: 20, LU: 20, LV: 21, MC: 27, MT: 31, NL: 18, NO: 15, PL: 28, PT: 25, RO: 24, SE: 24, SI: 19, SK: 24, SM: 27, TR: 26, UA: 29, AE: 23, SA: 24, IL: 23, BR: 29 };

export const detectors: Detector[] = [
  { kind: "e-mail", called: /e.?mail/i, matches: (value) => /(?:^|[\s<("'=:;,])[\w.!#$%&'*+/=?^`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9-]{0,62}\.){1,8}[A-Za-z]{2,24}(?:$|[\s>)"',;.])/.test(value), chance: 0.001 },
  { kind: "IBAN", called: /iban/i, matches: isIban, chance: 0.01 },
  { kind: "payment card", called: /card|\bpan\b|kreditkarte|carte/i, matches: isCard, chance: 0.1 },
  { kind: "IP address", called: /\bip\b|_ip|ip_|ip.?addr|client|remote/i, matches: isIp, chance: 0.02, unlessCalled: /version|release/i },
  { kind: "phone", called: /phone|mobile|\bcell|\btel|fax|handy|telefon/i, matches: isWrittenPhone, chance: 0.05, unlessCalled: /date|time|\bid\b|isbn|ssn|range/i },
  { kind: "phone", called: /phone|mobile|\bcell\b|\btel\b|telefon|fax|handy/i, matches: (value) => /^\d{7,15}$/.test(value), chance: 0.3, needsName: true },
  { kind: "postal address", called: /addr|street|stra(?:ss|ß)e|anschrift|adresse|direcci/i, matches: isStreet, chance: 0.02, unlessCalled: /e.?mail|url|\bip\b|ip.?addr|mac/i },
  { kind: "person name", called: /^(?:full|first|last|given|family|middle|sur|maiden|customer|client|person|contact|employee|author|patient|user|passenger|owner|member|candidate|vor|nach)[ _-]?name$|surname|nachname|vorname|firstname|lastname|fullname/i, matches: (value) => /^[\p{Lu}][\p{L}'’.-]*(?:,? [\p{L}][\p{L}'’.-]*){0,4}$/u.test(value), chance: 0.3, needsName: true },
  { kind: "person name", called: /\bname\b|person|author|contact/i, matches: hasGivenName, chance: 0.05, unlessCalled: /city|state|country|product|company|file|species|airport|title|county|region|place|brand|model|variety/i },
  { kind: "date of birth", called: /birth|\bdob\b|geburt|naissance|nacimiento|born/i, matches: (value) => /^(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.](?:\d{4}|\d{2}))(?:[T ].*)?$/.test(value), chance: 0.1, needsName: true },
  ...nationalIds.map(({ country, name, called, form, check, chance }): Detector => ({ kind: "national id", detail: `${country} ${name}`, called, matches: (value) => form.test(value) && (check?.(value.replace(/[\s./+-]/g, "").toUpperCase()) ?? true), chance })),
];

function isIban(value: string): boolean {
  const iban = value.replaceAll(/[ -]/g, "").toUpperCase();
  return /^[A-Z]{2}\d{2}[A-Z0-9]+$/.test(iban) && ibanLengths[iban.slice(0, 2)] === iban.length && passesIban(iban);
}

/** By the beginning and the length that the card companies have, besides the check digit. */
function isCard(value: string): boolean {
  if (!/^\d[\d -]{11,22}\d$/.test(value)) return false;
  const digits = value.replaceAll(/[ -]/g, "");
  const form = /^(?:4(?:\d{12}|\d{15}|\d{18})|(?:5[1-5]\d{2}|222[1-9]|22[3-9]\d|2[3-6]\d{2}|27[01]\d|2720)\d{12}|3[47]\d{13}|(?:6011|65\d{2}|64[4-9]\d)\d{12}|35(?:2[89]|[3-8]\d)\d{12}|3(?:0[0-5]|[68]\d)\d{11}|62\d{14})$/;
  return form.test(digits) && passesLuhn(digits);
}

function isIp(value: string): boolean {
  if (/^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)\.){3}(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)$/.test(value)) return true;
  return value.length >= 6 && value.length <= 39 && /^[0-9a-f:]+$/i.test(value) && (/^(?:[0-9a-f]{1,4}:){7}[0-9a-f]{1,4}$/i.test(value) || (/::/.test(value) && !/::.*::|:::/.test(value) && value.split(":").length <= 8));
}

/** With a plus, or with groups as telephone numbers have them; plain digits could be anything. */
function isWrittenPhone(value: string): boolean {
  const digits = value.replaceAll(/\D/g, "").length;
  if (digits < 7 || digits > 15 || /^\d{4}-\d{2}-\d{2}$|^\d{3}-\d{2}-\d{4}$/.test(value)) return false;
  return /^\+[1-9][\d ()./-]{6,20}$/.test(value) || /^\(?0?\d{2,5}\)?[ /-]\d{3,4}[ -]?\d{2,4}(?:[ -]?\d{2,4})?(?: ?(?:x|ext\.?) ?\d{1,5})?$/.test(value) && !/^\d{4} \d{4} \d{4}/.test(value) || /^0\d(?: \d{2}){4}$/.test(value);
}

function isStreet(value: string): boolean {
  return (
    /^\d{1,6}[A-Za-z]?,? (?:[NSEW]\.? )?[\p{L}\d'. -]{1,50} (?:st|street|ave|avenue|rd|road|blvd|boulevard|ln|lane|dr|drive|way|ct|court|pl|place|sq|square|ter|terrace|hwy|highway|pkwy|parkway|cir|circle)\b\.?/iu.test(value) ||
    /\p{L}(?:stra(?:ß|ss)e|str\.|weg|platz|allee|gasse|ring|damm|ufer)\s+\d{1,4}\s?[a-z]?\b/iu.test(value) ||
    /^\d{1,4}(?: ?(?:bis|ter))?,? (?:rue|avenue|av\.|boulevard|bd|place|chemin|impasse|quai) \p{L}/iu.test(value) ||
    /^(?:calle|c\/|avenida|avda\.|plaza|via|viale|piazza|corso) [\p{L} .']{2,50},? ?\d{1,4}/iu.test(value)
  );
}

function hasGivenName(value: string): boolean {
  if (value.length > 60 || !/^\p{Lu}[\p{L}'’., -]*$/u.test(value)) return false;
  const words = value.normalize("NFD").replaceAll(/\p{M}/gu, "").toLowerCase().split(/[\s,]+/);
  return words.length <= 4 && words.some((word) => givenNames.has(word));
}
