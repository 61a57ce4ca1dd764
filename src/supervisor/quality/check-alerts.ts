import { createHash } from "node:crypto";
import type { AlertDecl } from "../../model/dag-manifest.ts";
import type { Judgement, KeptResult } from "../../server/quality-control.ts";
import type { AlertRow } from "../../state/run-store.ts";
import { brokenText } from "./publication-checks.ts";

const textMax = 2_000;

export const isBroken = ({ state }: Pick<KeptResult, "state">): boolean => state !== "passed" && state !== "skipped";

/** What is new since it was last told, in one sentence; undefined where nothing is. */
export function newsOf({ dataset, results }: Judgement, told: readonly string[]): string | undefined {
  const broken = results.filter((result) => isBroken(result) && !told.includes(result.name)).map((result) => `${result.name} ${brokenText({ ...result, sample: [] })}`);
  const mended = results.filter((result) => !isBroken(result) && told.includes(result.name)).map(({ name }) => `${name} holds again`);
  const parts = [...broken, ...mended];
  return parts.length === 0 ? undefined : `Checks of ${dataset}: ${parts.join("; ")}`.slice(0, textMax);
}

/** An alert for each receiver. The same news of the same judgement has the same ids. */
export function checkAlerts(judgement: Judgement, text: string, release: string, receivers: readonly AlertDecl["to"][]): AlertRow[] {
  const { id, dataset, version } = judgement;
  const at = Date.parse(judgement.at);
  return receivers.map((to) => ({
    id: createHash("sha256").update(JSON.stringify([dataset, id, to])).digest("hex").slice(0, 32),
    ...{ dag: dataset, kind: "check", to, run: version ?? id, release, intervalStart: at, intervalEnd: at, task: null, index: -1, attempt: null },
    ...{ text, at, lastAt: at, count: 1, state: "pending", tries: 0, nextAt: Date.now(), endedAt: null, error: null },
  }));
}
