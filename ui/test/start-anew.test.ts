import { expect, test } from "vitest";
import { UpProcess } from "../../test/support/up-process.ts";
import { whileUp } from "../../test/support/while-up.ts";
import { expectAccessible } from "./support/axe.ts";
import { launch, visit } from "./support/browser.ts";

const pipeline = (factor: number) => `import { http, stage, topic } from "millrace";
import { z } from "zod";
const Number = z.object({ n: z.int() });
export const numbers = topic("numbers", { schema: Number });
export const scaled = topic("scaled", { schema: Number });
export const intake = http("intake", { to: numbers });
export const scale = stage("scale", { from: numbers, to: scaled, run: ({ n }, emit) => emit({ n: n * ${factor} }) });
`;

const own = whileUp(UpProcess.start, { "pipeline.ts": pipeline(2) });

test("a stage that was changed is applied by the button: Millrace starts anew, and the page is there again with nothing left to apply", async () => {
  const seen = await visit(await launch(), own.millrace);
  const { page } = seen;
  await seen.go("/plan");
  await page.getByText("live", { exact: true }).waitFor();
  const release = async (): Promise<string> => ((await (await own.millrace.request("/api/v1/status")).json()) as { release: string }).release;
  const before = await release();
  own.project.write("pipeline.ts", pipeline(3));
  await page.getByRole("button", { name: "Look again" }).click();
  const button = page.getByRole("button", { name: "Apply…" });
  await expect.poll(() => button.isEnabled()).toBe(true);
  await button.click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText("Millrace drains and starts anew with it").waitFor();
  await expectAccessible(page);
  await dialog.getByRole("button", { name: "Apply", exact: true }).click();
  await page.getByText("Not current", { exact: false }).first().waitFor();
  await page.getByText("live", { exact: true }).waitFor();
  await expect.poll(() => button.isDisabled()).toBe(true);
  expect(await release()).not.toBe(before);
  await own.millrace.request("/ingest/intake", [{ n: 5 }]);
  const records = async (): Promise<unknown[]> => ((await (await own.millrace.request("/api/v1/topics/scaled/records?from=start")).json()) as { records: { value: unknown }[] }).records.map(({ value }) => value);
  await expect.poll(records).toEqual([{ n: 15 }]);
  // What was asked for while it was away is told in the console; nobody else was asked.
  expect(seen.trouble.elsewhere).toEqual([]);
  expect(seen.trouble.console.filter((text) => !/ERR_|Failed to load resource/.test(text))).toEqual([]);
});
