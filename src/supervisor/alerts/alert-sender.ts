import { MillraceError } from "../../errors.ts";
import type { AlertRow } from "../../state/run-store.ts";
import type { AlertMessage } from "./alert-message.ts";

type Target<Kind extends AlertRow["to"]["kind"]> = Extract<AlertRow["to"], { kind: Kind }>;

/**
 * Sends an alert once, within a time of its own. Resolves when the receiver has taken it.
 * @throws MillraceError `MR-ALERT-001`, retryable when the same may succeed later
 */
export type AlertSender<Kind extends AlertRow["to"]["kind"]> = (message: AlertMessage, to: Target<Kind>, signal: AbortSignal) => Promise<void>;

export type AlertSenders = { [Kind in AlertRow["to"]["kind"]]: AlertSender<Kind> };

export function notSent(what: string, where: string, mend: string, retryable: boolean, cause?: unknown): MillraceError {
  return new MillraceError("MR-ALERT-001", { what, where, mend, retryable, cause });
}
