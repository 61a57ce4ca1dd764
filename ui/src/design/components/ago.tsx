import { useKnownNow } from "../../live/use-known-now.ts";
import { durationText } from "../format.ts";

/** How long ago; the moment itself, here and in UTC, on hover. While the server is silent it stands still, for nobody knows what came since. */
export function Ago({ at }: { at: string | null | undefined }) {
  const now = useKnownNow();
  if (at === null || at === undefined) return <span className="quiet">–</span>;
  return (
    <time dateTime={at} title={`${new Date(at).toLocaleString()}; ${at.replace("T", " ")} (UTC)`}>
      {durationText(Math.max(0, Math.floor((now - Date.parse(at)) / 1_000) * 1_000)).replace(/^0 ms$/, "0 s")} ago
    </time>
  );
}
