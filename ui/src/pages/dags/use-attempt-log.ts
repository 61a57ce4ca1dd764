import { useEffect, useState } from "react";
import { client } from "../../api/client.ts";
import type { Answer } from "../../api/types.ts";
import { type LogLine, parseLine } from "./log-lines.ts";

type LogPage = Answer<"/api/v1/runs/{run}/tasks/{task}/log">;

export interface AttemptPlace {
  run: string;
  task: string;
  index: number;
  /** From 1; absent: the newest. */
  attempt: number | undefined;
}

export interface AttemptLogState {
  /** Something was read of it; before, nothing is known. */
  known: boolean;
  lines: readonly LogLine[];
  attempts: LogPage["attempts"];
  /** The one that is shown. */
  attempt: LogPage["attempt"];
  /** Nothing will be added any more. */
  ended: boolean;
  error: unknown;
}

const none: AttemptLogState = { known: false, lines: [], attempts: [], attempt: null, ended: false, error: undefined };
/** Between two looks at a log that goes on. */
const lookMs = 1_000;

/** The log of an attempt, page after page, and what is added while it goes on. */
export function useAttemptLog({ run, task, index, attempt }: AttemptPlace, turn: unknown): AttemptLogState {
  const place = JSON.stringify([run, task, index, attempt]);
  const [{ of, state }, setState] = useState({ of: place, state: none });
  // biome-ignore lint/correctness/useExhaustiveDependencies: another turn of the task may bring another attempt
  useEffect(() => {
    const stop = new AbortController();
    void follow({ run, task, index, attempt }, stop.signal, (change) => setState((now) => ({ of: place, state: change(now.of === place ? now.state : none) })));
    return () => stop.abort();
  }, [place, turn]);
  // What another attempt said is nothing of this one.
  return of === place ? state : none;
}

async function follow({ run, task, index, attempt }: AttemptPlace, signal: AbortSignal, show: (change: (now: AttemptLogState) => AttemptLogState) => void): Promise<void> {
  let offset = 0;
  let number: number | undefined;
  let lines: LogLine[] = [];
  for (let ended = false; !ended && !signal.aborted; ) {
    try {
      const { data } = await client.GET("/api/v1/runs/{run}/tasks/{task}/log", { params: { path: { run, task }, query: { index, attempt, offset } }, signal });
      const page = data as LogPage;
      if (offset > 0 && page.attempt?.number !== number) {
        // The newest is another one by now, and the offset was that of the one before.
        offset = 0;
        lines = [];
        continue;
      }
      number = page.attempt?.number;
      const fresh = page.lines.map((line, i) => parseLine(line, lines.length + i));
      lines = fresh.length === 0 ? lines : [...lines, ...fresh];
      ended = page.ended;
      const isQuiet = page.next === offset;
      offset = page.next;
      const shown = lines;
      show(() => ({ known: true, lines: shown, attempts: page.attempts, attempt: page.attempt, ended: page.ended, error: undefined }));
      if (!ended && isQuiet) await pause(signal);
    } catch (error) {
      if (signal.aborted) return;
      show((now) => ({ ...now, error }));
      await pause(signal);
    }
  }
}

const pause = (signal: AbortSignal): Promise<void> =>
  new Promise((done) => {
    const timer = setTimeout(done, lookMs);
    signal.addEventListener("abort", () => (clearTimeout(timer), done()), { once: true });
  });
