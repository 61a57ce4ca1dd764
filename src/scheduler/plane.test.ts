import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { MillraceError } from "../errors.ts";
import type { RunStore } from "../state/run-store.ts";
import type { ShardedRuns } from "../state/shards.ts";
import { sqliteShards } from "../state/sqlite-shards.ts";
import { dagDecl, taskDecl } from "./dag-for-tests.ts";
import { Plane } from "./plane.ts";

const away = new MillraceError("MR-STATE-006", { what: "the store is away", where: "the test", mend: "wait", retryable: true });
const daily = dagDecl("daily", [taskDecl("a")], { schedule: { kind: "every", ms: 86_400_000, anchor: "1970-01-01T00:00:00Z" }, catchup: { policy: "none" } });
const nothing = { keys: [], take: async () => undefined, part: async () => undefined, lose: async () => undefined };

/** A real store whose calls fail that `fails` names, and which knows what of it is open. */
async function bed() {
  const folder = mkdtempSync(join(tmpdir(), "mr-plane-"));
  const runs = await sqliteShards(join(folder, "state.db"));
  const fails = new Set<keyof RunStore>();
  const open = new Set<RunStore>();
  const ended = new Set<string>();
  const watched: ShardedRuns = {
    ...runs,
    open: async (shard, claim) => {
      const store = await runs.open(shard, claim);
      open.add(store);
      return new Proxy(store, {
        get: (_, name: keyof RunStore): unknown => {
          if (name === "close") return () => (open.delete(store), store.close());
          return fails.has(name) ? () => Promise.reject(away) : store[name]?.bind(store);
        },
      });
    },
  };
  const outboxOf = () => {
    const id = randomUUID();
    return { begin: () => undefined, wake: () => undefined, idle: true, close: async () => void ended.add(id) };
  };
  const plane = await Plane.open({ runs: watched, holder: "a", onlyLooks: false, outboxOf, clock: Date.now, mint: randomUUID, logger: { warn: () => undefined, error: () => undefined }, declarationOf: () => daily });
  onTestFinished(async () => {
    await plane.close();
    await runs.close();
    rmSync(folder, { recursive: true });
  });
  return { plane, fails, open, ended };
}

test.each(["take", "runsBetween"] as const)("what a shard was begun with is ended when it cannot be taken, and it is taken later: %s fails", async (call) => {
  const { plane, fails, open, ended } = await bed();
  await plane.register("r1", [daily], {});
  expect(open.size).toBe(1);
  fails.add(call);
  // Under another name it gives all back, and takes it anew.
  plane.standBack(true);
  await expect(plane.keep(nothing)).rejects.toBe(away);
  expect(open.size).toBe(0);
  expect(ended.size).toBe(call === "take" ? 1 : 2);
  fails.clear();
  await plane.keep(nothing);
  expect(open.size).toBe(1);
  expect(await plane.dagState("daily")).toMatchObject({ row: { dag: "daily" } });
});
