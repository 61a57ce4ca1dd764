import { useEffect, useState } from "react";
import { durationText } from "../../design/format.ts";
import { tookMs } from "./task-summary.ts";

const tickMs = 1_000;

/** From a start to an end; without an end it counts on. */
export function Took({ startedAt, endedAt, goesOn = true }: { startedAt: string | null; endedAt: string | null; goesOn?: boolean }) {
  const [now, setNow] = useState(Date.now);
  const ticks = goesOn && startedAt !== null && endedAt === null;
  useEffect(() => {
    if (!ticks) return;
    const timer = setInterval(() => setNow(Date.now()), tickMs);
    return () => clearInterval(timer);
  }, [ticks]);
  const ms = tookMs({ startedAt, endedAt }, now);
  return ms === null ? <span className="quiet">–</span> : <span>{durationText(ms)}</span>;
}
