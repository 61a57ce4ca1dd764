import { sqlText } from "../../../lake/duckdb.ts";
import type { Step } from "../step.ts";
import { textStep } from "../text-step.ts";
import type { TextColumn } from "./reading-step.ts";
import { nfkcSql } from "./compatibility.ts";
import { type Rewrite, rewriter, rewriteSql } from "./rewrite.ts";

export interface NormalizeOptions {
  /** `"strip"`: letters lose their accents ("é" becomes "e"; "ø", "ß" and "ł" are letters of their own and stay). Default `"keep"`. */
  accents?: "keep" | "strip";
  /**
   * Unicode's normal form. `"NFKC"` also writes characters as those that they stand for: `²` as 2, `™` as TM, `㎏` as kg, `½` as
   * 1⁄2. It cannot be undone, and suits keys and search more than what people read. Default `"NFC"`.
   */
  form?: "NFC" | "NFKC";
}

/**
 * Writes what looks alike alike: composed letters (Unicode's form NFC), straight quotes, one kind of hyphen, letters and digits
 * of full width as those of ASCII, ligatures (`ﬁ`, `ﬂ`) as their letters, `…` as three dots, spaces of all widths as a blank;
 * what cannot be seen (zero-width spaces, soft hyphens, byte order marks) goes. `²`, `™` and `½` stay, but for the form NFKC.
 *
 * @example normalize(["name", "city"], { accents: "strip" })
 */
export function normalize<T, const K extends TextColumn<T>>(columns: K | readonly K[], options: NormalizeOptions = {}): Step<T, T> {
  return { kind: "normalize", columns: [columns].flat(), ...options };
}

const rules: readonly Rewrite[] = [
  { find: "[\u00ad\u200b\u2060\ufeff]", by: "", all: true },
  { find: "[‘’‚‛′ʼ]", by: "'", all: true },
  { find: "[“”„‟″«»]", by: '"', all: true },
  { find: "[‐‑‒–—―−﹣]", by: "-", all: true },
  { find: "[\\p{Zs}]", by: " ", all: true },
  { find: "…", by: "...", all: true },
  { find: "ﬃ", by: "ffi", all: true },
  { find: "ﬄ", by: "ffl", all: true },
  { find: "ﬀ", by: "ff", all: true },
  { find: "ﬁ", by: "fi", all: true },
  { find: "ﬂ", by: "fl", all: true },
];

const ascii = String.fromCodePoint(...Array.from({ length: 94 }, (_, i) => 0x21 + i));
const wide = String.fromCodePoint(...Array.from({ length: 94 }, (_, i) => 0xff01 + i));

export const normalizeKind = textStep<{ accents: "keep" | "strip"; form: "NFC" | "NFKC" }>({
  kind: "normalize",
  costly: true,
  read: (given) => ({ accents: given.oneOf("accents", ["keep", "strip"], "keep"), form: given.oneOf("form", ["NFC", "NFKC"], "NFC") }),
  sql: (value, { accents, form }) => {
    const narrow = `translate(${rewriteSql(form === "NFKC" ? nfkcSql(value) : `nfc_normalize(${value})`, rules)}, ${sqlText(wide)}, ${sqlText(ascii)})`;
    return accents === "keep" ? narrow : `strip_accents(${narrow})`;
  },
  text: ({ accents, form }) => {
    const rewrite = rewriter(rules);
    const narrow = (text: string): string => rewrite(text.normalize(form)).replace(/[！-～]/gu, (letter) => String.fromCodePoint((letter.codePointAt(0) as number) - 0xfee0));
    return accents === "keep" ? narrow : (text) => stripAccents(narrow(text));
  },
});

/** Scripts and marks that came to Unicode with version 16 and later: the engine does not know them. */
const newer = /([\u1acf-\u1aeb\u{105c0}-\u{105ff}\u{10d40}-\u{10d8f}\u{10efa}-\u{10efc}\u{11380}-\u{113ff}\u{11b60}-\u{11b67}\u{11f5a}\u{16100}-\u{1613f}\u{1e5d0}-\u{1e5ff}\u{1e6c0}-\u{1e6ff}]+|\u0897)/u;

/** Texts without marks on their letters, as `strip_accents` of the engine has them. */
export function stripAccents(text: string): string {
  if (/^[\0-\x7f]*$/.test(text)) return text;
  return text.split(newer).map((part, i) => (i % 2 === 1 ? part : part.normalize("NFD").replace(/\p{M}/gu, "").normalize("NFC"))).join("");
}
