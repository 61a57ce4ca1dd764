import { setTimeout } from "node:timers/promises";
import type { BrowserContext, Page } from "playwright-core";
import { shownMs } from "../../src/design/notices.ts";

/** Longest delays in milliseconds, of answers, of a test's steps and of frames: a try with 600 finds what depends on who is faster, page or test. Default: none. */
const answerMsMax = Number(process.env.MILLRACE_UI_LATE_ANSWERS_MS ?? 0);
const stepMsMax = Number(process.env.MILLRACE_UI_LATE_STEPS_MS ?? 0);
const frameMsMax = Number(process.env.MILLRACE_UI_LATE_FRAMES_MS ?? 0);

/** Whether what the page tells at its edge stays for good, as it does before a test that is done sooner than it goes. */
const noticesStay = process.env.MILLRACE_UI_NOTICES_STAY === "1";

const someTime = (msMax: number): Promise<void> => setTimeout(Math.random() * msMax);

const delayed = new WeakSet<object>();

/** Changes the pace of a window as asked for by the environment: answers of the server and what a test does come late, and frames, each by a time of its own. */
export async function pace(context: BrowserContext, page: Page): Promise<void> {
  if (answerMsMax > 0) {
    await context.route("**/api/**", async (route) => {
      await someTime(answerMsMax);
      // The page may have let go of it meanwhile.
      await route.fallback().catch(() => undefined);
    });
  }
  if (stepMsMax > 0) {
    delayEach(Object.getPrototypeOf(page.locator("*")), ["click", "press", "fill", "focus", "waitFor", "count", "evaluate", "evaluateAll", "textContent", "allTextContents", "allInnerTexts", "getAttribute", "inputValue", "isDisabled"]);
    delayEach(Object.getPrototypeOf(page.keyboard), ["press", "type"]);
    delayEach(Object.getPrototypeOf(page), ["evaluate", "waitForFunction"]);
  }
  if (frameMsMax > 0) await context.addInitScript(slowFrames, frameMsMax);
  if (noticesStay) await context.addInitScript(stretch, shownMs);
}

/** In the page: what waits for a frame waits longer, as where there is much to do, and is done in the order in which it was asked for. */
function slowFrames(msMax: number): void {
  const [plain, plainCancel] = [window.requestAnimationFrame, window.cancelAnimationFrame];
  const timers = new Map<number, number>();
  let due = 0;
  window.requestAnimationFrame = (act) => {
    due = Math.max(due, performance.now() + Math.random() * msMax);
    const wait = due - performance.now();
    const frame = plain(() => {
      const run = (): void => {
        timers.delete(frame);
        act(performance.now());
      };
      timers.set(frame, window.setTimeout(run, wait));
    });
    return frame;
  };
  window.cancelAnimationFrame = (frame) => {
    plainCancel(frame);
    window.clearTimeout(timers.get(frame));
    timers.delete(frame);
  };
}

/** In the page: timers of exactly this time never end. */
function stretch(ms: number): void {
  const plain = window.setTimeout;
  window.setTimeout = ((act: () => void, after?: number, ...rest: unknown[]) => plain(act, after === ms ? 2 ** 31 - 1 : after, ...rest)) as typeof window.setTimeout;
}

type Methods = Record<string, (...args: unknown[]) => Promise<unknown>>;

/** Methods of a class of Playwright's, for all that are of it. */
function delayEach(prototype: Methods, names: string[]): void {
  if (delayed.has(prototype)) return;
  delayed.add(prototype);
  for (const name of names) {
    const method = prototype[name];
    prototype[name] = async function (...args) {
      await someTime(stepMsMax);
      return method.apply(this, args);
    };
  }
}
