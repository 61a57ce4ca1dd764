import type { Browser } from "playwright-core";
import { beforeAll, expect, inject, test } from "vitest";
import type { GridPage, RunView } from "../../src/server/dag-control.ts";
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

test("the list shows each DAG with its schedule and its last runs, and finds by text", async () => {
  const { page, go, ...rest } = await visit(browser, flights);
  await go("/dags");
  const row = page.getByRole("row").filter({ hasText: "flights-daily" });
  await row.getByText("at 06:00 every day in America/New_York").waitFor();
  const { runs } = await call<{ runs: RunView[] }>("/runs?dag=flights-daily&limit=10");
  await row.getByRole("link", { name: /^Run of/ }).nth(9).waitFor();
  expect(await row.getByRole("link", { name: /^Run of/ }).evaluateAll((links) => links.map((link) => decodeURIComponent((link as HTMLAnchorElement).pathname.split("/")[2])))).toEqual(runs.map(({ id }) => id).reverse());
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
  expect(await table.getByRole("columnheader").count()).toBe(grid.runs.length + 1);
  expect(await table.getByRole("rowheader").allInnerTexts()).toEqual(grid.tasks.map(({ name }) => name));
  expect(await table.locator("[role=cell] [data-state=success]").count()).toBe(grid.runs.reduce((sum, { cells }) => sum + cells.length, 0));
  await table.getByRole("columnheader").last().getByRole("link").focus();
  for (const key of ["ArrowLeft", "ArrowDown", "ArrowDown", "ArrowDown", "ArrowDown"]) await page.keyboard.press(key);
  await page.keyboard.press("Enter");
  await page.getByRole("complementary", { name: "Task letter" }).waitFor();
  expect(decodeURIComponent(new URL(page.url()).pathname)).toBe(`/runs/${grid.runs[1].id}`);
  await go("/dags/flights-daily");
  await page.getByRole("link", { name: "← Older runs" }).click();
  await page.waitForURL("**before=**");
  await page.getByRole("link", { name: "Newest runs →" }).waitFor();
  expectNoTrouble({ page, go, ...rest });
});

test("what a run's task says is what the lake holds", async () => {
  const { page, go, ...rest } = await visit(browser, flights);
  await go("/runs/flights-daily.20010630T100000Z?task=letter");
  const { rows } = await call<{ rows: [string, number][] }>("/sql", { sql: `select count(*)::varchar, max(worst_delay) from flights.daily_routes where interval_start = timestamp '2001-06-30 10:00:00'` }).then((answer) => (answer.rows ? answer : Promise.reject(new Error(JSON.stringify(answer)))));
  const [routes, worst] = rows[0];
  await page.getByRole("region", { name: "Result" }).getByText(`${routes} routes were flown`).waitFor();
  await page.getByRole("log").getByText(`the worst delay was ${worst} minutes`).waitFor();
  await page.getByRole("link", { name: "routes", exact: true }).first().click();
  await page.getByRole("complementary", { name: "Task routes" }).waitFor();
  await page.getByRole("button", { name: "Close the task" }).click();
  await page.getByRole("complementary").waitFor({ state: "detached" });
  expectNoTrouble({ page, go, ...rest });
});

test("the calendar has one run on each of the 181 days; a link to a day shows its run", async () => {
  const { page, go, ...rest } = await visit(browser, flights);
  await go("/dags/flights-daily?tab=calendar");
  await page.getByRole("button", { name: "30 June 2001: one run, success" }).waitFor();
  expect(await page.getByRole("button", { name: /: one run, success$/ }).count()).toBe((await call<{ runs: RunView[] }>("/runs?dag=flights-daily&limit=1000")).runs.length);
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
