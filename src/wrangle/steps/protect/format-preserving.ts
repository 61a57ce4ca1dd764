import { unfit } from "../../nested/wrangle-error.ts";
import type { ColumnsOf } from "../column-types.ts";
import type { Step } from "../step.ts";
import { ff1 } from "./ff1.ts";
import { type KeyOption, keyPlace } from "./keys.ts";
import { keyedStep } from "./keyed-step.ts";

export interface FormatPreservingOptions extends KeyOption {
  /** The characters that are replaced, and by which; 2 to 1,000, none twice. All others stay where they are. Default: the ten digits. */
  alphabet?: string;
  /** Turns encrypted texts back. Default false. */
  reverse?: boolean;
}

/** Below so many possible texts all can be tried (SP 800-38G, revision 1). */
const domainMin = 1_000_000;
const charactersMax = 1_000;

/**
 * Texts become texts of the same form: a card number another card number, with its blanks and hyphens where they were. FF1 of
 * NIST SP 800-38G with AES-256; who has the key can turn it back. The same text becomes the same.
 *
 * A row is rejected whose text has too few characters of the alphabet to hide anything (less than 1,000,000 possible
 * texts: six digits), or more than 1,000. In memory and on streams
 * alone: the engine has no AES.
 * @example formatPreserving("card_number", { key: secret("cards-key") })
 * @throws MillraceError `MR-WRANGLE-001` for a key that is written in clear
 */
export function formatPreserving<T, const K extends ColumnsOf<T, string>>(columns: K | readonly K[], { key, ...options }: FormatPreservingOptions): Step<T, T> {
  return { kind: "formatPreserving", columns: [columns].flat(), key: keyPlace(key, "formatPreserving"), ...options };
}

export const formatPreservingKind = keyedStep({
  kind: "formatPreserving",
  keyBytes: 32,
  read: (given) => {
    const alphabet = Array.from(given.text("alphabet", "0123456789"));
    if (alphabet.length < 2 || alphabet.length > 1_000 || new Set(alphabet).size < alphabet.length) throw unfit("the alphabet has less than 2 or more than 1,000 characters, or one twice", "formatPreserving", "write each character once");
    return { alphabet, reverse: given.flag("reverse") };
  },
  text: (key, { alphabet, reverse }) => {
    const { encrypt, decrypt } = ff1(key, alphabet.length);
    const numeralOf = new Map(alphabet.map((character, i) => [character, i]));
    const countMin = Math.ceil(Math.log(domainMin) / Math.log(alphabet.length) - 1e-9);
    return (value) => {
      const characters = Array.from(value);
      const places = characters.flatMap((character, i) => (numeralOf.has(character) ? [i] : []));
      if (places.length < countMin || characters.length > charactersMax) return undefined;
      const numerals = places.map((i) => numeralOf.get(characters[i]) as number);
      for (const [at, numeral] of (reverse ? decrypt : encrypt)(numerals, Buffer.alloc(0)).entries()) characters[places[at]] = alphabet[numeral];
      return characters.join("");
    };
  },
  reason: (column) => `${JSON.stringify(column)} has too few characters of the alphabet, or too many, to be hidden`,
});
