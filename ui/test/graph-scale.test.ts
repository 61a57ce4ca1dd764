import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { launch, visit } from "./support/browser.ts";
import { isPictureDrawn, startLargeProject } from "./support/large-project.ts";
import { expectSoon, firstPicture, least, longestFrame, spentText } from "./support/speed.ts";

/** From afar, near enough to read, over it to all sides, and back. */
async function moveOver(page: Page): Promise<void> {
  const frame = page.getByRole("region", { name: "The project's graph" });
  const { x = 0, y = 0, width = 0, height = 0 } = (await frame.boundingBox()) ?? {};
  const [middle, center] = [x + width / 2, y + height / 2];
  const wheel = async (deltaY: number, times: number): Promise<void> => {
    for (let i = 0; i < times; i++) await page.mouse.wheel(0, deltaY);
  };
  await page.mouse.move(middle, center);
  await wheel(-250, 7);
  await expect.poll(() => page.locator("[data-node]").count()).toBeGreaterThan(5);
  for (const [dx, dy] of [[-400, 120], [300, -260], [380, 200], [-300, 100]]) {
    await page.mouse.move(middle, center);
    await page.mouse.down();
    await page.mouse.move(middle + dx, center + dy, { steps: 15 });
    await page.mouse.up();
  }
  await wheel(250, 7);
  await expect.poll(() => page.locator("[data-node]").count()).toBe(1);
}

test("a graph of five hundred nodes is there at once, and moving over it has no long frame", async () => {
  const server = await startLargeProject();
  try {
    const browser = await launch();
    const opening = await firstPicture(browser, server, "/graph", isPictureDrawn);
    const { page } = await visit(browser, server);
    page.setDefaultTimeout(90_000);
    await page.goto(`${server.url}/graph`);
    await page.waitForFunction(isPictureDrawn);
    await page.getByText("live", { exact: true }).waitFor();
    const moving = await least(async () => {
      const frame = await longestFrame(browser, page, () => moveOver(page));
      await page.getByRole("button", { name: "Fit the picture" }).click();
      return frame;
    });
    console.log(`500 nodes: first picture after ${spentText(opening)}; longest frame while zooming and panning ${spentText(moving)}`);
    expectSoon(opening);
    expect(moving.cpuMs).toBeLessThanOrEqual(100);
  } finally {
    await server.close();
  }
});
