import type { KeptToken } from "../../govern/kept-tokens.ts";
import { momentText } from "./moment-text.ts";

/** Whether a token opens anything, and until when. */
export function tokenState({ revokedAt, expiresAt }: KeptToken): string {
  if (revokedAt !== null) return "revoked";
  if (expiresAt === null) return "good";
  return Date.parse(expiresAt) <= Date.now() ? "over" : `good until ${momentText(expiresAt, "UTC")}`;
}
