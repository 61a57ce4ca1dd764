import type { Browser } from "playwright-core";
import { beforeAll, expect, test } from "vitest";
import { MillraceProcess, until } from "../../test/support/millrace-process.ts";
import { whileUp } from "../../test/support/while-up.ts";
import { rateText } from "../src/design/format.ts";
import { expectNoTrouble, launch, visit } from "./support/browser.ts";

const own = whileUp(MillraceProcess.start, {
  "pipeline.ts": `import { http, range, stage, table, topic } from "millrace";
import { z } from "zod";
const Number = z.object({ n: z.int() });
export const numbers = topic("numbers", { schema: Number });
export const even = topic("even", { schema: Number });
export const odd = topic("odd", { schema: Number });
export const intake = http("intake", { to: numbers });
export const sort = stage("sort", { from: numbers, to: { even, odd }, run: (record, emit) => emit(record.n % 2 === 0 ? "even" : "odd", record) });
export const small = table("sorted.even", { from: even, checks: [range("n", { max: 10 })] });
`,
});
let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});

test("each output of a stage has its own rate, and a table whose check fails says so and leads to what is wrong", async () => {
  const seen = await visit(browser, own.millrace);
  const { page } = seen;
  await seen.go("/graph");
  const rateOn = async (topic: string): Promise<string> => (await page.locator(`[data-id="stage:sort topic:${topic}"] text`).allTextContents()).join("");
  const rateOf = async (topic: string): Promise<string> => {
    const { topics } = (await (await own.millrace.request("/api/v1/status")).json()) as { topics: { name: string; recordsPerSecond: number }[] };
    const rate = topics.find(({ name }) => name === topic)?.recordsPerSecond ?? 0;
    return rate === 0 ? "" : rateText(rate);
  };
  const equal = new Map([["even", 0], ["odd", 0]]);
  // Three odd ones for each even one.
  await until(async () => {
    await own.millrace.post("/ingest/intake", Array.from({ length: 100 }, (_, i) => ({ n: i % 4 === 0 ? 0 : 2 * i + 1 })));
    for (const topic of equal.keys()) {
      const [before, shown, after] = [await rateOf(topic), await rateOn(topic), await rateOf(topic)];
      // Only what is the same in the interface and on the page counts.
      if (shown !== "" && (shown === before || shown === after)) equal.set(topic, (equal.get(topic) ?? 0) + 1);
    }
    return [...equal.values()].every((times) => times >= 2);
  });
  const sorted = page.locator('[data-node="table:sorted.even"]');
  await sorted.getByText("passed", { exact: true }).waitFor();
  await own.millrace.post("/ingest/intake", [{ n: 1_000 }]);
  await sorted.getByText("failed", { exact: true }).waitFor();
  await expect.poll(() => sorted.textContent()).toContain("1 broken check");
  await sorted.click();
  const pane = page.getByRole("complementary", { name: "table sorted.even" });
  await pane.getByText("failed", { exact: true }).waitFor();
  await pane.getByRole("link", { name: "What is wrong" }).click();
  await page.waitForURL("**/quality/sorted.even");
  expectNoTrouble(seen);
});
