import { MillraceError } from "../errors.ts";
import type { RawRow } from "./raw-row.ts";

/** @param at - the byte, line, block or member */
export function damaged(name: string, at: string, how: string, cause?: unknown): MillraceError {
  return new MillraceError("MR-FORMAT-006", { what: `the file is damaged or cut short: ${how}`, where: at ? `${name}, ${at}` : name, mend: "restore the file from where it came; what else is there goes on", cause });
}

export function pastLimit(name: string, at: string, what: string, mend: string): MillraceError {
  return new MillraceError("MR-FORMAT-003", { what, where: at ? `${name}, ${at}` : name, mend });
}

/** Of a file of which no row can be read, by the first. */
export function unreadable({ line, fault, limit }: RawRow, name: string): MillraceError {
  return limit ? pastLimit(name, `line or record ${line}`, `no row can be read; the first: ${fault}`, "look at the file there") : damaged(name, `line or record ${line}`, `no row can be read; the first: ${fault}`);
}

export function noData(name: string, how: string): MillraceError {
  return new MillraceError("MR-FORMAT-002", { what: `the file holds no data: ${how}`, where: name, mend: "nothing, if its writer has yet to begin: it is read again once it has changed" });
}

export function invalidFormat(name: string, what: string, mend: string): MillraceError {
  return new MillraceError("MR-FORMAT-007", { what, where: name, mend });
}
