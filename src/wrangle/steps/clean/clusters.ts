import { unfit } from "../../nested/wrangle-error.ts";
import { byFrequency, type Counted } from "./cluster.ts";
import { editDistance } from "./edit-distance.ts";
import { folded, type KeyMethod, keyOf } from "./word-keys.ts";

export interface ClustersOptions {
  /** What texts have in common that mean the same: a key, see `wordKey`, or `"distance"`: few changes make one of the other. Default "fingerprint". */
  method?: KeyMethod | "distance";
  /** With `"distance"`: changes at most between two texts, 1 to 5. Default 2; never more than one for each four letters of the shorter. */
  distance?: number;
}

/** Spellings that seem to mean the same. */
export interface ClusterProposal {
  /** The most frequent one, which the others are to become. */
  to: string;
  /** All of them, the most frequent first. */
  spellings: { value: string; count: number }[];
}

const distinctMax = 5_000;

/**
 * Proposes which spellings mean the same, for a person to look at; what is confirmed is kept as code:
 * `mapValues("operator", clusterTable(proposals))`. The largest clusters come first.
 *
 * @param values - texts with how often they stand there, as `select operator, count(*) …` gives them
 * @throws MillraceError `MR-WRANGLE-001` for more than 5,000 texts with `"distance"`, which holds each against each
 */
export function clusters(values: Iterable<readonly [value: string, count: number]>, { method = "fingerprint", distance = 2 }: ClustersOptions = {}): ClusterProposal[] {
  const counted = [...values].map(([value, count]): Counted => [value, count]);
  const groups = method === "distance" ? nearGroups(counted, distance) : keyGroups(counted, keyOf(method));
  const proposals = groups.filter((group) => group.length > 1).map((group) => {
    const spellings = byFrequency(group).map(([value, count]) => ({ value, count }));
    return { to: spellings[0].value, spellings };
  });
  const size = ({ spellings }: ClusterProposal): number => spellings.reduce((sum, { count }) => sum + count, 0);
  return proposals.sort((a, b) => size(b) - size(a));
}

/** A table for `mapValues` that does what the proposals say. */
export function clusterTable(proposals: readonly ClusterProposal[]): Record<string, string> {
  return Object.fromEntries(proposals.flatMap(({ to, spellings }) => spellings.filter(({ value }) => value !== to).map(({ value }): [string, string] => [value, to])));
}

function keyGroups(counted: readonly Counted[], key: (text: string) => string | null): Counted[][] {
  const groups = Map.groupBy(counted, ([value]) => key(value));
  for (const none of ["", null]) groups.delete(none);
  return [...groups.values()];
}

/** Texts that are near to one another, and those that are near to these. */
function nearGroups(counted: readonly Counted[], distance: number): Counted[][] {
  if (counted.length > distinctMax) throw unfit(`there are ${counted.length} texts, and each would be held against each`, "clusters", `give at most ${distinctMax}, or use a key: method: "fingerprint"`);
  const texts = counted.map(([value]) => folded(value));
  const parent = counted.map((_, i) => i);
  const root = (i: number): number => (parent[i] === i ? i : (parent[i] = root(parent[i])));
  for (let i = 0; i < texts.length; i++) {
    for (let j = 0; j < i; j++) {
      const allowed = Math.min(distance, Math.floor(Math.min(texts[i].length, texts[j].length) / 4));
      if (Math.abs(texts[i].length - texts[j].length) <= allowed && editDistance(texts[i], texts[j]) <= allowed) parent[root(i)] = root(j);
    }
  }
  return [...Map.groupBy(counted.keys(), root).values()].map((group) => group.map((i) => counted[i]));
}
