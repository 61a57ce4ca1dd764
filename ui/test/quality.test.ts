import type { Browser } from "playwright-core";
import { beforeAll, expect, inject, test } from "vitest";
import { until } from "../../test/support/millrace-process.ts";
import { shortCount } from "../src/design/format.ts";
import { expectAccessible } from "./support/axe.ts";
import { expectNoSidewaysScroll, expectNoTrouble, launch, settled, sizes, visit } from "./support/browser.ts";
import { catalogBed } from "./support/catalog-bed.ts";
import { watchedBed } from "./support/watched-bed.ts";

const flights = inject("flights");
const { site, rows, get } = catalogBed();
const shop = watchedBed();
let browser: Browser;
beforeAll(async () => {
  browser = await launch();
  await until(async () => (await quality("sales.orders"))?.last?.results.find(({ name }) => name === "usual amount")?.state === "failed");
});

interface Judged {
  dataset: string;
  since: Record<string, string>;
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
  await line.getByText("usual amount (1 row)", { exact: true }).waitFor();
  await expect.poll(() => table.getByRole("row").nth(1).textContent()).toContain("sales.ordersfailed");
  expect((await rows("select count(*) from sales.orders where amount > 100"))[0][0]).toBe(1);
  const { since } = (await quality("sales.orders")) as Judged;
  await expect.poll(() => line.locator("time").first().getAttribute("datetime")).toBe(since["usual amount"]);
  const letters = page.getByRole("table", { name: "Datasets" }).getByRole("row", { name: /topics\.orders/ }).getByRole("link", { name: "2 by gate" });
  await expect.poll(() => letters.getAttribute("href")).toBe("/stages/gate?tab=dead-letters");
  await page.getByLabel("Find a dataset").fill("totals");
  await line.waitFor({ state: "detached" });
  await page.waitForURL("**find=totals");
  expectNoTrouble(seen);
});

test("a dataset says which check fails since when and in which rows, and by keys alone it is judged anew", async () => {
  const seen = await visit(browser, site());
  const { page, go } = seen;
  await go("/quality/sales.orders");
  const check = page.getByRole("table", { name: "Checks of sales.orders" }).getByRole("row", { name: /usual amount/ });
  await check.getByText("failed", { exact: true }).waitFor();
  const { judgements } = await get<{ judgements: { at: string; results: { name: string; state: string }[] }[] }>("/quality/sales.orders/judgements?limit=50");
  const since = judgements.findLast(({ results }, index) => results.some(({ name, state }) => name === "usual amount" && state === "failed") && judgements.slice(0, index).every((each) => each.results.some(({ name, state }) => name === "usual amount" && state === "failed")));
  await expect.poll(() => check.locator("time").first().getAttribute("datetime")).toBe(new Date(since?.at as string).toISOString());
  await page.getByRole("table", { name: "usual amount" }).getByText("500").waitFor();
  await page.getByRole("button", { name: "Judge it now" }).focus();
  await page.keyboard.press("Enter");
  await page.getByText(/sales\.orders was judged: score/).waitFor();
  const broken = page.getByRole("region", { name: "Rows that break them, just now" });
  await broken.getByText("o4", { exact: true }).waitFor();
  await until(async () => (await get<{ judgements: unknown[] }>("/quality/sales.orders/judgements?limit=50")).judgements.length > judgements.length);
  expectNoTrouble(seen);
});

test("an entry of the catalog has its checks, and by keys alone each judgement of one, with the rows that were judged", async () => {
  interface Told {
    at: string;
    version: string | null;
    results: { name: string; state: string; failures: number; rows: number }[];
  }
  const { judgements } = await get<{ judgements: Told[] }>("/quality/sales.orders/judgements?limit=50");
  const told = judgements.flatMap(({ at, version, results }) => results.filter(({ name }) => name === "usual amount").map((result) => ({ at, version, ...result })));
  const seen = await visit(browser, site());
  const { page, go } = seen;
  await go("/catalog/table/sales.orders");
  await page.getByRole("navigation", { name: "Parts of this page" }).getByRole("link", { name: "Checks" }).click();
  const marks = page.getByRole("table", { name: "Checks of sales.orders" }).getByRole("link", { name: `usual amount: ${told.filter(({ state }) => state !== "passed").length} of ${told.length} broken` });
  await marks.focus();
  await page.keyboard.press("Enter");
  await page.waitForURL(/tab=checks&check=usual(\+|%20)amount$/);
  const lines = page.getByRole("table", { name: "Judgements of usual amount" }).getByRole("row");
  await lines.nth(told.length).waitFor();
  await expect.poll(() => lines.count()).toBe(told.length + 1);
  for (const [i, { at, state, failures, rows: of }] of told.entries()) {
    await expect.poll(async () => (await lines.nth(i + 1).getByRole("cell").allTextContents()).slice(1)).toEqual([state, String(failures), String(of), "its rows then"]);
    await expect.poll(() => lines.nth(i + 1).locator("time").getAttribute("datetime")).toBe(new Date(at).toISOString());
  }
  await expectAccessible(page);
  await lines.nth(told.length).getByRole("link", { name: "its rows then" }).click();
  await page.waitForURL(`**/catalog/table/sales.orders?tab=preview&version=${told.at(-1)?.version}`);
  await page.getByText(`${told.at(-1)?.rows} rows, 4 columns`).waitFor();
  await go("/catalog/table/sales.busy?tab=checks");
  await page.getByText("It has no checks").waitFor();
  expectNoTrouble(seen);
});

test("what the watch has measured of a table's versions is drawn", async () => {
  const measured = async () => ((await (await fetch(`${flights.url}/api/v1/watch/flights.clean`, { headers: { authorization: `Bearer ${flights.token}` } })).json()) as { versions: { values: { rows: number } }[] }).versions;
  await until(async () => (await measured()).length > 0);
  const versions = await measured();
  const rows = versions.map(({ values }) => values.rows);
  const seen = await visit(browser, flights);
  await seen.go("/quality/flights.clean?metric=rows");
  await seen.page.getByRole("img", { name: `rows of ${rows.length} version${rows.length === 1 ? "" : "s"}, from ${shortCount(Math.min(...rows))} to ${shortCount(Math.max(...rows))}; 0 not as usual` }).waitFor();
  await seen.page.getByText(`From the first 12 versions: ${rows.length} so far.`).waitFor();
  expectNoTrouble(seen);
});

test("a version that is not as those before is told first, and drawn at its place in the series", async () => {
  await shop.version(2);
  const { anomalies } = (await shop.watched()) as NonNullable<Awaited<ReturnType<typeof shop.watched>>>;
  const [{ metric, at, text, value }] = anomalies;
  expect([metric, value]).toEqual(["added rows", 2]);
  const seen = await visit(browser, shop.site());
  const { page, go } = seen;
  await go("/quality");
  const line = page.getByRole("table", { name: "Datasets" }).getByRole("row", { name: /shop\.sales/ });
  await line.getByText("unusual", { exact: true }).waitFor();
  await line.getByText(text, { exact: true }).waitFor();
  await expect.poll(() => line.locator("time").first().getAttribute("datetime")).toBe(at);
  await line.getByRole("link", { name: shop.dataset }).click();
  const series = (await shop.measured()).flatMap(({ values }) => (Object.hasOwn(values, metric) ? [values[metric]] : []));
  const odd = anomalies.filter((each) => each.metric === metric);
  const chart = page.getByRole("img", { name: `${metric} of ${series.length} versions, from ${shortCount(Math.min(...series))} to ${shortCount(Math.max(...series))}; ${odd.length} not as usual` });
  await chart.waitFor();
  await page.getByRole("listitem").filter({ hasText: text }).waitFor();
  const mark = chart.locator("circle").filter({ hasText: text });
  const place = await Promise.all(["cx", "cy"].map((name) => mark.getAttribute(name)));
  await expect.poll(async () => (await chart.locator("polyline").getAttribute("points"))?.split(" ").at(-1)).toBe(place.join(","));
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    await expectAccessible(page);
  }
  // While it is looked at.
  const drawn = (await shop.measured()).length;
  await page.getByLabel("Figure").selectOption("rows");
  await page.getByRole("img", { name: `rows of ${drawn} versions` }).waitFor();
  await shop.version(31);
  await page.getByRole("img", { name: `rows of ${(await shop.measured()).length} versions` }).waitFor();
  expect((await shop.measured()).length).toBeGreaterThan(drawn);
  await go("/quality");
  await line.getByText("watched", { exact: true }).waitFor();
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

test("checks that were declared and not judged yet say so, until somebody judges by them", async () => {
  const seen = await visit(browser, site());
  const { page, go } = seen;
  expect(await quality("topics.orders")).toMatchObject({ checks: ["not_null_customer", "range_amount"], last: null });
  await go("/quality/topics.orders");
  const lines = page.getByRole("table", { name: "Checks of topics.orders" }).getByRole("row").filter({ has: page.getByRole("cell") });
  const told = () => lines.evaluateAll((all) => all.map((line) => [...line.children].slice(0, 2).map((cell) => cell.firstElementChild?.textContent)));
  await expect.poll(told).toEqual([["not_null_customer", "not judged"], ["range_amount", "not judged"]]);
  await expectAccessible(page);
  await page.getByRole("button", { name: "Judge it now" }).click();
  await expect.poll(told).toEqual([["not_null_customer", "failed"], ["range_amount", "failed"]]);
  expectNoTrouble(seen);
});

test("the pages are accessible, light and dark", async () => {
  const { page, go } = await visit(browser, site(), { colorScheme: "light" });
  for (const path of ["/quality", "/quality/sales.orders", "/quality/topics.orders"]) {
    await go(path);
    await settled(page);
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      await expectAccessible(page);
    }
  }
});

test("on a phone no page is wider than the screen", async () => {
  const seen = await visit(browser, site(), { viewport: sizes.phone });
  for (const path of ["/quality", "/quality/sales.orders"]) {
    await seen.go(path);
    await settled(seen.page);
    await expectNoSidewaysScroll(seen.page);
  }
  expectNoTrouble(seen);
});
