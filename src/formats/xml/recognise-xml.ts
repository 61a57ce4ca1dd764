import sax from "sax";
import { damaged, pastLimit } from "../damage.ts";
import type { RecognisedFormat, TextFile } from "../recognise-format.ts";

/** XML begins with its declaration or an element. Its rows are the elements that come again and again, the outermost such. */
export function recogniseXml({ source, sample: { text, whole, encoding, compression }, rules }: TextFile): RecognisedFormat | undefined {
  if (!/^\s*<(?:\?xml|!--|!DOCTYPE (?!html)|[\p{L}_][\w:.-]*[\s/>])/u.test(text) || /^\s*<(?:!doctype html|html)/i.test(text)) return undefined;
  const { counts, error } = countElements(text, whole, rules.limits.depthMax);
  if (error?.limit) throw pastLimit(source.name, `line ${error.line}`, error.what, "look whether elements are closed");
  if (error && (counts.size === 0 || whole)) throw damaged(source.name, `line ${error.line}`, error.what);
  const row = rowOf(counts);
  if (!row) return undefined;
  return { format: { kind: "xml", row: row.name, encoding, compression }, certainty: 0.95, evidence: [`the element ${JSON.stringify(row.name)} comes ${row.count} times`], warnings: [] };
}

interface Count {
  name: string;
  depth: number;
  count: number;
}

function countElements(text: string, whole: boolean, depthMax: number): { counts: Map<string, Count>; error?: { line: number; what: string; limit: boolean } } {
  const parser = sax.parser(true, { position: true });
  const counts = new Map<string, Count>();
  let depth = 0;
  parser.onopentag = ({ name }) => {
    if (++depth > depthMax) throw new RangeError(`elements are nested more than ${depthMax} levels deep`);
    const key = `${depth} ${name}`;
    const count = counts.get(key);
    if (count) count.count++;
    else counts.set(key, { name, depth, count: 1 });
  };
  parser.onclosetag = () => void depth--;
  parser.onerror = (error) => {
    throw error;
  };
  try {
    parser.write(text);
    if (whole) parser.close();
  } catch (error) {
    return { counts, error: { line: parser.line + 1, what: (error as Error).message.split("\n")[0], limit: error instanceof RangeError } };
  }
  return { counts };
}

/** The outermost level that has an element twice; within it the one that comes most. Of a document without any: the root's child, or the root. */
function rowOf(counts: Map<string, Count>): Count | undefined {
  const all = [...counts.values()];
  const repeated = all.filter(({ count }) => count > 1);
  const level = repeated.reduce((least, { depth }) => Math.min(least, depth), Number.POSITIVE_INFINITY);
  if (repeated.length > 0) return repeated.filter(({ depth }) => depth === level).reduce((a, b) => (b.count > a.count ? b : a));
  return all.find(({ depth }) => depth === 1);
}
