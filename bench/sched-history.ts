import { join } from "node:path";
import { dagDecl, taskDecl } from "../src/scheduler/dag-for-tests.ts";
import type { Benchmark, Outcome } from "./harness/benchmark.ts";
import { fillHistory } from "./harness/fill-history.ts";
import { SchedulerBed } from "./harness/scheduler-bed.ts";
import { median, rounded, spread } from "./harness/statistics.ts";

const tasks = 20;

export const schedHistory: Benchmark = {
  name: "sched.history",
  what: `200 DAGs of ${tasks} tasks in a row, all triggered at once, by scheduler and store alone, with 10 M tasks that have ended in the store and as many attempts; and its start (openSeconds)`,
  reach: "<= 1.2 x the empty store",
  run: async ({ small, folder, say }): Promise<Outcome> => {
    const count = small ? 10 : 200;
    const rows = small ? 10_000 : 10_000_000;
    const filled = await fillHistory(join(folder, "long"), { runs: rows / tasks, tasks, dags: count });
    say(`${rows} tasks and attempts were written in ${rounded(filled.seconds)} s: ${rounded(filled.bytes / 1e6)} MB`);
    const dags = Array.from({ length: count }, (_, n) => dagDecl(`d${n}`, chainOfTasks()));
    const names = dags.map(({ name }) => name);
    const none = await SchedulerBed.open(join(folder, "none"), dags);
    const long = await SchedulerBed.open(join(folder, "long"), dags);
    const seconds: { none: number; long: number }[] = [];
    // In turns, and each first in every other round: what else the machine does meets both.
    for (let n = 0; n < (small ? 1 : 20); n++) {
      if (n % 2 === 0) seconds.push({ none: await none.through(names), long: await long.through(names) });
      else seconds.push({ long: await long.through(names), none: await none.through(names) });
    }
    await none.close();
    await long.close();
    const ofLong = seconds.map((each) => each.long);
    const ofNone = seconds.map((each) => each.none);
    say(`seconds with history ${ofLong.map(rounded).join(", ")}; without ${ofNone.map(rounded).join(", ")}`);
    return {
      ...{ value: median(ofLong), unit: "s", baseline: "the same with an empty store", baselineValue: median(ofNone), spread: spread(ofLong), hash: `${count * tasks} tasks beside ${rows}` },
      extra: {
        fillSeconds: rounded(filled.seconds), storeMB: rounded(filled.bytes / 1e6), openSeconds: rounded(long.openSeconds), openEmptySeconds: rounded(none.openSeconds),
        fastest: rounded(Math.min(...ofLong)), fastestEmpty: rounded(Math.min(...ofNone)),
      },
    };
  },
};

const chainOfTasks = () => Array.from({ length: tasks }, (_, n) => taskDecl(`step-${n + 1}`, { after: n === 0 ? [] : [`step-${n}`] }));
