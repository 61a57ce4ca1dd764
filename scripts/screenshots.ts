/*
 * Takes the pictures of the web interface for docs/web.md: each page, light and dark, of a project that is up.
 *
 *   node scripts/screenshots.ts <data folder of the project>
 *
 * The project is the flights example, caught up; the pages are as they were built last (`npm run build`). Chromium is
 * looked for at /usr/bin/chromium, or where MILLRACE_CHROMIUM says.
 */
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Browser, chromium } from "playwright-core";

/** The name of the picture, the address, and what has to be seen before it is taken. */
const pages: [name: string, path: string, ready: string][] = [["overview", "/", "table, [role=grid]"]];

const [dataFolder] = process.argv.slice(2);
if (dataFolder === undefined) throw new Error("say which project: node scripts/screenshots.ts examples/flights/.millrace");
const { url } = JSON.parse(readFileSync(join(dataFolder, "control.json"), "utf8")) as { url: string };
const token = readFileSync(join(dataFolder, "token"), "utf8").trim();
const folder = fileURLToPath(new URL("../docs/screens/", import.meta.url));
mkdirSync(folder, { recursive: true });

const browser = await chromium.launch({ executablePath: process.env.MILLRACE_CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] });
for (const theme of ["light", "dark"] as const) await takeAll(browser, theme);
await browser.close();

async function takeAll(from: Browser, theme: "light" | "dark"): Promise<void> {
  const context = await from.newContext({ viewport: { width: 1280, height: 800 }, colorScheme: theme, timezoneId: "Europe/Berlin", locale: "en-GB", reducedMotion: "reduce" });
  await context.addInitScript((secret) => localStorage.setItem("millrace.session", secret), token);
  const page = await context.newPage();
  for (const [name, path, ready] of pages) {
    await page.goto(url + path);
    await page.locator(ready).first().waitFor();
    await page.evaluate(() => (globalThis as unknown as { document: { fonts: { ready: Promise<unknown> } } }).document.fonts.ready.then(() => undefined));
    await page.screenshot({ path: join(folder, `${name}-${theme}.png`) });
  }
  await context.close();
}
