import { textKind } from "../text-value.ts";

type Cells = readonly (string | null)[];

const nameLengthMax = 150;

/**
 * Whether the first row holds the names of the columns. Glue asks for a column of numbers below; here each column votes:
 * a text above numbers or dates, a text that is unlike all that stand below it in length and in the kind of its letters, or a
 * word that headers have. An all-text table can have a header too.
 *
 * @param rows - the rows after the first; the first thousand do
 */
export function hasHeader(first: Cells, rows: readonly Cells[]): boolean {
  const plain = first.filter((name) => name !== null);
  // The column of row numbers that some programs write has no name.
  if (plain.length === 0 || plain.length < first.length * 0.6 || plain.some((name) => name.length > nameLengthMax)) return false;
  if (new Set(plain).size < plain.length * 0.6) return false;
  const typed = plain.filter((name) => isTyped(name));
  if (typed.length > 0 && !isSeries(plain)) return false;
  if (rows.length === 0) return typed.length === 0 && plain.every(isNameLike);
  const votes = first.map((name, i) => (name === null ? 0 : vote(name, rows.map((cells) => cells[i] ?? null))));
  return votes.reduce((a, b) => a + b, 0) > 0;
}

function isTyped(text: string): boolean {
  return textKind(text.trim()) !== "string";
}

/** Years or months as names of columns, as wide tables have them: `country, 1960, 1961, …`. */
function isSeries(names: readonly string[]): boolean {
  const numbers = names.filter(isTyped);
  if (isTyped(names[0]) || numbers.length < 3) return false;
  const values = numbers.map((text) => (textKind(text) === "long" ? Number(text) : Date.parse(text)));
  const step = values[1] - values[0];
  return values.every((value, i) => i === 0 || (value > values[i - 1] && value - values[i - 1] < step * 1.5));
}

function vote(name: string, column: (string | null)[]): number {
  const values = column.filter((value) => value !== null);
  if (values.length === 0) return 0;
  if (values.includes(name)) return values.length > 50 || values.filter((value) => value === name).length > 1 ? -1 : -0.5;
  const typed = values.filter(isTyped).length;
  if (typed >= values.length * 0.8) return isTyped(name) ? 0 : 2;
  if (usual.has(name.trim().toLowerCase().replaceAll(/[\s-]+/g, "_"))) return 1;
  if (/^[a-z]+(_[a-z0-9]+)+$|^[a-z]+([A-Z][a-z0-9]*)+$/.test(name) && !values.some((value) => /^[a-z]+(_[a-z0-9]+)+$|^[a-z]+([A-Z][a-z0-9]*)+$/.test(value))) return 1;
  return isUnlike(name, values) ? 0.5 : 0;
}

function isUnlike(name: string, values: readonly string[]): boolean {
  const shape = shapeOf(name);
  if (values.length >= 3 && values.every((value) => shapeOf(value) !== shape)) return true;
  const lengths = values.map((value) => value.length);
  const [least, most] = [lengths.reduce((a, b) => Math.min(a, b)), lengths.reduce((a, b) => Math.max(a, b))];
  return values.length >= 5 && (name.length < least - 2 || name.length > most + 2);
}

/** Which kinds of characters a text has. */
function shapeOf(text: string): string {
  return `${/\p{Lu}/u.test(text) ? "A" : ""}${/\p{Ll}/u.test(text) ? "a" : ""}${/\d/.test(text) ? "0" : ""}${/\s/.test(text) ? " " : ""}${/[^\p{L}\d\s]/u.test(text) ? "." : ""}`;
}

function isNameLike(text: string): boolean {
  return /^[\p{L}_#][\p{L}\p{N}_ .:/()%#$&+-]*$/u.test(text.trim());
}

/** Words at the top of columns everywhere. */
const usual = new Set(
  "id key uuid code name first_name last_name surname full_name title label type kind category class group status state country city street address zip zipcode zip_code postcode postal_code phone email e_mail url website date day month year time timestamp datetime created updated created_at updated_at start end price amount total count quantity qty value rate unit currency description comment comments notes note text message subject region location latitude longitude lat lon lng gender sex age species origin destination source target user username user_id customer customer_id product product_id order order_id person symbol".split(" "),
);
