import { useNow } from "../design/use-now.ts";
import { useLive } from "./use-live.ts";

const tickMs = 1_000;

/** The time up to which is known what happened: now, or when the silent server was heard last. @param goesOn - whether anything is counted by it */
export function useKnownNow(goesOn = true): number {
  const now = useNow(goesOn ? tickMs : null);
  const { phase, heardAt } = useLive();
  return phase === "stale" && heardAt !== null ? heardAt.getTime() : now;
}
