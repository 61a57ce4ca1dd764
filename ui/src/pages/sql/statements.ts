/** A part of a text, its end excluded. */
export interface Span {
  from: number;
  to: number;
}

const opening = /'|"|--|\/\*|;|\$([A-Za-z_\u0080-\uffff][A-Za-z0-9_\u0080-\uffff]*)?\$/g;

/** The statements of a text, each without the semicolon behind it and the blanks around it. Semicolons in quotes and comments end nothing. */
export function statementsOf(text: string): Span[] {
  const spans: Span[] = [];
  let from = 0;
  let at = 0;
  for (;;) {
    opening.lastIndex = at;
    const found = opening.exec(text);
    if (found === null) break;
    at = found[0] === ";" ? found.index + 1 : skipped(text, found);
    if (found[0] !== ";") continue;
    spans.push({ from, to: found.index });
    from = at;
  }
  return [...spans, { from, to: text.length }].map((span) => trimmed(text, span)).filter((span) => !isEmpty(text, span));
}

/** Where what was opened ends; at the end of the text where nothing ends it. */
function skipped(text: string, { 0: sign, index }: RegExpExecArray): number {
  const behind = index + sign.length;
  if (sign === "--") return endOf(text, "\n", behind);
  if (sign === "/*") return endOf(text, "*/", behind);
  if (sign.startsWith("$")) return endOf(text, sign, behind);
  // A doubled quote inside closes and opens again at once.
  return endOf(text, sign, behind);
}

function endOf(text: string, sign: string, from: number): number {
  const at = text.indexOf(sign, from);
  return at < 0 ? text.length : at + sign.length;
}

function trimmed(text: string, { from, to }: Span): Span {
  const part = text.slice(from, to);
  return { from: from + (part.length - part.trimStart().length), to: to - (part.length - part.trimEnd().length) };
}

/** Nothing but comments. */
const isEmpty = (text: string, { from, to }: Span): boolean => text.slice(from, to).replaceAll(/--[^\n]*|\/\*[\s\S]*?(\*\/|$)/g, "").trim() === "";

/** What is run: what is selected, statement by statement; else the statement at the cursor, which is the one before it where it stands between two. */
export function chosen(text: string, { from, to }: Span): Span[] {
  const all = statementsOf(text);
  if (from !== to) return statementsOf(text.slice(from, to)).map((span) => ({ from: span.from + from, to: span.to + from }));
  const at = all.find((span) => span.from <= from && from <= span.to + 1) ?? all.findLast((span) => span.to <= from) ?? all[0];
  return at === undefined ? [] : [at];
}

/** Where in a statement `line 2, column 15` is, as the server says it; undefined where it says no such place. */
export function placeIn(statement: string, where: string): number | undefined {
  const found = /line (\d+), column (\d+)/.exec(where);
  if (found === null) return undefined;
  let start = 0;
  for (let line = 1; line < Number(found[1]); line++) {
    start = statement.indexOf("\n", start) + 1;
    if (start === 0) return undefined;
  }
  return Math.min(start + Number(found[2]) - 1, statement.length);
}
