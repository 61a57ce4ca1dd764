/** What a colour says: done and well, under way, broken, to be looked at, waiting, held back on purpose. */
export type Tone = "ok" | "run" | "bad" | "warn" | "wait" | "hold";

const tones: Record<string, Tone> = {
  running: "run", starting: "run", retrying: "warn", up_for_retry: "warn", restarting: "warn", stopping: "warn",
  success: "ok", succeeded: "ok", completed: "ok", done: "ok", drained: "ok", passed: "ok", sound: "ok", live: "ok",
  failed: "bad", error: "bad", upstream_failed: "bad", timed_out: "bad", lost: "bad", broken: "bad",
  warning: "warn", warned: "warn", late: "warn", stale: "warn",
  paused: "hold", skipped: "hold", cancelled: "hold", removed: "hold", stopped: "hold",
};

/** The tone of a state of anything; one that is not known waits. */
export const toneOf = (state: string): Tone => tones[state.replaceAll("-", "_")] ?? "wait";
