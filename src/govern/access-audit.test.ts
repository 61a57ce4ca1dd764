import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { sqliteState } from "../state/sqlite.ts";
import type { StateStore } from "../state/store.ts";
import { AccessAudit } from "./access-audit.ts";

let folder: string;
let state: StateStore;
let now = Date.parse("2026-01-01T00:00:00Z");
const open = () => AccessAudit.open(state, { warn: () => undefined }, { clock: () => now, eventsMax: 20 });
const about = { token: "t1", name: "Power BI", audience: "finance-team" };

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "millrace-audit-"));
  state = await sqliteState(join(folder, "state.db"));
});
afterEach(async () => {
  await state.close();
  rmSync(folder, { recursive: true });
});

test("what is refused again and again is one event an hour, and stands there for the next process", async () => {
  const audit = await open();
  audit.note({ what: "created", ...about, detail: "for 90d" });
  now += 1;
  for (let n = 0; n < 1_000; n++) audit.refused({ ...about, detail: "GET /api/v1/tables" });
  now += 1;
  audit.refused({ ...about, detail: "GET /api/v1/topics" });
  now += 3_600_000;
  audit.refused({ ...about, detail: "GET /api/v1/tables" });
  await audit.settled();
  const again = await open();
  expect(again.list(10).map(({ what, detail, count }) => [what, detail, count])).toEqual([
    ["refused", "GET /api/v1/tables", 1],
    ["refused", "GET /api/v1/topics", 1],
    ["refused", "GET /api/v1/tables", 1_000],
    ["created", "for 90d", 1],
  ]);
  const [newest, next] = again.list(2);
  expect(again.list(10, next.id).map(({ what }) => what)).toEqual(["refused", "created"]);
  expect(again.list(1)).toEqual([newest]);
});

test("the oldest events make room, on disk too", async () => {
  const audit = await open();
  for (let n = 0; n < 30; n++) {
    now += 1;
    audit.note({ what: "revoked", ...about, detail: String(n) });
  }
  await audit.settled();
  const kept = (await open()).list(5_000);
  expect([kept.length, kept[0].detail, kept.at(-1)?.detail]).toEqual([20, "29", "10"]);
});
