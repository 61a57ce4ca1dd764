import type { Answer } from "../../api/types.ts";

export type Judged = Answer<"/api/v1/quality">["datasets"][number];
export type Judgement = NonNullable<Judged["last"]>;
export type CheckOutcome = Judgement["results"][number];
export type Watched = Answer<"/api/v1/watch">["datasets"][number];
export type Anomaly = Watched["anomalies"][number];

/** A dataset as its checks and the watch over it see it. */
export interface QualityRow {
  dataset: string;
  /** `failed`: a check with severity error does not hold, or could not be found out. `warned`: one with warn. `unusual`: the newest version is not as usual. `watched`: it has no checks. */
  state: "failed" | "warned" | "unusual" | "passed" | "not judged" | "watched";
  checks: number;
  broken: CheckOutcome[];
  /** Since when it is as `state` says: of what fails or is unusual, else null. */
  since: string | null;
  score: number | null;
  judgedAt: string | null;
  /** The newest first. */
  anomalies: Anomaly[];
  /** When the version that was looked at last was committed. */
  lastVersionAt: string | null;
}

const order: QualityRow["state"][] = ["failed", "warned", "unusual", "not judged", "passed", "watched"];

export const isBroken = ({ state }: CheckOutcome): boolean => state === "failed" || state === "warned" || state === "error";

/** All datasets that have checks or are watched, the worst first. */
export function qualityRows(judged: readonly Judged[], watched: readonly Watched[]): QualityRow[] {
  const names = [...new Set([...judged, ...watched].map(({ dataset }) => dataset))];
  const rows = names.map((dataset) => rowOf(dataset, judged.find((each) => each.dataset === dataset), watched.find((each) => each.dataset === dataset)));
  return rows.sort((a, b) => order.indexOf(a.state) - order.indexOf(b.state) || a.dataset.localeCompare(b.dataset));
}

function rowOf(dataset: string, judged: Judged | undefined, watched: Watched | undefined): QualityRow {
  const last = judged?.last ?? null;
  const broken = last?.results.filter(isBroken) ?? [];
  const anomalies = watched?.anomalies ?? [];
  const state = stateOf(judged, broken, anomalies, watched?.last ?? null);
  return { dataset, state, since: sinceOf(state, broken, judged?.since ?? {}, anomalies), checks: judged?.checks.length ?? 0, broken, score: last?.score ?? null, judgedAt: last?.at ?? null, anomalies, lastVersionAt: watched?.last ?? null };
}

function stateOf(judged: Judged | undefined, broken: CheckOutcome[], anomalies: Anomaly[], lastVersionAt: string | null): QualityRow["state"] {
  if (broken.some(({ state }) => state !== "warned")) return "failed";
  if (broken.length > 0) return "warned";
  if (anomalies.length > 0 && lastVersionAt !== null && Date.parse(anomalies[0].at) >= Date.parse(lastVersionAt)) return "unusual";
  if (judged === undefined) return "watched";
  return judged.last === null ? "not judged" : "passed";
}

/** What counts is the first of the checks for which the dataset is in its state: one that only warns makes nothing fail. */
function sinceOf(state: QualityRow["state"], broken: readonly CheckOutcome[], since: Judged["since"], anomalies: readonly Anomaly[]): string | null {
  if (state === "unusual") return anomalies[0].at;
  const guilty = broken.filter((check) => state !== "failed" || check.state !== "warned");
  return guilty.flatMap(({ name }) => (Object.hasOwn(since, name) ? [since[name]] : [])).sort().at(0) ?? null;
}
