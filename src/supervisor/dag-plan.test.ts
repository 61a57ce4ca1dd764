import { tmpdir } from "node:os";
import { expect, test } from "vitest";
import type { DagDecl } from "../model/dag-manifest.ts";
import { manifestChanges } from "../model/manifest-changes.ts";
import type { Manifest } from "../model/manifest.ts";
import { dagDecl, taskDecl } from "../scheduler/dag-for-tests.ts";
import type { DagPlan } from "../server/dag-control.ts";
import type { DagRow } from "../state/run-store.ts";
import { dagPlan, type PlanSide } from "./dag-plan.ts";
import { Timetables } from "./timetables/timetables.ts";

const hourMs = 3_600_000;
const hour = Math.floor(Date.now() / hourMs) * hourMs;
const iso = (at: number): string => new Date(at).toISOString();
const hourly = (more: Partial<DagDecl> = {}) => dagDecl("d", [taskDecl("a")], { schedule: { kind: "every", ms: hourMs, anchor: iso(0) }, catchup: { policy: "all" }, start: iso(hour - 5 * hourMs), end: iso(hour - hourMs), ...more });

/** The plan for a DAG whose row the store has; of a new one there is none. */
async function plan(before: DagDecl | undefined, after: DagDecl, { row, made = [], runs = 100_000 }: { row?: Partial<DagRow>; made?: number[]; runs?: number } = {}): Promise<DagPlan> {
  const stored: DagRow = { dag: "d", paused: false, note: null, since: hour - 24 * hourMs, lastStart: null, lastEnd: null, updated: [], ...row };
  const rows = new Map(before ? [["d", stored]] : []);
  const timetables = new Timetables({ dataFolder: tmpdir(), compileCache: tmpdir(), placeOf: () => ({ codeFolder: tmpdir() }) });
  const side = (decl?: DagDecl): PlanSide => ({ dags: decl ? { d: decl } : {}, place: { codeFolder: tmpdir() } });
  const manifest = (decl?: DagDecl) => ({ release: "r", topics: {}, tables: {}, stages: {}, dags: side(decl).dags }) as unknown as Manifest;
  const [changes] = manifestChanges(manifest(before), manifest(after)).dags;
  return dagPlan({ rows, timetables, madeStarts: async () => made, allowance: { runs } }, changes, side(before), side(after));
}

test("a new DAG is caught up from its start, without what a backfill has made", async () => {
  expect(await plan(undefined, hourly())).toMatchObject({ change: "added", fills: { count: 5, more: false, first: [4, 3, 2].map((ago) => ({ start: iso(hour - (ago + 1) * hourMs) })), last: { end: iso(hour) } } });
  expect((await plan(undefined, hourly(), { made: [hour - 5 * hourMs, hour - 2 * hourMs] })).fills).toMatchObject({ count: 3, first: [{ start: iso(hour - 4 * hourMs) }, {}, {}] });
  expect((await plan(undefined, hourly({ catchup: { policy: "none" } }))).fills?.count).toBe(0);
  expect((await plan(undefined, hourly({ catchup: { policy: "latest" }, end: undefined }))).fills?.count).toBe(1);
});

test("one that was there goes on behind its last run", async () => {
  const row = { lastStart: hour - 3 * hourMs, lastEnd: hour - 2 * hourMs };
  expect(await plan(hourly({ catchup: { policy: "none" } }), hourly(), { row })).toMatchObject({ change: "changed", settings: [{ field: "catchup" }], schedule: { before: { text: "every hour" }, after: { text: "every hour" } }, fills: { count: 2 } });
});

test("what is paused is counted as if it were resumed now", async () => {
  const change = [hourly(), hourly({ catchup: { policy: "none" }, end: undefined })] as const;
  expect(await plan(...change, { row: { paused: true, since: hour - 20 * hourMs } })).toMatchObject({ paused: true, fills: { count: 0 } });
});

test("a change of tasks alone fills nothing in, and asks no schedule", async () => {
  expect(await plan(hourly(), hourly({ tasks: [taskDecl("a"), taskDecl("b")] }))).toMatchObject({ tasks: { added: ["b"] }, schedule: null, fills: null });
});

test("a long past is counted up to a bound", async () => {
  expect((await plan(undefined, hourly({ start: "1990-01-01T00:00:00.000Z" }))).fills).toMatchObject({ count: 10_000, more: true });
  expect((await plan(undefined, hourly(), { runs: 2 })).fills).toMatchObject({ count: 2, more: true });
});
