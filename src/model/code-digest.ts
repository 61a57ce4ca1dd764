import { createHash } from "node:crypto";

/** Names a function's source; equal for equal source. */
export function codeDigest(code: (...args: never[]) => unknown): string {
  return createHash("sha256").update(code.toString()).digest("base64url").slice(0, 22);
}
