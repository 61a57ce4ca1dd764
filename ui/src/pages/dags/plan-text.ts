import type { Answer } from "../../api/types.ts";

type Interval = Answer<"/api/v1/backfills/{backfill}">["reachedIntervals"][number];

export interface BackfillPlan {
  backfill: { id: string } | null;
  intervals: Interval[];
}

const words: [decision: Interval["decision"], text: string][] = [
  ["run", "run for the first time"],
  ["rerun", "run again"],
  ["in flight", "left, since they go on"],
  ["already exists", "left, since they have a run"],
];

/** What a backfill would do, in one sentence. */
export function planText({ intervals }: Pick<BackfillPlan, "intervals">): string {
  if (intervals.length === 0) return "The schedule has no interval that begins in these days.";
  const parts = words.flatMap(([decision, text]) => {
    const count = intervals.filter((each) => each.decision === decision).length;
    return count === 0 ? [] : [`${count.toLocaleString("en")} ${text}`];
  });
  return `Of ${intervals.length.toLocaleString("en")} intervals: ${parts.join("; ")}.`;
}
