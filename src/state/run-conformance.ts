import { expect, test } from "vitest";
import { aBackfill, anAlert, anAttempt, anInstance, aRun, changes } from "./run-rows-for-tests.ts";
import type { AlertFilter, AlertRow, BackfillIntervalRow, DagRow, LedgerRow, RunRow, RunState, RunStore, Swap } from "./run-store.ts";
import type { StateStore } from "./store.ts";

/** A run store, and the state store whose entries its commits swap. */
export interface OpenRuns {
  runs: RunStore;
  state: StateStore;
}

/**
 * What every run store must pass.
 *
 * @param open - opens the stores named; the same name opens the same data
 */
export function runConformance(label: string, open: (name: string) => Promise<OpenRuns>): void {
  type Body = (stores: OpenRuns, name: string) => Promise<void>;
  const check = (title: string, body: Body) =>
    test(`${label}: ${title}`, async () => {
      const name = title.replaceAll(/[^a-z]+/g, "-");
      const stores = await open(name);
      await body(stores, name).finally(() => Promise.all([stores.runs.close(), stores.state.close()]));
    });

  check("an empty store is taken with nothing to do", async ({ runs }) => {
    expect(await runs.take("a")).toEqual({ epoch: 1, unfinished: { runs: [], instances: [], attempts: [], dags: [], backfills: [], pools: [], ledgers: [], alerts: [], throttles: [], fence: 0 } });
    expect(await runs.run("none")).toBeUndefined();
    expect(await runs.instances("none")).toEqual([]);
    expect(await runs.attempts("none")).toEqual([]);
    expect(await runs.runs({ limit: 10 })).toEqual([]);
  });

  check("rows come back as they were given", async ({ runs }) => {
    const { epoch } = await runs.take("a");
    const run = aRun("r", { params: { a: [1, null, "ü\u0000"] }, note: "it's", logicalDate: null, startedAt: 3, backfill: "b", ordinal: 2, cause: "someone", kind: "backfill", clears: 3, deadlines: [{ after: "start", ms: 5, at: 8 }] });
    const plain = anInstance("r", "plain", { readyAt: null, startedAt: null, state: "scheduled", attempts: 0 });
    const full = anInstance("r", "full", { index: 7, result: { json: '{"a":[1]}', items: 1 }, chosen: [], note: "n", endedAt: 9, wakeAt: 8_640_000_000_000_000, lost: 2 });
    const large = anInstance("r", "large", { result: { file: "results/x", bytes: 2 ** 40, sha256: "00" }, chosen: ["x", "ÿ"] });
    const attempt = anAttempt("r", "full", 1, { index: 7, state: "failed", endedAt: 5, error: { code: "MR-SCHED-006", what: "w", where: "h", mend: "m", retryable: true }, looks: 4, fence: 2 ** 52 });
    const dag: DagRow = { dag: "daily", paused: true, note: null, since: -5, lastStart: null, lastEnd: null, updated: [{ dataset: "d", at: 1, start: null, end: null, cause: "r" }] };
    const backfill = aBackfill("b", { params: { x: 1 }, note: "why" });
    const interval = { backfill: "b", ordinal: 1, start: 1, end: 2, run: null, reason: "in flight" as const };
    const pools = [{ name: "default", slots: 128, note: null }, { name: "one", slots: -1, note: "n" }];
    const ledgers: LedgerRow[] = [{ dataset: "d", done: [[1, 2], [5, 2 ** 52]] }, { dataset: "e", done: [] }];
    const alert = anAlert("a", { to: { kind: "command", argv: ["notify", "it's"] }, kind: "deadline", task: "t", index: 3, attempt: 2, count: 7, lastAt: 5_000, state: "gathering", tries: 1, error: { code: "MR-SCHED-006", what: "w", where: "h", mend: "m", retryable: true } });
    await runs.commit(epoch, changes({ runs: [run], instances: [plain, full, large], attempts: [attempt], dags: [dag], backfills: [backfill], intervals: [interval], pools, ledgers, alerts: [alert], throttles: [{ key: "throttle api", at: 5, until: 2 ** 52 }], fence: 2 ** 52 }));
    expect(await runs.run("r")).toEqual(run);
    expect(await runs.instances("r")).toEqual([full, large, plain]);
    expect(await runs.attempts("r")).toEqual([attempt]);
    expect(await runs.backfills()).toEqual([backfill]);
    expect(await runs.backfillIntervals("b", { after: 0, limit: 10 })).toEqual([interval]);
    expect(await runs.alerts({ limit: 10 })).toEqual([alert]);
    expect((await runs.take("b")).unfinished).toEqual({ runs: [run], instances: [full, large, plain], attempts: [], dags: [dag], backfills: [backfill], pools, ledgers, alerts: [alert], throttles: [{ key: "throttle api", at: 5, until: 2 ** 52 }], fence: 2 ** 52 });
  });

  check("throttles and memos whose time was over before another start are forgotten", async ({ runs }) => {
    const { epoch } = await runs.take("a");
    const memo = { key: "m", run: "r", result: { json: "[1]", items: 1 }, at: 0, until: 10 };
    await runs.commit(epoch, changes({ memos: [memo, { ...memo, key: "n", result: null, until: 30 }] }));
    expect([await runs.memo("m"), await runs.memo("n"), await runs.memo("o")]).toEqual([memo, { ...memo, key: "n", result: null, until: 30 }, undefined]);
    await runs.commit(epoch, changes({ memos: [{ ...memo, key: "o", at: 20, until: 40 }] }));
    expect(await Promise.all(["m", "n", "o"].map(async (key) => (await runs.memo(key))?.until))).toEqual([undefined, 30, 40]);
    await runs.commit(epoch, changes({ throttles: [{ key: "a", at: 0, until: 10 }, { key: "b", at: 0, until: 20 }] }));
    await runs.commit(epoch, changes({ throttles: [{ key: "c", at: 20, until: 30 }] }));
    expect((await runs.take("b")).unfinished.throttles).toEqual([{ key: "b", at: 0, until: 20 }, { key: "c", at: 20, until: 30 }]);
  });

  check("ids are found by how they begin", async ({ runs }) => {
    const { epoch } = await runs.take("a");
    await runs.commit(epoch, changes({ runs: [aRun("daily.1"), aRun("daily.2"), aRun("dailies"), aRun("ähnlich")], backfills: [aBackfill("daily.b")] }));
    expect(await runs.idsFrom("run", "daily.", 5)).toEqual(["daily.1", "daily.2"]);
    expect(await runs.idsFrom("run", "dail", 2)).toEqual(["dailies", "daily.1"]);
    expect(await runs.idsFrom("run", "ä", 5)).toEqual(["ähnlich"]);
    expect(await runs.idsFrom("backfill", "daily", 5)).toEqual(["daily.b"]);
    expect(await runs.idsFrom("run", "x", 5)).toEqual([]);
  });

  check("a row takes the place of the one with its key", async ({ runs }) => {
    const { epoch } = await runs.take("a");
    const dag: DagRow = { dag: "daily", paused: false, note: null, since: 1, lastStart: null, lastEnd: null, updated: [] };
    const interval = { backfill: "b", ordinal: 1, start: 1, end: 2, run: null, reason: null };
    const pool = { name: "p", slots: 1, note: null };
    await runs.commit(epoch, changes({ runs: [aRun("r")], instances: [anInstance("r", "t")], attempts: [anAttempt("r", "t", 1)], dags: [dag], backfills: [aBackfill("b")], intervals: [interval], pools: [pool], ledgers: [{ dataset: "d", done: [[1, 2]] }] }));
    const next = {
      ...{ runs: [aRun("r", { state: "success", endedAt: 7 })], instances: [anInstance("r", "t", { state: "success", endedAt: 7, result: { json: "1" } })], attempts: [anAttempt("r", "t", 1, { state: "success", endedAt: 7 })] },
      ...{ dags: [{ ...dag, paused: true, lastStart: 1, lastEnd: 2 }], backfills: [aBackfill("b", { state: "paused", next: 2 })], intervals: [{ ...interval, run: "r" }], pools: [{ ...pool, slots: 5 }], ledgers: [{ dataset: "d", done: [[1, 3]] as [number, number][] }] },
    };
    await runs.commit(epoch, changes(next));
    expect([await runs.run("r"), await runs.instances("r"), await runs.attempts("r")]).toEqual([next.runs[0], next.instances, next.attempts]);
    expect(await runs.backfillIntervals("b", { after: 0, limit: 10 })).toEqual(next.intervals);
    expect((await runs.take("b")).unfinished).toMatchObject({ runs: [], dags: next.dags, backfills: next.backfills, pools: next.pools, ledgers: next.ledgers });
  });

  check("what is over is not taken, and what goes on is taken whole", async ({ runs }) => {
    const { epoch } = await runs.take("a");
    const states: RunState[] = ["queued", "running", "success", "failed", "cancelled"];
    const ids = states.map((state) => `r-${state}`);
    const over = ["success", "failed", "skipped", "timed_out", "lost", "cancelled"] as const;
    const open = ["queued", "running", "deferred"] as const;
    const attempts = ids.flatMap((id) => [...over, ...open].map((state, i) => anAttempt(id, "t", i + 1, { state })));
    await runs.commit(epoch, changes({ runs: states.map((state) => aRun(`r-${state}`, { state })), instances: ids.flatMap((id) => [anInstance(id, "t"), anInstance(id, "u", { state: "success" })]), attempts }));
    await runs.commit(epoch, changes({ backfills: (["running", "paused", "done", "cancelled"] as const).map((state) => aBackfill(state, { state })) }));
    const { unfinished } = await runs.take("b");
    expect(unfinished.runs.map(({ id }) => id)).toEqual(["r-queued", "r-running"]);
    expect(unfinished.instances.map(({ run, task }) => `${run}.${task}`).sort()).toEqual(["r-queued.t", "r-queued.u", "r-running.t", "r-running.u"]);
    expect(unfinished.attempts.map(({ run, state }) => `${run}.${state}`).sort()).toEqual(["queued", "running"].flatMap((run) => ["deferred", "queued", "running"].map((state) => `r-${run}.${state}`)));
    expect(unfinished.backfills.map(({ id }) => id).sort()).toEqual(["paused", "running"]);
  });

  check("a run that is cleared goes on", async ({ runs }) => {
    const { epoch } = await runs.take("a");
    await runs.commit(epoch, changes({ runs: [aRun("r", { state: "failed", endedAt: 5 })], instances: [anInstance("r", "t", { state: "failed" })] }));
    await runs.commit(epoch, changes({ runs: [aRun("r", { clears: 1 })], instances: [anInstance("r", "t", { state: "none" })] }));
    const { unfinished } = await runs.take("b");
    expect([unfinished.runs[0].clears, unfinished.instances[0].state]).toEqual([1, "none"]);
  });

  check("only the scheduler that took the store last writes", async ({ runs, state }, name) => {
    const other = await open(name);
    const first = await runs.take("first");
    await runs.commit(first.epoch, changes({ runs: [aRun("one")], fence: 3 }));
    const second = await other.runs.take("second");
    expect([second.epoch > first.epoch, second.unfinished.fence, second.unfinished.runs.length]).toEqual([true, 3, 1]);
    const swap: Swap = { collection: "c", key: "k", expected: 0, value: 1 };
    await expect(runs.commit(first.epoch, changes({ runs: [aRun("two")], fence: 4 }), [swap])).rejects.toMatchObject({ code: "MR-STATE-002" });
    await expect(runs.stale(first.epoch, [])).rejects.toMatchObject({ code: "MR-STATE-002" });
    expect([await runs.run("two"), await state.get("c", "k")]).toEqual([undefined, undefined]);
    await other.runs.commit(second.epoch, changes({ runs: [aRun("two")] }));
    await Promise.all([other.runs.close(), other.state.close()]);
    expect(await runs.run("two")).toBeDefined();
    expect((await runs.take("first")).epoch).toBeGreaterThan(second.epoch);
  });

  check("the fence never falls", async ({ runs }) => {
    const { epoch } = await runs.take("a");
    await runs.commit(epoch, changes({ fence: 9 }));
    await runs.commit(epoch, changes({ fence: 4 }));
    expect((await runs.take("b")).unfinished.fence).toBe(9);
  });

  check("swaps are made with the rows, by the versions of the state store", async ({ runs, state }) => {
    const { epoch } = await runs.take("a");
    await state.put("c", "old", "x");
    await state.put("c", "gone", "x");
    await state.put("c", "gone", "y");
    await state.delete("c", "gone");
    const swaps: Swap[] = [{ collection: "c", key: "old", expected: 1, value: { n: 2 } }, { collection: "c", key: "gone", expected: 0, value: null }, { collection: "d", key: "new", expected: 0, value: [1] }];
    expect(await runs.stale(epoch, swaps)).toEqual([]);
    expect(await state.get("d", "new")).toBeUndefined();
    await runs.commit(epoch, changes({ runs: [aRun("r")] }), swaps);
    expect([await state.get("c", "old"), await state.get("c", "gone"), await state.get("d", "new")]).toEqual([{ value: { n: 2 }, version: 2 }, { value: null, version: 3 }, { value: [1], version: 1 }]);
    expect(await runs.run("r")).toBeDefined();
  });

  check("a swap without a value removes its key, which may then be there again", async ({ runs, state }) => {
    const { epoch } = await runs.take("a");
    await state.put("c", "k", 1);
    await runs.commit(epoch, changes({ runs: [aRun("r")] }), [{ collection: "c", key: "k", expected: 1, value: undefined }]);
    expect(await state.get("c", "k")).toBeUndefined();
    const again: Swap[] = [{ collection: "c", key: "k", expected: 0, value: 2 }];
    expect(await runs.stale(epoch, again)).toEqual([]);
    await runs.commit(epoch, changes({ runs: [aRun("s")] }), again);
    expect((await state.get("c", "k"))?.value).toBe(2);
  });

  check("one swap that fails lets nothing be written", async ({ runs, state }) => {
    const { epoch } = await runs.take("a");
    await state.put("c", "moved", 1);
    await state.put("c", "moved", 2);
    const swaps: Swap[] = [{ collection: "c", key: "new", expected: 0, value: 1 }, { collection: "c", key: "moved", expected: 1, value: 3 }, { collection: "c", key: "none", expected: 1, value: 3 }, { collection: "c", key: "moved", expected: 0, value: 3 }];
    expect(await runs.stale(epoch, swaps)).toEqual([1, 2, 3]);
    await expect(runs.commit(epoch, changes({ runs: [aRun("r")], instances: [anInstance("r", "t")], fence: 5 }), swaps)).rejects.toMatchObject({ code: "MR-STATE-003" });
    expect([await state.get("c", "new"), (await state.get("c", "moved"))?.version, await runs.run("r")]).toEqual([undefined, 2, undefined]);
    expect((await runs.take("b")).unfinished.fence).toBe(0);
  });

  check("swaps on one key follow each other", async ({ runs, state }) => {
    const { epoch } = await runs.take("a");
    await state.put("c", "gone", 0);
    await state.delete("c", "gone");
    const twice = (key: string, first: number, second: number): Swap[] => [{ collection: "c", key, expected: first, value: "a" }, { collection: "c", key, expected: second, value: "b" }];
    expect(await runs.stale(epoch, twice("k", 0, 0))).toEqual([1]);
    await expect(runs.commit(epoch, changes({}), twice("k", 0, 0))).rejects.toMatchObject({ code: "MR-STATE-003" });
    expect(await runs.stale(epoch, twice("gone", 0, 2))).toEqual([]);
    await runs.commit(epoch, changes({}), twice("gone", 0, 2));
    expect(await state.get("c", "gone")).toEqual({ value: "b", version: 3 });
  });

  check("a fault in a commit writes nothing, and the next one is right", async ({ runs }) => {
    const { epoch } = await runs.take("a");
    await expect(runs.commit(epoch, changes({ runs: [aRun("lost")], instances: [anInstance("lost", "t"), anInstance("no such run", "t")] }))).rejects.toMatchObject({ code: "MR-INTERNAL-001" });
    expect(await runs.run("lost")).toBeUndefined();
    await runs.commit(epoch, changes({ runs: [aRun("other")], instances: [anInstance("other", "t")] }));
    await runs.commit(epoch, changes({ runs: [aRun("lost")], instances: [anInstance("lost", "u")] }));
    expect([(await runs.instances("other")).map(({ task }) => task), (await runs.instances("lost")).map(({ task }) => task)]).toEqual([["t"], ["u"]]);
  });

  check("no attempt takes the number of another", async ({ runs }) => {
    const { epoch } = await runs.take("a");
    await runs.commit(epoch, changes({ runs: [aRun("r")], attempts: [anAttempt("r", "t", 1, { id: "one" })] }));
    await expect(runs.commit(epoch, changes({ attempts: [anAttempt("r", "t", 1, { id: "two" })] }))).rejects.toMatchObject({ code: "MR-INTERNAL-001" });
    expect((await runs.attempts("r")).map(({ id }) => id)).toEqual(["one"]);
  });

  check("runs are listed by what is asked for, page by page, the newest first", async ({ runs }) => {
    const { epoch } = await runs.take("a");
    const all = manyRuns();
    for (const run of all) await runs.commit(epoch, changes({ runs: [run] }));
    const states: (RunState[] | undefined)[] = [undefined, ["failed"], ["queued", "running"], ["success", "cancelled", "failed"], []];
    for (const dag of [undefined, "a", "a.b", "none"]) {
      for (const backfill of [undefined, "b1"]) {
        for (const wanted of states) {
          const expected = all.toReversed().filter((run) => (dag ?? run.dag) === run.dag && (backfill ?? run.backfill) === run.backfill && (wanted ?? [run.state]).includes(run.state));
          const found: RunRow[] = [];
          for (let page: RunRow[]; (page = await runs.runs({ dag, states: wanted, backfill, before: found.at(-1)?.id, limit: 7 })).length > 0; ) found.push(...page);
          expect(found).toEqual(expected);
        }
      }
    }
    await expect(runs.runs({ before: "none", limit: 1 })).rejects.toMatchObject({ code: "MR-SCHED-002" });
    const dags = ["a.b", "none", "a"];
    expect(await runs.newestRuns(dags, 3)).toEqual(new Map(dags.map((dag) => [dag, all.toReversed().filter((run) => run.dag === dag).slice(0, 3)])));
  });

  check("runs are found by their interval", async ({ runs }) => {
    const { epoch } = await runs.take("a");
    const run = (id: string, intervalStart: number, given: Partial<RunRow> = {}): RunRow => aRun(id, { intervalStart, ...given });
    await runs.commit(epoch, changes({ runs: [run("c", 30), run("a", 10), run("b", 20, { kind: "manual" }), run("b2", 20, { kind: "backfill" }), run("x", 15, { dag: "other" })] }));
    const between = async (from: number, to: number, limit?: number) => (await runs.runsBetween("daily", from, to, limit)).map(({ id }) => id);
    expect(await between(10, 30)).toEqual(["a", "b", "b2"]);
    expect(await between(-Infinity, Infinity)).toEqual(["a", "b", "b2", "c"]);
    expect(await between(11, Infinity, 2)).toEqual(["b", "b2"]);
    expect(await between(31, 40)).toEqual([]);
    const before = async (start: number, ...kinds: RunRow["kind"][]) => (await runs.runBefore("daily", start, kinds))?.id;
    expect(await before(30, "scheduled", "manual", "backfill")).toBe("b2");
    expect(await before(30, "manual", "scheduled")).toBe("b");
    expect(await before(30, "scheduled")).toBe("a");
    expect(await before(Infinity, "scheduled")).toBe("c");
    expect(await before(10, "scheduled")).toBeUndefined();
    expect(await before(30, "dataset")).toBeUndefined();
    expect(await before(30)).toBeUndefined();
  });

  check("tasks and attempts of a run come in order, page by page", async ({ runs }) => {
    const { epoch } = await runs.take("a");
    const tasks = ["b", "a", "\u{10000}", "\uFFFF"];
    const indices = [2, 10, 0, -1];
    const ofRun = (run: string) => ({ instances: tasks.flatMap((task) => indices.map((index) => anInstance(run, task, { index }))), attempts: tasks.flatMap((task) => indices.flatMap((index) => [2, 1].map((number) => anAttempt(run, task, number, { index })))) });
    for (const id of ["r", "s"]) await runs.commit(epoch, changes({ runs: [aRun(id)], ...ofRun(id) }));
    const places = ["a", "b", "\uFFFF", "\u{10000}"].flatMap((task) => [-1, 0, 2, 10].map((index) => [task, index] as const));
    const instances = await runs.instances("r");
    expect(instances.map(({ run, task, index }) => [run, task, index])).toEqual(places.map((place) => ["r", ...place]));
    expect([...(await runs.instances("r", { limit: 5 })), ...(await runs.instances("r", { after: instances[4], limit: 100 }))]).toEqual(instances);
    expect(await runs.instances("r", { task: "b", after: { task: "b", index: -1 }, limit: 2 })).toEqual(instances.filter(({ task, index }) => task === "b" && index >= 0).slice(0, 2));
    const attempts = await runs.attempts("r");
    expect(attempts.map(({ run, task, index, number }) => [run, task, index, number])).toEqual(places.flatMap((place) => [1, 2].map((number) => ["r", ...place, number])));
    expect(await runs.attempts("r", "b")).toEqual(attempts.filter(({ task }) => task === "b"));
    expect(await runs.attempts("r", "b", 2)).toEqual(attempts.filter(({ task, index }) => task === "b" && index === 2));
    const ofB = await runs.attempts("r", "b", undefined, { limit: 3 });
    expect([...ofB, ...(await runs.attempts("r", "b", undefined, { after: ofB[2], limit: 100 }))]).toEqual(attempts.filter(({ task }) => task === "b"));
  });

  check("tasks of a run are counted by state, and runs of a DAG are marked by interval", async ({ runs }) => {
    const { epoch } = await runs.take("a");
    const instances = [
      anInstance("r", "each", { index: 0, state: "success", attempts: 1, startedAt: 20, endedAt: 50 }),
      anInstance("r", "each", { index: 1, state: "success", attempts: 3, startedAt: 10, endedAt: 40 }),
      anInstance("r", "each", { index: 2, state: "failed", attempts: 2, startedAt: 30, endedAt: 60 }),
      anInstance("r", "after", { state: "upstream_failed", attempts: 0, startedAt: null, endedAt: null }),
      anInstance("s", "each", { index: 0, state: "running" }),
    ];
    await runs.commit(epoch, changes({ runs: [aRun("r", { intervalStart: 10, state: "failed" }), aRun("s", { intervalStart: 20 }), aRun("t", { intervalStart: 10, dag: "other" })], instances }));
    expect(await runs.taskCounts("r")).toEqual([
      { task: "after", states: { upstream_failed: 1 }, attempts: 0, startedAt: null, endedAt: null },
      { task: "each", states: { success: 2, failed: 1 }, attempts: 3, startedAt: 10, endedAt: 60 },
    ]);
    expect(await runs.taskCounts("none")).toEqual([]);
    expect((await runs.instances("r", { states: ["failed", "upstream_failed"], limit: 10 })).map(({ task, index }) => [task, index])).toEqual([["after", -1], ["each", 2]]);
    const { state } = aRun("s");
    expect(await runs.runMarks("daily", 10, 30, 10)).toEqual([{ intervalStart: 10, state: "failed" }, { intervalStart: 20, state }]);
    expect(await runs.runMarks("daily", 10, 30, 1)).toHaveLength(1);
    expect(await runs.runMarks("daily", 11, 20, 10)).toEqual([]);
  });

  check("backfills and their intervals are listed", async ({ runs }) => {
    const { epoch } = await runs.take("a");
    const intervals = [1, 2, 3, 4, 5].map((ordinal) => ({ backfill: "x", ordinal, start: ordinal, end: ordinal + 1, run: null, reason: null }));
    await runs.commit(epoch, changes({ backfills: [aBackfill("x", { createdAt: 5 }), aBackfill("y", { createdAt: 9 }), aBackfill("z", { dag: "other", createdAt: 7, state: "done", endedAt: 8 })], intervals }));
    expect((await runs.backfills()).map(({ id }) => id)).toEqual(["y", "z", "x"]);
    expect((await runs.backfills("daily")).map(({ id }) => id)).toEqual(["y", "x"]);
    expect(await runs.backfill("z")).toMatchObject({ id: "z", dag: "other" });
    expect(await runs.backfill("none")).toBeUndefined();
    expect(await runs.backfillIntervals("x", { after: 1, limit: 3 })).toEqual(intervals.slice(1, 4));
    expect(await runs.backfillIntervals("y", { after: 0, limit: 3 })).toEqual([]);
  });

  check("alerts are listed, the newest first, by DAG and state", async ({ runs }) => {
    const { epoch } = await runs.take("a");
    const made = [anAlert("1"), anAlert("2", { dag: "other" }), anAlert("3", { state: "sent", nextAt: null, endedAt: 5 }), anAlert("4", { state: "failed", nextAt: null, endedAt: 5 }), anAlert("5", { state: "gathering" })];
    for (const alert of made) await runs.commit(epoch, changes({ alerts: [alert] }));
    const ids = async (filter: Omit<AlertFilter, "limit"> & { limit?: number }): Promise<string> => (await runs.alerts({ limit: 100, ...filter })).map(({ id }) => id).join("");
    expect([await ids({}), await ids({ dag: "daily" }), await ids({ states: ["sent", "failed"] }), await ids({ dag: "other", states: ["sent"] }), await ids({ states: [] })]).toEqual(["54321", "5431", "43", "", ""]);
    expect([await ids({ limit: 2 }), await ids({ before: "4", limit: 2 }), await ids({ before: "1" })]).toEqual(["54", "32", ""]);
    await expect(runs.alerts({ before: "none", limit: 1 })).rejects.toMatchObject({ code: "MR-SCHED-002" });
  });

  check("what is to be sent comes in the order of its time, and not to whom it is not to go now", async ({ runs }) => {
    const { epoch } = await runs.take("a");
    const mail = { kind: "email", address: "a@example.com" } as const;
    await runs.commit(epoch, changes({ alerts: [anAlert("late", { nextAt: 9_000 }), anAlert("mail", { nextAt: 2, to: mail }), anAlert("first", { nextAt: 1 }), anAlert("sent", { state: "sent", nextAt: null }), anAlert("gathers", { state: "gathering", nextAt: 1 })] }));
    const ids = async (limit: number, ...notTo: AlertRow["to"][]): Promise<string[]> => (await runs.pendingAlerts({ limit, notTo })).map(({ id }) => id);
    expect([await ids(9), await ids(1), await ids(9, mail), await ids(9, mail, anAlert("x").to)]).toEqual([["first", "mail", "late"], ["first"], ["first", "late"], []]);
    await runs.commit(epoch, changes({ alerts: [anAlert("first", { state: "sent", nextAt: null, endedAt: 4 })] }));
    expect(await ids(9)).toEqual(["mail", "late"]);
  });

  check("old alerts are removed once they are over", async ({ runs }) => {
    const { epoch } = await runs.take("a");
    const old = Array.from({ length: 2_100 }, (_, i) => anAlert(`old-${i}`, { state: i % 2 ? "sent" : "failed", endedAt: i % 9 }));
    await runs.commit(epoch, changes({ alerts: [...old, anAlert("new", { state: "sent", endedAt: 50 }), anAlert("open")] }));
    await runs.removeRuns({ before: 10, limit: 1 });
    expect((await runs.alerts({ limit: 10 })).map(({ id }) => id)).toEqual(["open", "new"]);
  });

  check("old runs are removed with all that is theirs", async ({ runs }) => {
    const { epoch } = await runs.take("a");
    const ended = (id: string, at: number, given: Partial<RunRow> = {}) => aRun(id, { intervalStart: at, state: "success", endedAt: at, ...given });
    const made = [ended("late", 50), ended("old", 10), ended("older", 5, { state: "failed" }), ended("cancelled", 20, { state: "cancelled" }), ended("at the time", 40), aRun("open", { intervalStart: 1 }), aRun("cleared", { intervalStart: 2, endedAt: 3 }), ended("newest", 60)];
    await runs.commit(epoch, changes({ runs: made, instances: made.map(({ id }) => anInstance(id, "t")), attempts: made.map(({ id }) => anAttempt(id, "t", 1)) }));
    expect(await runs.removeRuns({ before: 40, limit: 2 })).toBe(2);
    expect((await runs.runs({ limit: 100 })).map(({ id }) => id)).toEqual(["newest", "cleared", "open", "at the time", "cancelled", "late"]);
    expect(await runs.removeRuns({ before: 40, limit: 2 })).toBe(1);
    expect(await runs.removeRuns({ before: 40, limit: 2 })).toBe(0);
    for (const id of ["old", "older", "cancelled"]) expect([await runs.run(id), await runs.instances(id), await runs.attempts(id)]).toEqual([undefined, [], []]);
    for (const id of ["late", "at the time", "open", "cleared", "newest"]) expect([(await runs.instances(id)).length, (await runs.attempts(id)).length]).toEqual([1, 1]);
    // A run that comes again under an old name has none of the old rows.
    await runs.commit(epoch, changes({ runs: [aRun("old")] }));
    expect(await runs.instances("old")).toEqual([]);
  });

  check("what the scheduler still asks for is not removed", async ({ runs }) => {
    const { epoch } = await runs.take("a");
    const ended = (id: string, dag: string, kind: RunRow["kind"], intervalStart: number) => aRun(id, { dag, kind, intervalStart, state: "success", endedAt: intervalStart });
    const made = [
      ...[ended("s1", "daily", "scheduled", 1), ended("s2", "daily", "scheduled", 2), ended("m3", "daily", "manual", 3), ended("m4", "daily", "manual", 4)],
      ...[ended("h1", "ahead", "backfill", 1), ended("h2", "ahead", "backfill", 2), ended("h3", "ahead", "backfill", 3), ended("h4", "ahead", "manual", 4)],
      ...[ended("f1", "filled", "scheduled", 1), ended("f2", "filled", "scheduled", 2), ended("f3", "filled", "scheduled", 3), ended("f4", "filled", "scheduled", 4)],
      ended("last", "last", "manual", 100),
    ];
    const dag: DagRow = { dag: "ahead", paused: true, note: null, since: 0, lastStart: 2, lastEnd: 3, updated: [] };
    const backfills = [aBackfill("open", { dag: "filled", state: "paused", from: 2, to: 3 }), aBackfill("over", { dag: "filled", state: "done", from: 1, to: 9 })];
    await runs.commit(epoch, changes({ runs: made, dags: [dag], backfills }));
    expect(await runs.removeRuns({ before: 1_000, limit: 100 })).toBe(6);
    expect((await runs.runs({ limit: 100 })).map(({ id }) => id).sort()).toEqual(["f2", "f4", "h3", "h4", "last", "m4", "s2"]);
  });

  check("the run before one that goes on is not removed: a task may wait for it", async ({ runs }) => {
    const { epoch } = await runs.take("a");
    const ended = (id: string, kind: RunRow["kind"], intervalStart: number) => aRun(id, { kind, intervalStart, state: "success", endedAt: intervalStart });
    const made = [ended("s1", "scheduled", 1), ended("s2", "scheduled", 2), ended("m3", "manual", 3), ended("m4", "manual", 4), aRun("open", { kind: "manual", intervalStart: 5 }), ended("s6", "scheduled", 6), ended("m7", "manual", 7), ended("s8", "scheduled", 8), ended("m9", "manual", 9)];
    await runs.commit(epoch, changes({ runs: made }));
    // Of scheduled runs the last one before it, and of all the last one.
    expect(await runs.removeRuns({ before: 1_000 })).toBe(4);
    expect((await runs.runs({ limit: 100 })).map(({ id }) => id)).toEqual(["m9", "s8", "open", "m4", "s2"]);
  });

  check("the newest runs of each DAG stay, however old", async ({ runs }) => {
    const { epoch } = await runs.take("a");
    const made = ["a", "b"].flatMap((dag) => [3, 1, 2, 4].map((at) => aRun(`${dag}${at}`, { dag, kind: "manual", intervalStart: at, state: "success", endedAt: at })));
    await runs.commit(epoch, changes({ runs: [...made, aRun("c1", { dag: "c", intervalStart: 1, state: "success", endedAt: 1 })] }));
    expect(await runs.removeRuns({ before: 1_000, keepRuns: 3 })).toBe(2);
    expect((await runs.runs({ limit: 100 })).map(({ id }) => id)).toEqual(["c1", "b4", "b2", "b3", "a4", "a2", "a3"]);
    expect(await runs.removeRuns({ before: 3, keepRuns: 2 })).toBe(2);
    expect(await runs.removeRuns({ before: 3, keepRuns: 2 })).toBe(0);
  });

  check("a run that somebody holds is not removed", async ({ runs }) => {
    const { epoch } = await runs.take("a");
    await runs.commit(epoch, changes({ runs: [1, 2, 3].map((at) => aRun(`r${at}`, { intervalStart: at, state: "success", endedAt: at })) }));
    expect(await runs.removeRuns({ before: 1_000, isHeld: ({ id }) => id === "r1" })).toBe(1);
    expect((await runs.runs({ limit: 100 })).map(({ id }) => id)).toEqual(["r3", "r1"]);
  });

  check("runs that were removed are named until they are forgotten; one that comes again under the same name is another", async ({ runs }) => {
    const { epoch } = await runs.take("a");
    const old = (id: string, createdAt: number) => aRun(id, { intervalStart: createdAt, createdAt, state: "success", endedAt: 1 });
    await runs.commit(epoch, changes({ runs: [old("a", 1), old("b", 2), aRun("last", { intervalStart: 50 }), old("before", 49)] }));
    await runs.removeRuns({ before: 10 });
    await runs.commit(epoch, changes({ runs: [old("a", 3), aRun("later", { intervalStart: 60 })] }));
    await runs.removeRuns({ before: 10 });
    const named = [{ id: "a", dag: "daily", createdAt: 1 }, { id: "a", dag: "daily", createdAt: 3 }, { id: "b", dag: "daily", createdAt: 2 }];
    expect(await runs.removedRuns({ limit: 10 })).toEqual(named);
    expect([await runs.removedRuns({ limit: 2 }), await runs.removedRuns({ after: named[1], limit: 2 })]).toEqual([named.slice(0, 2), named.slice(2)]);
    await runs.forgetRemoved(named.slice(0, 1));
    expect(await runs.removedRuns({ limit: 10 })).toEqual(named.slice(1));
  });

  check("a removal ends when it is told to, and the next one goes on", async ({ runs }) => {
    const { epoch } = await runs.take("a");
    const indices = Array.from({ length: 2_000 }, (_, index) => index);
    await runs.commit(epoch, changes({ runs: [1, 2].map((at) => aRun(`r${at}`, { intervalStart: at, state: "success", endedAt: at })), instances: indices.map((index) => anInstance("r1", "t", { index })) }));
    const ending = new AbortController();
    const isHeld = (): boolean => {
      ending.abort();
      return false;
    };
    expect(await runs.removeRuns({ before: 1_000, isHeld, signal: ending.signal })).toBe(1);
    expect(await runs.removeRuns({ before: 1_000 })).toBe(0);
    expect(await runs.removedRuns({ limit: 9 })).toHaveLength(1);
  });

  check("a large run is removed in steps, and commits find room between them", async ({ runs }) => {
    const { epoch } = await runs.take("a");
    const indices = Array.from({ length: 5_000 }, (_, index) => index);
    const large = { runs: [aRun("large", { intervalStart: 1, state: "success", endedAt: 1 }), aRun("next", { intervalStart: 2, state: "success", endedAt: 90 })], instances: indices.map((index) => anInstance("large", "t", { index })), attempts: indices.map((index) => anAttempt("large", "t", 1, { index })) };
    await runs.commit(epoch, changes(large));
    let commits = 0;
    let over = false;
    const removed = runs.removeRuns({ before: 10, limit: 10 }).finally(() => (over = true));
    while (!over) {
      await runs.commit(epoch, changes({ fence: ++commits }));
      await new Promise(setImmediate);
    }
    expect(await removed).toBe(1);
    expect(commits).toBeGreaterThan(4);
    await runs.commit(epoch, changes({ runs: [large.runs[0]] }));
    expect(await runs.instances("large", { limit: 1 })).toEqual([]);
    expect(await runs.attempts("large", undefined, undefined, { limit: 1 })).toEqual([]);
  });

  check("backfills go when none of their runs is left", async ({ runs }) => {
    const { epoch } = await runs.take("a");
    const interval = (backfill: string, ordinal: number): BackfillIntervalRow => ({ backfill, ordinal, start: 1, end: 2, run: null, reason: null });
    const intervals = [interval("used", 1), interval("open", 1), ...Array.from({ length: 2_500 }, (_, i) => interval("old", i + 1))];
    const used = aRun("r", { kind: "backfill", backfill: "used", state: "success", endedAt: 90 });
    await runs.commit(epoch, changes({ backfills: [aBackfill("old", { state: "done", endedAt: 1 }), aBackfill("used", { state: "cancelled", endedAt: 1 }), aBackfill("open")], intervals, runs: [used] }));
    await runs.removeRuns({ before: 10, limit: 10 });
    expect((await runs.backfills()).map(({ id }) => id).sort()).toEqual(["open", "used"]);
    expect([await runs.backfillIntervals("old", { after: 0, limit: 9 }), await runs.backfillIntervals("used", { after: 0, limit: 9 })]).toEqual([[], [intervals[0]]]);
  });
}

function manyRuns(): RunRow[] {
  const states: RunState[] = ["queued", "running", "success", "failed", "cancelled"];
  return Array.from({ length: 60 }, (_, i) => {
    const backfill = i % 4 === 0 ? `b${i % 3}` : null;
    // Several of one time, and one that a clock set back has made.
    return aRun(`run-${(i * 37) % 60}`, { dag: i % 5 < 3 ? "a" : "a.b", state: states[(i * 7 + (i >> 3)) % 5], createdAt: i === 40 ? 1 : 1_000 + (i >> 2), backfill });
  });
}
