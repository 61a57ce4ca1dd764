/*
 * Takes the pictures of the web interface for docs/web.md: each page, light and dark, of a project that is up.
 *
 *   node scripts/screenshots.ts <data folder of the project> [folder for the pictures] [width x height]
 *
 * The project is the flights example, caught up, with a run of each DAG of models; the pages are as they were built when it came
 * up. Chromium is looked for at /usr/bin/chromium, or where MILLRACE_CHROMIUM says.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";

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
  { name: "topics", path: "/topics", ready: (page) => page.getByRole("table").first().waitFor() },
  { name: "topic", path: "/topics/flights", ready: (page) => page.locator("[data-index='9']").waitFor() },
  { name: "dags", path: "/dags", ready: (page) => page.getByRole("table").first().waitFor() },
  { name: "dag", path: "/dags/flights-daily", ready: (page) => page.locator("[role=cell] [data-state]").first().waitFor() },
  { name: "run", path: `/runs/${lastRun}?task=letter`, ready: (page) => page.getByRole("region", { name: "Result" }).waitFor() },
  { name: "backfill", path: "/dags/flights-daily?tab=calendar&from=2001-03-05&to=2001-03-25", ready: (page) => page.getByText(/^Of \d+ intervals/).waitFor() },
  { name: "catalog-list", path: "/catalog", ready: (page) => page.getByText("flights.clean").first().waitFor() },
  { name: "catalog", path: "/catalog/table/flights.clean", ready: (page) => page.getByRole("table").first().waitFor() },
  { name: "sql", path: `/sql?text=${encodeURIComponent(statement)}`, ready: runStatement },
  { name: "quality", path: "/quality", ready: (page) => page.getByRole("table").first().waitFor() },
  { name: "quality-dataset", path: "/quality/marts.hourly", ready: (page) => page.getByText("hours_are_whole").first().waitFor() },
  { name: "plan", path: "/plan", ready: (page) => page.getByRole("table").first().waitFor() },
];

async function runStatement(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Run", exact: true }).click();
  await page.locator('[role=row][aria-rowindex="7"] [role=gridcell]:not([aria-busy])').first().waitFor();
}

const [dataFolder, folder = fileURLToPath(new URL("../docs/screenshots/", import.meta.url)), size = "1280x800"] = process.argv.slice(2);
if (dataFolder === undefined) throw new Error("say which project: node scripts/screenshots.ts examples/flights/.millrace");
const { url } = JSON.parse(readFileSync(join(dataFolder, "control.json"), "utf8")) as { url: string };
const token = readFileSync(join(dataFolder, "token"), "utf8").trim();
const [width, height] = size.split("x").map(Number);
mkdirSync(folder, { recursive: true });

const browser = await chromium.launch({ executablePath: process.env.MILLRACE_CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] });
for (const theme of ["light", "dark"] as const) await takeAll(browser, theme);
await browser.close();

async function takeAll(from: Browser, theme: "light" | "dark"): Promise<void> {
  const context = await from.newContext({ viewport: { width, height }, colorScheme: theme, timezoneId: "Europe/Berlin", locale: "en-GB", reducedMotion: "reduce" });
  context.setDefaultTimeout(60_000);
  await context.addInitScript((secret) => localStorage.setItem("millrace.session", secret), token);
  for (const shot of shots) await take(context, shot, theme).catch((cause: unknown) => {
    throw new Error(`${shot.name} cannot be taken`, { cause });
  });
  await context.close();
}

async function take(context: BrowserContext, { name, path, ready }: Shot, theme: string): Promise<void> {
  const page = await context.newPage();
  await page.goto(url + path);
  await page.getByText("live", { exact: true }).waitFor();
  await ready(page);
  await page.getByText("Loading…").first().waitFor({ state: "detached" });
  await page.evaluate("document.fonts.ready.then(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done()))))");
  // Without loss, and a third of what the same takes as PNG; Playwright has no word for it.
  const { data } = await (await context.newCDPSession(page)).send("Page.captureScreenshot", { format: "webp", quality: 100 });
  writeFileSync(join(folder, `${name}-${theme}.webp`), Buffer.from(data, "base64"));
  await page.close();
}
