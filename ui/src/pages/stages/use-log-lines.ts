import { useEffect, useState } from "react";
import type { Answer } from "../../api/types.ts";
import { followEvents, type Phase } from "../../live/follow-events.ts";

export type LogLine = Answer<"/api/v1/stages/{stage}/log">["lines"][number];

const linesMax = 2_000;

/** The last lines of a stage, and those that come. */
export function useLogLines(stage: string): { lines: LogLine[]; phase: Phase; error: unknown } {
  const [state, setState] = useState<{ lines: LogLine[]; phase: Phase; error: unknown }>({ lines: [], phase: "connecting", error: undefined });
  useEffect(() => {
    const stop = new AbortController();
    let last = 0;
    setState({ lines: [], phase: "connecting", error: undefined });
    void followEvents(
      {
        path: () => `/api/v1/stages/${encodeURIComponent(stage)}/log/tail?after=${last}`,
        onEvent: (_, data) => {
          const news = data as LogLine[];
          last = news[news.length - 1].number;
          setState((before) => ({ ...before, lines: [...before.lines, ...news].slice(-linesMax) }));
        },
        onPhase: (phase, error) => {
          // A control plane that was started anew counts from one again.
          if (phase === "stale") last = 0;
          setState((before) => ({ lines: phase === "live" && before.phase === "stale" ? [] : before.lines, phase, error }));
        },
      },
      stop.signal,
    );
    return () => stop.abort();
  }, [stage]);
  return state;
}
