import type { Browser } from "playwright-core";
import { beforeAll, expect, test } from "vitest";
import { until } from "../../test/support/millrace-process.ts";
import { expectAccessible } from "./support/axe.ts";
import { expectNoTrouble, launch, sizes, visit } from "./support/browser.ts";
import { catalogBed } from "./support/catalog-bed.ts";

const { site, rows, get } = catalogBed();
let browser: Browser;
beforeAll(async () => {
  browser = await launch();
  await until(async () => (await quality("sales.orders"))?.last?.results.find(({ name }) => name === "usual amount")?.state === "failed");
});

interface Judged {
  dataset: string;
  last: { at: string; score: number; results: { name: string; state: string; failures: number }[] } | null;
}
const quality = async (dataset: string): Promise<Judged | undefined> => (await get<{ datasets: Judged[] }>("/quality")).datasets.find((each) => each.dataset === dataset);

test("what fails stands first, with how many rows break it, as the API and SQL say", async () => {
  const seen = await visit(browser, site());
  const { page, go } = seen;
  await go("/quality");
  const table = page.getByRole("table", { name: "Datasets" });
  const line = table.getByRole("row", { name: /sales\.orders/ });
  await line.getByText("failed", { exact: true }).waitFor();
  await line.getByText("usual amount (1 rows)").or(line.getByText("usual amount (1 row)")).waitFor();
  expect(await table.getByRole("row").nth(1).innerText()).toContain("failed");
  expect((await rows("select count(*) from sales.orders where amount > 100"))[0][0]).toBe(1);
  await page.getByLabel("Find a dataset").fill("totals");
  await line.waitFor({ state: "detached" });
  expect(page.url()).toContain("find=totals");
  expectNoTrouble(seen);
});

test("a dataset says which check fails since when and in which rows, and its versions are drawn; by keys alone it is judged anew", async () => {
  const seen = await visit(browser, site());
  const { page, go } = seen;
  await go("/quality/sales.orders");
  const check = page.getByRole("table", { name: "Checks of sales.orders" }).getByRole("row", { name: /usual amount/ });
  await check.getByText("failed", { exact: true }).waitFor();
  const { judgements } = await get<{ judgements: { at: string; results: { name: string; state: string }[] }[] }>("/quality/sales.orders/judgements?limit=50");
  const since = judgements.findLast(({ results }, index) => results.some(({ name, state }) => name === "usual amount" && state === "failed") && judgements.slice(0, index).every((each) => each.results.some(({ name, state }) => name === "usual amount" && state === "failed")));
  expect(await check.locator("time").first().getAttribute("datetime")).toBe(new Date(since?.at as string).toISOString());
  await page.getByRole("table", { name: "usual amount" }).getByText("500").waitFor();
  await page.getByRole("button", { name: "Judge it now" }).focus();
  await page.keyboard.press("Enter");
  await page.getByText(/sales\.orders was judged: score/).waitFor();
  const broken = page.getByRole("region", { name: "Rows that break them, just now" });
  await broken.getByText("o4", { exact: true }).waitFor();
  await until(async () => (await get<{ judgements: unknown[] }>("/quality/sales.orders/judgements?limit=50")).judgements.length > judgements.length);
  await until(async () => (await get<{ versions: unknown[] }>("/watch/sales.orders")).versions.length > 0);
  await page.reload();
  await page.getByRole("img", { name: /^rows of \d+ versions/ }).waitFor();
  expectNoTrouble(seen);
});

test("of a topic it leads to the records that were kept back", async () => {
  const seen = await visit(browser, site());
  const { page, go } = seen;
  await go("/quality/topics.orders");
  const kept = page.getByRole("table", { name: "Records that were kept back" });
  await kept.getByRole("row", { name: /gate.*2/ }).waitFor();
  await kept.getByRole("link", { name: "gate" }).click();
  await page.waitForURL("**/stages/gate?tab=dead-letters");
  await page.getByText("not_null_customer").first().waitFor();
  expectNoTrouble(seen);
});

test.each(["light", "dark"] as const)("the pages are accessible (%s)", async (colorScheme) => {
  const { page, go } = await visit(browser, site(), { colorScheme });
  for (const path of ["/quality", "/quality/sales.orders", "/quality/topics.orders"]) {
    await go(path);
    await page.waitForFunction(() => !document.body.textContent.includes("Loading…"));
    await expectAccessible(page);
  }
});

test("on a phone no page is wider than the screen", async () => {
  const seen = await visit(browser, site(), { viewport: sizes.phone });
  for (const path of ["/quality", "/quality/sales.orders"]) {
    await seen.go(path);
    await seen.page.waitForFunction(() => !document.body.textContent.includes("Loading…"));
    expect(await seen.page.evaluate(() => document.documentElement.scrollWidth), path).toBeLessThanOrEqual(sizes.phone.width);
  }
  expectNoTrouble(seen);
});
