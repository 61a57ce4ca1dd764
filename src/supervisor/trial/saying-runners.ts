import type { Json } from "../../model/manifest.ts";
import type { TaskKind } from "../../model/dag-manifest.ts";
import { durationText } from "../../model/duration.ts";
import type { AttemptRunner } from "../tasks/attempt-runner.ts";

type Settings = { [name: string]: Json | undefined };

const limited = (text: string, ms: Json | undefined): string => (typeof ms === "number" ? `${text}, for ${durationText(ms)} at the most` : text);

/** What tasks would do that only a scheduler can, or that leave something behind. */
const sayings: Partial<Record<TaskKind, (settings: Settings) => string>> = {
  wait: ({ ms, dataset, until, timeoutMs }) => {
    if (typeof ms === "number") return `it would wait ${durationText(ms)}`;
    return dataset === undefined ? `it would wait until ${String(until)}` : limited(`it would wait until dataset "${String(dataset)}" is whole for the interval`, timeoutMs);
  },
  approval: ({ prompt, timeoutMs }) => limited(`it would wait for a person's answer to ${JSON.stringify(prompt ?? "")}`, timeoutMs),
  dag: ({ dag, params, wait }) => `it would make a run of DAG "${String(dag)}"${params === undefined ? "" : ` with ${JSON.stringify(params)}`}${wait === false ? "" : ", and wait for its end"}`,
  crawl: ({ at, into }) => `it would crawl ${String(at)} for tables of database "${String(into)}"`,
  stage: ({ stage }) => `it would let stage "${String(stage)}" do all that its inputs hold`,
};

/** Runners that say what would be done, and do nothing. */
export const sayingRunners: Partial<Record<TaskKind, AttemptRunner>> = Object.fromEntries(
  Object.entries(sayings).map(([kind, say]) => {
    const runner: AttemptRunner = { run: async (_work, { settings }) => ({ kind: "skipped", note: say(((await settings()) ?? {}) as Settings) }) };
    return [kind, runner];
  }),
);
