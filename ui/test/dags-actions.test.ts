import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { BackfillDetail, DagDetail, RunDetail, RunGrid, RunView } from "../../src/server/dag-control.ts";
import { MillraceProcess, until } from "../../test/support/millrace-process.ts";
import { temporaryProject } from "../../test/support/temporary-project.ts";
import { expectAccessible } from "./support/axe.ts";
import { expectNoTrouble, launch, sizes, visit } from "./support/browser.ts";
import { dagsProject } from "./support/dags-project.ts";

const project = temporaryProject({ "work.pipeline.ts": dagsProject });
let millrace: MillraceProcess;
let browser: Browser;
beforeAll(async () => {
  millrace = await MillraceProcess.start(project.folder, project.data);
  browser = await launch();
});
afterAll(async () => {
  await millrace.stop();
  project.remove();
});

const get = async <T>(path: string): Promise<T> => (await (await millrace.request(`/api/v1${path}`)).json()) as T;
const runIdOf = (page: Page): string => decodeURIComponent(new URL(page.url()).pathname.split("/")[2]);
const taskState = async (run: string, task: string): Promise<string | undefined> => (await get<RunDetail>(`/runs/${run}`)).tasks.find((each) => each.task === task)?.state;
const triggered = async (dag: string): Promise<string> => ((await (await millrace.post(`/api/v1/dags/${dag}/runs`, {})).json()) as RunView).id;
const runState = async (run: string, state: string): Promise<void> => until(async () => (await get<RunView>(`/runs/${run}`)).state === state);

test("a run is made by the form of the DAG's own schema, answered, and shown with its branch and result", async () => {
  const { page, go, ...rest } = await visit(browser, millrace);
  await go("/dags/invoice");
  await page.getByRole("button", { name: "Run now…" }).click();
  const form = page.getByRole("dialog");
  expect(await form.getByLabel("customer").inputValue()).toBe("ada");
  await form.getByLabel("customer").fill("g");
  await form.getByLabel("limit").fill("much");
  await form.getByRole("button", { name: "Run", exact: true }).click();
  await form.getByText("Write a whole number.").or(form.getByText("Write a number.")).waitFor();
  await form.getByLabel("limit").fill("99");
  await form.getByRole("button", { name: "Run", exact: true }).click();
  // What the server refuses stands at its fields.
  await form.getByRole("alert").waitFor();
  await form.getByText(/^customer must[^;]*$/).waitFor();
  await form.getByText(/^limit must[^;]*$/).waitFor();
  // The browser itself tells of every answer that is an error.
  expect(rest.trouble.console.splice(0)).toEqual([expect.stringContaining("Failed to load resource")]);
  await expectAccessible(page);
  await form.getByLabel("customer").fill("grace");
  await form.getByLabel("limit").fill("7");
  await form.getByLabel("dry").selectOption("true");
  await form.getByLabel("mode").selectOption({ label: "delta" });
  await form.getByLabel("files").fill('["a.csv"]');
  await form.getByLabel("Note").fill("a trial");
  await form.getByRole("button", { name: "Run", exact: true }).click();
  await page.waitForURL("**/runs/**");
  const run = runIdOf(page);
  expect(await get<RunView>(`/runs/${run}`)).toMatchObject({ dag: "invoice", kind: "manual", note: "a trial", params: { customer: "grace", limit: 7, dry: true, mode: "delta", files: ["a.csv"] } });

  await page.getByRole("link", { name: "send-it", exact: true }).click();
  const pane = page.getByRole("complementary", { name: "Task send-it" });
  await pane.getByRole("button", { name: "Approve" }).waitFor();
  await pane.getByText("Send the invoice?").waitFor();
  await expectAccessible(page);
  await pane.getByLabel("Your name").fill("ada");
  await pane.getByRole("button", { name: "Approve" }).click();
  await runState(run, "success");
  await page.getByRole("row").filter({ hasText: "whole" }).getByText("skipped").waitFor();
  await page.getByRole("row").filter({ has: page.getByRole("link", { name: "send", exact: true }) }).getByText("success").waitFor();
  expect(await taskState(run, "part")).toBe("success");

  // What means harm is text, and shows its marks.
  await page.getByRole("link", { name: "send", exact: true }).click();
  const sent = page.getByRole("complementary", { name: "Task send" });
  await sent.getByRole("log").getByText("␛[2J␀").waitFor();
  await sent.getByRole("log").getByText("⟨U+202E⟩gnp.exe").waitFor();
  expect(await page.evaluate(() => (window as unknown as { harmed?: boolean }).harmed)).toBeUndefined();
  await expectAccessible(page);
  expectNoTrouble({ page, go, ...rest });
});

test("of a map of 1,200 the failed are one press away, and are run again with those behind them after a look at which", async () => {
  const run = await triggered("many");
  await runState(run, "failed");
  const { page, go, ...rest } = await visit(browser, millrace);
  await go(`/runs/${run}`);
  const counts = await get<RunGrid>(`/runs/${run}/grid`);
  expect(counts.cells.find(({ task }) => task === "each.work")?.states).toEqual({ success: 1_188, failed: 12 });
  await page.getByRole("link", { name: "12 failed of each.work" }).click();
  await page.getByRole("link", { name: "[7]", exact: true }).click();
  expect(new URL(page.url()).searchParams.get("index")).toBe("7");
  const pane = page.getByRole("complementary", { name: "Task each.work[7]" });
  await pane.getByText("item 7 is broken").first().waitFor();
  await pane.getByRole("log").getByText("item 7").first().waitFor();
  expect(await page.getByRole("link", { name: /^\[\d+\]$/ }).count()).toBe(12);
  await expectAccessible(page);

  writeFileSync(join(project.folder, "mended"), "");
  await page.getByRole("button", { name: "Run failed tasks again…" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText("They are 13 tasks:").waitFor();
  await expectAccessible(page);
  await dialog.getByLabel("Of all those only what failed or could not run").uncheck();
  await dialog.getByRole("button", { name: "Run 1,201 again" }).waitFor();
  await dialog.getByLabel("Of all those only what failed or could not run").check();
  await dialog.getByRole("button", { name: "Run 13 again" }).click();
  await runState(run, "success");
  await page.getByRole("link", { name: "1,200 success of each.work" }).waitFor();
  expect((await get<RunGrid>(`/runs/${run}/grid`)).cells.find(({ task }) => task === "each.work")?.states).toEqual({ success: 1_200 });
  expectNoTrouble({ page, go, ...rest });
});

test("a log follows its attempt, is found in by text and level, and comes as a file; what is marked is over; a run is cancelled", async () => {
  const run = await triggered("patient");
  const { page, go, ...rest } = await visit(browser, millrace);
  await go(`/runs/${run}?task=wait`);
  const log = page.getByRole("log");
  const lastLine = async (): Promise<number> => Number(/line (\d+)/.exec((await log.getByText(/^line \d+$/).last().textContent()) ?? "")?.[1]);
  const seen = await lastLine();
  await page.getByText("it goes on").waitFor();
  await until(async () => (await lastLine()) > seen);
  await go(`/runs/${run}?task=after`);
  await page.getByRole("region", { name: "Why it waits" }).getByText("wait").first().waitFor();
  await page.getByRole("button", { name: "Mark…" }).click();
  await page.getByLabel("As", { exact: true }).selectOption("skipped");
  await page.getByRole("button", { name: "Mark 1 as skipped" }).click();
  await until(async () => (await taskState(run, "after")) === "skipped");
  await page.getByRole("complementary").getByText("skipped").first().waitFor();

  await go(`/runs/${run}?task=wait`);
  await page.getByRole("searchbox", { name: "Find in the log" }).fill("LINE 12");
  await log.getByText("line 12", { exact: true }).waitFor();
  expect(await log.getByText(/^line (?!12)\d+$/).count()).toBe(0);
  expect(new URL(page.url()).searchParams.get("find")).toBe("LINE 12");
  writeFileSync(join(project.folder, "go-on"), "");
  await runState(run, "success");
  await page.getByRole("searchbox", { name: "Find in the log" }).fill("");
  await page.getByLabel("Level").selectOption("error");
  await log.getByText("told to go on").waitFor();
  await page.getByText(/^1 of [\d,]+ lines$/).waitFor();
  const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Download the log" }).click()]);
  expect(file.suggestedFilename()).toMatch(/wait\.log$/);

  const other = await triggered("invoice");
  await until(async () => (await taskState(other, "send-it")) === "deferred");
  await go(`/runs/${other}`);
  await page.getByRole("button", { name: "Cancel…" }).click();
  await page.getByRole("dialog").getByLabel("Note").fill("not this one");
  await page.getByRole("dialog").getByRole("button", { name: "Cancel the run" }).click();
  await page.getByText("not this one").waitFor();
  expect(await get<RunView>(`/runs/${other}`)).toMatchObject({ state: "cancelled", note: "not this one" });
  expectNoTrouble({ page, go, ...rest });
});

test("days are painted over by mouse and by keys; the dry run says what a backfill would do; it is made, and shown", async () => {
  const { page, go, ...rest } = await visit(browser, millrace);
  await go("/dags/days?tab=calendar&year=2024");
  const day = (text: string) => page.locator(`[data-day="${text}"]`);
  await day("2024-02-03").hover();
  await page.mouse.down();
  await day("2024-02-08").hover({ force: true });
  await page.mouse.up();
  await page.getByText("Of 6 intervals: 6 run for the first time.").waitFor();
  expect(Object.fromEntries(new URL(page.url()).searchParams)).toMatchObject({ from: "2024-02-03", to: "2024-02-08" });
  await expectAccessible(page);

  await day("2024-02-05").focus();
  await page.keyboard.press("Enter");
  await page.keyboard.press("Shift+ArrowRight");
  await page.keyboard.press("Shift+ArrowDown");
  await page.getByRole("heading", { name: "Backfill 2024-02-05 to 2024-02-13" }).waitFor();
  await page.getByText("Of 9 intervals: 9 run for the first time.").waitFor();
  await page.getByRole("button", { name: "Run 9 intervals" }).focus();
  await page.keyboard.press("Enter");
  await page.waitForURL("**/backfills/**");
  const id = new URL(page.url()).pathname.split("/")[2];
  await until(async () => (await get<BackfillDetail>(`/backfills/${id}`)).state === "done");
  const { runs } = await get<BackfillDetail>(`/backfills/${id}`);
  expect(runs).toEqual({ success: 9 });
  await page.getByRole("img", { name: "9 of 9 intervals reached; runs: 9 success" }).waitFor();
  await expectAccessible(page);

  await go("/dags/days?tab=calendar&year=2024&from=2024-02-12&to=2024-02-14");
  await page.getByText("Of 3 intervals: 1 run for the first time; 2 left, since they have a run.").waitFor();
  await page.getByLabel("Intervals that have a run").selectOption("completed");
  await page.getByText("Of 3 intervals: 1 run for the first time; 2 run again.").waitFor();
  await go("/dags/days?tab=backfills");
  await page.getByRole("table", { name: "Backfills" }).getByText("done").waitFor();
  expectNoTrouble({ page, go, ...rest });
});

test("a DAG is paused with a word why, and let go on", async () => {
  const { page, go, ...rest } = await visit(browser, millrace);
  await go("/dags/days");
  await page.getByRole("button", { name: "Pause…" }).click();
  await page.getByLabel("Why, for those who look").fill("the source is down");
  await page.keyboard.press("Enter");
  await page.getByText("the source is down").first().waitFor();
  expect(await get<DagDetail>("/dags/days")).toMatchObject({ paused: true, note: "the source is down" });
  await go("/dags?state=paused");
  await page.getByRole("link", { name: "days", exact: true }).waitFor();
  expect(await page.getByRole("row").count()).toBe(2);
  await go("/dags/days");
  await page.getByRole("button", { name: "Resume" }).click();
  await page.getByRole("button", { name: "Pause…" }).waitFor();
  expect((await get<DagDetail>("/dags/days")).paused).toBe(false);
  expectNoTrouble({ page, go, ...rest });
});

test.each(["light", "dark"] as const)("every part is accessible and fits a phone (%s)", { timeout: 300_000 }, async (colorScheme) => {
  const run = await triggered("many");
  await until(async () => !["queued", "running"].includes((await get<RunView>(`/runs/${run}`)).state));
  const { page, go, ...rest } = await visit(browser, millrace, { colorScheme, viewport: sizes.phone });
  const parts = ["/dags", "/dags/invoice", "/dags/many?tab=graph", "/dags/many?tab=gantt", "/dags/days?tab=calendar&year=2024&from=2024-02-12&to=2024-02-14", "/dags/many?tab=durations", "/dags/many?tab=backfills", "/dags/many?tab=code", `/runs/${run}?open=each.work&task=each.work&index=3`];
  for (const path of parts) {
    await go(path);
    await page.getByText("Loading…").first().waitFor({ state: "detached" });
    await expectAccessible(page);
    // While fonts come it may be wider for a moment.
    await page.waitForFunction((width) => (document.getElementById("main")?.scrollWidth ?? 0) <= width, sizes.phone.width);
  }
  expectNoTrouble({ page, go, ...rest });
});
