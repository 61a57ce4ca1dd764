import { MillraceError } from "../../errors.ts";
import type { AttemptRunner } from "./attempt-runner.ts";

/** Waits until a time that code works out, and holds no place meanwhile. Other waits need no executor. */
export const waitTask: AttemptRunner = {
  run: async (_work, { settings, where }) => {
    const { until } = ((await settings()) ?? {}) as { until?: unknown };
    const at = typeof until === "string" ? Date.parse(until) : Number.NaN;
    if (Number.isNaN(at)) throw new MillraceError("MR-TASK-010", { what: `${JSON.stringify(until) ?? "nothing"} is no time to wait for`, where, mend: "give `until` in ISO 8601" });
    return at <= Date.now() ? { kind: "success" } : { kind: "deferred", ms: at - Date.now() };
  },
};
