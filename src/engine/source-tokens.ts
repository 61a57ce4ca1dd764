export interface Token {
  /** `template`: a piece of text of a template; what stands in `${…}` comes as tokens of its own. */
  kind: "name" | "number" | "text" | "template" | "mark";
  text: string;
}

const space = /(?:\s|\/\/[^\n\r\u2028\u2029]*|\/\*[^]*?\*\/)+/y;
const name = /[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*/uy;
const number = /(?:0[xXbBoO][\da-fA-F_]+|(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:[eE][+-]?\d[\d_]*)?)n?/y;
const text = /"(?:[^"\\\n]|\\[^])*"|'(?:[^'\\\n]|\\[^])*'/y;
const template = /(?:[^`\\$]|\\[^]|\$(?!\{))*(?:`|\$\{)/y;
const mark = />>>=|\.\.\.|===|!==|\*\*=|<<=|>>=|>>>|&&=|\|\|=|\?\?=|=>|==|!=|<=|>=|&&|\|\||\?\?|\?\.(?!\d)|\+\+|--|\+=|-=|\*=|\/=|%=|&=|\|=|\^=|<<|>>|\*\*|[{}()[\].;,<>+\-*/%&|^!~?:=]/y;

/** After one of these, a slash begins a regular expression. */
const keywords = new Set(["return", "typeof", "instanceof", "in", "of", "new", "delete", "void", "throw", "case", "do", "else", "yield", "await"]);

/**
 * JavaScript source in tokens, without spaces and comments. Undefined where it cannot be told for certain, as with a
 * slash that may divide or begin a regular expression.
 */
export function tokens(source: string): Token[] | undefined {
  const found: Token[] = [];
  /** For each brace that is open: whether it is that of a `${`. */
  const braces: boolean[] = [];
  let at = 0;
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    const [match] = pattern.exec(source) ?? [];
    at += match?.length ?? 0;
    return match;
  };
  const takeTemplate = (): boolean => {
    const piece = take(template);
    if (piece === undefined) return false;
    found.push({ kind: "template", text: piece });
    if (piece.endsWith("${")) {
      braces.push(true);
      found.push({ kind: "mark", text: "${" });
    }
    return true;
  };
  while (at < source.length) {
    if (take(space) !== undefined) continue;
    let match: string | undefined;
    if (source[at] === "`") {
      at++;
      if (!takeTemplate()) return undefined;
    } else if ((match = take(name)) !== undefined) found.push({ kind: "name", text: match });
    else if ((match = take(number)) !== undefined) found.push({ kind: "number", text: match });
    else if ((match = take(text)) !== undefined) found.push({ kind: "text", text: match });
    else if (source[at] === "/" && !divides(found.at(-1))) return undefined;
    else if ((match = take(mark)) !== undefined) {
      found.push({ kind: "mark", text: match });
      if (match === "{") braces.push(false);
      if (match === "}" && braces.pop() === true && !takeTemplate()) return undefined;
    } else return undefined;
  }
  return found;
}

function divides(before: Token | undefined): boolean {
  return before?.kind === "number" || before?.text === "]" || (before?.kind === "name" && !keywords.has(before.text));
}
