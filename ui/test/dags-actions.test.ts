import { appendFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { BackfillDetail, BackfillPlan, DagDetail, RunDetail, RunGrid, RunView, TaskInputs, TaskSet } from "../../src/server/dag-control.ts";
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
  await expect.poll(() => form.getByLabel("customer").inputValue()).toBe("ada");
  await form.getByLabel("customer").fill("g");
  await form.getByLabel("limit").fill("much");
  await form.getByRole("button", { name: "Run", exact: true }).click();
  await form.getByText("Write a number.", { exact: true }).waitFor();
  await form.getByLabel("limit").fill("1.5");
  await form.getByRole("button", { name: "Run", exact: true }).click();
  await form.getByText("Write a whole number.", { exact: true }).waitFor();
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
  await expect.poll(() => get<RunView>(`/runs/${run}`)).toMatchObject({ dag: "invoice", kind: "manual", note: "a trial", params: { customer: "grace", limit: 7, dry: true, mode: "delta", files: ["a.csv"] } });

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
  await expect.poll(() => taskState(run, "part")).toBe("success");

  // What a task had to work with: what the API says of it, letter by letter.
  await page.getByRole("link", { name: "way", exact: true }).click();
  const ofWay = page.getByRole("complementary", { name: "Task way" }).getByRole("region", { name: "Inputs" });
  await ofWay.getByRole("link", { name: "pick", exact: true }).waitFor();
  await ofWay.getByText("as pick").waitFor();
  const { params, tasks } = await get<RunDetail>(`/runs/${run}`);
  const picked = tasks.find(({ task }) => task === "pick")?.result;
  expect(picked).toEqual(params);
  await expect.poll(async () => (await ofWay.locator("pre").allInnerTexts()).map((text) => JSON.parse(text))).toEqual([params, picked]);

  await go(`/runs/${run}?tab=params&task=way`);
  await expect.poll(async () => JSON.parse((await page.locator("#main pre").first().textContent()) ?? "")).toEqual(params);
  await go(`/runs/${run}`);

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
  await expect.poll(() => page.getByRole("link", { name: /^\[\d+\]$/ }).count()).toBe(12);
  const inputs = pane.getByRole("region", { name: "Inputs" });
  await inputs.getByText("Item 7 of its map").waitFor();
  await inputs.getByText("as item").waitFor();
  const given = await get<TaskInputs>(`/runs/${run}/tasks/each.work/inputs?index=7`);
  expect(given).toMatchObject({ item: { name: "item", value: 7 }, upstreams: [{ task: "items", results: [{ state: "success" }] }] });
  await expect.poll(async () => (await inputs.locator("pre").allInnerTexts())[0]).toBe("7");
  await inputs.getByText("too large to be shown here").waitFor();
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
  await go(`/runs/${run}?task=sum`);
  const list = page.getByRole("complementary", { name: "Task sum" }).getByRole("region", { name: "Inputs" });
  await list.getByText("… and those of more items").waitFor();
  await expect.poll(() => list.locator("pre").allInnerTexts()).toEqual(Array.from({ length: 20 }, (_, i) => String(i)));
  await expect.poll(async () => (await get<RunGrid>(`/runs/${run}/grid`)).cells.find(({ task }) => task === "each.work")?.states).toEqual({ success: 1_200 });
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
  const { reasons } = await get<{ reasons: { text: string }[] }>(`/runs/${run}/tasks/after/explain`);
  expect(reasons.map(({ text }) => text)).toEqual(['task "wait" before it has not ended (running); it goes on by all_success']);
  await page.getByRole("region", { name: "Why it waits" }).getByText(reasons[0].text, { exact: true }).waitFor();
  await page.getByRole("button", { name: "Mark…" }).click();
  await page.getByLabel("As", { exact: true }).selectOption("skipped");
  await page.getByRole("button", { name: "Mark 1 as skipped" }).click();
  await until(async () => (await taskState(run, "after")) === "skipped");
  await page.getByRole("complementary").getByText("skipped").first().waitFor();

  await go(`/runs/${run}?task=wait`);
  await page.getByRole("searchbox", { name: "Find in the log" }).fill("LINE 12");
  await log.getByText("line 12", { exact: true }).waitFor();
  await expect.poll(() => log.getByText(/^line (?!12)\d+$/).count()).toBe(0);
  expect(new URL(page.url()).searchParams.get("find")).toBe("LINE 12");
  writeFileSync(join(project.folder, "go-on"), "");
  await runState(run, "success");
  await page.getByRole("searchbox", { name: "Find in the log" }).fill("");
  await page.getByLabel("Level").selectOption("error");
  await log.getByText("told to go on").waitFor();
  await page.getByText(/^1 of [\d,]+ lines$/).waitFor();
  const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Download the log" }).click()]);
  expect(file.suggestedFilename()).toMatch(/wait\.log$/);

  const refused = await triggered("invoice");
  await until(async () => (await taskState(refused, "send-it")) === "deferred");
  await go(`/runs/${refused}?task=send-it`);
  await page.getByLabel("Your name").fill("grace");
  await page.getByLabel("Note").fill("not to them");
  await page.getByRole("button", { name: "Reject" }).click();
  await runState(refused, "failed");
  const { tasks } = await get<RunDetail>(`/runs/${refused}`);
  expect(tasks.filter(({ task }) => task.startsWith("send"))).toMatchObject([{ task: "send-it", state: "failed", result: { approved: false, by: "grace", note: "not to them" } }, { task: "send", state: "upstream_failed" }]);
  await page.getByRole("complementary").getByRole("region", { name: "Result" }).getByText('"approved": false').waitFor();

  const other = await triggered("invoice");
  await until(async () => (await taskState(other, "send-it")) === "deferred");
  await go(`/runs/${other}`);
  await page.getByRole("button", { name: "Cancel…" }).click();
  await page.getByRole("dialog").getByLabel("Note").fill("not this one");
  await page.getByRole("dialog").getByRole("button", { name: "Cancel the run" }).click();
  await page.getByText("not this one").waitFor();
  await expect.poll(() => get<RunView>(`/runs/${other}`)).toMatchObject({ state: "cancelled", note: "not this one" });
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
  await expect.poll(() => Object.fromEntries(new URL(page.url()).searchParams)).toMatchObject({ from: "2024-02-03", to: "2024-02-08" });
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

test("a run for an interval that is named; an earlier attempt's log; again with those before or behind, with the newest code or the run's", async () => {
  const { page, go, ...rest } = await visit(browser, millrace);
  await go("/dags/twice");
  await page.getByRole("button", { name: "Run now…" }).click();
  const form = page.getByRole("dialog");
  await form.getByLabel("Interval from").fill("2024-03-05");
  await form.getByLabel("to, excluded").fill("2024-03-04");
  await form.getByRole("button", { name: "Run", exact: true }).click();
  await form.getByText("the interval ends before it begins").waitFor();
  expect(rest.trouble.console.splice(0)).toEqual([expect.stringContaining("Failed to load resource")]);
  await form.getByLabel("to, excluded").fill("2024-03-06");
  await form.getByRole("button", { name: "Run", exact: true }).click();
  await page.waitForURL("**/runs/**");
  const run = runIdOf(page);
  const made = await get<RunView>(`/runs/${run}`);
  expect(made.interval).toEqual({ start: "2024-03-05T00:00:00.000Z", end: "2024-03-06T00:00:00.000Z" });
  await page.getByRole("heading", { level: 1 }).locator("time[title='2024-03-05 00:00:00Z (UTC); shown in Europe/Berlin']").waitFor();

  await until(async () => (await taskState(run, "once")) === "success");
  await page.getByRole("link", { name: "once", exact: true }).click();
  const log = page.getByRole("log");
  await log.getByText("this is attempt 2", { exact: true }).waitFor();
  await page.getByRole("region", { name: "Attempts and log" }).getByRole("button", { name: /^1\s*failed/ }).click();
  await log.getByText("this is attempt 1", { exact: true }).waitFor();
  await expect.poll(() => log.getByText("this is attempt 2").count()).toBe(0);
  expect(new URL(page.url()).searchParams.get("attempt")).toBe("1");
  await page.getByText("the first attempt breaks").first().waitFor();

  writeFileSync(join(project.folder, "let-go"), "");
  await runState(run, "success");
  appendFileSync(join(project.folder, "work.pipeline.ts"), "\n// another release\n");
  await millrace.post("/api/v1/releases/apply", {});
  const newest = (await get<{ releases: { release: string; current: boolean }[] }>("/releases")).releases.find(({ current }) => current)?.release;
  expect(newest).not.toBe(made.release);

  await go(`/runs/${run}?task=held`);
  const again = page.getByRole("dialog");
  const chosen = again.getByRole("list", { name: "The tasks of it" }).getByRole("listitem");
  const clear = (body: object): Promise<TaskSet> => millrace.post(`/api/v1/runs/${run}/clear`, { tasks: [{ task: "held" }], dryRun: true, ...body }).then(async (answer) => (await answer.json()) as TaskSet);
  const shown = async (expected: TaskSet): Promise<void> => {
    await again.getByRole("button", { name: `Run ${expected.tasks.length} again` }).waitFor();
    await expect.poll(async () => (await chosen.allInnerTexts()).map((text) => text.split(/\s/)[0])).toEqual(expected.tasks.map(({ task }) => task));
  };
  await page.getByRole("button", { name: "Run again…" }).click();
  await shown(await clear({ downstream: true }));
  await again.getByLabel("Those that come before them too").check();
  const all = await clear({ downstream: true, upstream: true });
  expect(all.tasks.map(({ task }) => task)).toEqual(["once", "held", "end"]);
  await shown(all);
  await again.getByText(`They run with the code of release ${newest?.slice(0, 12)}; the run had ${made.release.slice(0, 12)}.`).waitFor();
  await again.getByLabel("With the code of").selectOption("same");
  await again.getByText("They run with the code of").waitFor({ state: "detached" });
  await again.getByLabel("Those that come before them too").uncheck();
  await again.getByLabel("Those that come after them too").uncheck();
  await shown(await clear({ downstream: false }));
  await again.getByRole("button", { name: "Run 1 again" }).click();
  const attemptsOf = async (): Promise<number[]> => (await get<RunDetail>(`/runs/${run}`)).tasks.map(({ attempts }) => attempts);
  await until(async () => (await attemptsOf()).join() === "2,2,1" && (await get<RunView>(`/runs/${run}`)).state === "success");
  await expect.poll(() => get<RunView>(`/runs/${run}`)).toMatchObject({ clears: 1, release: made.release });

  await page.getByRole("button", { name: "Run again…" }).click();
  await again.getByLabel("Note").fill("with the mended code");
  await shown(await clear({ downstream: true }));
  await again.getByRole("button", { name: "Run 2 again" }).click();
  await until(async () => (await attemptsOf()).join() === "2,3,2" && (await get<RunView>(`/runs/${run}`)).state === "success");
  await expect.poll(() => get<RunView>(`/runs/${run}`)).toMatchObject({ clears: 2, release: newest });
  rmSync(join(project.folder, "let-go"));
  expectNoTrouble({ page, go, ...rest });
});

test("a backfill is paused, let go on, and ended once it was asked again", async () => {
  const { backfill } = (await (await millrace.post("/api/v1/backfills", { dag: "twice", from: "2024-03-01", to: "2024-03-05", maxActiveRuns: 1 })).json()) as BackfillPlan;
  const id = backfill?.id as string;
  const state = async (): Promise<string> => (await get<BackfillDetail>(`/backfills/${id}`)).state;
  const { page, go, ...rest } = await visit(browser, millrace);
  await go(`/backfills/${id}`);
  await page.getByRole("button", { name: "Pause", exact: true }).click();
  await page.getByRole("button", { name: "Resume", exact: true }).waitFor();
  await expect.poll(state).toBe("paused");
  await page.getByRole("button", { name: "Resume", exact: true }).click();
  await page.getByRole("button", { name: "Pause", exact: true }).waitFor();
  await expect.poll(state).toBe("running");
  await page.getByRole("button", { name: "Cancel…" }).click();
  const dialog = page.getByRole("dialog");
  await expectAccessible(page);
  await dialog.getByRole("button", { name: "Let it go on" }).click();
  await dialog.waitFor({ state: "detached" });
  expect(await state()).toBe("running");
  await page.getByRole("button", { name: "Cancel…" }).click();
  await dialog.getByRole("button", { name: "Cancel the backfill" }).click();
  await page.getByRole("button", { name: "Cancel…" }).waitFor({ state: "detached" });
  await expect.poll(state).toBe("cancelled");
  writeFileSync(join(project.folder, "let-go"), "");
  await until(async () => (await get<BackfillDetail>(`/backfills/${id}`)).runs.success === 1);
  expect(await get<BackfillDetail>(`/backfills/${id}`)).toMatchObject({ reached: 1, intervals: 4, runs: { success: 1 } });
  expectNoTrouble({ page, go, ...rest });
});

test("a DAG is paused with a word why, and let go on", async () => {
  const { page, go, ...rest } = await visit(browser, millrace);
  await go("/dags/days");
  await page.getByRole("button", { name: "Pause…" }).click();
  await page.getByLabel("Why, for those who look").fill("the source is down");
  await page.keyboard.press("Enter");
  await page.getByText("the source is down").first().waitFor();
  await expect.poll(() => get<DagDetail>("/dags/days")).toMatchObject({ paused: true, note: "the source is down" });
  await go("/dags?state=paused");
  await page.getByRole("link", { name: "days", exact: true }).waitFor();
  await expect.poll(() => page.getByRole("row").count()).toBe(2);
  await go("/dags/days");
  await page.getByRole("button", { name: "Resume" }).click();
  await page.getByRole("button", { name: "Pause…" }).waitFor();
  await expect.poll(async () => (await get<DagDetail>("/dags/days")).paused).toBe(false);
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
