import type { Browser, Page } from "playwright-core";
import { type Site, visit } from "./browser.ts";

/** What the main thread of the page did at a stretch. */
interface Task {
  /** Work of the processor: what a machine with much else to do does not make longer. */
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

/**
 * Chromium's own record of what the main threads of a browser do meanwhile, until the mark `seen` where the page sets one.
 * One at a time in a browser.
 */
export async function mainThread(browser: Browser, page: Page, act: () => Promise<void>): Promise<Task[]> {
  await browser.startTracing(page, { categories: ["disabled-by-default-devtools.timeline", "blink.user_timing"] });
  await act();
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString()) as { traceEvents: TraceEvent[] };
  const threadOf = ({ pid, tid }: TraceEvent): string => `${pid}/${tid}`;
  const mains = new Set(traceEvents.filter(({ name, args }) => name === "thread_name" && args.name === "CrRendererMain").map(threadOf));
  const end = traceEvents.find(({ name }) => name === "seen")?.ts ?? Number.POSITIVE_INFINITY;
  return traceEvents.filter((event) => event.ph === "X" && event.name === "RunTask" && event.ts < end && mains.has(threadOf(event))).map(({ dur = 0, tdur = 0 }) => ({ cpuMs: tdur / 1_000, wallMs: dur / 1_000 }));
}

/**
 * What it takes until a page shows what is looked for: for the person, and for the processor. The least of three visits, each
 * with nothing kept from the one before.
 * @param isThere - runs in the page; sets the mark `seen` when it is there
 */
export async function firstPicture(browser: Browser, site: Site, path: string, isThere: () => boolean): Promise<Task> {
  const visits: Task[] = [];
  for (let i = 0; i < 3; i++) {
    const { page, context } = await visit(browser, site);
    let wallMs = 0;
    const tasks = await mainThread(browser, page, async () => {
      await page.goto(site.url + path);
      await page.waitForFunction(isThere, undefined, { polling: "raf" });
      wallMs = await page.evaluate(() => performance.getEntriesByName("seen")[0].startTime);
    });
    visits.push({ wallMs, cpuMs: tasks.reduce((sum, { cpuMs }) => sum + cpuMs, 0) });
    await context.close();
  }
  return { cpuMs: Math.min(...visits.map(({ cpuMs }) => cpuMs)), wallMs: Math.min(...visits.map(({ wallMs }) => wallMs)) };
}

/** The longest that the page did not answer. */
export function longest(tasks: readonly Task[]): Task {
  return { cpuMs: most(tasks.map(({ cpuMs }) => cpuMs)), wallMs: most(tasks.map(({ wallMs }) => wallMs)) };
}

const most = (values: number[]): number => values.reduce((a, b) => Math.max(a, b), 0);

export const taskText = ({ wallMs, cpuMs }: Task): string => `${wallMs.toFixed(0)} ms (${cpuMs.toFixed(0)} ms of the processor)`;
