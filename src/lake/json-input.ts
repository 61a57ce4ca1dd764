import { MillraceError } from "../errors.ts";

/*
 * Reads JSON that a client has sent, as it is about to become part of a table's metadata. What is read here is known to be of
 * its form; fields that we do not know stay, for another engine may.
 */

export type JsonObject = { readonly [field: string]: unknown };

/** @param where - path of the value in the request: `updates[2].schema` */
export function invalid(what: string, where: string, mend = "correct the request"): MillraceError {
  return new MillraceError("MR-ICE-001", { what, where, mend });
}

export function objectAt(value: unknown, where: string): JsonObject {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as JsonObject;
  throw invalid("an object is needed here", where);
}

export function listAt(value: unknown, where: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw invalid("a list is needed here", where);
}

export function textAt(value: unknown, where: string): string {
  if (typeof value === "string" && value.isWellFormed()) return value;
  throw invalid("a text is needed here", where);
}

/** An integer of 32 bits, or of the 53 that a JavaScript number holds. */
export function integerAt(value: unknown, where: string, least = 0, greatest = Number.MAX_SAFE_INTEGER): number {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= least && value <= greatest) return value;
  throw invalid(`an integer from ${least} to ${greatest} is needed here`, where);
}

/** A snapshot's id. Metadata says by -1 that there is no snapshot, and none of the engines makes ids below 1. */
export function idAt(value: unknown, where: string): bigint {
  const id = typeof value === "number" && Number.isSafeInteger(value) ? BigInt(value) : value;
  if (typeof id === "bigint" && id > 0n && BigInt.asIntN(64, id) === id) return id;
  throw invalid("a snapshot's id is needed here, an integer of 64 bits from 1 on", where);
}

export function idsAt(value: unknown, where: string): bigint[] {
  return listAt(value, where).map((id, i) => idAt(id, `${where}[${i}]`));
}

/** Names with values of text. */
export function textsAt(value: unknown, where: string): Record<string, string> {
  return Object.fromEntries(Object.entries(objectAt(value, where)).map(([name, text]) => [name, textAt(text, `${where}.${name}`)]));
}
