/**
 * What a terminal or a reader's eye could take for something else: control characters of both sets, marks that change the
 * direction of text, invisible characters, halves of surrogate pairs.
 */
const unsafe = /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u115f\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]|\p{Cs}/gu;

const known: Record<string, string> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/**
 * `text` on one line, with nothing in it that a terminal would obey. Records and names may come from anybody: a record that
 * holds an escape sequence must not clear the screen of whoever looks at it.
 *
 * @example plainText("a\u001b[2Jb\n") // "a\\x1b[2Jb\\n"
 */
export function plainText(text: string): string {
  return text.replace(unsafe, escapeOf);
}

function escapeOf(char: string): string {
  const code = char.codePointAt(0) as number;
  if (known[char] !== undefined) return known[char];
  if (code <= 0xff) return `\\x${code.toString(16).padStart(2, "0")}`;
  return `\\u{${code.toString(16)}}`;
}

/** The same for text of several lines whose line breaks are meant. */
export function plainLines(text: string): string {
  return text.split("\n").map(plainText).join("\n");
}

/**
 * JSON in which those characters are escaped: the same value for a program, harmless on a terminal. JSON itself escapes only
 * the first 32.
 */
export function plainJson(value: unknown, indent?: number): string {
  const text = JSON.stringify(value, undefined, indent) ?? "null";
  return text.replace(unsafe, (char) => (char === "\n" ? char : unitsOf(char)));
}

const unitsOf = (char: string): string => Array.from({ length: char.length }, (_, i) => `\\u${char.charCodeAt(i).toString(16).padStart(4, "0")}`).join("");
