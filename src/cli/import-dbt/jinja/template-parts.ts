import { JinjaError } from "./jinja-error.ts";

/** A piece of a template, as its delimiters cut it. */
export interface TemplatePart {
  kind: "text" | "output" | "statement" | "comment";
  /** Without delimiters and their signs for whitespace. */
  text: string;
  /** Where `text` begins in the template. */
  at: number;
}

const opening = /\{\{|\{%|\{#/g;
const closings = { "{{": "}}", "{%": "%}", "{#": "#}" } as const;
const kinds = { "{{": "output", "{%": "statement", "{#": "comment" } as const;

/**
 * Cuts a template into text and what stands between delimiters, with whitespace taken where `-` says so, as Jinja does it
 * without `trim_blocks` and `lstrip_blocks`, which dbt leaves off.
 *
 * @throws JinjaError for a delimiter that is not closed
 */
export function templateParts(template: string): TemplatePart[] {
  const parts: TemplatePart[] = [];
  let at = 0;
  let trimNext = false;
  const addText = (end: number, trimEnd: boolean): void => {
    let text = template.slice(at, end);
    let start = at;
    if (trimNext) [text, start] = [text.trimStart(), start + text.length - text.trimStart().length];
    if (trimEnd) text = text.trimEnd();
    if (text !== "") parts.push({ kind: "text", text, at: start });
  };
  for (let open = openAfter(template, 0); open; open = openAfter(template, at)) {
    const sign = open[0] as keyof typeof closings;
    const inner = open.index + 2;
    addText(open.index, template[inner] === "-");
    const end = closingOf(template, sign, inner);
    trimNext = end > inner && template[end - 1] === "-";
    const part = partOf(template, kinds[sign], inner, end);
    at = end + 2;
    if (part.kind === "statement" && part.text.trim() === "raw") {
      const raw = rawText(template, at, open.index);
      parts.push({ kind: "text", text: trimNext ? raw.text.trimStart() : raw.text, at });
      [at, trimNext] = [raw.end, raw.trimNext];
    } else parts.push(part);
  }
  addText(template.length, false);
  return parts;
}

function openAfter(template: string, from: number): RegExpExecArray | null {
  opening.lastIndex = from;
  return opening.exec(template);
}

/** Without the signs that say what becomes of the whitespace beside it. */
function partOf(template: string, kind: TemplatePart["kind"], from: number, end: number): TemplatePart {
  const start = from < end && /[-+]/.test(template[from]) ? from + 1 : from;
  const stop = start < end && /[-+]/.test(template[end - 1]) ? end - 1 : end;
  return { kind, text: template.slice(start, stop), at: start };
}

/** Texts in quotes may hold delimiters; comments have no quotes. */
function closingOf(template: string, sign: keyof typeof closings, from: number): number {
  const closing = closings[sign];
  const token = sign === "{#" ? /#\}/g : sign === "{%" ? /'(?:\\[\s\S]|[^'\\])*'|"(?:\\[\s\S]|[^"\\])*"|%\}/g : /'(?:\\[\s\S]|[^'\\])*'|"(?:\\[\s\S]|[^"\\])*"|[{}]/g;
  token.lastIndex = from;
  let depth = 0;
  for (let match = token.exec(template); match; match = token.exec(template)) {
    if (match[0] === closing) return match.index;
    if (match[0] === "{") depth++;
    else if (match[0] === "}") {
      if (depth === 0 && template[match.index + 1] === "}") return match.index;
      depth--;
    }
  }
  throw new JinjaError(`"${sign}" is not closed by "${closing}"`, from - 2);
}

function rawText(template: string, from: number, open: number): { text: string; end: number; trimNext: boolean } {
  const close = /\{%([-+]?)\s*endraw\s*([-+]?)%\}/g;
  close.lastIndex = from;
  const match = close.exec(template);
  if (!match) throw new JinjaError("{% raw %} has no {% endraw %}", open);
  const text = template.slice(from, match.index);
  return { text: match[1] === "-" ? text.trimEnd() : text, end: close.lastIndex, trimNext: match[2] === "-" };
}
