import { setTimeout } from "node:timers/promises";
import type { BrowserContext, Page } from "playwright-core";

/** Longest delay in milliseconds; a try with 600 finds what depends on who is faster, page or test. Default: none. */
const delayMsMax = Number(process.env.MILLRACE_UI_DELAY_MS ?? 0);

const someTime = (): Promise<void> => setTimeout(Math.random() * delayMsMax);

const delayed = new WeakSet<object>();

/** Makes answers of the server, and what a test does and looks at, come late, each by a time of its own. */
export async function delay(context: BrowserContext, page: Page): Promise<void> {
  if (delayMsMax === 0) return;
  await context.route("**/api/**", async (route) => {
    await someTime();
    // The page may have let go of it meanwhile.
    await route.fallback().catch(() => undefined);
  });
  delayEach(Object.getPrototypeOf(page.locator("*")), ["click", "press", "fill", "focus", "waitFor", "count", "evaluate", "evaluateAll", "textContent", "allTextContents", "allInnerTexts", "getAttribute", "inputValue", "isDisabled"]);
  delayEach(Object.getPrototypeOf(page.keyboard), ["press", "type"]);
  delayEach(Object.getPrototypeOf(page), ["evaluate", "waitForFunction"]);
}

type Methods = Record<string, (...args: unknown[]) => Promise<unknown>>;

/** Methods of a class of Playwright's, for all that are of it. */
function delayEach(prototype: Methods, names: string[]): void {
  if (delayed.has(prototype)) return;
  delayed.add(prototype);
  for (const name of names) {
    const method = prototype[name];
    prototype[name] = async function (...args) {
      await someTime();
      return method.apply(this, args);
    };
  }
}
