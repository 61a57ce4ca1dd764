import type { Batch, Header } from "../batch/batch.ts";

/**
 * What others write to a topic may be anything. A record whose value is none of the topic's comes as one whose columns are all
 * null, with two headers: what is wrong with it, and its value as it came (UTF-8, or base64 behind `base64,`).
 */
export const unreadableHeader = "mr.unreadable";
export const unreadableValueHeader = "mr.unreadable.value";

/** The records of a batch that could not be read, and why, in order. */
export function unreadableIn({ headers, count }: Batch): { index: number; why: string }[] {
  if (!headers) return [];
  const found: { index: number; why: string }[] = [];
  for (let index = 0; index < count; index++) {
    if (headers.valid && headers.valid[index] === 0) continue;
    const text = headers.dictionary.at(headers.codes[index]);
    if (!text.includes(`"${unreadableHeader}"`)) continue;
    const why = (JSON.parse(text) as Header[]).find(([name]) => name === unreadableHeader);
    if (why) found.push({ index, why: why[1] });
  }
  return found;
}
