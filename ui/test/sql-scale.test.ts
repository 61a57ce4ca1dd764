import type { Page } from "playwright-core";
import { expect, inject, test } from "vitest";
import { launch, visit } from "./support/browser.ts";
import { least, longestFrame, spentText } from "./support/speed.ts";

/** The bar is dragged from end to end. */
const drag = (page: Page): Promise<void> =>
  page.evaluate(async () => {
    const box = document.querySelector("[role=grid]") as HTMLElement;
    for (let i = 0; i <= 60; i++) {
      box.scrollTop = (box.scrollHeight * i) / 60;
      await new Promise((done) => requestAnimationFrame(done));
    }
  });

test("a million rows are dragged through from end to end without a long frame", async () => {
  const browser = await launch();
  const { page, go } = await visit(browser, inject("flights"));
  page.setDefaultTimeout(90_000);
  await go(`/sql?text=${encodeURIComponent("select range as n, 9223372036854775000 + range % 808 as big, case range % 3 when 0 then null when 1 then '' else 'v' || range end as t from range(1000000)")}`);
  await page.getByRole("button", { name: "Run", exact: true }).click();
  const grid = page.getByRole("grid", { name: "Result" });
  await expect.poll(() => grid.getAttribute("aria-rowcount")).toBe("1000001");
  const dragged = await least(() => longestFrame(browser, page, () => drag(page)));
  console.log(`a million rows: longest frame while scrolling ${spentText(dragged)}`);
  expect(dragged.cpuMs).toBeLessThanOrEqual(100);
  const cellIs = (text: string) => page.locator('[role=row][aria-rowindex="2"] > [aria-colindex="2"]').getByText(text, { exact: true }).waitFor();
  // Downwards, which leads to rows that were not first before.
  for (const [name, first] of [["big", "807"], ["varchar", "999998"]]) {
    const head = page.getByRole("columnheader").filter({ hasText: name }).last();
    await head.getByRole("button").click();
    await page.locator('[aria-sort="ascending"]').waitFor();
    const began = performance.now();
    await head.getByRole("button").click();
    await cellIs(first);
    console.log(`a million rows: by ${name}, the greatest first, after ${(performance.now() - began).toFixed(0)} ms`);
  }
});
