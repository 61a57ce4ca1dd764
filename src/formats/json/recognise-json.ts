import { MillraceError } from "../../errors.ts";
import { damaged } from "../damage.ts";
import type { JsonFormat } from "../file-format.ts";
import type { RawRow } from "../raw-row.ts";
import type { RecognisedFormat, TextFile } from "../recognise-format.ts";
import { takeSample } from "../sample.ts";
import { jsonParser } from "./json-parser.ts";

/**
 * JSON begins with a bracket. It is lines where each line is a value of its own; an array where it begins as one; else a
 * document, which is looked at as a whole.
 */
export async function recogniseJson(file: TextFile): Promise<RecognisedFormat | undefined> {
  const { text } = file.sample;
  const first = /^\s*([[{])/.exec(text)?.[1];
  if (first === undefined) return undefined;
  return asLines(file) ?? (first === "[" ? asArray(file) : await asDocument(file));
}

function asLines({ source, sample: { text, whole, encoding, compression }, rules }: TextFile): RecognisedFormat | undefined {
  const format = formatOf("lines", [], encoding);
  const parser = jsonParser(format, rules.limits, source.name, false);
  const head = text.slice(0, 256 << 10);
  const rows = parser.push(head);
  if (whole && head.length === text.length) rows.push(...parser.end());
  const good = rows.filter(({ fault }) => fault === undefined);
  // One whole value in one line may be a document as well: the name decides.
  const sure = good.length >= 2 || (good.length === 1 && (!whole || /\.(jsonl|ndjson)\b/i.test(source.name)));
  // A document over several lines has lines that happen to be values: `{}`, `[1, 2],`. The first line tells.
  if (!sure || rows[0].fault !== undefined || good.length < rows.length * 0.5) return undefined;
  return { format: { ...format, records: recordsOf(good), compression }, certainty: good.length / rows.length, evidence: [`${good.length} of ${rows.length} lines are JSON values by themselves`], warnings: [] };
}

function asArray({ source, sample: { text, whole, encoding, compression }, rules }: TextFile): RecognisedFormat | undefined {
  const format = formatOf("array", [], encoding);
  const likely = /^\s*\[\s*(?:\{\s*(?:"|\})|\[|"|\]|-?\d|true|false|null)/.test(text);
  try {
    const parser = jsonParser(format, rules.limits, source.name, false);
    const rows = parser.push(text);
    if (whole) rows.push(...parser.end());
    const good = rows.filter(({ fault }) => fault === undefined);
    if (good.length === 0 && rows.length > 0) {
      if (/^\s*\[\s*[[{]/.test(text)) return { format: { ...format, compression }, certainty: 0.5, evidence: ["it begins as an array"], warnings: [] };
      return undefined;
    }
    if (good.length < rows.length * 0.5) return undefined;
    return { format: { ...format, records: recordsOf(good), compression }, certainty: 1, evidence: [`an array of JSON values, ${good.length} in the sample`], warnings: [] };
  } catch (error) {
    if (likely && error instanceof MillraceError) throw error;
    return undefined;
  }
}

async function asDocument(file: TextFile): Promise<RecognisedFormat | undefined> {
  const { source, sample, rules } = file;
  const { encoding, compression } = sample;
  if (!/^\s*\{\s*(?:"|\})/.test(sample.text)) return undefined;
  const all = sample.whole ? sample : await takeSample(source, rules.limits, rules.limits.recordBytesMax);
  if (all.text === undefined) return undefined;
  // Larger than a record may be: only by its records can it be read.
  if (!all.whole) return { ...byLargest(file, all.text), sample: all };
  const parser = jsonParser(formatOf("document", [], encoding), rules.limits, source.name, false);
  const [row] = [...parser.push(all.text), ...parser.end()];
  const recordPaths = arraysOf(row.value, []).sort((a, b) => b.records - a.records);
  const path = rules.documents === "records" && recordPaths.length > 0 ? recordPaths[0].path : [];
  const evidence = ["one JSON document", ...(path.length > 0 ? [`its records are ${JSON.stringify(path.join("."))}`] : [])];
  return { format: { ...formatOf("document", path, encoding), compression }, certainty: 1, evidence, warnings: [], recordPaths, sample: all };
}

function byLargest({ source, sample: { encoding, compression }, rules }: TextFile, text: string): RecognisedFormat {
  for (const [, key] of text.matchAll(/"((?:[^"\\]|\\.){1,100})"\s*:\s*\[\s*\{/g)) {
    const path = [key];
    try {
      const parser = jsonParser(formatOf("document", path, encoding), rules.limits, source.name, false);
      const rows = parser.push(text);
      if (rows.length > 0) return { format: { ...formatOf("document", path, encoding), compression }, certainty: 0.8, evidence: [`a document larger than a record may be, read by its array ${JSON.stringify(key)}`], warnings: [] };
    } catch {
      // Not at the top of the document: the next.
    }
  }
  throw damaged(source.name, "", `it begins as one JSON document, but neither ends within ${rules.limits.recordBytesMax} characters nor holds an array of records at its top`);
}

/** Arrays of objects in the upper levels of a document. */
function arraysOf(value: unknown, path: string[]): { path: string[]; records: number }[] {
  if (typeof value !== "object" || value === null || path.length >= 4) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const at = [...path, key];
    if (!Array.isArray(inner)) return arraysOf(inner, at);
    return inner.length > 0 && inner.every((element) => typeof element === "object" && element !== null && !Array.isArray(element)) ? [{ path: at, records: inner.length }] : [];
  });
}

function formatOf(layout: JsonFormat["layout"], path: string[], encoding: string): JsonFormat {
  return { kind: "json", layout, path, records: "object", encoding };
}

export function recordsOf(rows: readonly RawRow[]): JsonFormat["records"] {
  return rows.every(({ value }) => value === null || (typeof value === "object" && !Array.isArray(value))) ? "object" : "value";
}
