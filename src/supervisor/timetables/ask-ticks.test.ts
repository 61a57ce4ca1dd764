import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { type AskOptions, askTicks } from "./ask-ticks.ts";
import type { TicksRequest } from "./ticks-request.ts";

const hourMs = 3_600_000;

/** Asks the timetable whose two functions are the texts given. */
function ask(tickAfter: string, tickUntil: string, more: Partial<TicksRequest> = {}, options?: AskOptions, before = "") {
  const folder = mkdtempSync(join(tmpdir(), "millrace-ticks-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, "dags.ts"), `${before}\nexport const hourly = { timetable: { tickAfter: ${tickAfter}, tickUntil: ${tickUntil} } };\n`);
  return askTicks({ codeFolder: folder, dataFolder: join(folder, ".millrace"), module: "dags.ts", export: "hourly", dag: "hourly", from: 10.5 * hourMs, to: 12 * hourMs, more: 2, ticksMax: 1_000, ...more }, options);
}

const after = `(at) => (Math.floor(at / ${hourMs}) + 1) * ${hourMs}`;
const until = `(at) => Math.floor(at / ${hourMs}) * ${hourMs}`;

test("gives the last two ticks before, all in the range, and some more", async () => {
  expect(await ask(after, until)).toEqual({ ticks: [9, 10, 11, 12, 13, 14].map((hour) => hour * hourMs), ends: false });
  expect(await ask(after, until, { ticksMax: 3 })).toEqual({ ticks: [9, 10, 11].map((hour) => hour * hourMs), ends: false });
  const list = `[10, 20].map((hour) => hour * ${hourMs})`;
  expect(await ask(`(at) => ${list}.find((tick) => tick > at)`, `(at) => ${list}.findLast((tick) => tick <= at)`)).toEqual({ ticks: [10 * hourMs, 20 * hourMs], ends: true });
  expect(await ask("() => undefined", "() => undefined")).toEqual({ ticks: [], ends: true });
});

test.each([
  ["throws", "() => { throw new Error('no calendar'); }", until, /Error: no calendar/],
  ["stands still", "(at) => at", until, /tickAfter\(\d+\) gave \d+/],
  ["promises", `async (at) => at + 1`, until, /gave a promise/],
  ["gives a date", "(at) => new Date(at + 1)", until, /gave "1970-/],
  ["contradicts itself", after, "() => undefined", undefined],
  ["leaves some out", after, `(at) => Math.floor(at / (5 * ${hourMs})) * 5 * ${hourMs} - 5 * ${hourMs}`, /which lies between/],
  ["exits", "() => process.exit(0)", until, /process\.exit\(0\)/],
])("code that %s", async (_how, tickAfter, tickUntil, what) => {
  const reply = await ask(tickAfter, tickUntil);
  if (what) expect(reply).toMatchObject({ problem: { code: "MR-SCHED-009", what: expect.stringMatching(what) } });
  else expect(reply).toHaveProperty("ticks");
});

test("code that hangs, when imported or when asked, is ended", async () => {
  expect(await ask("() => { for (;;); }", until, {}, { ms: 1_500 })).toMatchObject({ problem: { code: "MR-SCHED-009", what: expect.stringContaining("did not answer within 1.5 s") } });
  expect(await ask(after, until, {}, { ms: 1_500 }, "await new Promise((done) => setTimeout(done, 60_000));")).toMatchObject({ problem: { what: expect.stringContaining("did not answer") } });
  expect(await ask(after, until, { module: "gone.ts" })).toMatchObject({ problem: { code: "MR-SCHED-009" } });
});
