import type { Browser } from "playwright-core";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { MillraceProcess } from "../../test/support/millrace-process.ts";
import type { ReleasePlan } from "../../src/server/dag-control.ts";
import { temporaryProject } from "../../test/support/temporary-project.ts";
import { expectAccessible } from "./support/axe.ts";
import { expectNoSidewaysScroll, expectNoTrouble, launch, sizes, visit } from "./support/browser.ts";

const dags = (text: string): string => `import { dag } from "millrace";\n${text}\n`;
const before = dags('export const old = dag("old", {}, ({ task }) => { task("t", () => 1); });\nexport const same = dag("same", {}, ({ task }) => { task("t", () => 1); });');
const after = dags('export const fresh = dag("fresh", {}, ({ task }) => { task("t", () => 1); });\nexport const same = dag("same", { defaults: { retries: 3 } }, ({ task }) => { task("t", () => 1); task("more", () => 2); });');

const stream = (fields: string, max: number): string => `
import { stage, topic } from "millrace";
import { z } from "zod";
export const orders = topic("orders", { schema: z.object({ ${fields} }) });
export const large = topic("large", { schema: z.object({ amount: z.number() }) });
export const choose = stage("choose", { from: orders, to: large, scale: { max: ${max} }, run: ({ amount }, emit) => emit({ amount }) });
`;
const streamBefore = stream("id: z.string(), amount: z.number()", 1);

/** A statement of which the end alone tells what it is. */
const report = (column: string): string => `
import { dag, sql } from "millrace";
export const report = dag("report", {}, ({ sql: statement }) => {
  statement("sum", { query: sql\`
    select unnest(range(10)) as a_column_with_a_name_that_takes_room, 1 as another_one_that_takes_as_much_of_it,
      2 as two,
      3 as three,
      4 as ${column}\` });
});
`;

const files = { "pipeline.ts": before, "stream.pipeline.ts": streamBefore, "report.pipeline.ts": report("four") };
const project = temporaryProject(files);
let millrace: MillraceProcess;
let browser: Browser;
beforeAll(async () => {
  millrace = await MillraceProcess.start(project.folder, project.data);
  browser = await launch();
});
afterAll(async () => {
  await millrace?.stop();
  project.remove();
});

/** What an earlier test has left, and how far it came, is nothing to the next. */
beforeEach(async () => {
  for (const [file, text] of Object.entries(files)) project.write(file, text);
  if ((await plan()).from !== (await plan()).to) await millrace.post("/api/v1/releases/apply", {});
});

const plan = async (): Promise<ReleasePlan> => (await (await millrace.post("/api/v1/releases/apply", { dryRun: true })).json()) as ReleasePlan;
const names = async (): Promise<string[]> => ((await (await millrace.request("/api/v1/dags")).json()) as { dags: { name: string }[] }).dags.map(({ name }) => name).sort();

test("the folder as it runs changes nothing, and there is nothing to apply", async () => {
  const seen = await visit(browser, millrace);
  await seen.go("/plan");
  await seen.page.getByText("The folder is what runs").waitFor();
  await expect.poll(() => seen.page.getByRole("button", { name: "Apply…" }).isDisabled()).toBe(true);
  expectNoTrouble(seen);
});

test("a changed folder is told, applied by keys alone, and taken back", async () => {
  const seen = await visit(browser, millrace);
  const { page, go } = seen;
  project.write("pipeline.ts", after);
  await go("/plan");
  const lines = page.getByRole("region", { name: "What would change" }).locator("> div > ul > li");
  await lines.first().waitFor();
  await expect.poll(() => lines.evaluateAll((all) => all.map((line) => [...line.children].map((part) => part.firstElementChild?.textContent || part.textContent).join(" ")))).toEqual(["removed DAG old", "changed DAG same", "added DAG fresh"]);
  await expect.poll(() => lines.nth(1).textContent()).toContain("task more comes");
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    await expectAccessible(page);
  }
  await expect.poll(names).toEqual(["old", "report", "same"]);

  await page.getByRole("button", { name: "Apply…" }).focus();
  await page.keyboard.press("Enter");
  const dialog = page.getByRole("dialog");
  await dialog.waitFor();
  await expectAccessible(page);
  await dialog.getByRole("button", { name: "Apply", exact: true }).focus();
  await page.keyboard.press("Enter");
  await dialog.waitFor({ state: "detached" });
  await page.getByText("The folder is what runs").waitFor();
  await expect.poll(names).toEqual(["fresh", "report", "same"]);

  await page.getByRole("button", { name: /^Go back to / }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Go back", exact: true }).click();
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await page.getByText("added").first().waitFor();
  await expect.poll(names).toEqual(["old", "report", "same"]);
  expectNoTrouble(seen);
});

test("of a changed topic and stage each field is told, from what to what, and what it breaks", async () => {
  const seen = await visit(browser, millrace);
  const { page, go } = seen;
  project.write("stream.pipeline.ts", stream("id: z.int(), amount: z.number()", 4));
  await go("/plan");
  const lines = page.getByRole("region", { name: "What would change" }).locator("> div > ul > li");
  const orders = lines.filter({ hasText: "topic" }).filter({ has: page.getByText("orders", { exact: true }) });
  await orders.getByText("column id: string → integer").waitFor();
  const fields = (await plan()).topics.changed.find(({ name }) => name === "orders")?.fields ?? [];
  expect(fields.map(({ field, breaks }) => [field, breaks !== null])).toEqual([["column id", true]]);
  await expect.poll(async () => (await orders.getByRole("listitem").allTextContents()).map((text) => text.replace(/breaks .*/, ""))).toEqual(["column id: string → integer"]);
  await orders.getByText(fields[0].breaks as string).waitFor();
  await lines.filter({ hasText: "stage" }).getByText("scale.max: 1 → 4").waitFor();
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    await expectAccessible(page);
  }
  expectNoTrouble(seen);
});

test("a folder that cannot be read says why, and nothing is applied", async () => {
  const { page, go } = await visit(browser, millrace);
  project.write("pipeline.ts", "export const broken = ;\n");
  await go("/plan");
  await page.getByRole("alert").first().waitFor();
  await expectAccessible(page);
  await expect.poll(() => page.getByRole("button", { name: "Apply…" }).isDisabled()).toBe(true);
  await expect.poll(names).toEqual(["old", "report", "same"]);
});

test("a long statement is told where it differs: lines that are gone, and new", async () => {
  const seen = await visit(browser, millrace);
  const { page, go } = seen;
  project.write("report.pipeline.ts", report("five"));
  await go("/plan");
  const difference = page.getByRole("list", { name: "What differs in task sum: settings.sql" });
  await difference.waitFor();
  const said = await difference.getByRole("listitem").allTextContents();
  expect(said.filter((line) => /gone|new/.test(line)).map((line) => line.replace(/\s+/g, " "))).toEqual(["−gone: 4 as four", "+new: 4 as five"]);
  expect(said[0]).toMatch(/^… \d lines?$/);
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    await expectAccessible(page);
  }
  await page.setViewportSize(sizes.phone);
  await expectNoSidewaysScroll(page);
  expectNoTrouble(seen);
});

test("on a phone the page is not wider than the screen", async () => {
  const seen = await visit(browser, millrace, { viewport: sizes.phone });
  project.write("pipeline.ts", after);
  await seen.go("/plan");
  await seen.page.getByText("task more comes").waitFor();
  await expectNoSidewaysScroll(seen.page);
  expectNoTrouble(seen);
});
