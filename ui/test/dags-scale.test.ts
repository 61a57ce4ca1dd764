import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { GridPage, RunGrid, RunView } from "../../src/server/dag-control.ts";
import { MillraceProcess, until } from "../../test/support/millrace-process.ts";
import { temporaryProject } from "../../test/support/temporary-project.ts";
import { expectNoTrouble, launch, visit } from "./support/browser.ts";
import { expectSoon, firstPicture, longestFrameOfScrolling, spentText } from "./support/speed.ts";

const files = {
  "many.pipeline.ts": `
import { dag } from "millrace";
const one = (name, i) => dag(name, { tags: ["team-" + (i % 20)], description: "DAG number " + i }, ({ task }) => { task("t", () => i); });
${Array.from({ length: 1_000 }, (_, i) => `export const dag${i} = one("dag-${String(i).padStart(4, "0")}", ${i});`).join("\n")}
export const wide = dag("wide", {}, ({ task, map }) => {
  const items = task("items", () => Array.from({ length: 10000 }, (_, i) => i));
  map("each", items, (item, { task }) => task("work", { item }, ({ item }) => item));
});
export const tall = dag("tall", {}, ({ task }) => {
  for (let i = 0; i < 1000; i++) task("task-" + String(i).padStart(4, "0"), () => i);
});
export const deep = dag("deep", {}, ({ task }) => {
  const tasks = [];
  for (let i = 0; i < 500; i++) tasks.push(task("task-" + i, () => i, { after: i < 20 ? [] : [tasks[i - 20], tasks[i - 1 - (i % 17)]] }));
});
`,
};
const project = temporaryProject(files);
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

test("1,000 DAGs: the list is there at once, is found in, and scrolls", async () => {
  const { page, go, ...rest } = await visit(browser, millrace);
  const picture = await firstPicture(browser, millrace, "/dags", () => document.querySelector("a[href='/dags/dag-0000']") !== null);
  await go("/dags");
  await page.getByText("1,003 DAGs").waitFor();
  expect(await page.getByRole("row").count()).toBeLessThan(60);
  const frame = await longestFrameOfScrolling(browser, page);
  await page.getByRole("link", { name: "wide", exact: true }).waitFor();
  await page.keyboard.press("/");
  await page.keyboard.type("dag-0777");
  await page.getByText("1 of 1,003 DAGs").waitFor();
  await page.getByRole("link", { name: "dag-0777" }).waitFor();
  console.log(`1,000 DAGs: first picture after ${spentText(picture)}; longest frame while scrolling ${spentText(frame)}`);
  expectSoon(picture);
  expect(frame.cpuMs).toBeLessThan(100);
  expectNoTrouble({ page, go, ...rest });
});

test("10,000 tasks in one run: together at first, then item by item, down to the last", async () => {
  const { id } = (await (await millrace.post("/api/v1/dags/wide/runs", {})).json()) as RunView;
  await until(async () => (await get<RunGrid>(`/runs/${id}/grid`)).state === "success");
  const { page, go, ...rest } = await visit(browser, millrace);
  const picture = await firstPicture(browser, millrace, `/runs/${id}`, () => document.getElementById("main")?.textContent.includes("each.work") === true);
  await go(`/runs/${id}`);
  await page.getByRole("link", { name: "10,000 success of each.work" }).waitFor();
  await page.getByRole("button", { name: "Items of each.work" }).click();
  await page.getByRole("link", { name: "[0]", exact: true }).waitFor();
  expect(await page.getByRole("row").count()).toBeLessThan(80);
  const frame = await longestFrameOfScrolling(browser, page);
  await until(async () => {
    await page.evaluate(() => document.getElementById("main")?.scrollBy(0, 10_000_000));
    return (await page.getByRole("link", { name: "[9999]", exact: true }).count()) === 1;
  });
  const grid = await firstPicture(browser, millrace, "/dags/wide", () => document.querySelector("[data-state=success]") !== null);
  console.log(`10,000 tasks: first picture of the run after ${spentText(picture)}, of the grid after ${spentText(grid)}; longest frame while scrolling ${spentText(frame)}`);
  for (const each of [picture, grid]) expectSoon(each);
  expect(frame.cpuMs).toBeLessThan(100);
  expectNoTrouble({ page, go, ...rest });
});

test("1,000 declared tasks in each of ten runs: the grid is there at once, scrolls, and has the states of the API down to the last", async () => {
  const ids = await Promise.all(Array.from({ length: 10 }, async () => ((await (await millrace.post("/api/v1/dags/tall/runs", {})).json()) as RunView).id));
  await until(async () => (await get<{ runs: RunView[] }>("/runs?dag=tall")).runs.filter(({ state }) => state === "success").length === ids.length);
  const { runs, tasks } = await get<GridPage>("/dags/tall/grid?limit=40");
  expect(tasks).toHaveLength(1_000);
  expect(runs.map(({ cells }) => cells.length)).toEqual(ids.map(() => 1_000));
  const asked = performance.now();
  await get<GridPage>("/dags/tall/grid?limit=40");
  const answeredMs = performance.now() - asked;
  const { page, go, ...rest } = await visit(browser, millrace);
  const picture = await firstPicture(browser, millrace, "/dags/tall", () => document.querySelectorAll("[role=cell] [data-state=success]").length >= 100);
  await go("/dags/tall");
  const table = page.getByRole("table", { name: "Runs and their tasks" });
  await table.getByRole("rowheader").first().waitFor();
  expect(await table.getAttribute("aria-rowcount")).toBe("1001");
  expect(await table.getByRole("row").count()).toBeLessThan(100);
  const frame = await longestFrameOfScrolling(browser, page);
  const last = table.getByRole("row").filter({ has: page.getByRole("rowheader", { name: "task-0999" }) });
  await until(async () => {
    await page.evaluate(() => document.getElementById("main")?.scrollBy(0, 10_000_000));
    return (await last.count()) === 1;
  });
  expect(await last.locator("[role=cell] [data-state=success]").count()).toBe(10);
  console.log(`1,000 tasks in ten runs: first picture of the grid after ${spentText(picture)}, of which the answer took ${answeredMs.toFixed(0)} ms; longest frame while scrolling ${spentText(frame)}`);
  expectSoon(picture);
  expect(frame.cpuMs).toBeLessThan(100);
  expectNoTrouble({ page, go, ...rest });
});

test("a graph of 500 tasks is there at once, where it begins, and as a whole on a key press", async () => {
  const { page, go, ...rest } = await visit(browser, millrace);
  const picture = await firstPicture(browser, millrace, "/dags/deep?tab=graph", () => document.querySelector(".react-flow__node") !== null);
  console.log(`a graph of 500 tasks: first picture after ${spentText(picture)}`);
  expectSoon(picture);
  await go("/dags/deep?tab=graph");
  const tasks = page.getByRole("region", { name: "Tasks" });
  await tasks.getByText("task-0", { exact: true }).waitFor();
  expect(await page.locator(".react-flow__node").count()).toBeLessThan(100);
  await tasks.getByRole("button", { name: "Fit View" }).press("Enter");
  await expect.poll(() => page.locator(".react-flow__node").count()).toBe(500);
  expectNoTrouble({ page, go, ...rest });
});
