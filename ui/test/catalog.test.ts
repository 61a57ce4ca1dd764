import { fileURLToPath } from "node:url";
import { DuckDBInstance } from "@duckdb/node-api";
import type { Browser, Page } from "playwright-core";
import { beforeAll, describe, expect, inject, test } from "vitest";
import { expectAccessible } from "./support/axe.ts";
import { expectNoTrouble, launch, sizes, visit } from "./support/browser.ts";
import { catalogBed } from "./support/catalog-bed.ts";
import { firstOrders, hostileWords } from "./support/catalog-project.ts";

const flights = inject("flights");
const { project, site, get } = catalogBed();
const inDuck = async (sql: string): Promise<unknown[][]> => (await (await (await DuckDBInstance.create()).connect()).runAndReadAll(sql)).getRows();
let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});

const tabs = ["columns", "preview", "versions", "partitions", "profile", "lineage", "access", "history"];
/** Cells of the grid of results that the named card holds, row by row. */
const cellsOf = async (page: Page, card: string): Promise<string[][]> => {
  const grid = page.getByRole("region", { name: card, exact: true }).getByRole("grid");
  await grid.getByRole("gridcell").first().waitFor();
  await page.waitForFunction(() => document.querySelector('[role="gridcell"][aria-busy]') === null);
  const lines = await grid.getByRole("row").all();
  return Promise.all(lines.slice(1).map((line) => line.getByRole("gridcell").allTextContents()));
};
const loaded = async (page: Page): Promise<void> => {
  await page.waitForFunction(() => !/Loading…|The statement runs…/.test(document.body.textContent));
};

describe("figures", () => {
  test("the list says what the API says, and search finds by a word", async () => {
    const seen = await visit(browser, site());
    const { page, go } = seen;
    await go("/catalog?kind=table&find=sales");
    const { facts } = await get<{ facts: { rows: number } }>("/catalog/table/sales.orders");
    expect(facts.rows).toBe(4);
    expect(await page.getByRole("row", { name: /sales\.orders/ }).getByRole("cell").nth(5).innerText()).toBe("4");
    await page.getByLabel("Search names").fill("no-such-word-anywhere");
    await page.getByText("Nothing has these words").waitFor();
    expect(new URL(page.url()).searchParams.get("find")).toBe("no-such-word-anywhere");
    expectNoTrouble(seen);
  });

  test("rows of a preview, now and then, are those that were sent", async () => {
    const { snapshots } = await get<{ snapshots: { id: string; rows: number }[] }>("/tables/sales.orders");
    const first = snapshots.find((each) => each.rows === 3) as { id: string };
    const seen = await visit(browser, site());
    await seen.go("/catalog/table/sales.orders?tab=preview");
    expect((await cellsOf(seen.page, "Some rows")).map(([id]) => id).sort()).toEqual(["o1", "o2", "o3", "o4"]);
    await seen.go(`/catalog/table/sales.orders?tab=preview&version=${first.id}`);
    expect((await cellsOf(seen.page, `Some rows of version ${first.id}`)).map((cells) => cells.slice(0, 3)).sort()).toEqual(firstOrders.map(({ id, customer, amount }) => [id, customer, String(amount)]));
    expectNoTrouble(seen);
  });

  test("two versions differ by the rows that changed between them", async () => {
    const { snapshots } = await get<{ snapshots: { id: string; at: string; rows: number }[] }>("/tables/sales.totals");
    const [before, after] = snapshots.filter((each) => each.rows > 0).sort((a, b) => a.at.localeCompare(b.at));
    const seen = await visit(browser, site());
    await seen.go("/catalog/table/sales.totals?tab=versions");
    await seen.page.getByLabel("Before").selectOption(before.id);
    await seen.page.getByLabel("After").selectOption(after.id);
    expect(await cellsOf(seen.page, "Rows that are gone")).toEqual([["ann", "10"]]);
    expect(await cellsOf(seen.page, "Rows that are new")).toEqual([["ann", "510"]]);
    expect(seen.page.url()).toContain(`compare=${before.id}`);
    expectNoTrouble(seen);
  });

  test("the profile counts what plain DuckDB counts in the same file", async () => {
    const [[count, nulls, different, least, greatest]] = await inDuck(`select count(*), count(*) filter (price is null), count(distinct price), min(price), max(price) from read_csv('${project.folder}/prices.csv')`);
    const seen = await visit(browser, site());
    await seen.go("/catalog/table/raw.prices?tab=profile");
    await seen.page.getByRole("heading", { name: `${count} rows, 3 columns` }).waitFor();
    await seen.page.getByLabel("Find a column").fill("price");
    const said = seen.page.getByRole("region", { name: "price", exact: true });
    expect((await said.innerText()).replaceAll(/\s+/g, " ")).toContain(`nulls ${((100 * Number(nulls)) / Number(count)).toFixed(1)} % different ${different} least ${least} greatest ${greatest}`);
    const heights = await said.getByRole("img").getByTitle(/:/).evaluateAll((bars) => bars.map((bar) => Number((bar as HTMLElement).title.split(": ")[1])));
    expect(heights.reduce((sum, height) => sum + height, 0)).toBe(Number(count) - Number(nulls));
    expectNoTrouble(seen);
  });

  test("three million flights: rows and partitions are those of plain DuckDB", async () => {
    const of = `read_parquet('${fileURLToPath(new URL("../data/flights-3m.parquet", import.meta.resolve("vega-datasets")))}')`;
    const [[rows]] = await inDuck(`select count(*) from ${of}`);
    const days = await inDuck(`select count(*) from ${of} group by date::date order by date::date desc limit 3`);
    const seen = await visit(browser, flights);
    await seen.go("/catalog?kind=table&find=flights.clean");
    expect(await seen.page.getByRole("row", { name: /flights\.clean/ }).getByRole("cell").nth(5).innerText()).toBe(Number(rows).toLocaleString("en"));
    await seen.go("/catalog/table/flights.clean?tab=partitions");
    expect((await cellsOf(seen.page, "Partitioned by date by day")).slice(0, 3).map((cells) => cells[1])).toEqual(days.map(([count]) => String(count)));
    expectNoTrouble(seen);
  });

  test("lineage leads up and down to the column, and access names the mart's readers", async () => {
    const seen = await visit(browser, site());
    await seen.go("/catalog/table/sales.totals?tab=lineage");
    await seen.page.getByRole("table", { name: "Comes from" }).getByText("totals").first().waitFor();
    await seen.page.getByRole("row", { name: /^total / }).getByText("sales.orders.amount").waitFor();
    await seen.go("/catalog/table/finance.revenue?tab=access");
    await seen.page.getByText("finance: finance-team").waitFor();
    expectNoTrouble(seen);
  });
});

describe("notes", () => {
  test("what is written is what the catalog says then, and an emptied field takes it back; by keys alone", async () => {
    const seen = await visit(browser, site());
    const { page, go } = seen;
    await go("/catalog/table/sales.orders");
    const edit = page.getByRole("button", { name: "Edit notes…" });
    await edit.focus();
    await page.keyboard.press("Enter");
    await page.getByRole("dialog").waitFor();
    await page.getByLabel("Description").focus();
    await page.keyboard.type("All orders that are good");
    await page.keyboard.press("Tab");
    await page.keyboard.type("ada");
    await page.keyboard.press("Tab");
    await page.keyboard.type("gold, daily");
    await page.keyboard.press("Enter");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await page.getByText("All orders that are good").waitFor();
    type Said = { description: { value: string } | null; owner: { value: string } | null; tags: { value: string }[]; columns: { name: string; description: { value: string } | null; personal: { value: { kind: string } } | null }[] };
    const said = () => get<Said>("/catalog/table/sales.orders");
    expect(await said()).toMatchObject({ description: { value: "All orders that are good", by: { kind: "person" } }, owner: { value: "ada" } });
    expect((await said()).tags.map(({ value }) => value).sort()).toEqual(["daily", "gold"]);
    await edit.click();
    await page.getByLabel("Owner").fill("");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByRole("dialog").waitFor({ state: "detached" });
    expect(await said()).toMatchObject({ description: { value: "All orders that are good" }, owner: null });
    await page.getByRole("button", { name: "Edit customer" }).click();
    await page.getByLabel("Description").fill("Who pays");
    await page.getByLabel("Personal data").fill("name");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByRole("row", { name: /customer .*Who pays.*personal: name/ }).waitFor();
    expect((await said()).columns.find(({ name }) => name === "customer")).toMatchObject({ description: { value: "Who pays" }, personal: { value: { kind: "name" } } });
    expectNoTrouble(seen);
  });
});

describe("what others wrote", () => {
  test("tags, marks, escapes and megabytes are shown as text and harm nothing", async () => {
    const seen = await visit(browser, site());
    const { page, go } = seen;
    await go("/catalog?kind=database");
    await page.getByText("<script>window.harmed=1</script>").waitFor();
    await go("/catalog/database/harm");
    await page.getByText("⟨U+202E⟩gnol⟨U+202C⟩ ␛[31mred␇").waitFor();
    expect((await page.locator("main").innerText()).length).toBeLessThan(5_000);
    await page.getByRole("button", { name: /more characters/ }).click();
    expect((await page.locator("main").innerText()).length).toBeLessThan(10_000);
    expect(hostileWords.length).toBeGreaterThan(1_000_000);
    for (const path of ["/catalog/topic/strange", "/catalog/topic/strange?tab=preview"]) {
      await go(path);
      await loaded(page);
      await page.getByText("<b onclick=alert(1)>⟨U+202E⟩eman␛[0m").first().waitFor();
    }
    for (const tab of ["preview", "profile"]) {
      await go(`/catalog/table/raw.hostile?tab=${tab}`);
      await loaded(page);
      await page.getByText("<script>window.harmed=1</script>").first().waitFor();
      expect((await page.locator("main").innerText()).length).toBeLessThan(20_000);
    }
    expect(await page.evaluate(() => "harmed" in window)).toBe(false);
    expectNoTrouble(seen);
  });
});

describe("for everybody", () => {
  test.each(["light", "dark"] as const)("each tab is accessible (%s)", async (colorScheme) => {
    const { page, go } = await visit(browser, site(), { colorScheme });
    for (const path of ["/catalog?find=sales", ...tabs.map((tab) => `/catalog/table/sales.orders?tab=${tab}`), "/catalog/table/finance.revenue?tab=access", "/catalog/table/sales.totals?tab=lineage", "/catalog/topic/orders", "/catalog/database/finance"]) {
      await go(path);
      await loaded(page);
      await expectAccessible(page);
    }
    await go("/catalog/table/sales.orders");
    await page.getByRole("button", { name: "Edit notes…" }).click();
    await page.getByRole("dialog").waitFor();
    await expectAccessible(page);
  });

  test("on a phone no tab makes the page wider than it is", async () => {
    const seen = await visit(browser, site(), { viewport: sizes.phone });
    for (const path of ["/catalog", ...tabs.map((tab) => `/catalog/table/sales.orders?tab=${tab}`), "/catalog/database/harm", "/catalog/table/raw.hostile"]) {
      await seen.go(path);
      await loaded(seen.page);
      expect(await seen.page.evaluate(() => document.documentElement.scrollWidth), path).toBeLessThanOrEqual(sizes.phone.width);
    }
    expectNoTrouble(seen);
  });
});

