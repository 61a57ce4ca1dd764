import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { DuckDBInstance } from "@duckdb/node-api";
import type { Browser, Page } from "playwright-core";
import { beforeAll, expect, inject, test } from "vitest";
import { expectAccessible } from "./support/axe.ts";
import { expectNoSidewaysScroll, expectNoTrouble, launch, sizes, visit } from "./support/browser.ts";

const flights = inject("flights");
let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});

const patience = { timeout: 90_000 };

async function call(method: string, path: string, body?: object): Promise<any> {
  const answer = await fetch(flights.url + path, { method, headers: { authorization: `Bearer ${flights.token}`, ...(body && { "content-type": "application/json" }) }, ...(body && { body: JSON.stringify(body) }) });
  return answer.json();
}

/** Opens the page as a person does who has nothing in the editor, or a text. */
const open = async (text = "", options: Parameters<typeof visit>[2] = {}) => {
  const seen = await visit(browser, flights, { permissions: ["clipboard-read", "clipboard-write"], ...options });
  seen.page.setDefaultTimeout(patience.timeout);
  await seen.go(`/sql${text === "" ? "" : `?text=${encodeURIComponent(text)}`}`);
  await editorOf(seen.page).waitFor();
  return seen;
};

const editorOf = (page: Page) => page.getByRole("textbox", { name: "SQL statements" });
const result = (page: Page) => page.getByRole("region", { name: "Result" });
const state = (page: Page, name: string) => result(page).getByText(name, { exact: true }).first().waitFor();
const cell = (page: Page, row: number, column: number) => page.locator(`[role=row][aria-rowindex="${row + 2}"] > [role=gridcell][aria-colindex="${column + 2}"]`);

async function rowsOf(page: Page, count: number, columns: number): Promise<string[][]> {
  await page.waitForFunction(([last]) => document.querySelector(`[role=row][aria-rowindex="${last + 2}"] > [role=gridcell]:not([aria-busy])`) !== null, [count - 1]);
  return page.evaluate(([rows, width]) => Array.from({ length: rows }, (_, row) => Array.from({ length: width }, (__, column) => document.querySelector(`[role=row][aria-rowindex="${row + 2}"] > [role=gridcell][aria-colindex="${column + 2}"]`)?.textContent ?? "")), [count, columns]);
}

/** What stands in the address under a name, once something other than `but` does. */
async function inAddress(page: Page, name: string, but?: string): Promise<string> {
  await page.waitForURL(({ searchParams }) => searchParams.has(name) && searchParams.get(name) !== but);
  return new URL(page.url()).searchParams.get(name) as string;
}

/** An Enter within 75 ms of the list's coming was meant for the text, and breaks the line: that is taken back, and the list asked for again. */
async function takeCompletion(page: Page, proposal: string, whole: string): Promise<void> {
  const attempt = async (): Promise<string | null> => {
    await page.locator(".cm-tooltip-autocomplete").getByText(proposal).first().waitFor();
    await page.keyboard.press("Enter");
    const text = await editorOf(page).textContent();
    if (text !== whole) for (const key of ["Backspace", "Control+Space"]) await page.keyboard.press(key);
    return text;
  };
  await expect.poll(attempt, { interval: 200 }).toBe(whole);
}

test("a statement is written, completed and run by keyboard alone, and its figures are those of plain DuckDB", async () => {
  const sql = "select origin, count(*) as flights, sum(delay) as minutes from flights.clean group by origin order by flights desc, origin limit 5";
  const seen = await open();
  const { page } = seen;
  await editorOf(page).focus();
  await page.keyboard.type("select * from flights.cl");
  await takeCompletion(page, "flights.clean", "select * from flights.clean");
  await page.keyboard.press("Control+a");
  // Chromium gives what replaces a selection the looks of what was there, which the policy refuses with a word on the console.
  await page.keyboard.press("Backspace");
  await page.keyboard.insertText(sql);
  await page.keyboard.press("Control+Enter");
  await state(page, "succeeded");
  expect(await page.locator(".cm-tooltip-autocomplete").count()).toBe(0);
  const shown = await rowsOf(page, 5, 3);
  const source = fileURLToPath(new URL("../data/flights-3m.parquet", import.meta.resolve("vega-datasets")));
  const plain = await (await DuckDBInstance.create()).connect();
  const rows = (await (await plain.run(`select origin, count(*) as flights, sum(delay) as minutes from '${source}' group by origin order by flights desc, origin limit 5`)).getRows()).map((row) => row.map(String));
  expect(shown).toEqual(rows);
  expect((await call("POST", "/api/v1/sql", { sql })).rows.map((row: unknown[]) => row.map(String))).toEqual(rows);
  // The address alone shows another window the same.
  const other = await visit(browser, flights);
  await other.page.goto(page.url());
  await expect.poll(() => rowsOf(other.page, 5, 3)).toEqual(rows);
  await expect.poll(() => editorOf(other.page).textContent()).toBe(sql);
  expectNoTrouble(seen);
});

test("of several statements all are run in turn until one fails, whose place is marked", async () => {
  const seen = await open("select 1 as a;\nselect 'x;y' as b;\nselect nothing from flights.clean;\nselect 4");
  const { page } = seen;
  await page.getByRole("button", { name: "Run all" }).click();
  await page.getByRole("alert").getByText("nothing").first().waitFor();
  const tabs = page.getByRole("navigation", { name: "Statements that were run" }).getByRole("link");
  await expect.poll(() => tabs.count()).toBe(3);
  await expect.poll(() => page.locator(".cm-lintRange-error").textContent()).toBe("nothing");
  await tabs.nth(1).click();
  await expect.poll(() => rowsOf(page, 1, 1)).toEqual([["x;y"]]);
});

test("a long text of which a part was run is there when the page is loaded anew, and when one comes back; the link shows others what was run", async () => {
  const seen = await open();
  const { page } = seen;
  const long = `select 'the last' as a;\n${Array.from({ length: 80 }, (_, i) => `select 'a line that makes the text long' as line_${i};`).join("\n")}`;
  await editorOf(page).focus();
  await page.keyboard.insertText(long);
  await page.keyboard.press("Control+Home");
  await page.keyboard.press("Control+Enter");
  await state(page, "succeeded");
  await expect.poll(() => [new URL(page.url()).searchParams.has("text"), new URL(page.url()).searchParams.has("run")]).toEqual([false, true]);
  const link = page.url();
  const text = async (of: Page) => (await editorOf(of).locator(".cm-line").allTextContents()).slice(0, 2);
  const first = long.split("\n").slice(0, 2);
  await page.reload();
  await expect.poll(() => text(page)).toEqual(first);
  await page.getByRole("link", { name: "Topics" }).click();
  await page.getByRole("heading", { level: 1, name: "Topics" }).waitFor();
  await page.goBack();
  await expect.poll(() => text(page)).toEqual(first);
  const other = await visit(browser, flights);
  await other.page.goto(link);
  await expect.poll(() => text(other.page)).toEqual(["select 'the last' as a"]);
  expectNoTrouble(seen);
});

/** Goes on for a few seconds. */
const slow = "select count(*) from range(15000) a, range(15000) b where a.range * b.range % 7 = 3";

test("statements that go on when one has left the page do not bring one back", async () => {
  const seen = await open(`${slow};\nselect 'the second' as b`);
  const { page } = seen;
  const second = page.waitForResponse((response) => response.request().method() === "POST" && response.request().postDataJSON()?.sql === "select 'the second' as b");
  await page.getByRole("button", { name: "Run all" }).click();
  await state(page, "running");
  const { id } = (await call("GET", "/api/v1/queries?limit=1")).queries[0];
  await page.getByRole("link", { name: "Stages", exact: true }).click();
  await page.getByRole("heading", { level: 1, name: "Stages" }).waitFor();
  await second;
  const ended = () => call("GET", "/api/v1/queries?limit=2").then(({ queries }) => queries.map(({ sql, state: how }: { sql: string; state: string }) => [sql, how]));
  await expect.poll(ended, patience).toEqual([["select 'the second' as b", "succeeded"], [slow, "succeeded"]]);
  await expect.poll(() => [new URL(page.url()).pathname, typeof id]).toEqual(["/stages", "string"]);
  expectNoTrouble(seen);
});

test("what was removed is told when it is opened; a text whose saved query is gone is saved anew", async () => {
  const seen = await open();
  const { page } = seen;
  const { id } = await call("POST", "/api/v1/saved-queries", { name: `gone ${Date.now()}`, sql: "select 'gone' as g" });
  await page.goto(`${flights.url}/sql?saved=${id}`);
  await editorOf(page).getByText("gone").first().waitFor();
  await call("POST", `/api/v1/saved-queries/${id}/remove`);
  await page.getByRole("button", { name: "Save…" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText("This saves the text as a new one.").waitFor();
  await dialog.getByLabel("Name").fill(`kept ${id}`);
  await dialog.getByRole("button", { name: "Save", exact: true }).click();
  await dialog.waitFor({ state: "detached" });
  const kept = await inAddress(page, "saved", id);
  await expect.poll(() => call("GET", `/api/v1/saved-queries/${kept}`)).toMatchObject({ name: `kept ${id}`, sql: "select 'gone' as g" });
  await call("POST", `/api/v1/saved-queries/${kept}/remove`);
});

test("a million rows are scrolled through, exact to the last digit; null is not the empty text; cells are copied", async () => {
  const seen = await open("select range as n, 9223372036854775000 + range % 808 as big, case range % 3 when 0 then null when 1 then '' else 'v' || range end as t from range(1000000)");
  const { page } = seen;
  await page.getByRole("button", { name: "Run", exact: true }).click();
  await state(page, "succeeded");
  const grid = page.getByRole("grid", { name: "Result" });
  await expect.poll(() => grid.getAttribute("aria-rowcount")).toBe("1000001");
  await expect.poll(() => rowsOf(page, 3, 3)).toEqual([["0", "9223372036854775000", "null"], ["1", "9223372036854775001", ""], ["2", "9223372036854775002", "v2"]]);
  await expect.poll(async () => [await cell(page, 0, 2).getAttribute("data-null"), await cell(page, 1, 2).getAttribute("data-null")]).toEqual(["true", null]);
  await grid.focus();
  await page.keyboard.press("Control+End");
  await cell(page, 999_999, 0).getByText("999999", { exact: true }).waitFor();
  await expect.poll(() => grid.getAttribute("aria-activedescendant")).toBe(await cell(page, 999_999, 2).getAttribute("id"));
  await page.keyboard.press("Home");
  await page.keyboard.press("Shift+ArrowRight");
  await page.keyboard.press("Control+c");
  await page.getByText("Copied 1 × 2 cells").waitFor();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(`999999\t${9223372036854775000n + 999_999n % 808n}`);
  expectNoTrouble(seen);
});

test("a million rows are ordered by the column that is pressed, or chosen by key; what is copied and linked is in that order", async () => {
  const seen = await open("select range as n, case range % 3 when 0 then null when 1 then '' else 'v' || range end as t from range(1000000)");
  const { page } = seen;
  await page.getByRole("button", { name: "Run", exact: true }).click();
  await state(page, "succeeded");
  const head = page.getByRole("columnheader").filter({ hasText: "varchar" });
  const first = (text: string): Promise<void> => cell(page, 0, 0).getByText(text, { exact: true }).waitFor();
  await first("0");
  await head.getByRole("button").click();
  await first("1");
  expect([new URL(page.url()).searchParams.get("order"), await head.getAttribute("aria-sort")]).toEqual(["2", "ascending"]);
  await head.getByRole("button").click();
  await first("999998");
  await expect.poll(async () => [await cell(page, 0, 1).textContent(), await head.getAttribute("aria-sort")]).toEqual(["v999998", "descending"]);
  await page.keyboard.press("Control+c");
  await page.getByText("Copied 1 × 1 cells").waitFor();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe("v999998");
  await page.keyboard.press("Control+End");
  await cell(page, 999_999, 0).getByText("999999", { exact: true }).waitFor();
  await expect.poll(() => cell(page, 999_999, 1).getAttribute("data-null")).toBe("true");
  await page.keyboard.press("Enter");
  await page.getByRole("dialog").locator("pre").getByText("null").waitFor();
  await page.keyboard.press("Escape");
  const other = await visit(browser, flights);
  await other.page.goto(page.url());
  await cell(other.page, 0, 0).getByText("999998", { exact: true }).waitFor();
  const pages: (string | null)[] = [];
  page.on("request", (request) => request.url().includes("orderBy=0") && pages.push(new URL(request.url()).searchParams.get("page")));
  await page.keyboard.press("Home");
  await page.keyboard.press("Shift+Enter");
  await first("0");
  await page.keyboard.press("Shift+Enter");
  await first("999999");
  // From the last row: nothing is read there in the new order.
  expect(pages).toEqual(["0", "0"]);
  expect(new URL(page.url()).searchParams.get("order")).toBe("-1");
  await expectAccessible(page);
  await page.keyboard.press("Shift+Enter");
  await first("0");
  expect([new URL(page.url()).searchParams.get("order"), await page.locator("[aria-sort]").count()]).toEqual([null, 0]);
  expectNoTrouble(seen);
});

test("what is hostile is text: in values, names, sizes and errors", async () => {
  const seen = await open("select '<script>window.harmed = 1</script>' as \"<img src=x onerror=window.harmed=1>\", 'a' || chr(27) || '[31m' || chr(8238) || 'b' as t, repeat('x', 3000000) as long, [{'a': '</style>'}] as nested");
  const { page } = seen;
  await page.getByRole("button", { name: "Run", exact: true }).click();
  await state(page, "succeeded");
  const [[script, signs, long]] = await rowsOf(page, 1, 4);
  expect([script, signs, long.length]).toEqual(["<script>window.harmed = 1</script>", "a␛[31m⟨U+202E⟩b", 301]);
  await cell(page, 0, 2).dblclick();
  await page.getByRole("dialog").getByText("2,980,000 more characters").waitFor();
  await page.keyboard.press("Escape");
  expect(await page.evaluate(() => (window as unknown as { harmed?: number }).harmed)).toBeUndefined();
  expectNoTrouble(seen);
});

test("a statement that runs is cancelled", async () => {
  const { page } = await open("select count(*) from range(100000000) a, range(100000000) b where a.range + b.range < 0");
  await page.getByRole("button", { name: "Run", exact: true }).click();
  await page.getByRole("button", { name: "Cancel" }).click();
  await state(page, "cancelled");
  const id = await inAddress(page, "query");
  await expect.poll(async () => (await call("GET", `/api/v1/queries/${id}`)).state).toBe("cancelled");
});

test("a result is drawn, its plan told, and downloaded whole", async () => {
  const seen = await open("select range % 5 as k, range as v, range * range as w from range(250) order by v");
  const { page } = seen;
  await page.getByRole("button", { name: "Run", exact: true }).click();
  await state(page, "succeeded");
  const query = await inAddress(page, "query");
  const answered: unknown[][] = (await call("GET", `/api/v1/queries/${query}/results?limit=1000`)).rows;
  const download = async (name: string): Promise<string> => {
    await page.getByRole("button", { name: "Download" }).click();
    const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("menuitem", { name }).first().click()]);
    return file.path();
  };
  expect(await readFile(await download("CSV as it is"), "utf8")).toBe(`k,v,w\r\n${Array.from({ length: 250 }, (_, v) => `${v % 5},${v},${v * v}\r\n`).join("")}`);
  const plain = await (await DuckDBInstance.create()).connect();
  const kept = await plain.runAndReadAll(`from read_parquet('${await download("Parquet")}')`);
  expect([kept.columnNames(), kept.getRows().map((row) => row.map(String))]).toEqual([["k", "v", "w"], answered.map((row) => row.map(String))]);
  await result(page).getByRole("link", { name: "Chart" }).click();
  await page.getByLabel("Drawn as").selectOption("points");
  await page.getByLabel("Along", { exact: true }).selectOption({ label: "v" });
  await page.getByLabel("Upwards").selectOption({ label: "w" });
  await page.getByLabel("One line for each").selectOption({ label: "k" });
  await page.getByRole("img", { name: "points: w along v, one line for each k" }).waitFor();
  expect(new URL(page.url()).searchParams.get("kind")).toBe("points");
  await page.getByText("250 points in 5 lines.").waitFor();
  await page.getByText("In figures").click();
  const drawn = await page.getByRole("table", { name: "What is drawn" }).evaluate((table) => [...(table as HTMLTableElement).rows].map((row) => [...row.cells].map((cell) => cell.textContent)));
  expect(drawn[0]).toEqual(["v", "0", "1", "2", "3", "4"]);
  expect(drawn.slice(1)).toEqual(answered.map(([k, v, w]) => [String(v), ...["0", "1", "2", "3", "4"].map((line) => (line === String(k) ? String(w) : "–"))]));
  await page.getByLabel("Along", { exact: true }).selectOption({ label: "k" });
  // Of rows at one place of one line one can be drawn.
  await page.getByText("5 points in 5 lines; 245 rows are not drawn").waitFor();
  await result(page).getByRole("link", { name: "Plan" }).click();
  await page.getByText("order by", { exact: true }).first().waitFor();
  await page.getByRole("button", { name: "Run it and measure" }).click();
  await page.getByText(/in all$/).waitFor();
  await result(page).getByRole("link", { name: "Details" }).click();
  await page.getByText(query).waitFor();
  expectNoTrouble(seen);
});

test("an error with text that means harm is told as text", async () => {
  const seen = await open("select cast('<img src=x onerror=\"window.harmed=1\">' || chr(8238) || chr(27) || '[31m' as integer)");
  const { page } = seen;
  await page.getByRole("button", { name: "Run", exact: true }).click();
  await state(page, "failed");
  await result(page).getByRole("alert").getByText('<img src=x onerror="window.harmed=1">⟨U+202E⟩␛[31m').waitFor();
  expect(await page.evaluate(() => "harmed" in window)).toBe(false);
  expect(await result(page).locator("img").count()).toBe(0);
  expectNoTrouble(seen);
});

test("a saved query is changed; who has not seen the change does not undo it", async () => {
  const { id, name, version } = await call("POST", "/api/v1/saved-queries", { name: `answer ${Date.now()}`, sql: "select 1" });
  const saved = () => call("GET", `/api/v1/saved-queries/${id}`);
  const [ada, ben] = await Promise.all([visit(browser, flights), visit(browser, flights)]);
  const write = async (page: Page, text: string): Promise<void> => {
    await editorOf(page).focus();
    await page.keyboard.press("Control+End");
    await page.keyboard.type(text);
    await page.waitForURL(/text=/);
    await page.getByRole("button", { name: "Save…" }).click();
    await page.getByRole("button", { name: "Save the change" }).click();
  };
  await Promise.all([ada, ben].map(({ go }) => go(`/sql?saved=${id}`)));
  // Both have read the same before anybody writes.
  for (const { page } of [ada, ben]) await expect.poll(() => editorOf(page).textContent()).toBe("select 1");
  await write(ada.page, " + 1");
  await ada.page.getByText(`Saved as "${name}".`).waitFor();
  const changed = await saved();
  expect(changed.sql).toBe("select 1 + 1");
  expect(changed.version).toBeGreaterThan(version);
  await write(ben.page, " + 2");
  await ben.page.getByRole("alert").getByText(`"${name}" was changed by somebody else`).waitFor();
  expect(await saved()).toEqual(changed);
  // Not even once the page was loaded anew; under another name both are kept.
  await ben.page.reload();
  await ben.page.getByRole("button", { name: "Save…" }).click();
  await ben.page.getByRole("button", { name: "Save the change" }).click();
  await ben.page.getByRole("alert").getByText("was changed by somebody else").waitFor();
  await ben.page.getByRole("button", { name: "Save as a new one" }).click();
  await ben.page.getByText("The address of this page leads to it.").waitFor();
  const other = await inAddress(ben.page, "saved", id);
  await expect.poll(() => call("GET", `/api/v1/saved-queries/${other}`)).toMatchObject({ sql: "select 1 + 2" });
  await write(ada.page, " + 3");
  await expect.poll(saved).toMatchObject({ sql: "select 1 + 1 + 3" });
  for (const each of [id, other]) await call("POST", `/api/v1/saved-queries/${each}/remove`);
  expect([ada, ben].map(({ trouble }) => trouble.elsewhere)).toEqual([[], []]);
});

test("the history is searched in all that ran, page by page, and the address holds where one is", async () => {
  const mark = `mark_${Date.now()}`;
  for (const sql of [`select 'first' as ${mark}`, "select 1 as other", "select 2 as other"]) await call("POST", "/api/v1/sql", { sql });
  const { queries } = await call("GET", "/api/v1/queries?limit=2");
  const seen = await open("select 1");
  const { page } = seen;
  await page.route("**/api/v1/queries?*", (route) => route.continue({ url: route.request().url().replace("limit=50", "limit=2") }));
  await page.getByRole("button", { name: "History" }).click();
  const panel = page.getByRole("complementary", { name: "History" });
  await panel.getByText("select 2 as other").first().waitFor();
  await expect.poll(() => panel.getByRole("listitem").count()).toBe(2);
  await panel.getByRole("button", { name: "Older" }).click();
  await page.waitForURL(/before=/);
  await panel.getByText(`select 'first' as ${mark}`).waitFor();
  await page.getByLabel("Find in all statements that ran").fill(mark.toUpperCase());
  await page.waitForURL(new RegExp(`find=${mark.toUpperCase()}$`));
  await expect.poll(() => panel.getByRole("listitem").count()).toBe(1);
  expect(queries.some(({ sql }: { sql: string }) => sql.includes(mark))).toBe(false);
  const other = await visit(browser, flights, { timezoneId: "Pacific/Kiritimati" });
  // A day later: what ran before has its date.
  await other.page.clock.setFixedTime(Date.now() + 86_400_000);
  await other.page.goto(page.url());
  const line = other.page.getByRole("complementary", { name: "History" }).getByRole("listitem");
  await line.getByText(`select 'first' as ${mark}`).waitFor();
  await expect.poll(() => line.count()).toBe(1);
  await expect.poll(() => line.locator("time").textContent()).toMatch(/^\d{2} \w{3,4} \d{4}, \d{2}:\d{2}:\d{2}$/);
  await expect.poll(() => panel.locator("time").textContent()).toMatch(/^\d{2}:\d{2}:\d{2}$/);
  expectNoTrouble(seen);
});

test("tables and columns are found and put into the statement by keys alone", async () => {
  const seen = await open("select ");
  const { page } = seen;
  await page.getByRole("button", { name: "Tables" }).focus();
  await page.keyboard.press("Enter");
  const panel = page.getByRole("complementary", { name: "Tables" });
  const { entries } = await call("GET", "/api/v1/catalog?limit=1000");
  const inFlights = entries.filter(({ kind, name }: { kind: string; name: string }) => kind === "table" && name.startsWith("flights.")).map(({ name }: { name: string }) => name.slice("flights.".length));
  const database = panel.getByRole("button", { name: /^flights / });
  await database.focus();
  await page.keyboard.press("ArrowRight");
  await panel.getByRole("button", { name: "clean", exact: true }).waitFor();
  await expect.poll(() => panel.getByRole("button", { name: /^Columns of flights\./ }).count()).toBe(inFlights.length);
  await page.keyboard.press("ArrowDown");
  await expect.poll(() => page.evaluate(() => document.activeElement?.textContent)).toBe(inFlights.sort()[0]);
  await page.keyboard.press("ArrowRight");
  const { columns } = await call("GET", `/api/v1/catalog/table/flights.${inFlights[0]}`);
  await panel.getByTitle(`Puts ${columns[1].name} into the statement`).waitFor();
  for (let i = 0; i < 2; i++) {
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
  }
  await page.keyboard.press("ArrowLeft");
  await expect.poll(() => page.evaluate(() => document.activeElement?.textContent)).toBe(inFlights[0]);
  await page.keyboard.press("ArrowDown");
  await expect.poll(() => page.evaluate(() => document.activeElement?.textContent)).toBe(inFlights[1]);
  await expect.poll(() => editorOf(page).textContent()).toBe(`select ${columns[0].name}, ${columns[1].name}`);
  await page.getByLabel("Find tables and columns").fill("destination");
  await page.waitForURL(/find=destination/);
  await expectAccessible(page);
  const found = (await call("GET", "/api/v1/catalog?q=destination&limit=200")).entries.filter(({ kind }: { kind: string }) => kind !== "database");
  await expect.poll(() => panel.getByRole("button", { name: /^Columns of / }).count()).toBe(found.length);
  await page.getByLabel("Find tables and columns").fill("");
  await database.waitFor();
  await page.keyboard.press("Tab");
  await page.keyboard.press("Escape");
  await page.keyboard.type(` from flights.${inFlights[0]} limit 3`);
  await page.keyboard.press("Control+Enter");
  await state(page, "succeeded");
  // The address opens the same for somebody else.
  const other = await visit(browser, flights);
  await other.page.goto(page.url());
  await other.page.getByRole("complementary", { name: "Tables" }).getByRole("button", { name: "clean", exact: true }).waitFor();
  expectNoTrouble(seen);
});

test("a query is saved, shared by its link, changed and removed; what ran is found in the history", async () => {
  const name = `flights by day ${Date.now()}`;
  const seen = await open("select 41 + 1 as answer");
  const { page } = seen;
  await page.getByRole("button", { name: "Run", exact: true }).click();
  await state(page, "succeeded");
  await page.getByRole("button", { name: "Save…" }).click();
  await page.getByLabel("Name").fill(name);
  await page.keyboard.press("Enter");
  await page.getByText("The address of this page leads to it.").waitFor();
  const saved = await inAddress(page, "saved");
  await expect.poll(() => call("GET", `/api/v1/saved-queries/${saved}`)).toMatchObject({ name, sql: "select 41 + 1 as answer" });
  const other = await visit(browser, flights);
  await other.go(`/sql?saved=${saved}&side=saved`);
  await expect.poll(() => editorOf(other.page).textContent()).toBe("select 41 + 1 as answer");
  await other.page.getByRole("button", { name: `Remove ${name}` }).click();
  await other.page.getByRole("button", { name: "Remove", exact: true }).click();
  await other.page.getByText(`Removed "${name}".`).waitFor();
  await expect.poll(async () => (await call("GET", `/api/v1/saved-queries/${saved}`)).error.code).toBe("MR-HTTP-005");
  await page.getByRole("button", { name: "History" }).click();
  await page.getByRole("complementary", { name: "History" }).getByText("select 41 + 1 as answer").first().click();
  await state(page, "succeeded");
  await expect.poll(() => rowsOf(page, 1, 1)).toEqual([["42"]]);
  expectNoTrouble(seen);
});

test.each(["light", "dark"] as const)("the page is accessible with rows, panels and errors (%s)", async (colorScheme) => {
  const seen = await open("select 1 as a, null as b", { colorScheme });
  const { page } = seen;
  await page.getByRole("button", { name: "Run", exact: true }).click();
  await state(page, "succeeded");
  await rowsOf(page, 1, 2);
  await page.getByRole("button", { name: "History" }).click();
  await page.getByRole("complementary", { name: "History" }).getByRole("listitem").first().waitFor();
  await expectAccessible(page);
  await cell(page, 0, 0).dblclick();
  await page.getByRole("dialog").getByText("integer").waitFor();
  await expectAccessible(page);
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Save…" }).click();
  await page.getByRole("dialog", { name: "Save this query" }).waitFor();
  await expectAccessible(page);
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  for (const part of ["Chart", "Plan", "Details"]) {
    await result(page).getByRole("link", { name: part }).click();
    await result(page).getByRole("link", { name: part }).and(page.locator("[aria-current]")).waitFor();
    await expectAccessible(page);
  }
});

test("on a phone the page does not go sideways", async () => {
  const { page } = await open("select range as a, range as b, range as c, range as d, range as e from range(100)", { viewport: sizes.phone });
  await page.getByRole("button", { name: "Run", exact: true }).click();
  await state(page, "succeeded");
  await rowsOf(page, 1, 1);
  await page.getByText("live", { exact: true }).waitFor();
  await page.getByRole("button", { name: "Tables" }).click();
  await page.getByRole("complementary", { name: "Tables" }).getByRole("button", { name: /^flights / }).click();
  await page.getByRole("button", { name: "clean", exact: true }).waitFor();
  await expectNoSidewaysScroll(page);
});
