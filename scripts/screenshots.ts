/*
 * Takes the pictures of the web interface for docs/web.md: each page, light and dark, of the flights example.
 *
 *   node --conditions=millrace:source scripts/screenshots.ts [folder for the pictures] [width x height]
 *
 * It brings the example up in a folder of its own, as the tests of the pages do, and lets something happen that is worth a look:
 * flights to airports nobody knows, notes on a table, a change of the folder that is not applied. Chromium is looked for at
 * /usr/bin/chromium, or where MILLRACE_CHROMIUM says.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { until } from "../test/support/millrace-process.ts";
import { bringUpFlights, buildPages, type FlightsBed, idle } from "../ui/test/support/flights-bed.ts";

interface Shot {
  name: string;
  path: string;
  /** What has to be seen before it is taken. */
  ready(page: Page): Promise<unknown>;
}

const statement = "select origin, count(*) as flights, round(avg(delay), 1) as mean_delay, max(delay) as worst\nfrom flights.clean\ngroup by origin\norder by flights desc";
const lastRun = encodeURIComponent("flights-daily.20010630T100000Z");

const shots: Shot[] = [
  { name: "overview", path: "/", ready: (page) => page.getByRole("table", { name: "Tables" }).waitFor() },
  { name: "graph", path: "/graph?focus=table:flights.clean", ready: (page) => page.locator('[data-node="table:flights.clean"]').waitFor() },
  { name: "columns", path: "/graph?focus=table:flights.clean&zoom=columns", ready: (page) => page.getByRole("button", { name: "delay", exact: true }).first().waitFor() },
  { name: "stages", path: "/stages", ready: (page) => page.getByRole("table").first().waitFor() },
  { name: "stage", path: "/stages/route-flights", ready: (page) => page.getByRole("img", { name: /^Memory/ }).waitFor() },
  { name: "dead-letters", path: "/stages/enrich-delayed?tab=dead-letters", ready: (page) => page.getByText("unknown airport").first().waitFor() },
  { name: "topics", path: "/topics", ready: (page) => page.getByRole("table").first().waitFor() },
  { name: "topic", path: "/topics/flights", ready: (page) => page.locator("[data-index='9']").waitFor() },
  { name: "dags", path: "/dags", ready: (page) => page.getByRole("table").first().waitFor() },
  { name: "dag", path: "/dags/flights-daily", ready: (page) => page.locator("[role=cell] [data-state]").first().waitFor() },
  { name: "run", path: `/runs/${lastRun}?task=letter`, ready: (page) => page.getByRole("region", { name: "Result" }).waitFor() },
  { name: "backfill", path: "/dags/flights-daily?tab=calendar&from=2001-03-05&to=2001-03-25", ready: (page) => page.getByText(/^Of \d+ intervals/).waitFor() },
  { name: "catalog-list", path: "/catalog", ready: (page) => page.getByText("flights.clean").first().waitFor() },
  { name: "catalog", path: "/catalog/table/flights.clean", ready: (page) => page.getByRole("table").first().waitFor() },
  { name: "profile", path: "/catalog/table/flights.clean?tab=profile", ready: (page) => page.locator("[aria-busy=false]").getByText("destination").waitFor() },
  { name: "sql", path: `/sql?text=${encodeURIComponent(statement)}`, ready: runStatement },
  { name: "quality", path: "/quality", ready: (page) => page.getByRole("table").first().waitFor() },
  { name: "quality-dataset", path: "/quality/marts.hourly", ready: (page) => page.getByText("hours_are_whole").first().waitFor() },
  { name: "plan", path: "/plan", ready: (page) => page.getByText("maxActiveRuns").waitFor() },
];

async function runStatement(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Run", exact: true }).click();
  await page.locator('[role=row][aria-rowindex="7"] [role=gridcell]:not([aria-busy])').first().waitFor();
}

const [folder = fileURLToPath(new URL("../docs/screenshots/", import.meta.url)), size = "1280x800"] = process.argv.slice(2);
const [width, height] = size.split("x").map(Number);
mkdirSync(folder, { recursive: true });

buildPages();
const bed = await bringUpFlights();
const browser = await chromium.launch({ executablePath: process.env.MILLRACE_CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] });
try {
  await letSomethingHappen(bed);
  for (const theme of ["light", "dark"] as const) await takeAll(browser, theme);
} finally {
  await browser.close();
  await bed.remove();
}

async function letSomethingHappen({ millrace, folder: project }: FlightsBed): Promise<void> {
  const send = async (method: "POST" | "PUT", path: string, body: unknown): Promise<void> => {
    const answer = await millrace.request(path, { method, body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`${answer.status} of ${path}: ${await answer.text()}`);
  };
  for (let day = 24; day < 30; day++) await send("POST", "/api/v1/dags/models.routes/runs", { interval: { start: `2001-06-${day}T00:00:00Z`, end: `2001-06-${day + 1}T00:00:00Z` } });
  for (const destination of ["YQX", "YVR", "YYZ"]) await send("POST", "/ingest/flights-intake", { date: "2001-06-30T23:10:00Z", delay: 95, distance: 800, origin: "SEA", destination });
  await until(async () => /unknown airport/.test(await (await millrace.request("/api/v1/dlq/enrich-delayed/records")).text()));
  await idle(millrace);
  await send("PUT", "/api/v1/catalog/table/flights.clean/notes", {
    ...{ description: "Every flight as it arrived, one row each.", owner: "operations", tags: ["aviation"] },
    columns: { delay: { description: "Minutes late; below zero, early." }, distance: { description: "Miles between the two airports." }, origin: { description: "The airport's three letters." } },
  });
  change(join(project, "pipeline.ts"), [
    ["maxActiveRuns: 8", "maxActiveRuns: 4"],
    ['cron("0 6 * * *"', 'cron("30 5 * * *"'],
    ["retries: 3", "retries: 5"],
  ]);
}

function change(file: string, changes: [from: string, to: string][]): void {
  let text = readFileSync(file, "utf8");
  for (const [from, to] of changes) {
    if (!text.includes(from)) throw new Error(`${file} has no ${from} any more`);
    text = text.replace(from, to);
  }
  writeFileSync(file, text);
}

async function takeAll(from: Browser, theme: "light" | "dark"): Promise<void> {
  const context = await from.newContext({ viewport: { width, height }, colorScheme: theme, timezoneId: "Europe/Berlin", locale: "en-GB", reducedMotion: "reduce" });
  context.setDefaultTimeout(60_000);
  await context.addInitScript((secret) => localStorage.setItem("millrace.session", secret), bed.millrace.token);
  for (const shot of shots) await take(context, shot, theme).catch((cause: unknown) => {
    throw new Error(`${shot.name} cannot be taken`, { cause });
  });
  await context.close();
}

async function take(context: BrowserContext, { name, path, ready }: Shot, theme: string): Promise<void> {
  const page = await context.newPage();
  await page.goto(bed.millrace.url + path);
  await page.getByText("live", { exact: true }).waitFor();
  await ready(page);
  await page.getByText("Loading…").first().waitFor({ state: "detached" });
  await page.evaluate("document.fonts.ready.then(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done()))))");
  // Without loss, and a third of what the same takes as PNG; Playwright has no word for it.
  const { data } = await (await context.newCDPSession(page)).send("Page.captureScreenshot", { format: "webp", quality: 100 });
  writeFileSync(join(folder, `${name}-${theme}.webp`), Buffer.from(data, "base64"));
  await page.close();
}
