import type { ControlPlane, ProjectStatus } from "./control-plane.ts";

/** Something that does not go on, or not well, before a person has looked. */
export interface AttentionItem {
  /** What it is about, and so where it is mended. */
  kind: "problem" | "stage" | "dead-letters" | "check" | "run" | "approval" | "alert";
  /** Of the stage, dataset or DAG; of a problem, the file. */
  name: string;
  /** `bad`: something is broken. `warn`: something piles up. `wait`: somebody is waited for. `hold`: somebody has stopped it. */
  tone: "bad" | "warn" | "wait" | "hold";
  text: string;
  /** ISO 8601; null where it is not known since when. */
  at: string | null;
  run: string | null;
  task: string | null;
}

const rank = { bad: 0, wait: 1, warn: 2, hold: 3 };
/** Failed runs that are looked at, the newest. */
const runsMax = 100;
const alertsMax = 50;
const itemsMax = 500;

/** What needs a person now, the gravest first, and of those the newest. It costs some reads of the control plane's own store. */
export async function attentionOf(control: Pick<ControlPlane, "status" | "quality" | "dags">): Promise<AttentionItem[]> {
  const [status, checks, runs, approvals, alerts] = await Promise.all([control.status(), checkItems(control), runItems(control), approvalItems(control), alertItems(control)]);
  const all = [...problemItems(status), ...stageItems(status), ...runs, ...checks, ...approvals, ...alerts];
  return all.sort((a, b) => rank[a.tone] - rank[b.tone] || (b.at ?? "").localeCompare(a.at ?? "")).slice(0, itemsMax);
}

const item = (part: Partial<AttentionItem> & Pick<AttentionItem, "kind" | "name" | "tone" | "text">): AttentionItem => ({ at: null, run: null, task: null, ...part });

const problemItems = ({ problems }: ProjectStatus): AttentionItem[] => problems.map(({ file, what, where }) => item({ kind: "problem", name: file || where, tone: "bad", text: what }));

function stageItems({ stages }: ProjectStatus): AttentionItem[] {
  return stages.flatMap(({ name, state, reason, lastError, deadLetters }) => [
    ...(state === "failed" ? [item({ kind: "stage", name, tone: "bad", text: reason ?? "it fails", at: lastError?.at ?? null })] : []),
    ...(state === "paused" ? [item({ kind: "stage", name, tone: "hold", text: `paused: ${reason ?? "no reason was given"}` })] : []),
    ...(deadLetters > 0 ? [item({ kind: "dead-letters", name, tone: "warn", text: `${deadLetters.toLocaleString("en")} dead ${deadLetters === 1 ? "letter" : "letters"}` })] : []),
  ]);
}

async function checkItems({ quality }: Pick<ControlPlane, "quality">): Promise<AttentionItem[]> {
  return (await quality.list()).flatMap(({ dataset, last }) => {
    const broken = last?.results.filter(({ state }) => state === "failed" || state === "error" || state === "warned") ?? [];
    if (!last || broken.length === 0) return [];
    const isBad = last.keptBack || broken.some(({ state }) => state !== "warned");
    return [item({ kind: "check", name: dataset, tone: isBad ? "bad" : "warn", text: `${last.keptBack ? "a version was kept back: " : ""}${broken.map(({ name }) => name).join(", ")}`, at: last.at })];
  });
}

/** A failed run that a later one has made good needs nobody; one that is only under way has not yet. */
async function runItems({ dags }: Pick<ControlPlane, "dags">): Promise<AttentionItem[]> {
  const failed = await dags.runs({ states: ["failed"], limit: runsMax });
  const names = [...new Set(failed.map(({ dag }) => dag))];
  const newest = await Promise.all(names.map(async (dag) => (await dags.runs({ dag, states: ["failed", "success"], limit: 1 }))[0]));
  return newest.filter((run) => run?.state === "failed").map(({ id, dag, interval, endedAt }) => item({ kind: "run", name: dag, tone: "bad", text: `the last run that ended failed: ${interval.start.slice(0, 16).replace("T", " ")} UTC`, at: endedAt, run: id }));
}

async function approvalItems({ dags }: Pick<ControlPlane, "dags">): Promise<AttentionItem[]> {
  return (await dags.approvals()).map(({ dag, run, task, index, prompt, since }) => item({ kind: "approval", name: dag, tone: "wait", text: prompt || "it waits for an answer", at: since, run, task: index < 0 ? task : `${task}[${index}]` }));
}

async function alertItems({ dags }: Pick<ControlPlane, "dags">): Promise<AttentionItem[]> {
  return (await dags.alerts({ states: ["failed"], limit: alertsMax })).map(({ dag, to, error, lastAt, run }) => item({ kind: "alert", name: dag, tone: "warn", text: `an alert to ${to} could not be sent${error ? `: ${error.what}` : ""}`, at: lastAt, run }));
}
