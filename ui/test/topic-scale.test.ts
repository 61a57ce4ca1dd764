import type { Browser, CDPSession } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Batch } from "../../src/batch/batch.ts";
import { startTestServer, type TestServer } from "../../test/support/test-server.ts";
import { until } from "../../test/support/millrace-process.ts";
import { expectNoTrouble, launch, visit } from "./support/browser.ts";

/* A topic of 100,000,000 records in the real log, behind the real server. The stages of the project are names only. */
const batches = 1_000;
const perBatch = 100_000;
const partitions = 3;
const dayMs = 86_400_000;

/** Time of the processor: other work on the machine adds nothing to it. */
const pictureMsMax = 1_000;
const frameMsMax = 100;

let server: TestServer;
let browser: Browser;
beforeAll(async () => {
  server = await startTestServer();
  const n = Int32Array.from({ length: perBatch }, (_, i) => i);
  for (let i = 0; i < batches; i++) {
    const batch: Batch = { count: perBatch, columns: [{ name: "n", type: "integer", vector: { kind: "i32", values: n } }], eventTime: new Float64Array(perBatch).fill(i * dayMs) };
    await server.log.append({ producer: "api:test", outputs: [{ topic: "events", partition: i % partitions, batch }] });
  }
  browser = await launch();
}, 900_000);
afterAll(() => server.close());

/** What the page's own thread has worked so far, in milliseconds of the processor. */
async function workedMs(session: CDPSession): Promise<number> {
  const { metrics } = await session.send("Performance.getMetrics");
  return (metrics.find(({ name }) => name === "TaskDuration")?.value ?? Number.NaN) * 1_000;
}

const serverMs = (since: NodeJS.CpuUsage): number => {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1_000;
};

test("100 million records: the first picture, any offset and any time within a second; scrolling without a long frame", async () => {
  const there = await visit(browser, server);
  const { page, context } = there;
  page.setDefaultTimeout(60_000);
  const session = await context.newCDPSession(page);
  await session.send("Performance.enable", { timeDomain: "threadTicks" });
  const first = page.locator("[data-index='0']");
  const told: Record<string, number> = {};
  const timed = async (what: string, act: () => Promise<unknown>, sees: () => Promise<unknown>): Promise<void> => {
    const [browserBefore, serverBefore] = [await workedMs(session), process.cpuUsage()];
    await act();
    await sees();
    const after = await workedMs(session);
    // A new document begins its count anew.
    told[what] = Math.round((after >= browserBefore ? after - browserBefore : after) + serverMs(serverBefore));
  };
  const rows = Math.ceil(batches / partitions) * perBatch;
  await timed("first picture", () => page.goto(`${server.url}/topics/events`), () => first.getByText(`0:${rows - 1}`).waitFor());
  await page.getByText("100,000,000").waitFor();
  await page.getByLabel("From", { exact: true }).selectOption("offset");
  await page.getByLabel("Partition").selectOption("1");
  await page.getByLabel("Offset", { exact: true }).fill("17123456");
  await timed("an offset", () => page.keyboard.press("Enter"), () => first.getByText("1:17123456").waitFor());
  expect(await first.textContent()).toContain("n: 23456");
  await page.getByLabel("From", { exact: true }).selectOption("time");
  await page.getByLabel("Partition").selectOption("");
  await page.getByLabel("Event time, in your zone").fill("1971-06-01T00:00:00");
  await timed("a time", () => page.keyboard.press("Enter"), () => first.getByText("01 Jun 1971").waitFor());

  await page.goto(`${server.url}/topics/events?from=start`);
  await first.waitFor();
  await page.mouse.move(700, 600);
  const steps: number[] = [];
  for (let step = 0; step < 40; step++) {
    const before = await workedMs(session);
    await page.mouse.wheel(0, 900);
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
    steps.push((await workedMs(session)) - before);
  }
  await until(async () => Number(await page.locator("[data-index]").last().getAttribute("data-index")) > 500);
  // Only what is in sight is there.
  expect(await page.locator("[data-index]").count()).toBeLessThan(80);
  told["longest step while scrolling"] = Math.round(Math.max(...steps));
  console.log(JSON.stringify(told));
  for (const what of ["first picture", "an offset", "a time"]) expect(told[what], what).toBeLessThan(pictureMsMax);
  expect(told["longest step while scrolling"]).toBeLessThan(frameMsMax);
  expectNoTrouble(there);
});

test("following a topic into which far more comes than anybody reads keeps the last records alone", async () => {
  const there = await visit(browser, server);
  const { page, go } = there;
  page.setDefaultTimeout(60_000);
  await go("/topics/events?live=true");
  await page.getByText("following").waitFor();
  const n = Int32Array.from({ length: perBatch }, (_, i) => i);
  for (let i = 0; i < 30; i++) {
    const batch: Batch = { count: perBatch, columns: [{ name: "n", type: "integer", vector: { kind: "i32", values: n } }], eventTime: new Float64Array(perBatch) };
    await server.log.append({ producer: "api:test", outputs: [{ topic: "events", partition: i % partitions, batch }] });
  }
  await page.getByText("went by too fast to show").waitFor();
  await until(async () => /3,000,000 came since you look; the last [\d,]+ are here/.test((await page.locator("#main").textContent()) ?? ""));
  const [, kept] = /the last ([\d,]+) are here/.exec((await page.locator("#main").textContent()) ?? "") as RegExpExecArray;
  expect(Number(kept.replaceAll(",", ""))).toBeLessThanOrEqual(1_000);
  expect(await page.locator("[data-index]").count()).toBeLessThan(80);
  expectNoTrouble(there);
});
