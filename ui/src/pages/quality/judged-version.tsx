import { Link } from "@tanstack/react-router";
import type { Judgement } from "./quality-rows.ts";

/** To the rows as they were when they were judged; of a version that was kept back nobody sees them. */
export function JudgedVersion({ judgement: { dataset, version, keptBack } }: { judgement: Judgement }) {
  if (keptBack) return "a version that was kept back";
  if (version === null) return <span className="quiet">as it was then</span>;
  return <Link to="/catalog/$kind/$entry" params={{ kind: "table", entry: dataset }} search={{ tab: "preview", version }}>its rows then</Link>;
}
