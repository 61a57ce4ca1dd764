import { createHmac } from "node:crypto";
import type { Flat } from "../../../model/schema-types.ts";
import { varchar } from "../../nested/nested-type.ts";
import type { Step } from "../step.ts";
import { type KeyOption, keyPlace } from "./keys.ts";
import { keyedStep } from "./keyed-step.ts";

/** Columns with texts in the place of their values. */
export type Hidden<T, K extends keyof T> = Flat<{ [C in keyof T]: C extends K ? (null extends T[C] ? string | null : string) : T[C] }>;

/**
 * Values become digests that nobody can turn back, or find by trying, who does not have the key: HMAC-SHA-256 in 64 hex digits. The same
 * value has the same digest in every column and table under one key, so that they still join. Texts, whole numbers and
 * truth values; a row with another value is rejected.
 * @example hash(["email", "phone"], { key: secret("people-key") })
 * @throws MillraceError `MR-WRANGLE-001` for a key that is written in clear
 */
export function hash<T, const K extends keyof T & string>(columns: K | readonly K[], { key }: KeyOption): Step<T, Hidden<T, K>> {
  return { kind: "hash", columns: [columns].flat(), key: keyPlace(key, "hash") };
}

export const hashKind = keyedStep({
  kind: "hash",
  keyBytes: 32,
  read: () => ({}),
  text: (key) => (value) => createHmac("sha256", key).update(value).digest("hex"),
  sql: { purpose: "hash", cells: (hmac) => (text) => ({ sql: hmac(text), type: varchar }) },
  reason: (column) => `${JSON.stringify(column)} holds a value with more than one way to be written`,
});
