import { useEffect, useState } from "react";
import { followEvents, type Phase } from "../../live/follow-events.ts";
import type { RecordView } from "./record-pages.ts";

export interface Tail {
  /** The newest first. */
  records: readonly RecordView[];
  /** Records that came since it began to look, and of them those that went by unseen. */
  came: number;
  passed: number;
  phase: Phase;
  error: unknown;
}

/** Kept in memory, and shown. */
const keptMax = 1_000;
/** Pictures of what came. */
const everyMs = 250;
const textMax = 300;
const nothing: Tail = { records: [], came: 0, passed: 0, phase: "connecting", error: undefined };

/** What comes into a topic now: the newest of it, where more comes than anybody could read. */
export function useTail(topic: string, { partition, filter }: { partition?: number; filter?: string }, on: boolean): Tail {
  const [tail, setTail] = useState(nothing);
  useEffect(() => {
    setTail(nothing);
    if (!on) return;
    const stop = new AbortController();
    const query = new URLSearchParams({ textMax: String(textMax), behindMax: "200", ...(partition !== undefined && { partition: String(partition) }), ...(filter !== undefined && { filter }) });
    let fresh: RecordView[] = [];
    let passed = 0;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const show = (): void => {
      timer = undefined;
      const news = fresh;
      const gone = passed;
      fresh = [];
      passed = 0;
      setTail((before) => ({ ...before, records: [...news.toReversed(), ...before.records].slice(0, keptMax), came: before.came + news.length + gone, passed: before.passed + gone }));
    };
    void followEvents(
      {
        path: () => `/api/v1/topics/${encodeURIComponent(topic)}/tail?${query}`,
        onEvent: (event, data) => {
          if (event === "record") fresh.push(data as RecordView);
          if (event === "gap") passed += (data as { from: number; to: number }).to - (data as { from: number; to: number }).from;
          // A hidden page need not keep what it would not show.
          if (fresh.length > keptMax) fresh = fresh.slice(-keptMax);
          timer ??= setTimeout(show, everyMs);
        },
        onPhase: (phase, error) => setTail((before) => ({ ...before, phase, error })),
      },
      stop.signal,
    );
    return () => {
      stop.abort();
      clearTimeout(timer);
    };
  }, [topic, partition, filter, on]);
  return tail;
}
