import { JinjaError } from "./jinja-error.ts";

export interface Token {
  kind: "name" | "number" | "text" | "sign" | "end";
  /** Of a text: what it says, without quotes. */
  value: string;
  at: number;
}

const form = /\s+|([A-Za-z_]\w*)|(\d+(?:_\d+)*(?:\.\d+)?(?:[eE][+-]?\d+)?)|('(?:\\[\s\S]|[^'\\])*'|"(?:\\[\s\S]|[^"\\])*")|(==|!=|<=|>=|\/\/|\*\*|[-+*/%~|.,:()[\]{}<>=])/y;

/**
 * The words of an expression or a statement.
 * @param offset - where `text` begins in its template
 * @throws JinjaError for a character that has no meaning
 */
export function tokens(text: string, offset: number): Token[] {
  const found: Token[] = [];
  form.lastIndex = 0;
  while (form.lastIndex < text.length) {
    const at = form.lastIndex;
    const match = form.exec(text);
    if (!match) throw new JinjaError(`"${text[at]}" cannot be read here`, offset + at);
    const [, name, number, quoted, sign] = match;
    if (name !== undefined) found.push({ kind: "name", value: name, at: offset + at });
    else if (number !== undefined) found.push({ kind: "number", value: number.replaceAll("_", ""), at: offset + at });
    else if (quoted !== undefined) found.push({ kind: "text", value: unquoted(quoted), at: offset + at });
    else if (sign !== undefined) found.push({ kind: "sign", value: sign, at: offset + at });
  }
  found.push({ kind: "end", value: "", at: offset + text.length });
  return found;
}

const escapes: Record<string, string> = { n: "\n", t: "\t", r: "\r", b: "\b", f: "\f", "\n": "" };

/** As Python reads a text: an escape that it does not know stays as it is written. */
function unquoted(quoted: string): string {
  return quoted.slice(1, -1).replaceAll(/\\(u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|[\s\S])/g, (whole, code: string) => {
    if (code.length > 1) return String.fromCharCode(Number.parseInt(code.slice(1), 16));
    if ("'\"\\".includes(code)) return code;
    return escapes[code] ?? whole;
  });
}
