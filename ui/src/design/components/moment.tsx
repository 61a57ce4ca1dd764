import { utcText } from "../format.ts";

const day = new Intl.DateTimeFormat(undefined, { year: "numeric", month: "short", day: "2-digit" });
const time = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });

/** A moment in the viewer's zone; UTC shows on hover. `at` is ISO 8601; null shows a dash. */
export function Moment({ at, only }: { at: string | number | Date | null | undefined; only?: "day" | "time" }) {
  if (at === null || at === undefined) return <span className="quiet">–</span>;
  const moment = new Date(at);
  if (Number.isNaN(moment.getTime())) return <span className="foreign">{String(at)}</span>;
  const parts = [only !== "time" && day.format(moment), only !== "day" && time.format(moment)].filter(Boolean).join(", ");
  return (
    <time dateTime={moment.toISOString()} title={utcText(moment)}>
      {parts}
    </time>
  );
}
