import type { MappingLine } from "./mapping.ts";
import { unfit } from "./wrangle-error.ts";

const parts = ["from", "fromType", "to", "type"] as const;

/**
 * A mapping from outside: lists of four texts as Glue writes them, `["a.b", "string", "c", "long"]`, or objects with these
 * names. Both may stand in one mapping.
 * @throws MillraceError `MR-WRANGLE-001` for anything else
 */
export function readMapping(mapping: unknown): MappingLine[] {
  if (!Array.isArray(mapping)) throw unfit("the mapping is no list", "the mapping", 'write [["a.b", "string", "c", "long"], …]');
  return mapping.map((line: unknown, i) => readLine(line, `line ${i + 1} of the mapping`));
}

function readLine(line: unknown, where: string): MappingLine {
  const named = Array.isArray(line) ? fromTuple(line, where) : line;
  if (typeof named !== "object" || named === null) throw unreadable(where);
  const entries = Object.entries(named).filter(([, value]) => value !== undefined && value !== null);
  const known = entries.every(([name, value]) => (parts as readonly string[]).includes(name) && typeof value === "string");
  const { from, to } = named as Partial<MappingLine>;
  if (!known || typeof from !== "string" || typeof to !== "string") throw unreadable(where);
  return Object.fromEntries(entries) as unknown as MappingLine;
}

function fromTuple(line: readonly unknown[], where: string): object {
  if (line.length !== parts.length) throw unreadable(where);
  return Object.fromEntries(parts.map((name, i) => [name, line[i]]));
}

function unreadable(where: string): Error {
  return unfit("it cannot be read", where, 'write ["a.b", "string", "c", "long"], or { from: "a.b", to: "c", type: "long" }');
}
