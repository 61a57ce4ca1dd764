import type { Browser } from "playwright-core";
import { beforeAll, expect, inject, test } from "vitest";
import type { GridPage, RunGrid, RunView, TaskInputs } from "../../src/server/dag-control.ts";
import { durationText } from "../src/design/format.ts";
import { expectAccessible } from "./support/axe.ts";
import { expectNoTrouble, launch, sizes, visit } from "./support/browser.ts";

const flights = inject("flights");
let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});

const call = async <T>(path: string, body?: object): Promise<T> => {
  const answer = await fetch(`${flights.url}/api/v1${path}`, { method: body ? "POST" : "GET", headers: { authorization: `Bearer ${flights.token}`, "content-type": "application/json" }, body: body && JSON.stringify(body) });
  return (await answer.json()) as T;
};

/** What is told on hover of a moment. */
const utcTitle = (at: string): string => `${at.slice(0, 10)} ${at.slice(11, 19)}Z (UTC); shown in Europe/Berlin`;

test("the list shows each DAG with its schedule and its last runs, and finds by text", async () => {
  const { page, go, ...rest } = await visit(browser, flights);
  await go("/dags");
  const row = page.getByRole("row").filter({ hasText: "flights-daily" });
  await row.getByRole("cell", { name: "at 06:00 every day in America/New_York", exact: true }).waitFor();
  const { runs } = await call<{ runs: RunView[] }>("/runs?dag=flights-daily&limit=10");
  await row.getByRole("link", { name: /^Run of/ }).nth(9).waitFor();
  await expect.poll(() => row.getByRole("link", { name: /^Run of/ }).evaluateAll((links) => links.map((link) => (link as HTMLAnchorElement).title.split("\n")[1]))).toEqual(runs.map(({ interval }) => utcTitle(interval.start)).reverse());
  await expect.poll(() => row.getByRole("link", { name: /^Run of/ }).evaluateAll((links) => links.map((link) => decodeURIComponent((link as HTMLAnchorElement).pathname.split("/")[2])))).toEqual(runs.map(({ id }) => id).reverse());
  await page.keyboard.press("/");
  await page.keyboard.type("DAILY flights");
  await page.getByText(/^1 of \d+ DAGs$/).waitFor();
  expect(new URL(page.url()).searchParams.get("find")).toBe("DAILY flights");
  await expectAccessible(page);
  expectNoTrouble({ page, go, ...rest });
});

test("the grid has the runs and states of the API; keys alone lead through it into a run", async () => {
  const { page, go, ...rest } = await visit(browser, flights);
  await go("/dags/flights-daily");
  const grid = await call<GridPage>("/dags/flights-daily/grid?limit=40");
  const table = page.getByRole("table", { name: "Runs and their tasks" });
  await table.waitFor();
  await expect.poll(() => table.getByRole("columnheader").count()).toBe(grid.runs.length + 1);
  await expect.poll(() => table.getByRole("rowheader").allInnerTexts()).toEqual(grid.tasks.map(({ name }) => name));
  await expect.poll(() => table.locator("[role=cell] [data-state=success]").count()).toBe(grid.runs.reduce((sum, { cells }) => sum + cells.length, 0));
  await expect.poll(() => table.getByRole("columnheader").getByRole("link").evaluateAll((links) => links.map((link) => (link as HTMLElement).title.split("\n")[1]))).toEqual(grid.runs.map(({ interval }) => utcTitle(interval.start)).reverse());
  await table.getByRole("columnheader").last().getByRole("link").focus();
  for (const key of ["ArrowLeft", "ArrowDown", "ArrowDown", "ArrowDown", "ArrowDown"]) await page.keyboard.press(key);
  await page.keyboard.press("Enter");
  await page.getByRole("complementary", { name: "Task letter" }).waitFor();
  await expect.poll(() => decodeURIComponent(new URL(page.url()).pathname)).toBe(`/runs/${grid.runs[1].id}`);
  await go("/dags/flights-daily");
  await page.getByRole("link", { name: "← Older runs" }).click();
  await page.waitForURL("**before=**");
  await page.getByRole("link", { name: "Newest runs →" }).waitFor();
  expectNoTrouble({ page, go, ...rest });
});

const run = "flights-daily.20010630T100000Z";

test.each(["/dags/flights-daily?tab=graph&run=", "/runs/"])("the graph has the tasks, states and edges of the API (%s)", async (path) => {
  const { page, go, ...rest } = await visit(browser, flights);
  await go(path.startsWith("/runs") ? `${path}${run}?tab=graph` : path + run);
  const { tasks, cells } = await call<RunGrid>(`/runs/${run}/grid`);
  const region = page.getByRole("region", { name: "Tasks" });
  await region.getByRole("link").nth(tasks.length - 1).waitFor();
  const stateOf = (name: string): string => Object.keys(cells.find(({ task }) => task === name)?.states ?? {}).join();
  await expect.poll(async () => (await region.getByRole("link").evaluateAll((links) => links.map((link) => `${(link as HTMLElement).title} ${link.querySelector("[data-state]")?.getAttribute("data-state")}`))).sort()).toEqual(tasks.map(({ name }) => `${name}: ${stateOf(name)} ${stateOf(name)}`).sort());
  const edges = tasks.flatMap(({ name, after }) => after.map((before) => `${before} ${name}`));
  expect(edges.length).toBeGreaterThan(0);
  await expect.poll(async () => (await page.locator(".react-flow__edge").evaluateAll((lines) => lines.map((line) => line.getAttribute("data-id")))).sort()).toEqual(edges.sort());
  expectNoTrouble({ page, go, ...rest });
});

test.each(["/dags/flights-daily?tab=gantt&run=", "/runs/"])("bars begin and last as the API says (%s)", async (path) => {
  const { page, go, ...rest } = await visit(browser, flights);
  await go(path.startsWith("/runs") ? `${path}${run}?tab=gantt` : path + run);
  const { tasks, cells } = await call<RunGrid>(`/runs/${run}/grid`);
  const begun = tasks.flatMap(({ name }) => cells.filter(({ task, startedAt }) => task === name && startedAt !== null)).map(({ task, startedAt, endedAt }) => ({ task, from: Date.parse(startedAt as string), to: Date.parse(endedAt as string) }));
  const first = Math.min(...begun.map(({ from }) => from));
  const whole = Math.max(...begun.map(({ to }) => to)) - first;
  const rows = page.getByRole("list", { name: "Tasks by time" }).getByRole("listitem");
  await rows.nth(begun.length - 1).waitFor();
  const bars = await rows.evaluateAll((items) =>
    items.map((item) => {
      const [name, lane] = (item.firstElementChild as HTMLElement).children;
      const { left, width } = lane.getBoundingClientRect();
      const bar = (lane.firstElementChild as HTMLElement).getBoundingClientRect();
      return { task: name.textContent, left: (bar.left - left) / width, width: bar.width / width };
    }),
  );
  expect(bars.map(({ task }) => task)).toEqual(begun.map(({ task }) => task));
  for (const [place, { from, to }] of begun.entries()) {
    expect(bars[place].left, bars[place].task as string).toBeCloseTo((from - first) / whole, 2);
    expect(bars[place].width, bars[place].task as string).toBeCloseTo(Math.max(0.004, (to - from) / whole), 2);
  }
  expectNoTrouble({ page, go, ...rest });
});

test("durations, their median and longest are those of the API's runs, and of a task where one is chosen", async () => {
  const { page, go, ...rest } = await visit(browser, flights);
  const { runs } = await call<GridPage>("/dags/flights-daily/grid?limit=100");
  const msOf = ({ startedAt, endedAt }: { startedAt: string | null; endedAt: string | null }): number => Date.parse(endedAt as string) - Date.parse(startedAt as string);
  const expectBars = async (times: number[]): Promise<void> => {
    const sorted = [...times].sort((a, b) => a - b);
    const fact = (name: string, value: string) => page.locator("dl > div").filter({ hasText: new RegExp(`^${name}${value}$`) }).waitFor();
    await fact("Runs", String(times.length));
    await fact("Median", durationText(sorted[Math.ceil(times.length * 0.5) - 1]));
    await fact("Longest", durationText(sorted[times.length - 1]));
    const links = page.getByRole("list", { name: "Durations, the oldest run first" }).getByRole("link");
    await expect.poll(() => links.evaluateAll((all) => all.map((link) => decodeURIComponent((link as HTMLAnchorElement).pathname.split("/")[2])))).toEqual(runs.map(({ id }) => id).reverse());
    await expect.poll(() => links.evaluateAll((all) => all.map((link) => (link as HTMLElement).title.split("\n")[1]))).toEqual(runs.map(({ interval }) => utcTitle(interval.start)).reverse());
    const heights = await links.evaluateAll((all) => all.map((link) => (link.firstElementChild as HTMLElement).style.height));
    expect(heights.map((height) => Number.parseFloat(height))).toEqual([...times].reverse().map((ms) => expect.closeTo(Math.max(1, (ms / sorted[times.length - 1]) * 100), 2)));
  };
  await go("/dags/flights-daily?tab=durations");
  await expectBars(runs.map(msOf));
  await page.getByLabel("What").selectOption("letter");
  await page.getByRole("heading", { name: "One task, from its first start to its end" }).waitFor();
  await expectBars(runs.map(({ cells }) => msOf(cells.find(({ task }) => task === "letter") as GridPage["runs"][number]["cells"][number])));
  expectNoTrouble({ page, go, ...rest });
});

test("what a run's task says is what the lake holds", async () => {
  const { page, go, ...rest } = await visit(browser, flights);
  await go("/runs/flights-daily.20010630T100000Z?task=letter");
  const { rows } = await call<{ rows: [string, number][] }>("/sql", { sql: `select count(*)::varchar, max(worst_delay) from flights.daily_routes where interval_start = timestamp '2001-06-30 10:00:00'` }).then((answer) => (answer.rows ? answer : Promise.reject(new Error(JSON.stringify(answer)))));
  const [routes, worst] = rows[0];
  await page.getByRole("region", { name: "Result" }).getByText(`${routes} routes were flown`).waitFor();
  await page.getByRole("log").getByText(`the worst delay was ${worst} minutes`).waitFor();
  const { upstreams } = await call<TaskInputs>("/runs/flights-daily.20010630T100000Z/tasks/letter/inputs");
  const inputs = page.getByRole("region", { name: "Inputs" });
  await expect.poll(() => inputs.getByRole("link").allInnerTexts()).toEqual(upstreams.map(({ task }) => task));
  await expect.poll(async () => (await inputs.locator("pre").allInnerTexts()).map((text) => JSON.parse(text))).toEqual(upstreams.flatMap(({ results }) => results.filter(({ result }) => result !== null).map(({ result }) => result)));
  await page.getByRole("link", { name: "routes", exact: true }).first().click();
  await page.getByRole("complementary", { name: "Task routes" }).waitFor();
  await page.getByRole("button", { name: "Close the task" }).click();
  await page.getByRole("complementary").waitFor({ state: "detached" });
  // By keys alone: opened and closed, the focus is where it was.
  const opener = page.getByRole("link", { name: "letter", exact: true }).first();
  await opener.focus();
  await page.keyboard.press("Enter");
  await page.getByRole("complementary", { name: "Task letter" }).waitFor();
  await page.getByRole("button", { name: "Close the task" }).focus();
  await page.keyboard.press("Escape");
  await page.getByRole("complementary").waitFor({ state: "detached" });
  await expect.poll(() => opener.evaluate((link) => link === document.activeElement)).toBe(true);
  expectNoTrouble({ page, go, ...rest });
});

test("the calendar has one run on each of the 181 days; a link to a day shows its run", async () => {
  const { page, go, ...rest } = await visit(browser, flights);
  await go("/dags/flights-daily?tab=calendar");
  await page.getByRole("button", { name: "30 June 2001: one run, success" }).waitFor();
  await expect.poll(() => page.getByRole("button", { name: /: one run, success$/ }).count()).toBe((await call<{ runs: RunView[] }>("/runs?dag=flights-daily&limit=1000")).runs.length);
  await go("/dags/flights-daily?tab=calendar&from=2001-03-05&to=2001-03-05");
  await page.getByRole("heading", { name: "Runs of 2001-03-05" }).waitFor();
  await page.getByText("Of 1 intervals: 1 left, since they have a run.").waitFor();
  await page.getByRole("button", { name: "Nothing to run" }).waitFor();
  expectNoTrouble({ page, go, ...rest });
});

test.each(["light", "dark"] as const)("every part is accessible (%s)", async (colorScheme) => {
  const { page, go, ...rest } = await visit(browser, flights, { colorScheme });
  for (const path of ["/dags", "/dags/flights-daily", "/dags/flights-daily?tab=graph", "/dags/flights-daily?tab=gantt", "/dags/flights-daily?tab=calendar&from=2001-03-05&to=2001-03-08", "/dags/flights-daily?tab=durations", "/runs/flights-daily.20010630T100000Z?task=letter"]) {
    await go(path);
    await page.getByText("Loading…").first().waitFor({ state: "detached" });
    if (path.includes("graph")) await page.getByRole("region", { name: "Tasks" }).getByRole("link", { name: /letter/ }).waitFor();
    await expectAccessible(page);
  }
  expectNoTrouble({ page, go, ...rest });
});

test("it can be read on a phone", async () => {
  const { page, go } = await visit(browser, flights, { viewport: sizes.phone });
  for (const path of ["/dags", "/dags/flights-daily", "/dags/flights-daily?tab=calendar", "/runs/flights-daily.20010630T100000Z?task=letter"]) {
    await go(path);
    await page.getByText("Loading…").first().waitFor({ state: "detached" });
    // While fonts come it may be wider for a moment.
    await page.waitForFunction((width) => (document.getElementById("main")?.scrollWidth ?? 0) <= width, sizes.phone.width);
  }
});

test("nothing is said of a log before it was read, and of another attempt's never", async () => {
  const { page } = await visit(browser, flights);
  const { runs } = await call<{ runs: RunView[] }>("/runs?dag=flights-daily&limit=1");
  const held = Promise.withResolvers<void>();
  await page.route("**/log?*", async (route) => {
    await held.promise;
    await route.continue();
  });
  await page.goto(`${flights.url}/runs/${encodeURIComponent(runs[0].id)}?task=letter`);
  const log = page.getByRole("region", { name: "Attempts and log" });
  await log.getByText("Reading the log…").waitFor();
  expect(await log.textContent()).not.toMatch(/\d lines|it goes on/);
  held.resolve();
  await log.getByText(/^\d+ lines?$/).waitFor();
});
