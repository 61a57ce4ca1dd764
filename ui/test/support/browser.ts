import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { afterAll, afterEach, expect } from "vitest";
import { pace } from "./pace.ts";

export const sizes = { desk: { width: 1280, height: 800 }, phone: { width: 390, height: 844 } };

const browsers: Browser[] = [];
afterAll(async () => {
  await Promise.all(browsers.map((browser) => browser.close()));
});

// A page that is left open goes on following its server, and takes from the tests behind it.
const contexts: BrowserContext[] = [];
afterEach(async () => {
  await Promise.all(contexts.splice(0).map((context) => context.close()));
});

/** Debian's Chromium, without a window. */
export async function launch(): Promise<Browser> {
  const browser = await chromium.launch({ executablePath: process.env.MILLRACE_CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] });
  browsers.push(browser);
  return browser;
}

/** What happened in a page that nobody should have to see. */
export interface Trouble {
  /** Errors and warnings of the console, and of scripts. */
  console: string[];
  /** Addresses asked for that are not on the server. */
  elsewhere: string[];
}

export interface Visit {
  page: Page;
  context: BrowserContext;
  trouble: Trouble;
  /** Opens one of our addresses, and waits for its heading. */
  go(path: string): Promise<void>;
}

export interface Site {
  url: string;
  token: string;
}

/** A window, signed in, that notes all that it should not do. */
export async function visit(browser: Browser, { url, token }: Site, options: Parameters<Browser["newContext"]>[0] = {}): Promise<Visit> {
  const context = await browser.newContext({ viewport: sizes.desk, timezoneId: "Europe/Berlin", locale: "en-GB", reducedMotion: "reduce", acceptDownloads: true, ...options });
  contexts.push(context);
  await context.addInitScript((secret) => localStorage.setItem("millrace.session", secret), token);
  // Waits end by conditions; a machine with much to do may take its time.
  context.setDefaultTimeout(60_000);
  const page = await context.newPage();
  await pace(context, page);
  const trouble: Trouble = { console: [], elsewhere: [] };
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) trouble.console.push(`${message.text()} (${message.location().url})`);
  });
  page.on("pageerror", (error) => trouble.console.push(String(error)));
  page.on("request", (request) => {
    if (!request.url().startsWith(url) && !request.url().startsWith("blob:") && !request.url().startsWith("data:")) trouble.elsewhere.push(request.url());
  });
  const go = async (path: string): Promise<void> => {
    await page.goto(url + path);
    // An address may open a dialog, which takes all behind it from the roles.
    await page.getByRole("heading", { level: 1, includeHidden: true }).waitFor();
  };
  return { page, context, trouble, go };
}

/** Nothing was said on the console, and nobody elsewhere was asked. */
export function expectNoTrouble({ trouble }: Visit): void {
  expect(trouble).toEqual({ console: [], elsewhere: [] });
}

/** Nothing on the page waits for an answer any more. */
export async function settled(page: Page): Promise<void> {
  await page.waitForFunction(() => !/Loading…|The statement runs…/.test(document.getElementById("main")?.textContent ?? "Loading…") && document.querySelector("#main [aria-busy=true]") === null);
}

/** The page is no wider than the window: what is wider scrolls by itself. */
export async function expectNoSidewaysScroll(page: Page): Promise<void> {
  expect(await page.evaluate(() => document.documentElement.scrollWidth), page.url()).toBeLessThanOrEqual(page.viewportSize()?.width ?? 0);
}
