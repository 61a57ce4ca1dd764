/** Texts in quotes with and without backslashes, names in quotes, comments, texts between dollars. */
const tokens = /(?<![\w$])[eE]'(?:\\[\s\S]|''|[^'\\])*'|'(?:''|[^'])*'|"(?:""|[^"])*"|--[^\n]*|\/\*[\s\S]*?\*\/|\$(\w*)\$[\s\S]*?\$\1\$/g;
/** What begins or ends one of these, where no whole one is found. */
const stray = /['"$]|\/\*|\*\//;
/** No statement holds it. */
const place = "\0";

/**
 * Whether one of the places of a statement, into which values are put, stands inside of quotes or a comment. A literal there
 * would end the quotes with its own, and what is in it would be read as SQL. In doubt the answer is yes.
 *
 * @param parts - the statement's text between the places
 */
export function hasQuotedPlace(parts: readonly string[]): boolean {
  if (parts.length < 2) return false;
  if (parts.some((part) => part.includes(place))) return true;
  return stray.test(parts.join(place).replace(tokens, (token) => (token.includes(place) ? "'" : " ")));
}

/** A statement without comments, and with one space where there was any: two that are alike mean the same. */
export function plainSql(text: string): string {
  let plain = "";
  let at = 0;
  for (const token of text.matchAll(tokens)) {
    const isComment = token[0].startsWith("--") || token[0].startsWith("/*");
    plain += text.slice(at, token.index).replaceAll(/\s+/g, " ") + (isComment ? " " : token[0]);
    at = token.index + token[0].length;
  }
  // Where a comment stood between spaces there are several now; inside of quotes they are the author's.
  return (plain + text.slice(at).replaceAll(/\s+/g, " ")).trim();
}
