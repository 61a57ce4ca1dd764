import { fileURLToPath } from "node:url";
import { DuckDBInstance } from "@duckdb/node-api";
import type { Browser, Locator, Page } from "playwright-core";
import { beforeAll, describe, expect, inject, test } from "vitest";
import { expectAccessible } from "./support/axe.ts";
import { expectNoSidewaysScroll, expectNoTrouble, launch, settled, sizes, visit } from "./support/browser.ts";
import { catalogBed } from "./support/catalog-bed.ts";
import { firstOrders, hostileWords } from "./support/catalog-project.ts";

const flights = inject("flights");
const { project, site, get } = catalogBed();
const inDuck = async (sql: string): Promise<unknown[][]> => (await (await (await DuckDBInstance.create()).connect()).runAndReadAll(sql)).getRows();
let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});

const tabs = ["columns", "preview", "versions", "partitions", "profile", "checks", "lineage", "access", "history"];
const cells = (row: Locator): Promise<string[]> => row.getByRole("cell").allTextContents();
/** Cells of the grid of results that the named card holds, row by row. */
const gridOf = async (page: Page, card: string): Promise<string[][]> => {
  const grid = page.getByRole("region", { name: card, exact: true }).getByRole("grid");
  await grid.getByRole("gridcell").first().waitFor();
  await settled(page);
  const lines = await grid.getByRole("row").all();
  return Promise.all(lines.slice(1).map((line) => line.getByRole("gridcell").allTextContents()));
};
const textLength = async (page: Page): Promise<number> => ((await page.locator("main").textContent()) ?? "").length;

describe("figures", () => {
  test("the list says what the API says, and search finds by a word", async () => {
    const seen = await visit(browser, site());
    const { page, go } = seen;
    await go("/catalog?kind=table&find=sales");
    const { facts } = await get<{ facts: { rows: number } }>("/catalog/table/sales.orders");
    expect(facts.rows).toBe(4);
    const line = page.getByRole("table", { name: "Catalog" }).getByRole("row", { name: /sales\.orders/ });
    await line.waitFor();
    await expect.poll(async () => (await cells(line))[5]).toBe("4");
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
    await expect.poll(async () => (await gridOf(seen.page, "Some rows")).map(([id]) => id).sort()).toEqual(["o1", "o2", "o3", "o4"]);
    await seen.page.getByLabel("Version").selectOption(first.id);
    expect(new URL(seen.page.url()).searchParams.get("version")).toBe(first.id);
    await expect.poll(async () => (await gridOf(seen.page, `Some rows of version ${first.id}`)).map((cells) => cells.slice(0, 3)).sort()).toEqual(firstOrders.map(({ id, customer, amount }) => [id, customer, String(amount)]));
    expectNoTrouble(seen);
  });

  test("two versions differ by the rows that are new, and by those that changed where a key tells them apart", async () => {
    const versionsOf = async (table: string) => (await get<{ snapshots: { id: string; rows: number }[] }>(`/tables/${table}`)).snapshots.filter(({ rows }) => rows > 0);
    const seen = await visit(browser, site());
    const { page, go } = seen;
    await go("/catalog/table/sales.orders?tab=versions");
    await page.getByRole("link", { name: "from the one before" }).first().click();
    await expect.poll(() => gridOf(page, "Rows that differ")).toEqual([["new", "o4", "ann", "500", "2026-03-03T10:00:00Z"]]);
    const [later, earlier] = await versionsOf("sales.orders");
    expect(page.url()).toContain(`version=${later.id}&compare=${earlier.id}`);
    await page.getByLabel("Before").selectOption(later.id);
    await page.getByLabel("After").selectOption(earlier.id);
    await expect.poll(() => gridOf(page, "Rows that differ")).toEqual([["gone", "o4", "ann", "500", "2026-03-03T10:00:00Z"]]);
    const [after, before] = await versionsOf("sales.totals");
    await go(`/catalog/table/sales.totals?tab=versions&version=${after.id}&compare=${before.id}`);
    await expect.poll(() => gridOf(page, "Rows that differ")).toEqual([["before", "ann", "10"], ["after", "ann", "510"]]);
    await expect.poll(() => page.locator("dl").filter({ hasText: "Rows that are gone" }).textContent()).toBe("Rows that are gone0Rows that are new0Rows that changed1Told apart bycustomer");
    expectNoTrouble(seen);
  });

  test("the profile counts what plain DuckDB counts in the same file", async () => {
    const [[count, nulls, different, least, greatest]] = await inDuck(`select count(*), count(*) filter (price is null), count(distinct price), min(price), max(price) from read_csv('${project.folder}/prices.csv')`);
    const seen = await visit(browser, site());
    await seen.go("/catalog/table/raw.prices?tab=profile");
    await seen.page.getByRole("heading", { name: `${count} rows, 3 columns` }).waitFor();
    await seen.page.getByLabel("Find a column").fill("price");
    const said = seen.page.getByRole("region", { name: "price", exact: true });
    await expect.poll(() => said.textContent()).toContain(`nulls${((100 * Number(nulls)) / Number(count)).toFixed(1)}\u00a0%different${different}least${least}greatest${greatest}`);
    const heights = await said.getByRole("img").getByTitle(/:/).evaluateAll((bars) => bars.map((bar) => Number((bar as HTMLElement).title.split(": ")[1])));
    expect(heights.reduce((sum, height) => sum + height, 0)).toBe(Number(count) - Number(nulls));
    expectNoTrouble(seen);
  });

  test("while values are looked at their columns stand there by name, and a second visit does not wait for them", async () => {
    const seen = await visit(browser, site());
    const { page, go } = seen;
    const held = Promise.withResolvers<void>();
    await page.route("**/api/v1/profiles", (route) => held.promise.then(() => route.continue()));
    await go("/catalog/table/sales.orders?tab=profile");
    await page.getByText("The values are being looked at…").waitFor();
    const amount = page.getByRole("region", { name: "amount", exact: true });
    await expect.poll(() => amount.textContent()).toContain("amount");
    expect(await amount.getByText("nulls").count()).toBe(0);
    await expectAccessible(page);
    held.resolve();
    await amount.getByText("nulls").waitFor();
    const again = async () => (await site().post("/api/v1/profiles", { dataset: "sales.orders" })).json();
    const [first, second] = [await again(), await again()] as { files: { read: number }; columns: object[] }[];
    expect([second.files.read, second.columns]).toEqual([0, first.columns]);
    expectNoTrouble(seen);
  });

  test("three million flights: rows and partitions are those of plain DuckDB", async () => {
    const of = `read_parquet('${fileURLToPath(new URL("../data/flights-3m.parquet", import.meta.resolve("vega-datasets")))}')`;
    const [[rows]] = await inDuck(`select count(*) from ${of}`);
    const days = await inDuck(`select strftime(date::date, '%Y-%m-%d'), count(*) from ${of} group by all order by all desc limit 3`);
    const seen = await visit(browser, flights);
    await seen.go("/catalog?kind=table&find=flights.clean");
    const line = seen.page.getByRole("table", { name: "Catalog" }).getByRole("row", { name: /flights\.clean/ });
    await line.waitFor();
    await expect.poll(async () => (await cells(line))[5]).toBe(Number(rows).toLocaleString("en"));
    await seen.go("/catalog/table/flights.clean?tab=partitions");
    const lines = seen.page.getByRole("table", { name: "Partitions" }).getByRole("row");
    await lines.nth(1).waitFor();
    for (const [i, [day, count]] of days.entries()) await expect.poll(async () => (await cells(lines.nth(i + 1))).slice(0, 2)).toEqual([day, Number(count).toLocaleString("en")]);
    // Those behind the first page come when they are asked for.
    await seen.page.route("**/partitions?*", (route) => route.continue({ url: route.request().url().replace("limit=500", "limit=100") }));
    await seen.go("/catalog/table/flights.clean?tab=partitions");
    const table = seen.page.getByRole("table", { name: "Partitions" });
    const [[first, partitions]] = await inDuck(`select strftime(min(date::date), '%Y-%m-%d'), count(distinct date::date) from ${of}`);
    await seen.page.getByRole("heading", { name: `${partitions} partitions` }).waitFor();
    await expect.poll(() => table.getAttribute("aria-rowcount")).toBe("101");
    await seen.page.getByRole("button", { name: "Show more" }).click();
    await expect.poll(() => table.getAttribute("aria-rowcount")).toBe(String(Number(partitions) + 1));
    await seen.page.locator("#main").evaluate((main) => main.scrollTo({ top: main.scrollHeight }));
    await table.getByRole("cell", { name: first as string, exact: true }).waitFor();
    expectNoTrouble(seen);
  });

  test("of a statement over a table that was never built lineage says so at once, and what builds it", async () => {
    const seen = await visit(browser, site());
    const { page, go } = seen;
    let asked = 0;
    page.on("request", (request) => void (asked += request.url().includes("/api/v1/models/") ? 1 : 0));
    await go("/catalog/table/sales.busy?tab=lineage");
    const said = page.getByRole("region", { name: "Where its columns come from" });
    await said.getByText("Not known of sales.busy yet: it reads sales.regulars, which was never built.").waitFor();
    await page.getByRole("region", { name: "Comes from" }).getByRole("link", { name: "sales.regulars" }).click();
    await page.getByRole("region", { name: "Where its columns go" }).getByText("Not known of sales.busy yet").waitFor();
    // Its own statement reads what is there.
    await page.getByRole("table", { name: "Columns and where they come from" }).getByRole("row", { name: /customer.*sales\.orders\.customer/ }).waitFor();
    expect(asked).toBe(1);
    await expectAccessible(page);
    await go("/catalog/table/sales.busy?tab=lineage");
    await said.getByRole("link", { name: "later" }).click();
    await page.waitForURL("**/dags/later");
    expectNoTrouble(seen);
  });

  test("search finds by a column, an owner and a tag, and says where; a tag leads to all that have it", async () => {
    await site().request("/api/v1/catalog/topic/orders.good/notes", { method: "PUT", body: JSON.stringify({ owner: "the till team", tags: ["ledger", "two words"], by: "test" }) });
    const seen = await visit(browser, site());
    const { page, go } = seen;
    const names = async (): Promise<string[]> => (await page.getByRole("table", { name: "Catalog" }).getByRole("link").allTextContents()).sort();
    const answered = async (q: string): Promise<string[]> => (await get<{ entries: { name: string }[] }>(`/catalog?q=${encodeURIComponent(q)}`)).entries.map(({ name }) => name).sort();
    for (const [words, where] of [["amount", /sales\.orders.*in column amount/], ["till team", /orders\.good.*owner/], ["ledger", /orders\.good.*tag/]] as const) {
      await go(`/catalog?find=${encodeURIComponent(words)}`);
      await page.getByRole("table", { name: "Catalog" }).getByRole("row", { name: where }).first().waitFor();
      await expect.poll(names).toEqual(await answered(words));
    }
    await go("/catalog/topic/orders.good");
    await page.getByRole("link", { name: "ledger" }).click();
    await page.waitForURL("**/catalog?find=ledger");
    await page.getByRole("table", { name: "Catalog" }).getByRole("link", { name: "orders.good" }).waitFor();
    expectNoTrouble(seen);
  });

  test("what was changed, when and by whom is what the catalog has noted", async () => {
    await site().request("/api/v1/catalog/table/raw.prices/notes", { method: "PUT", body: JSON.stringify({ description: "Prices of <i>paint</i>", by: "grace" }) });
    const { versions } = await get<{ versions: { at: string; by: { kind: string; name?: string }; changes: string[] }[] }>("/catalog/table/raw.prices/versions");
    expect(versions[0].by).toEqual({ kind: "person", name: "grace" });
    const seen = await visit(browser, site());
    await seen.go("/catalog/table/raw.prices?tab=history");
    const lines = seen.page.getByRole("table", { name: "Changes" }).getByRole("row");
    await lines.nth(1).waitFor();
    await expect.poll(() => lines.count()).toBe(versions.length + 1);
    for (const [i, { at, by, changes }] of versions.entries()) {
      await expect.poll(async () => (await cells(lines.nth(i + 1))).slice(1)).toEqual([[by.kind, ...(by.name === undefined ? [] : [by.name])].join(" "), changes.join("; ")]);
      await expect.poll(() => lines.nth(i + 1).locator("time").getAttribute("datetime")).toBe(new Date(at).toISOString());
    }
    expectNoTrouble(seen);
  });

  test("lineage leads up and down to the column", async () => {
    const seen = await visit(browser, site());
    const { page, go } = seen;
    await go("/catalog/table/sales.orders?tab=lineage");
    await page.getByRole("table", { name: "Columns and where they go" }).getByRole("row", { name: /amount sales\.totals\.total aggregation/ }).waitFor();
    await expect.poll(() => cells(page.getByRole("table", { name: "Comes from" }).getByRole("row").nth(1))).toEqual(["topic orders.good", "stage table:sales.orders"]);
    await page.getByRole("table", { name: "Goes to" }).getByRole("link", { name: "sales.totals" }).first().click();
    await page.getByRole("row", { name: /^total sales\.orders\.amount/ }).waitFor();
    expectNoTrouble(seen);
  });

  test("who may read it: a mart's audience, through which view, with which tokens", async () => {
    const seen = await visit(browser, site());
    const { page, go } = seen;
    await go("/catalog/table/sales.totals?tab=access");
    await page.getByRole("table", { name: "Audiences" }).getByRole("row", { name: /finance-team finance finance\.revenue/ }).waitFor();
    await page.getByText("None now").waitFor();
    // Made, and taken back, while somebody looks.
    const made = (await (await site().post("/api/v1/tokens", { audience: "finance-team", name: "Report <b>", expires: "1d" })).json()) as { token: { id: string } };
    const { id } = made.token;
    const token = page.getByRole("table", { name: "Tokens" }).getByRole("row", { name: new RegExp(id) });
    await token.waitFor();
    await expect.poll(async () => (await cells(token)).slice(0, 4)).toEqual([id, "Report <b>", "finance-team", "open"]);
    await site().post(`/api/v1/tokens/${id}/revoke`, {});
    await page.getByText("None now").waitFor();
    await go("/catalog/table/raw.prices?tab=access");
    await page.getByText("Nobody else").waitFor();
    await go("/catalog/database/finance");
    await page.getByRole("table", { name: "Tables of finance" }).getByRole("link", { name: "finance.revenue" }).waitFor();
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
    await expect.poll(said).toMatchObject({ description: { value: "All orders that are good", by: { kind: "person" } }, owner: { value: "ada" } });
    await expect.poll(async () => (await said()).tags.map(({ value }) => value).sort()).toEqual(["daily", "gold"]);
    await edit.click();
    await page.getByLabel("Owner").fill("");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await expect.poll(said).toMatchObject({ description: { value: "All orders that are good" }, owner: null });
    await page.getByRole("button", { name: "Edit customer" }).click();
    await page.getByLabel("Description").fill("Who pays");
    await page.getByLabel("Personal data").fill("name");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByRole("row", { name: /customer .*Who pays.*personal: name/ }).waitFor();
    await expect.poll(async () => (await said()).columns.find(({ name }) => name === "customer")).toMatchObject({ description: { value: "Who pays" }, personal: { value: { kind: "name" } } });
    expectNoTrouble(seen);
  });

  test("notes go to the dataset that they were opened for, and take back nothing that somebody else has changed meanwhile", async () => {
    const { page, go } = await visit(browser, site());
    const edit = page.getByRole("button", { name: "Edit notes…" });
    await go("/catalog/table/raw.prices");
    await edit.waitFor();
    await page.keyboard.press("Control+k");
    await page.keyboard.type("finance.revenue");
    await page.getByRole("option", { name: "table finance.revenue" }).first().waitFor();
    await page.keyboard.press("Enter");
    await page.waitForURL("**/catalog/table/finance.revenue");
    await edit.click();
    await page.getByLabel("Description").fill("What came in");
    await page.goBack();
    await page.waitForURL("**/catalog/table/raw.prices");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await edit.click();
    expect(await page.getByLabel("Description").inputValue()).not.toBe("What came in");
    await page.getByLabel("Tags").fill("bought");
    const { url, token } = site();
    await fetch(`${url}/api/v1/catalog/table/raw.prices/notes`, { method: "PUT", headers: { authorization: `Bearer ${token}`, "content-type": "application/json" }, body: JSON.stringify({ description: "By another person" }) });
    await page.getByText("By another person").first().waitFor();
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByRole("dialog").waitFor({ state: "detached" });
    const said = await get<{ description: { value: string }; tags: { value: string }[] }>("/catalog/table/raw.prices");
    expect([said.description.value, said.tags.map(({ value }) => value)]).toEqual(["By another person", expect.arrayContaining(["bought"])]);
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
    expect(await textLength(page)).toBeLessThan(5_000);
    await page.getByRole("button", { name: /more characters/ }).click();
    expect(await textLength(page)).toBeLessThan(10_000);
    expect(hostileWords.length).toBeGreaterThan(1_000_000);
    const { entries } = await get<{ entries: { name: string; description: string | null }[] }>("/catalog?kind=database");
    expect(entries.find(({ name }) => name === "harm")?.description).toBe(`${hostileWords.slice(0, 299)}…`);
    for (const path of ["/catalog/topic/strange", "/catalog/topic/strange?tab=preview", "/catalog/topic/strange?tab=profile"]) {
      await go(path);
      await settled(page);
      await page.getByText("<b onclick=alert(1)>⟨U+202E⟩eman␛[0m").first().waitFor();
    }
    for (const tab of ["preview", "profile"]) {
      await go(`/catalog/table/raw.hostile?tab=${tab}`);
      await settled(page);
      await page.getByText("<script>window.harmed=1</script>").first().waitFor();
      expect(await textLength(page)).toBeLessThan(20_000);
    }
    expect(await page.evaluate(() => "harmed" in window)).toBe(false);
    expectNoTrouble(seen);
  });
});

describe("for everybody", () => {
  test("each tab is accessible, light and dark", async () => {
    const { page, go } = await visit(browser, site(), { colorScheme: "light" });
    const inBoth = async (): Promise<void> => {
      for (const colorScheme of ["light", "dark"] as const) {
        await page.emulateMedia({ colorScheme });
        await expectAccessible(page);
      }
    };
    for (const path of ["/catalog?find=sales", ...tabs.map((tab) => `/catalog/table/sales.totals?tab=${tab}`), "/catalog/topic/orders", "/catalog/database/finance"]) {
      await go(path);
      await settled(page);
      await inBoth();
    }
    await go("/catalog/table/sales.orders");
    await page.getByRole("button", { name: "Edit notes…" }).click();
    await page.getByRole("dialog").waitFor();
    await inBoth();
  });

  test("on a phone no tab makes the page wider than it is", async () => {
    const seen = await visit(browser, site(), { viewport: sizes.phone });
    for (const path of ["/catalog", ...tabs.map((tab) => `/catalog/table/sales.orders?tab=${tab}`), "/catalog/database/harm", "/catalog/table/raw.hostile"]) {
      await seen.go(path);
      await settled(seen.page);
      await expectNoSidewaysScroll(seen.page);
    }
    expectNoTrouble(seen);
  });
});

describe("while somebody looks", () => {
  test("a version that is committed is seen in rows, versions, partitions and profile", async () => {
    const seen = await visit(browser, site());
    const of = async (path: string): Promise<Page> => {
      const page = await seen.context.newPage();
      await page.goto(`${site().url}/catalog/table/${path}`);
      await settled(page);
      return page;
    };
    const [preview, partitions, profile] = await Promise.all(["preview", "partitions", "profile"].map((tab) => of(`sales.orders?tab=${tab}`)));
    const rows = preview.getByRole("region", { name: "Some rows" });
    await rows.getByText(/^4 rows/).waitFor();
    await partitions.getByRole("heading", { name: "3 partitions" }).waitFor();
    await profile.getByRole("heading", { name: "4 rows, 4 columns" }).waitFor();
    await site().post("/ingest/intake", [{ id: "o7", customer: "dee", amount: 70, at: "2026-03-04T10:00:00.000Z" }]);
    await rows.getByText(/^5 rows/).waitFor();
    await rows.getByRole("gridcell", { name: "o7", exact: true }).waitFor();
    await partitions.getByRole("heading", { name: "4 partitions" }).waitFor();
    await partitions.getByRole("cell", { name: "2026-03-04", exact: true }).waitFor();
    const [{ id }] = (await get<{ snapshots: { id: string }[] }>("/tables/sales.orders")).snapshots;
    await expect.poll(() => preview.getByLabel("Version").locator("option").nth(1).getAttribute("value")).toBe(id);
    await profile.getByRole("heading", { name: "5 rows, 4 columns" }).waitFor();
    expectNoTrouble(seen);
  });
});
