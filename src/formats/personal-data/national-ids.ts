import { passesLuhn, passesMod11Ten, weightedSum } from "./check-digits.ts";

/** A number that a state gives to a person. */
export interface NationalId {
  country: string;
  name: string;
  /** What a column of it is often called. */
  called: RegExp;
  /** Its form; blanks around it are gone. */
  form: RegExp;
  /** Whether the check digits fit; separators are gone, letters are capitals. Absent: it has none. */
  check?(text: string): boolean;
  /** How likely a text of its form, that is something else, passes. */
  chance: number;
}

const dniLetters = "TRWAGMYFPDXBNJZSQVHLCKE";

export const nationalIds: NationalId[] = [
  { country: "US", name: "social security number", called: /ssn|social.?sec/i, form: /^(?!000|666|9)\d{3}-(?!00)\d{2}-(?!0000)\d{4}$/, chance: 0.3 },
  { country: "GB", name: "national insurance number", called: /nino|national.?ins/i, form: /^(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d{2} ?\d{2} ?\d{2} ?[A-D]$/i, chance: 0.05 },
  { country: "DE", name: "Steuer-ID", called: /steuer.?id|tax.?id|idnr/i, form: /^[1-9]\d ?\d{3} ?\d{3} ?\d{3}$/, check: isSteuerId, chance: 0.02 },
  { country: "FR", name: "NIR", called: /\bnir\b|insee|s[eé]cu/i, form: /^[12]\d{2}(?:0[1-9]|1[0-2]|[2-9]\d)(?:\d{2}|2[AB])\d{6}\d{2}$/, check: isNir, chance: 0.01 },
  { country: "ES", name: "DNI or NIE", called: /\bdni\b|\bnie\b|\bnif\b/i, form: /^(?:\d{8}|[XYZ]\d{7})-?[A-Z]$/i, check: isDni, chance: 0.04 },
  { country: "IT", name: "codice fiscale", called: /cod.*fisc/i, form: /^[A-Z]{6}\d{2}[A-EHLMPRST]\d{2}[A-Z]\d{3}[A-Z]$/i, chance: 0.01 },
  { country: "NL", name: "BSN", called: /\bbsn\b|burgerservice/i, form: /^\d{9}$/, check: (digits) => weightedSum(digits, [9, 8, 7, 6, 5, 4, 3, 2, -1]) % 11 === 0, chance: 0.1 },
  { country: "PL", name: "PESEL", called: /pesel/i, form: /^\d{2}(?:[02468][1-9]|[13579][0-2])(?:0[1-9]|[12]\d|3[01])\d{5}$/, check: (digits) => weightedSum(digits, [1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1]) % 10 === 0, chance: 0.1 },
  { country: "SE", name: "personnummer", called: /person.?n(?:umme)?r/i, form: /^(?:19|20)?\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])[-+]\d{4}$/, check: (digits) => passesLuhn(digits.slice(-10)), chance: 0.1 },
  { country: "CH", name: "AHV number", called: /\bahv|\bavs\b/i, form: /^756\.?\d{4}\.?\d{4}\.?\d{2}$/, check: (digits) => weightedSum(digits, [1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1]) % 10 === 0, chance: 0.01 },
  { country: "BR", name: "CPF", called: /\bcpf\b/i, form: /^\d{3}\.\d{3}\.\d{3}-\d{2}$/, check: isCpf, chance: 0.01 },
  { country: "CA", name: "social insurance number", called: /\bsin\b|social.?ins/i, form: /^\d{3}[- ]\d{3}[- ]\d{3}$/, check: passesLuhn, chance: 0.1 },
];

/** Eleven digits of which the first ten have one digit twice or three times. */
function isSteuerId(digits: string): boolean {
  const counts = new Map<string, number>();
  for (const digit of digits.slice(0, 10)) counts.set(digit, (counts.get(digit) ?? 0) + 1);
  const repeated = [...counts.values()].filter((count) => count > 1);
  return repeated.length === 1 && repeated[0] <= 3 && passesMod11Ten(digits);
}

function isNir(text: string): boolean {
  const number = text.slice(0, 13).replace("2A", "19").replace("2B", "18");
  return 97 - Number(BigInt(number) % 97n) === Number(text.slice(13));
}

function isDni(text: string): boolean {
  const number = Number(text.slice(0, -1).replace("X", "0").replace("Y", "1").replace("Z", "2"));
  return dniLetters[number % 23] === text.at(-1);
}

function isCpf(digits: string): boolean {
  if (/^(\d)\1+$/.test(digits)) return false;
  const digit = (count: number): number => ((weightedSum(digits, Array.from({ length: count }, (_, i) => count + 1 - i)) * 10) % 11) % 10;
  return digit(9) === Number(digits[9]) && digit(10) === Number(digits[10]);
}
