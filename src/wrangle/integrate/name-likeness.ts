import { jaroWinkler } from "../entities/similarity/jaro-winkler.ts";

/** Words that say nothing of what a column holds. */
const idle = new Set(["the", "of", "a", "an", "in", "at", "col", "column", "field", "value", "fld"]);

/** The words of a name: `dateOfBirth`, `DATE_OF_BIRTH` and `date-of-birth` have the same. */
function nameWords(name: string): string[] {
  const parted = name.normalize("NFD").replaceAll(/\p{M}/gu, "").replaceAll(/(\p{Ll}|\p{N})(?=\p{Lu})/gu, "$1 ").replaceAll(/(\p{Lu})(?=\p{Lu}\p{Ll})/gu, "$1 ");
  const words = parted.toLowerCase().split(/[^\p{L}\p{N}]+/u).filter((word) => word !== "");
  const telling = words.filter((word) => !idle.has(word));
  return telling.length === 0 ? words : telling;
}

/**
 * How alike two names of columns are, from 0 to 1: 1 for the same words in any order, 0.9 where one is the initials of the
 * other (`dob`), else by words that are alike or abbreviate one another.
 */
export function nameLikeness(a: string, b: string): number {
  const [of, other] = [nameWords(a), nameWords(b)];
  if (of.length === 0 || other.length === 0) return 0;
  if (of.toSorted().join(" ") === other.toSorted().join(" ")) return 1;
  if (of.join("") === other.join("")) return 0.95;
  if (areInitials(a, b) || areInitials(b, a)) return 0.9;
  const [few, many] = of.length <= other.length ? [of, other] : [other, of];
  const best = few.map((word) => Math.max(...many.map((each) => wordLikeness(word, each))));
  const shared = best.reduce((sum, each) => sum + each, 0);
  // Words without a partner speak against the pair, but half: `birth_date` and `customer_birth_date`.
  return shared / (few.length + (many.length - few.length) / 2);
}

/** Initials of all words, idle ones among them: `dob`. */
function areInitials(short: string, long: string): boolean {
  const words = long.replaceAll(/(\p{Ll})(?=\p{Lu})/gu, "$1 ").toLowerCase().split(/[^\p{L}\p{N}]+/u).filter((word) => word !== "");
  return words.length > 1 && short.toLowerCase() === words.map((word) => word[0]).join("");
}

function wordLikeness(a: string, b: string): number {
  if (a === b) return 1;
  const [short, long] = a.length <= b.length ? [a, b] : [b, a];
  // `addr` for address, `qty` for quantity: the same beginning, and its letters in their order.
  if (short.length >= 2 && short[0] === long[0] && isWithin(short, long)) return 0.8;
  const alike = jaroWinkler(utf8(a), utf8(b));
  return alike >= 0.85 ? alike : 0;
}

function isWithin(short: string, long: string): boolean {
  let at = 0;
  for (const letter of long) if (letter === short[at]) at++;
  return at === short.length;
}

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
