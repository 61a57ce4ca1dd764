import type { RecognisedFormat, TextFile } from "../recognise-format.ts";
import { logPatterns } from "./grok-patterns.ts";
import { compileGrok } from "./grok.ts";

const linesLooked = 100;

/** A log is text of which most lines match one pattern; where records go on, a line of two may be the rest of the one before. */
export function recogniseLog({ sample: { text, whole, encoding, compression } }: TextFile): RecognisedFormat | undefined {
  const lines = text.slice(0, 64 << 10).split(/\r\n|\n|\r/).filter((line) => line.trim() !== "");
  if (!whole || text.length > 64 << 10) lines.pop();
  const looked = lines.slice(0, linesLooked);
  for (const { name, pattern, continued } of logPatterns) {
    const { regex } = builtIn(pattern);
    const matched = looked.filter((line) => line.length < 10_000 && regex.test(line)).length;
    const wanted = continued && looked.length > 0 && regex.test(looked[0]) ? 0.3 : 0.8;
    if (matched === 0 || matched < looked.length * wanted) continue;
    return { format: { kind: "log", name, pattern, continued, encoding, compression }, certainty: Math.min(0.95, 0.5 + (matched / looked.length) * 0.45), evidence: [`${matched} of ${looked.length} lines match the pattern of a ${name}`], warnings: [] };
  }
  return undefined;
}

const compiled = new Map<string, ReturnType<typeof compileGrok>>();

function builtIn(pattern: string): ReturnType<typeof compileGrok> {
  let grok = compiled.get(pattern);
  if (!grok) compiled.set(pattern, (grok = compileGrok(pattern, "the built-in patterns")));
  return grok;
}
