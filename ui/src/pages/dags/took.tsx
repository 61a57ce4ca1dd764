import { durationText } from "../../design/format.ts";
import { useKnownNow } from "../../live/use-known-now.ts";
import { tookMs } from "./task-summary.ts";

/** From a start to an end; without an end it counts on, while the server is heard. */
export function Took({ startedAt, endedAt, goesOn = true }: { startedAt: string | null; endedAt: string | null; goesOn?: boolean }) {
  const now = useKnownNow(goesOn && startedAt !== null && endedAt === null);
  const ms = tookMs({ startedAt, endedAt }, now);
  return ms === null ? <span className="quiet">–</span> : <span>{durationText(ms)}</span>;
}
