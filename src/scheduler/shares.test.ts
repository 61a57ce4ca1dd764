import { expect, test } from "vitest";
import type { DagDecl, TaskDecl } from "../model/dag-manifest.ts";
import type { AttemptRow } from "../state/run-store.ts";
import { shardOf } from "../state/shards.ts";
import { dagDecl, taskDecl } from "./dag-for-tests.ts";
import type { Event } from "./events.ts";
import { MemoryStore } from "./memory-store-for-tests.ts";
import type { Message } from "./messages.ts";
import { step } from "./step.ts";
import { World } from "./world.ts";

const shards = 4;

/** Worlds of several shards; what they send one another arrives at once, and attempts run until the test ends them. */
class Bed {
  readonly stores = MemoryStore.shards(shards);
  readonly worlds: World[];
  readonly dags: DagDecl[];
  now = 0;
  messages = 0;
  #minted = 0;

  constructor(dags: DagDecl[], pools: Record<string, number> = {}) {
    this.dags = dags;
    for (const [name, slots] of Object.entries(pools)) this.stores[0].rows.pools.set(name, { name, slots, note: null });
    this.worlds = this.stores.map((_, shard) => this.#begin(shard));
  }

  #begin(shard: number): World {
    const world = new World(() => `m${++this.#minted}`, { shard, shards });
    const { epoch, unfinished } = this.stores[shard].takeNow();
    const take = (event: Event): void => {
      step(world, event, this.now);
      const changes = world.takeChanges();
      if (changes) this.stores[shard].commitNow(epoch, changes);
    };
    take({ type: "restore", unfinished, pinned: unfinished.runs.map(({ dag }) => ({ release: "r", dag: this.dags.find(({ name }) => name === dag) as DagDecl })) });
    take({ type: "register", release: "r", dags: this.dags, made: new Map(), existing: new Map(), resting: false });
    return world;
  }

  /** Another plane takes the shard over. */
  restart(shard: number): void {
    this.worlds[shard] = this.#begin(shard);
    this.deliver();
  }

  send(shard: number, event: Event, taken: number[] = []): unknown {
    const answer = step(this.worlds[shard], event, this.now);
    const changes = this.worlds[shard].takeChanges(taken);
    if (changes) this.stores[shard].commitNow(this.stores[shard].epoch, changes);
    return answer;
  }

  /** Until nobody has mail. */
  deliver(): void {
    for (const store of this.stores) {
      const [letter] = store.mail;
      if (!letter) continue;
      if (++this.messages > 10_000) throw new Error("shards write to one another for ever");
      this.send(store.shard, { type: "message", message: structuredClone(letter.body) as unknown as Message }, [letter.id]);
      return this.deliver();
    }
  }

  trigger(dag: string, times = 1): void {
    for (let i = 0; i < times; i++) this.send(shardOf(dag, shards), { type: "trigger", request: { dag, kind: "manual", params: {} } });
    this.deliver();
  }

  live(dag?: string): AttemptRow[] {
    return [...this.stores[0].rows.attempts.values()].filter((row) => row.endedAt === null && (dag === undefined || row.run.startsWith(`${dag}.`)));
  }

  end({ id, run, token }: AttemptRow): void {
    const shard = shardOf(run.slice(0, run.indexOf(".")), shards);
    const work = this.send(shard, { type: "start", attempt: id, token, worker: "w" }) as { fence: number };
    this.send(shard, { type: "end", attempt: id, fence: work.fence, outcome: { kind: "success" } });
    this.deliver();
  }
}

/** A DAG for each shard, that of the shard at its place. */
function dagEach(task: Partial<TaskDecl>): DagDecl[] {
  const names = new Map<number, string>();
  for (let i = 0; names.size < shards; i++) if (!names.has(shardOf(`dag${i}`, shards))) names.set(shardOf(`dag${i}`, shards), `dag${i}`);
  return Array.from({ length: shards }, (_, shard) => dagDecl(names.get(shard) as string, [taskDecl("t", task)], { maxActiveRuns: 1_000 }));
}

test("one shard uses a whole pool while the others have nothing to do, without asking for each task", () => {
  const dags = dagEach({ pool: "p" });
  const bed = new Bed(dags, { p: 20 });
  bed.trigger(dags[0].name, 100);
  expect(bed.live()).toHaveLength(20);
  const { messages } = bed;
  for (let i = 0; i < 50; i++) bed.end(bed.live()[0]);
  expect(bed.live()).toHaveLength(20);
  expect(bed.messages - messages).toBeLessThan(10);
});

test("those that come later come to an even part as tasks end, and the pool is never beyond its slots", () => {
  const dags = dagEach({ pool: "p" });
  const bed = new Bed(dags, { p: 8 });
  bed.trigger(dags[0].name, 100);
  for (const { name } of dags.slice(1)) bed.trigger(name, 50);
  for (let i = 0; i < 8; i++) {
    bed.end(bed.live(dags[0].name)[0]);
    expect(bed.live().length).toBeLessThanOrEqual(8);
  }
  expect(dags.map(({ name }) => bed.live(name).length)).toEqual([2, 2, 2, 2]);
});

test("with fewer slots than shards each has its turn, and so has a task that takes the whole pool", () => {
  const dags = dagEach({ pool: "p" });
  dags[3] = dagDecl(dags[3].name, [taskDecl("t", { pool: "p", slots: 2 })], { maxActiveRuns: 1_000 });
  const bed = new Bed(dags, { p: 2 });
  for (const { name } of dags) bed.trigger(name, 40);
  const done = new Map(dags.map(({ name }) => [name, 0]));
  for (let i = 0; i < 60; i++) {
    const [first] = bed.live();
    const dag = first.run.slice(0, first.run.indexOf("."));
    done.set(dag, (done.get(dag) ?? 0) + 1);
    bed.end(first);
  }
  expect(Math.min(...done.values())).toBeGreaterThan(6);
});

test("a limit by key and a throttle count over all shards", () => {
  const dags = dagEach({ concurrency: { key: "customer", max: 2 } });
  const bed = new Bed(dags);
  for (const { name } of dags) bed.trigger(name, 3);
  const ran = new Set<string>();
  for (let left = 12; left > 0; left--) {
    expect(bed.live().length).toBeGreaterThan(0);
    expect(bed.live().length).toBeLessThanOrEqual(2);
    ran.add(bed.live()[0].run);
    bed.end(bed.live()[0]);
  }
  expect(ran.size).toBe(12);
  // Of customers that nobody works for nothing is kept.
  expect(bed.stores.map(({ shares }) => [...shares.keys()].filter((key) => key.includes("customer")))).toEqual([[], [], [], []]);

  const throttled = dagEach({ throttle: { key: "api", everyMs: 1_000, burst: 1 } });
  const slow = new Bed(throttled);
  for (const { name } of throttled) slow.trigger(name, 2);
  const starts: number[] = [];
  for (; slow.now <= 10_000 && starts.length < 8; slow.now += 250) {
    for (const shard of slow.worlds.keys()) slow.send(shard, { type: "time" });
    slow.deliver();
    for (const row of slow.live()) {
      starts.push(row.queuedAt);
      slow.end(row);
    }
  }
  expect(starts).toHaveLength(8);
  expect(starts.slice(1).every((at, i) => at - starts[i] >= 1_000)).toBe(true);
});

test("a shard that is taken over has what it had, and a pool that becomes smaller comes down to that", () => {
  const dags = dagEach({ pool: "p" });
  const bed = new Bed(dags, { p: 8 });
  for (const { name } of dags) bed.trigger(name, 10);
  for (const shard of bed.worlds.keys()) bed.restart(shard);
  expect(bed.live()).toHaveLength(8);
  bed.send(shardOf("pool p", shards), { type: "pool", name: "p", slots: 3, note: null });
  bed.deliver();
  for (let i = 0; i < 20; i++) bed.end(bed.live()[0]);
  expect(bed.live()).toHaveLength(3);
  bed.send(shardOf("pool p", shards), { type: "pool", name: "p", slots: -1, note: null });
  bed.deliver();
  expect(bed.live()).toHaveLength(20);
});
