import { hkdfSync } from "node:crypto";
import { secretNames } from "../../../model/secret.ts";
import type { Relation } from "../../nested/nested-type.ts";
import { unfit } from "../../nested/wrangle-error.ts";
import type { OptionReader } from "../option-reader.ts";

/*
 * Keys of steps that protect. A step names the secret, and never holds it: steps are plain data that stand in manifests, in
 * statements and in their history. Rows in memory are given the secrets by `withSecrets`; a statement cannot be, for its text,
 * its plan and its errors would show them to whoever may look at queries. So these steps have no form in SQL.
 */

/** Where the key of a step comes from. */
export interface KeyOption {
  /** The place of a secret, `secret("name")`: at least 16 characters that nobody guesses. */
  key: string;
}

const lengthMin = 16;

/**
 * The key of a step, which must be the place of a secret.
 * @throws MillraceError `MR-WRANGLE-001` for a key in clear text, which is not repeated
 */
export function keyPlace(key: string, where: string): string {
  if (typeof key !== "string" || secretNames(key).length !== 1) throw unfit("the key is written where everybody can read it", where, 'name a secret: key: secret("name")');
  return key;
}

/** A key as the step has it: a place that nobody has filled yet, or what the secret is. */
export const readKey = (given: OptionReader): string => given.text("key");

/**
 * A key for one purpose, made of a secret, so that one secret can serve several steps and none of them weakens another.
 * @throws MillraceError `MR-WRANGLE-001` when the secret is not known here, or is too short
 */
export function keyFor(key: string, purpose: string, bytes: number): Buffer {
  const [name] = secretNames(key);
  if (name !== undefined) throw unfit(`the secret ${JSON.stringify(name)} is not known here`, purpose, "give the secrets before the rows: in a task, wrangling.withSecrets(secret).apply(rows), with secret of its context");
  if (Array.from(key).length < lengthMin) throw unfit(`the key has less than ${lengthMin} characters`, purpose, "make a longer one, by chance: openssl rand -base64 32");
  return Buffer.from(hkdfSync("sha256", key, "", `millrace ${purpose}`, bytes));
}

/** The form in SQL of a step that has a key: none. */
export function noSql(kind: string): (options: unknown, input: Relation) => never {
  return () => {
    throw unfit(`${kind} works with a key, which a statement would show to whoever sees queries`, kind, "run it in a task over rows: wrangling.withSecrets(secret).apply(rows)");
  };
}

/** The text that stands for a cell; undefined for null, and for what has more than one way to be written. */
export function cellToProtect(cell: unknown): string | null | undefined {
  if (cell === null || cell === undefined) return null;
  if (typeof cell === "string" || typeof cell === "boolean" || typeof cell === "bigint") return String(cell);
  return typeof cell === "number" && Number.isSafeInteger(cell) ? String(cell === 0 ? 0 : cell) : undefined;
}
