import { randomUUID } from "node:crypto";
import { dagDecl, taskDecl } from "../../src/scheduler/dag-for-tests.ts";
import { Plane } from "../../src/scheduler/plane.ts";
import { postgresRuns } from "../../src/state/postgres-runs.ts";
import { InstantExecutor } from "./instant-executor.ts";

/*
 * A control plane as a process, whose tasks end as soon as they start: where its tables are, how many DAGs there are, and of how many
 * tasks in a row, comes as JSON in its first argument. On each
 * message of its parent it triggers the DAGs of the shards that it holds, and says when their runs have ended and are on disk.
 */

const { url, schema, count, tasks } = JSON.parse(process.argv[2]) as { url: string; schema: string; count: number; tasks: number };
const chain = Array.from({ length: tasks }, (_, n) => taskDecl(`step-${n}`, { after: n > 0 ? [`step-${n - 1}`] : [] }));
const dags = Array.from({ length: count }, (_, n) => dagDecl(`d${n}`, chain));
const runs = await postgresRuns({ connection: { url }, schema });

const waiting = new Map<string, () => void>();
const quiet = { begin: () => undefined, wake: () => undefined, idle: true, close: async () => undefined };
const plane = await Plane.open({
  ...{ runs, holder: `bench ${process.pid}`, onlyLooks: false, outboxOf: () => quiet, clock: Date.now, mint: randomUUID, declarationOf: () => undefined },
  logger: { warn: () => undefined, error: console.error },
  onRunEnded: ({ id }) => waiting.get(id)?.(),
});
plane.attach(new InstantExecutor(plane));
await plane.register("bench", dags);

const isRunning = (run: string): boolean => plane.worlds.some((world) => world.runs.has(run));

async function through(dag: string): Promise<void> {
  const { id } = await plane.trigger({ dag, kind: "manual", params: {} });
  if (isRunning(id)) await new Promise<void>((resolve) => waiting.set(id, resolve));
  waiting.delete(id);
}

process.on("message", async () => {
  const mine = dags.filter(({ name }) => plane.worlds.some((world) => world.dags.has(name)));
  await Promise.all(mine.map(({ name }) => through(name)));
  process.send?.({ ended: mine.length });
});
setInterval(() => process.send?.({ held: plane.worlds.length }), 100);
