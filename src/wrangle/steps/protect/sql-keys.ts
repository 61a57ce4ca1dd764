import { sqlText } from "../../../lake/duckdb.ts";
import { secretNames } from "../../../model/secret.ts";
import { unfit } from "../../nested/wrangle-error.ts";
import type { Computed } from "../computed.ts";
import { isLongEnough, keyFor } from "./keys.ts";

/*
 * Keys in SQL. A statement names the secret and never holds it: `(select … from "_mr"."keys" where secret = 'people-key')`. What
 * stands in that table is put there by the process that runs the statement, as parameters, so that no text, plan or error
 * shows it; and no statement that somebody has written can name the table, for it is none of the project's.
 */

/** The table of keys, in the engine of one statement. */
export const keysTable = { schema: '"_mr"', columns: "secret VARCHAR, purpose VARCHAR, inner_pad BLOB, outer_pad BLOB", name: '"_mr"."keys"' };

/** A key as the table has it: mixed with the two pads of HMAC (RFC 2104), which is all that HMAC takes of it. */
export interface KeyRow {
  secret: string;
  purpose: string;
  innerPad: Buffer;
  outerPad: Buffer;
}

/** What steps with a form in SQL are keyed for. */
const purposes = ["hash", "shiftDates"] as const;
export type SqlPurpose = (typeof purposes)[number];

const blockBytes = 64;

/** Rows of the table for the secrets that are long enough to be keys. */
export function keyRows(secrets: Readonly<Record<string, string>>): KeyRow[] {
  const usable = Object.entries(secrets).filter(([, value]) => isLongEnough(value));
  return usable.flatMap(([secret, value]) => purposes.map((purpose) => {
    const key = keyFor(value, purpose, 32);
    const pad = (byte: number): Buffer => Buffer.from(Uint8Array.from({ length: blockBytes }, (_, i) => (key[i] ?? 0) ^ byte));
    return { secret, purpose, innerPad: pad(0x36), outerPad: pad(0x5c) };
  }));
}

/**
 * HMAC-SHA-256 in SQL.
 * @param place - of the secret
 * @returns what makes of SQL for a text the SQL of its 64 hex digits
 * @throws MillraceError `MR-WRANGLE-001` for a key in clear text, which is not repeated
 */
export function hmacSql(place: string, purpose: SqlPurpose, first: Computed): (text: string) => string {
  const pad = (column: string): string => first.once(`(select ${column} from ${keysTable.name} where secret = ${sqlText(secretName(place, purpose))} and purpose = ${sqlText(purpose)})`);
  const [inner, outer] = [pad("inner_pad"), pad("outer_pad")];
  return (text) => `sha256(${outer} || unhex(sha256(${inner} || encode(${text}))))`;
}

/** The name of the secret whose place this is. */
export function secretName(place: string, kind: string): string {
  const [name] = secretNames(place);
  if (name === undefined) throw unfit("the key is written where everybody can read it", kind, "name a secret: 'key': {'secret': 'name'}");
  return name;
}
