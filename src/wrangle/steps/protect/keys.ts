import { hkdfSync } from "node:crypto";
import { secret, secretNames } from "../../../model/secret.ts";
import { type Field, type Relation, typeSql } from "../../nested/nested-type.ts";
import { unfit } from "../../nested/wrangle-error.ts";
import type { OptionReader } from "../option-reader.ts";
import { columnSql } from "../text-step.ts";

/*
 * Keys of steps that protect. A step names the secret, and never holds it: steps are plain data that stand in manifests, in
 * statements and in their history. Whoever runs them gives the secrets: `withSecrets` for rows in memory, the stage for
 * records, and a statement of the project finds them where `sql-keys.ts` says.
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

/** A key as the step has it: a place that nobody has filled yet, which a statement writes as `{'secret': 'name'}`; or what the secret is. */
export function readKey(given: OptionReader): string {
  if (!given.isTable("key")) return given.text("key");
  const named = given.inner("key");
  const key = secret(named.text("secret"));
  named.end();
  return key;
}

/** Whether nobody finds it by trying. */
export const isLongEnough = (key: string): boolean => Array.from(key).length >= lengthMin;

/**
 * A key for one purpose, made of a secret, so that one secret can serve several steps and none of them weakens another.
 * @throws MillraceError `MR-WRANGLE-001` when the secret is not known here, or is too short
 */
export function keyFor(key: string, purpose: string, bytes: number): Buffer {
  const [name] = secretNames(key);
  if (name !== undefined) throw unfit(`the secret ${JSON.stringify(name)} is not known here`, purpose, "give the secrets before the rows: in a task, wrangling.withSecrets(secret).apply(rows), with secret of its context; a stage has them with run: wrangling.run");
  if (!isLongEnough(key)) throw unfit(`the key has less than ${lengthMin} characters`, purpose, "make a longer one, by chance: openssl rand -base64 32");
  return Buffer.from(hkdfSync("sha256", key, "", `millrace ${purpose}`, bytes));
}

/** The form in SQL of a step for whose cipher the engine has no functions: none. */
export function noSql(kind: string): (options: unknown, input: Relation) => never {
  return () => {
    throw unfit(`${kind} has no form in SQL: the engine has no AES`, kind, "run it over rows in a task, wrangling.withSecrets(secret).apply(rows), or over records in a stage: run: wrangling.run");
  };
}

/** The text that stands for a cell; undefined for null, and for what has more than one way to be written. */
export function cellToProtect(cell: unknown): string | null | undefined {
  if (cell === null || cell === undefined) return null;
  if (typeof cell === "string" || typeof cell === "boolean" || typeof cell === "bigint") return String(cell);
  return typeof cell === "number" && Number.isSafeInteger(cell) ? String(cell === 0 ? 0 : cell) : undefined;
}

/**
 * The same in SQL; null for what has more than one way to be written.
 * @throws MillraceError `MR-WRANGLE-001` for a column whose values are none of those
 */
export function protectedTextSql({ name, type, asJson }: Field, kind: string): string {
  const value = columnSql(name);
  const sql = typeSql(type);
  if (asJson || !writtenOneWay.test(sql)) throw unfit(`column ${JSON.stringify(name)} holds ${asJson ? "JSON" : sql}, which can be written in more than one way`, kind, "make it a text first");
  if (/^(DOUBLE|FLOAT)$/.test(sql)) return `case when ${value} = trunc(${value}) and abs(${value}) <= ${Number.MAX_SAFE_INTEGER} then cast(cast(${value} as BIGINT) as VARCHAR) end`;
  return sql === "VARCHAR" ? value : `cast(${value} as VARCHAR)`;
}

const writtenOneWay = /^(VARCHAR|BOOLEAN|U?(TINY|SMALL|BIG|HUGE)INT|U?INTEGER|FLOAT|DOUBLE|DECIMAL\(\d+,\d+\)|DATE|TIMESTAMP( WITH TIME ZONE)?)$/;
