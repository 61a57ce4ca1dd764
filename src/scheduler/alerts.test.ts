import { expect, test } from "vitest";
import type { AlertDecl, DagDecl } from "../model/dag-manifest.ts";
import type { AlertRow, RunKind, RunRow } from "../state/run-store.ts";
import { dagDecl, taskDecl } from "./dag-for-tests.ts";
import type { Event } from "./events.ts";
import type { Outcome, Work } from "./executor.ts";
import { MemoryStore } from "./memory-store-for-tests.ts";
import { step } from "./step.ts";
import { World } from "./world.ts";

const minuteMs = 60_000;
const hook: AlertDecl["to"] = { kind: "webhook", url: "https://example.com/x" };
const mail: AlertDecl["to"] = { kind: "email", address: "a@example.com" };
const all: AlertDecl = { on: ["failure", "success", "retry", "deadline"], to: hook };
const broken: Outcome = { kind: "failed", error: { code: "MR-TASK-001", what: "it broke", where: "here", mend: "none", retryable: true } };

/** A scheduler with a clock that the test turns, whose life may end at any time. */
class Bed {
  readonly store = new MemoryStore();
  readonly dags: DagDecl[];
  now = Date.UTC(2026, 0, 1);
  offers: { attempt: string; token: string }[] = [];
  #world!: World;
  #epoch = 0;
  #minted = 0;

  constructor(...dags: DagDecl[]) {
    this.dags = dags;
    this.boot();
  }

  /** As after a kill: what was not committed is gone. */
  boot(): void {
    const { epoch, unfinished } = this.store.takeNow();
    this.#world = new World(() => `m${++this.#minted}`);
    this.#epoch = epoch;
    this.offers = [];
    this.take({ type: "restore", unfinished, pinned: this.dags.map((dag) => ({ release: "r1", dag })) });
    this.take({ type: "register", release: "r1", dags: this.dags, made: new Map(), existing: new Map(), resting: false });
    this.take({ type: "time" });
  }

  take(event: Event): unknown {
    const answer = step(this.#world, event, this.now);
    const changes = this.#world.takeChanges();
    if (changes) this.store.commitNow(this.#epoch, changes);
    for (const effect of this.#world.takeEffects()) if (effect.type === "offer") this.offers.push(effect.hint);
    return answer;
  }

  /** Turns the clock on, stopping wherever something is due. */
  pass(ms: number): void {
    const until = this.now + ms;
    for (let next = this.#world.timers.key; next !== undefined && next <= until; next = this.#world.timers.key) {
      this.now = Math.max(this.now, next);
      this.take({ type: "time" });
    }
    this.now = until;
  }

  trigger(dag = "d", kind: RunKind = "manual"): string {
    return (this.take({ type: "trigger", request: { dag, kind, params: {} } }) as RunRow).id;
  }

  /** Starts what is offered and ends it so. */
  end(outcome: Outcome = { kind: "success" }): void {
    for (const hint of this.offers.splice(0)) {
      const work = this.take({ type: "start", ...hint, worker: "w" }) as Work | undefined;
      if (work) this.take({ type: "end", attempt: work.attempt, fence: work.fence, outcome });
    }
  }

  get alerts(): AlertRow[] {
    return [...this.store.rows.alerts.values()];
  }

  get texts(): string[] {
    return this.alerts.map(({ kind, text }) => `${kind}: ${text}`);
  }
}

const one = (more: Partial<DagDecl>, ...tasks: ReturnType<typeof taskDecl>[]): DagDecl => dagDecl("d", tasks.length > 0 ? tasks : [taskDecl("t")], { alerts: [all], ...more });

test("a retry, a task's last failure, a run's failure and its success are told, to whom it concerns", () => {
  const bed = new Bed(one({ alerts: [{ on: ["failure", "retry"], to: hook }, { on: ["failure"], to: mail }, { on: ["failure"], to: hook }, { on: ["success"], to: mail }] }, taskDecl("t", { retries: 1, retryDelayMs: 1_000 })));
  const id = bed.trigger();
  bed.end(broken);
  bed.pass(1_000);
  bed.end(broken);
  expect(bed.alerts.map(({ kind, to, task, attempt, text }) => [kind, to.kind, task, attempt, text])).toEqual([
    ["retry", "webhook", "t", 1, `task "t" of run ${id} has failed at attempt 1 of 2, and is tried again: MR-TASK-001: it broke`],
    ...["webhook", "email"].map((kind) => ["failure", kind, "t", 2, `task "t" of run ${id} has failed at attempt 2: MR-TASK-001: it broke`]),
    ...["webhook", "email"].map((kind) => ["failure", kind, null, null, `run ${id} has failed: "t" failed`]),
  ]);
  expect(new Set(bed.alerts.map((alert) => alert.id)).size).toBe(5);
  bed.take({ type: "clear", run: id, stored: { run: bed.store.rows.runs.get(id) as RunRow, instances: bed.store.instancesOf(id), attempts: [...bed.store.rows.attempts.values()], decl: undefined }, tasks: [{ task: "t" }], note: null });
  bed.end();
  expect(bed.alerts.at(-1)).toMatchObject({ kind: "success", to: mail, run: id, release: "r1", state: "pending", nextAt: bed.now, count: 1 });
});

test("what a person does to a task or a run is told to nobody", () => {
  const bed = new Bed(one({ alerts: [{ on: ["failure"], to: hook }] }, taskDecl("t"), taskDecl("u", { after: ["t"], trigger: "all_done" })));
  const [marked, cancelled] = [bed.trigger(), bed.trigger()];
  bed.take({ type: "mark", run: marked, tasks: [{ task: "t" }], state: "failed", note: null });
  bed.take({ type: "cancel", run: cancelled, note: null });
  expect(bed.alerts).toEqual([]);
});

test("a run that hangs misses its deadline once, over a restart too, and misses none when it ends in time", () => {
  const bed = new Bed(one({ deadlines: [{ after: "start", ms: minuteMs }, { after: "due", ms: 10 * minuteMs }], alerts: [{ on: ["deadline"], to: hook }] }));
  const [hangs, ends] = [bed.trigger(), bed.trigger()];
  bed.offers.sort((a, b) => Number(a.attempt > b.attempt));
  expect(bed.store.rows.runs.get(hangs)?.deadlines).toEqual([{ after: "due", ms: 10 * minuteMs, at: bed.now + 10 * minuteMs }, { after: "start", ms: minuteMs, at: bed.now + minuteMs }]);
  bed.offers = bed.offers.filter(({ attempt }) => bed.store.rows.attempts.get(attempt)?.run === ends);
  bed.end();
  expect(bed.store.rows.runs.get(ends)).toMatchObject({ state: "success", deadlines: [] });
  // Killed before the time, and back long after it.
  bed.now += 5 * minuteMs;
  bed.boot();
  bed.boot();
  expect(bed.texts).toEqual([`deadline: run ${hangs} has missed its deadline of 2026-01-01T00:01:00.000Z, 1m after it had started: it still runs`]);
  bed.pass(minuteMs);
  bed.boot();
  expect(bed.alerts).toHaveLength(1);
  bed.pass(10 * minuteMs);
  expect(bed.texts[1]).toContain("10m after it fell due: it still runs");
  expect(bed.store.rows.runs.get(hangs)?.deadlines).toEqual([]);
  bed.pass(60 * minuteMs);
  expect(bed.alerts).toHaveLength(2);
});

test("a run that still waits for its turn misses what it had from when it fell due; one that ends too late is told of though no timer fired", () => {
  const bed = new Bed(one({ maxActiveRuns: 1, deadlines: [{ after: "due", ms: minuteMs }], alerts: [{ on: ["deadline"], to: hook }] }));
  bed.trigger();
  bed.trigger();
  bed.now += 2 * minuteMs;
  bed.end();
  expect(bed.texts[0]).toContain("it has ended only now");
  bed.pass(1);
  expect([bed.alerts.length, bed.texts[1]]).toEqual([2, expect.stringContaining("it still runs")]);
});

test("a run of the schedule that was made too late is late; one of a time when nobody watched, or of a backfill, is not", () => {
  const daily = one({ schedule: { kind: "every", ms: 60 * minuteMs, anchor: "1970-01-01T00:00:00Z" }, start: "2025-12-31T20:00:00Z", catchup: { policy: "all" }, deadlines: [{ after: "due", ms: 30 * minuteMs }], alerts: [{ on: ["deadline"], to: hook }] });
  const bed = new Bed(daily);
  bed.end();
  expect([bed.store.rows.runs.size, bed.alerts.length]).toEqual([4, 0]);
  bed.now += 100 * minuteMs;
  bed.boot();
  expect([bed.store.rows.runs.size, bed.alerts.length]).toEqual([5, 1]);
  expect(bed.texts[0]).toMatch(/^deadline: run d\.20260101T000000Z has missed its deadline of 2026-01-01T01:30:00\.000Z, 30m after it fell due/);
  bed.end();
  bed.take({ type: "backfill", request: { dag: "d", from: Date.UTC(2025, 11, 30), to: Date.UTC(2025, 11, 30, 2), order: "oldest", reprocess: "none", maxActiveRuns: 2, params: {}, note: null }, existing: [] });
  bed.pass(1_000);
  expect([bed.store.rows.runs.size, bed.alerts.length]).toEqual([7, 1]);
});

test("a storm is one alert a minute and receiver, over a restart too, and says how much it stands for", () => {
  const failing = Array.from({ length: 25 }, (_, i) => taskDecl(`t${i}`));
  const bed = new Bed(one({ alerts: [{ on: ["failure"], to: hook }, { on: ["failure", "retry"], to: mail }] }, ...failing));
  const storm = (): void => {
    bed.trigger();
    bed.end(broken);
  };
  storm();
  const of = (to: AlertDecl["to"]) => bed.alerts.filter((alert) => alert.to.kind === to.kind);
  for (const to of [hook, mail]) {
    expect(of(to).map(({ state, count }) => `${state} ${count}`)).toEqual([...Array.from({ length: 10 }, () => "pending 1"), "gathering 16"]);
    expect(of(to)[10]).toMatchObject({ nextAt: bed.now + minuteMs });
  }
  bed.pass(1_000);
  bed.boot();
  storm();
  bed.pass(minuteMs);
  expect(of(hook).map(({ state, count }) => `${state} ${count}`).slice(10)).toEqual(["pending 42"]);
  expect(of(hook)[10]).toMatchObject({ at: Date.UTC(2026, 0, 1), lastAt: Date.UTC(2026, 0, 1, 0, 0, 1) });
  // While it goes on, all are joined; when it has passed, the first few go out alone again.
  storm();
  expect(of(hook).map(({ state, count }) => `${state} ${count}`).slice(11)).toEqual(["gathering 26"]);
  bed.pass(3 * minuteMs);
  bed.end();
  const single = bed.trigger();
  bed.offers.splice(1);
  bed.end(broken);
  expect(of(hook).at(-1)).toMatchObject({ run: single, state: "pending", count: 1 });
});

test("how an alert has fared is kept", () => {
  const bed = new Bed(one({}));
  bed.trigger();
  bed.end();
  const sent: AlertRow = { ...bed.alerts[0], state: "sent", tries: 1, nextAt: null, endedAt: bed.now };
  bed.take({ type: "alerts", rows: [sent] });
  expect(bed.alerts).toEqual([sent]);
});
