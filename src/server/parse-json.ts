import { isUtf8 } from "node:buffer";
import { MillraceError } from "../errors.ts";
import { findJsonFault, jsonDepthMax } from "./json-fault.ts";

/**
 * Parses JSON from outside, and refuses what parses but would not arrive as it was sent: two fields of one name,
 * `__proto__`, numbers that become infinite, halves of surrogate pairs, and nesting that breaks the programs behind us.
 *
 * The checks cost one pass over the bytes and one over the values; the scanner that knows places runs for bad input only.
 *
 * @param where - named in the error
 * @param parse - takes the place of `JSON.parse` where integers beyond 2^53 must arrive as they are
 * @throws MillraceError `MR-HTTP-003` with line and column
 */
export function parseJson(bytes: Uint8Array, where: string, parse: (text: string) => unknown = JSON.parse): unknown {
  if (!isUtf8(bytes)) throw notUtf8(where);
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
  let value: unknown;
  try {
    value = parse(text);
  } catch {
    throw badJson(text, where);
  }
  if (fieldsOf(value, 0) !== colonsIn(bytes)) throw badJson(text, where);
  return value;
}

/** Fields in all objects of `value`; -1 when something in it must be refused. */
function fieldsOf(value: unknown, depth: number): number {
  if (typeof value === "string") return value.isWellFormed() ? 0 : -1;
  if (typeof value === "number") return Number.isFinite(value) ? 0 : -1;
  if (typeof value !== "object" || value === null) return 0;
  if (depth > jsonDepthMax) return -1;
  return Array.isArray(value) ? fieldsOfArray(value, depth) : fieldsOfObject(value as Record<string, unknown>, depth);
}

function fieldsOfArray(values: unknown[], depth: number): number {
  let count = 0;
  for (const value of values) {
    const inside = fieldsOf(value, depth + 1);
    if (inside < 0) return -1;
    count += inside;
  }
  return count;
}

function fieldsOfObject(value: Record<string, unknown>, depth: number): number {
  const names = Object.keys(value);
  let count = names.length;
  for (const name of names) {
    if (name === "__proto__" || !name.isWellFormed()) return -1;
    const inside = fieldsOf(value[name], depth + 1);
    if (inside < 0) return -1;
    count += inside;
  }
  return count;
}

const quote = 0x22;
const backslash = 0x5c;
const colon = 0x3a;

/** Colons outside strings, in JSON that is known to parse: as many as fields were written. */
function colonsIn(bytes: Uint8Array): number {
  let count = 0;
  let inString = false;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i];
    if (byte === quote) inString = !inString;
    else if (inString) {
      if (byte === backslash) i++;
    } else if (byte === colon) count++;
  }
  return count;
}

function badJson(text: string, where: string): MillraceError {
  const fault = findJsonFault(text);
  if (!fault) return new MillraceError("MR-HTTP-003", { what: "the body is not valid JSON", where, mend: "send one JSON value in UTF-8" });
  return new MillraceError("MR-HTTP-003", {
    what: fault.what,
    where: `${where}, line ${fault.line}, column ${fault.column}`,
    mend: text.length === 0 ? "send a JSON value as the body" : "mend the JSON at this place",
  });
}

function notUtf8(where: string): MillraceError {
  return new MillraceError("MR-HTTP-003", { what: "the body is not UTF-8", where, mend: "encode the JSON as UTF-8" });
}
