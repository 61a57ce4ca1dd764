import type { Browser, Page } from "playwright-core";
import { expect } from "vitest";
import { type Site, visit } from "./browser.ts";

/** Time of a page. */
export interface Spent {
  /** Of the main thread's processor: what a machine with much else to do does not make longer. */
  cpuMs: number;
  /** As a person saw it pass on this machine, now. */
  wallMs: number;
}

interface TraceEvent {
  name: string;
  ph: string;
  pid: number;
  tid: number;
  ts: number;
  dur?: number;
  tdur?: number;
  args: { name?: string };
}

/** Chromium's own record of what the main threads of a browser do meanwhile, task by task, until the mark `seen` where the page sets one. One at a time in a browser. */
async function mainThread(browser: Browser, page: Page, act: () => Promise<unknown>): Promise<Spent[]> {
  await browser.startTracing(page, { categories: ["disabled-by-default-devtools.timeline", "blink.user_timing"] });
  await act();
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString()) as { traceEvents: TraceEvent[] };
  const threadOf = ({ pid, tid }: TraceEvent): string => `${pid}/${tid}`;
  const mains = new Set(traceEvents.filter(({ name, args }) => name === "thread_name" && args.name === "CrRendererMain").map(threadOf));
  const end = traceEvents.find(({ name }) => name === "seen")?.ts ?? Number.POSITIVE_INFINITY;
  return traceEvents.filter((event) => event.ph === "X" && event.name === "RunTask" && event.ts < end && mains.has(threadOf(event))).map(({ dur = 0, tdur = 0 }) => ({ cpuMs: tdur / 1_000, wallMs: dur / 1_000 }));
}

/** The least of three: what is dear is so each time, and what was so once was the machine's. */
export async function least(measure: () => Promise<Spent>): Promise<Spent> {
  const found: Spent[] = [];
  for (let i = 0; i < 3; i++) found.push(await measure());
  return each(found, Math.min);
}

/**
 * What it takes from the asking for an address until the page shows what is looked for. The least of three visits, each with
 * nothing kept from the one before; the time that passes and the processor's in visits of their own, for to record costs time.
 * @param isThere - runs in the page at each of its frames
 */
export function firstPicture(browser: Browser, site: Site, path: string, isThere: () => boolean): Promise<Spent> {
  return least(async () => {
    const { wallMs } = await firstVisit(browser, site, path, isThere, async (_, act) => (await act(), []));
    const { tasks } = await firstVisit(browser, site, path, isThere, (page, act) => mainThread(browser, page, act));
    return { wallMs, cpuMs: tasks.reduce((sum, { cpuMs }) => sum + cpuMs, 0) };
  });
}

type Recorder = (page: Page, act: () => Promise<unknown>) => Promise<Spent[]>;

async function firstVisit(browser: Browser, site: Site, path: string, isThere: () => boolean, record: Recorder): Promise<{ wallMs: number; tasks: Spent[] }> {
  const { page, context } = await visit(browser, site);
  await page.addInitScript(`(function look() { if ((${isThere})()) performance.mark("seen"); else requestAnimationFrame(look); })()`);
  const tasks = await record(page, async () => {
    await page.goto(site.url + path, { waitUntil: "commit" });
    await page.waitForFunction(() => performance.getEntriesByName("seen").length > 0);
  });
  const wallMs = await page.evaluate(() => performance.getEntriesByName("seen")[0].startTime);
  await context.close();
  return { wallMs, tasks };
}

/** A machine with much else to do shows a page this much later than a quiet one. */
const loadMax = 3;

/** There within a second of the processor's time; by the clock with room for what else the machine does, and for no server that takes long. */
export function expectSoon({ cpuMs, wallMs }: Spent): void {
  expect(cpuMs).toBeLessThan(1_000);
  expect(wallMs).toBeLessThan(loadMax * 1_000);
}

/** The longest that the page did not answer while something was done with it. */
export async function longestFrame(browser: Browser, page: Page, act: () => Promise<unknown>): Promise<Spent> {
  return each(await mainThread(browser, page, act), Math.max);
}

/**
 * The longest frame on the way from one end of what scrolls to the other, a window at a time; the least of three ways.
 * @param box - what scrolls: the page, or what else a selector names
 */
export function longestFrameOfScrolling(browser: Browser, page: Page, way: "down" | "right" = "down", box = "#main"): Promise<Spent> {
  const scroller = page.locator(box);
  const scroll = (px: number): Promise<void> =>
    scroller.evaluate(
      async (element, step) => {
        element.scrollBy(step);
        await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
      },
      way === "down" ? { left: 0, top: px } : { left: px, top: 0 },
    );
  const act = async (): Promise<void> => {
    for (let step = 0; step < 30; step++) await scroll(700);
    await scroll(10_000_000);
  };
  return least(async () => {
    await scroll(-10_000_000);
    return longestFrame(browser, page, act);
  });
}

const each = (times: readonly Spent[], of: (a: number, b: number) => number): Spent => times.reduce((a, b) => ({ cpuMs: of(a.cpuMs, b.cpuMs), wallMs: of(a.wallMs, b.wallMs) }));

export const spentText = ({ wallMs, cpuMs }: Spent): string => `${wallMs.toFixed(0)} ms (${cpuMs.toFixed(0)} ms of the processor)`;
