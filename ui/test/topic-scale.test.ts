import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Batch } from "../../src/batch/batch.ts";
import { startTestServer, type TestServer } from "../../test/support/test-server.ts";
import { expectNoTrouble, launch, visit } from "./support/browser.ts";
import { expectSoon, firstPicture, least, longestFrame, spentText } from "./support/speed.ts";

/** `MILLRACE_UI_RECORDS=100000000` writes a hundred million, which takes from a quarter of a minute to one; the log packs them into few bytes each. */
const records = Number(process.env.MILLRACE_UI_RECORDS ?? 10_000_000);
const partitions = 3;
const batchRecords = 20_000;
const begin = Date.UTC(2020, 0, 1);
const everyMs = 250;

/** Batches go to the partitions by turns: the number that a record has, by its place. */
const numberAt = (partition: number, offset: number): number => (Math.floor(offset / batchRecords) * partitions + partition) * batchRecords + (offset % batchRecords);

function batchFrom(first: number): Batch {
  const numbers = Float64Array.from({ length: batchRecords }, (_, i) => first + i);
  return { count: batchRecords, columns: [{ name: "n", type: "integer", vector: { kind: "f64", values: numbers } }], eventTime: numbers.map((n) => begin + n * everyMs) };
}

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ uiFolder: fileURLToPath(new URL("../../dist/ui/", import.meta.url)) });
  const started = performance.now();
  // Some at once: each epoch waits for the disk.
  for (let first = 0; first < records; first += 30 * batchRecords) {
    const batches = Array.from({ length: Math.min(30, Math.ceil((records - first) / batchRecords)) }, (_, i) => first + i * batchRecords);
    await server.log.append({ producer: "scale", outputs: batches.map((from) => ({ topic: "events", partition: (from / batchRecords) % partitions, batch: batchFrom(from) })) });
  }
  console.log(`${records.toLocaleString("en")} records written in ${((performance.now() - started) / 1_000).toFixed(1)} s`);
}, 1_800_000);
afterAll(() => server.close());

const isListed = (): boolean => document.querySelector("[data-index='9']") !== null;

test("of a topic with very many records the newest are there at once, any offset and any time too, and it scrolls", async () => {
  const browser = await launch();
  const { partitionInfo } = (await server.call("GET", "/api/v1/topics/events")).body as { partitionInfo: { end: number }[] };
  expect(partitionInfo.reduce((sum, { end }) => sum + end, 0)).toBe(records);
  const offset = Math.floor(partitionInfo[1].end / 2) + 7;
  const number = Math.floor(records / 3);
  const inTime = Math.floor(number / batchRecords) % partitions;
  const time = new Date(begin + number * everyMs).toISOString();
  const figures = {
    newest: await firstPicture(browser, server, "/topics/events", isListed),
    offset: await firstPicture(browser, server, `/topics/events?partition=1&offset=${offset}`, isListed),
    time: await firstPicture(browser, server, `/topics/events?partition=${inTime}&time=${encodeURIComponent(time)}`, isListed),
  };
  for (const [what, figure] of Object.entries(figures)) {
    console.log(`${records.toLocaleString("en")} records, first picture, ${what}: ${spentText(figure)}`);
    expectSoon(figure);
  }
  const there = await visit(browser, server);
  const { page, go } = there;
  await go(`/topics/events?partition=1&offset=${offset}`);
  await page.locator("[data-index='0']").getByText(`1:${offset}`).waitFor();
  expect(await page.locator("[data-index='3']").textContent()).toContain(`n: ${numberAt(1, offset + 3)}`);
  await go(`/topics/events?partition=${inTime}&time=${encodeURIComponent(time)}`);
  await page.locator("[data-index='0']").getByText(`n: ${number}`).waitFor();
  const throughAll = async (): Promise<void> => {
    await page.mouse.move(700, 600);
    // On to the end of what is kept, page after page as they come.
    while ((await page.getByText("5,000 records are shown").count()) === 0) await page.mouse.wheel(0, 900);
    for (let i = 0; i < 40; i++) await page.mouse.wheel(0, -5_000);
    await page.locator("[data-index='0']").waitFor();
  };
  const scrolling = await least(async () => {
    await go("/topics/events?from=start&partition=0");
    await page.locator("[data-index='9']").waitFor();
    await page.getByText("live", { exact: true }).waitFor();
    return longestFrame(browser, page, throughAll);
  });
  console.log(`5,000 of them scrolled through and back: longest frame ${spentText(scrolling)}`);
  expect(scrolling.cpuMs).toBeLessThanOrEqual(100);
  await page.getByRole("button", { name: "Go on from here" }).click();
  await page.locator("[data-index='0']").getByText("0:5000").waitFor();
  expectNoTrouble(there);
});
