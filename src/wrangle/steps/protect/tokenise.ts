import type { Step } from "../step.ts";
import { aesSiv } from "./aes-siv.ts";
import type { Hidden } from "./hash.ts";
import { type KeyOption, keyPlace } from "./keys.ts";
import { keyedStep } from "./keyed-step.ts";

/**
 * Values become tokens that who has the key can turn back, with `detokenise`. AES-256-SIV (RFC 5297): the same value has the
 * same token under one key, so that tokens still join, and a token that was changed is noticed. Whole numbers and truth
 * values come back as texts. In memory and on streams
 * alone: the engine has no AES.
 * @example tokenise("iban", { key: secret("vault-key") })
 * @throws MillraceError `MR-WRANGLE-001` for a key that is written in clear
 */
export function tokenise<T, const K extends keyof T & string>(columns: K | readonly K[], { key }: KeyOption): Step<T, Hidden<T, K>> {
  return { kind: "tokenise", columns: [columns].flat(), key: keyPlace(key, "tokenise") };
}

/**
 * Tokens become the texts again that they stand for. A row with a token that was not made with this key is rejected.
 * @example detokenise("iban", { key: secret("vault-key") })
 */
export function detokenise<T, const K extends keyof T & string>(columns: K | readonly K[], { key }: KeyOption): Step<T, Hidden<T, K>> {
  return { kind: "detokenise", columns: [columns].flat(), key: keyPlace(key, "detokenise") };
}

/** Two halves of 256 bits. */
const keyBytes = 64;

export const tokeniseKind = keyedStep({
  kind: "tokenise",
  keyBytes,
  read: () => ({}),
  text: (key) => {
    const { seal } = aesSiv(key);
    return (value) => seal(Buffer.from(value)).toString("base64url");
  },
  reason: (column) => `${JSON.stringify(column)} holds a value with more than one way to be written`,
});

export const detokeniseKind = keyedStep({
  kind: "detokenise",
  purpose: "tokenise",
  keyBytes,
  read: () => ({}),
  text: (key) => {
    const { open } = aesSiv(key);
    return (token) => open(Buffer.from(token, "base64url"))?.toString();
  },
  reason: (column) => `${JSON.stringify(column)} holds no token of this key`,
});
