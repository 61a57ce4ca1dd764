import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, onTestFinished, test, vi } from "vitest";
import { onlooker } from "../scheduler/shard-parts.ts";
import { sqliteState } from "../state/sqlite.ts";
import { PlaneNotes } from "./plane-notes.ts";

afterEach(() => void vi.useRealTimers());

async function bed() {
  const folder = mkdtempSync(join(tmpdir(), "millrace-notes-"));
  const state = await sqliteState(join(folder, "state.db"));
  onTestFinished(async () => {
    await state.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return state;
}

test("planes that live are told of with what they say and what they hold; of those that died nothing stays", async () => {
  vi.useFakeTimers({ toFake: ["Date"], now: Date.parse("2026-01-01T00:00:00Z") });
  const state = await bed();
  const [a, b] = ["a", "b"].map((name) => new PlaneNotes(state, name));
  await a.say("r1", null);
  await b.say("r1", { code: "MR-SCHED-011", what: "it is not kept", where: "here", mend: "keep it", retryable: false });
  const seen = [
    { holder: "a", silentMs: 0, keys: ["shard 11", "shard 2", "stage add", "duty quality"] },
    { holder: onlooker("b"), silentMs: 1_500, keys: [] },
    { holder: "c", silentMs: 10, keys: [] },
  ];
  expect(await a.list(seen)).toMatchObject([
    { id: "a", self: true, pid: process.pid, since: "2026-01-01T00:00:00.000Z", release: "r1", standsBack: false, shards: [2, 11], stages: ["add"], duties: ["quality"], problem: null },
    { id: "b", self: false, lastSeen: "2025-12-31T23:59:58.500Z", standsBack: true, shards: [], problem: { code: "MR-SCHED-011" } },
    { id: "c", self: false, machine: null, since: null, release: null },
  ]);
  const told = { ...state, put: vi.fn(state.put.bind(state)), list: state.list.bind(state), delete: state.delete.bind(state) };
  const c = new PlaneNotes(told, "c");
  await c.say("r1", null);
  await c.say("r1", null);
  await c.say("r2", null);
  expect(told.put).toHaveBeenCalledTimes(2);
  await c.leave();
  // One that is about to be seen for the first time keeps its note.
  await a.tidy(seen.slice(0, 1));
  expect((await state.list("planes")).map(({ key }) => key)).toEqual(["a", "b"]);
  vi.setSystemTime(Date.parse("2026-01-01T00:20:00Z"));
  await a.tidy(seen.slice(0, 1));
  expect((await state.list("planes")).map(({ key }) => key)).toEqual(["a"]);
});
