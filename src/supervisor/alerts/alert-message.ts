import type { AlertView } from "../../server/dag-control.ts";
import type { AlertRow } from "../../state/run-store.ts";

/** An alert as its receivers get it: what REST shows of it, without how it has fared. Times are ISO 8601 in UTC. */
export type AlertMessage = Omit<AlertView, "to" | "state" | "tries" | "nextAt" | "endedAt" | "error">;

const time = (ms: number): string => new Date(ms).toISOString();

export function alertMessage(row: AlertRow): AlertMessage {
  const { id, kind, dag, run, release, task, index, attempt, at, lastAt, count } = row;
  return {
    ...{ id, kind, dag, run, release, interval: { start: time(row.intervalStart), end: time(row.intervalEnd) } },
    ...{ task, index, attempt, text: textOf(row), at: time(at), lastAt: time(lastAt), count },
  };
}

function textOf({ kind, dag, text, at, lastAt, count }: AlertRow): string {
  if (count === 1) return text;
  return `${text}\n\nThis stands for ${count} alerts of DAG "${dag}" (${kind}) from ${time(at)} to ${time(lastAt)}: there were many within a minute, and the others are joined into this one. The first is shown.`;
}

/** Where an alert goes, in a few words; without what may be secret in the address of a webhook. */
export function targetText(to: AlertRow["to"]): string {
  if (to.kind === "webhook") return `webhook ${URL.parse(to.url)?.origin ?? "at a secret address"}`;
  if (to.kind === "dag") return `DAG ${to.dag}`;
  return to.kind === "command" ? `command ${to.argv[0]}` : `mail to ${to.address}`;
}
