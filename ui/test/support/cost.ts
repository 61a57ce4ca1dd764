import type { Page } from "playwright-core";

interface Cost {
  /** By the clock: on a machine with other work it says little. */
  wallMs: number;
  /** The page's own work, by the processor's time. */
  workMs: number;
}

async function meter(page: Page): Promise<{ cost(act: () => Promise<unknown>): Promise<Cost>; end(): Promise<void> }> {
  const session = await page.context().newCDPSession(page);
  await session.send("Performance.enable", { timeDomain: "threadTicks" });
  const busy = async (): Promise<number> => {
    const { metrics } = await session.send("Performance.getMetrics");
    return (metrics.find(({ name }) => name === "TaskDuration")?.value ?? 0) * 1_000;
  };
  return {
    cost: async (act) => {
      const [begin, before] = [performance.now(), await busy()];
      await act();
      const [wallMs, after] = [Math.round(performance.now() - begin), await busy()];
      return { wallMs, workMs: Math.round(after < before ? after : after - before) };
    },
    end: () => session.detach(),
  };
}

const middle = (costs: Cost[]): Cost => costs.sort((a, b) => a.workMs - b.workMs)[Math.floor(costs.length / 2)];

/** From when an address was asked for until `seen` is there; the middle one of three. */
export async function firstPicture(page: Page, url: string, seen: string): Promise<Cost> {
  const { cost, end } = await meter(page);
  const costs: Cost[] = [];
  for (let i = 0; i < 3; i++) {
    costs.push(
      await cost(async () => {
        await page.goto(url, { waitUntil: "commit" });
        await page.locator(seen).first().waitFor();
      }),
    );
  }
  await end();
  return middle(costs);
}

/** The dearest picture, in ms of the page's own work, while one scrolls on by a window at a time, and then to the end. @param sideways - what scrolls to the right, instead of the page down */
export async function dearestFrame(page: Page, sideways?: string): Promise<number> {
  const { cost, end } = await meter(page);
  let dearest = 0;
  const scroller = page.locator(sideways ?? "#main");
  const scroll = (px: number): Promise<void> =>
    scroller.evaluate(
      async (element, { left, top }) => {
        element.scrollBy(left, top);
        await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
      },
      sideways === undefined ? { left: 0, top: px } : { left: px, top: 0 },
    );
  for (let step = 0; step < 30; step++) dearest = Math.max(dearest, (await cost(() => scroll(700))).workMs);
  await scroll(10_000_000);
  await end();
  return dearest;
}

/** The same of three ways from top to bottom, the lightest: what is dear each time is dear, and what was so once was the machine's. */
export async function steadyFrame(page: Page): Promise<number> {
  let lightest = Number.POSITIVE_INFINITY;
  for (let way = 0; way < 3; way++) {
    await page.locator("#main").evaluate((main) => main.scrollTo(0, 0));
    lightest = Math.min(lightest, await dearestFrame(page));
  }
  return lightest;
}
