import { rmSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import { fileURLToPath } from "node:url";
import { DuckDBInstance } from "@duckdb/node-api";
import type { Browser, Locator, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { MillraceProcess, until } from "../../test/support/millrace-process.ts";
import { temporaryProject } from "../../test/support/temporary-project.ts";
import type { RecordView } from "../src/pages/records/record-pages.ts";
import type { Answer } from "../src/api/types.ts";
import { bytesText, countText, durationText, rateText } from "../src/design/format.ts";
import { expectAccessible } from "./support/axe.ts";
import { expectNoSidewaysScroll, expectNoTrouble, launch, sizes, visit } from "./support/browser.ts";

const flights = inject("flights");
let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});

const get = async (path: string) => (await fetch(`${flights.url}/api/v1${path}`, { headers: { authorization: `Bearer ${flights.token}` } })).json();
const sql = async (statement: string): Promise<unknown[][]> => {
  const body = JSON.stringify({ sql: statement, timeout: "2m" });
  const answer = await fetch(`${flights.url}/api/v1/sql`, { method: "POST", headers: { authorization: `Bearer ${flights.token}`, "content-type": "application/json" }, body });
  if (!answer.ok) throw new Error(await answer.text());
  return (await answer.json()).rows;
};
const open = async (path: string, options: Parameters<typeof visit>[2] = {}) => {
  const there = await visit(browser, flights, options);
  there.page.setDefaultTimeout(60_000);
  await there.go(path);
  return there;
};
/** Waits until the page shows what the API tells: both go on while they are read. */
const expectAgreement = async (shown: () => Promise<unknown>, told: () => Promise<unknown>): Promise<void> => {
  const look = async (): Promise<unknown> => {
    const [before, seen, after] = [await told(), await shown(), await told()];
    return [before, after].some((each) => isDeepStrictEqual(each, seen)) ? "the same" : { shown: seen, told: after };
  };
  await expect.poll(look).toBe("the same");
};
const inDuck = async (statement: string): Promise<unknown[][]> => (await (await (await DuckDBInstance.create()).connect()).runAndReadAll(statement)).getRows();
const source = `read_parquet('${fileURLToPath(new URL("../data/flights-3m.parquet", import.meta.resolve("vega-datasets")))}')`;
/** A figure of those that a page begins with: its value, without what stands in small letters. */
const fact = async (page: Page, title: string): Promise<string> => (await page.locator("dl > div").filter({ has: page.getByText(title, { exact: true }) }).locator("dd").evaluate((each) => each.firstChild?.textContent)) ?? "";
const cellTexts = (rows: Locator): Promise<string[][]> => rows.evaluateAll((all) => all.map((row) => [...row.querySelectorAll("td")].map((cell) => cell.textContent ?? "")));
const rowsOf = (page: Page, table: string): Locator => page.getByRole("table", { name: table, exact: true }).locator("tbody tr");
const cellsOf = async (page: Page, table: string, row: string): Promise<string[]> => page.getByRole("table", { name: table }).getByRole("row").filter({ has: page.getByText(row, { exact: true }) }).getByRole("cell").allTextContents();

describe("figures", () => {
  test("the overview's are those of the API and of DuckDB", async () => {
    const there = await open("/");
    const { page } = there;
    await page.getByRole("table", { name: "Pipelines" }).waitFor();
    const [{ name, stages }] = (await get("/pipelines")).pipelines;
    await expect.poll(async () => (await cellsOf(page, "Pipelines", name))[0]).toBe(`${name} ${stages.length} stages`);
    const [[rows]] = await inDuck(`select count(*) from ${source}`);
    await expect.poll(async () => (await cellsOf(page, "Tables", "flights.clean"))[1]).toBe(Number(rows).toLocaleString("en"));
    const names = () => page.getByRole("table", { name: "Stages" }).getByRole("link").allTextContents();
    await expect.poll(async () => (await names()).filter((each) => stages.includes(each)).sort()).toEqual(stages);
    const { items } = await get("/attention");
    const card = page.getByRole("region", { name: /^Needs you/ });
    await (items.length === 0 ? card.getByText("Nothing needs you") : card.getByRole("listitem").first()).waitFor();
    expectNoTrouble(there);
  });

  test("a stage has read what plain DuckDB counts in the source; the release and the line of its code are those of the API", async () => {
    const there = await open("/stages/route-flights");
    const { page } = there;
    await page.getByText("Over time").waitFor();
    const [[read]] = await inDuck(`select count(*) from ${source}`);
    await page.getByText(`${Number(read).toLocaleString("en")} in all`).waitFor();
    expect((await sql("select count(*) from topics.flights"))[0][0]).toBe(Number(read));
    const [[late]] = await inDuck(`select count(*) from ${source} where delay > 15`);
    await there.go("/stages/enrich-delayed");
    await page.getByText(`${countText(Number(late))} in all`).waitFor();
    await there.go("/stages/route-flights");
    await page.getByRole("link", { name: "Code" }).click();
    const { release, file } = await get("/stages/route-flights/code");
    await page.getByText(release).waitFor();
    await page.getByRole("heading", { name: `${file.path}:${file.line}, ${file.export}` }).waitFor();
    await expect.poll(() => page.locator("[data-here=true]").textContent()).toContain("export const routeFlights");
    expectNoTrouble(there);
  });

  test("a topic's are those of the API; a link shows the same to somebody else", async () => {
    const { partitionInfo, name } = await get("/topics/flights");
    const there = await open("/topics/flights?tab=partitions");
    const { page } = there;
    const table = page.getByRole("table", { name: "Partitions" });
    await table.waitFor();
    const shown = await table.getByRole("row").allTextContents();
    const [[all]] = await inDuck(`select count(*) from ${source}`);
    await expect.poll(() => fact(page, "Records")).toBe(countText(Number(all)));
    for (const { partition, start, end, records } of partitionInfo) expect(shown.some((text) => text.startsWith(`${partition}${start.toLocaleString("en")}${end.toLocaleString("en")}${records.toLocaleString("en")}`))).toBe(true);
    await page.getByRole("link", { name: "Groups and lag" }).click();
    await page.getByRole("table", { name: "Partitions of route-flights" }).waitFor();
    const { groups } = await get("/topics/flights/groups");
    await expect.poll(() => page.getByRole("table", { name: /^Partitions of / }).count()).toBe(groups.length);
    for (const { group, members, partitions } of groups as Answer<"/api/v1/topics/{topic}/groups">["groups"]) {
      const readers = new Map(members.flatMap(({ member, tasks }) => tasks.map((task) => [task, member])));
      await expect.poll(() => cellTexts(rowsOf(page, `Partitions of ${group}`))).toEqual(partitions.map(({ partition, offset, lag }) => [String(partition), countText(offset), countText(lag), readers.get(partition) ?? "nobody now"]));
    }
    await page.getByRole("link", { name: "Records", exact: true }).click();
    // All records of a key are in one partition: as many as plain DuckDB counts in the source.
    const [[count, longest]] = await inDuck(`select count(*), max(delay) from ${source} where origin = 'MIA' and delay > 600`);
    const [{ partition }] = (await get(`/topics/flights/records?limit=1&filter=${encodeURIComponent("key = MIA")}`)).records;
    await page.getByLabel("Filter").fill("key = MIA and delay > 600");
    await page.getByLabel("Partition").selectOption(String(partition));
    await page.getByLabel("From", { exact: true }).selectOption("start");
    await page.getByLabel("Filter").fill("key = MIA and delay > 600");
    await page.keyboard.press("Enter");
    await page.waitForURL(/filter=/);
    await page.getByText(`${countText(Number(count))} found in`).waitFor();
    await page.getByText("This is the end for now.").waitFor();
    await expect.poll(() => page.locator("[data-index]").count()).toBe(Number(count));
    const lines = await page.locator("[data-index]").allTextContents();
    for (const line of lines) expect(line).toContain("origin: MIA");
    expect(Math.max(...lines.map((line) => Number(/delay: (\d+)/.exec(line)?.[1])))).toBe(Number(longest));
    const [[offset, delay]] = await sql(`select _offset, delay from topics.${name} where _partition = ${partition} and delay > 600 and origin = 'MIA' order by _offset limit 1`);
    const first = await page.locator("[data-index='0']").textContent();
    expect(first).toContain(`${partition}:${offset}`);
    expect(first).toContain(`delay: ${delay}`);
    const other = await open(new URL(page.url()).pathname + new URL(page.url()).search);
    await other.page.locator("[data-index='0']").waitFor();
    await expect.poll(() => other.page.locator("[data-index='0']").textContent()).toBe(first);
    expectNoTrouble(there);
  });

  test("any offset and any time are one step away", async () => {
    const { partitionInfo } = await get("/topics/flights");
    const offset = Math.floor((partitionInfo[1].start + partitionInfo[1].end) / 2);
    const there = await open("/topics/flights");
    const { page } = there;
    await page.getByLabel("From", { exact: true }).selectOption("offset");
    await page.getByLabel("Partition").selectOption("1");
    await page.getByLabel("Offset", { exact: true }).fill(String(offset));
    await page.keyboard.press("Enter");
    await page.locator(`[data-index='0']`).getByText(`1:${offset}`).waitFor();
    await page.getByLabel("From", { exact: true }).selectOption("time");
    // In the viewer's zone, which is two hours before UTC in summer.
    await page.getByLabel("Event time, in your zone").fill("2001-05-01T14:00:00");
    await page.keyboard.press("Enter");
    await page.waitForURL(/time=2001-05-01T12/);
    await page.locator("[data-index='0']").getByText("01 May 2001, 14:").waitFor();
    // The first record of that time or later: it is the API's, and the one before it is earlier.
    const asked = Date.parse("2001-05-01T12:00:00Z");
    const [first] = (await get(`/topics/flights/records?partition=1&limit=1&time=${new Date(asked).toISOString()}`)).records;
    const [before] = (await get(`/topics/flights/records?partition=1&limit=1&offset=${first.offset - 1}`)).records;
    expect([before.offset, Date.parse(before.eventTime) < asked, Date.parse(first.eventTime) >= asked]).toEqual([first.offset - 1, true, true]);
    await page.locator("[data-index='0']").getByText(`1:${first.offset}`, { exact: true }).waitFor();
    await page.goBack();
    await page.locator("[data-index='0']").getByText(`1:${offset}`).waitFor();
    expectNoTrouble(there);
  });
});

describe("everybody", () => {
  test("by keys alone: to a topic, into its records, a record opened and closed; a chart's values are read out", async () => {
    const there = await open("/");
    const { page } = there;
    await page.keyboard.press("g");
    await page.keyboard.press("t");
    await page.getByRole("heading", { level: 1, name: "Topics" }).waitFor();
    await page.keyboard.press("Control+k");
    await page.keyboard.type("topic flights.hourly");
    await page.keyboard.press("Enter");
    await page.waitForURL("**/topics/flights.hourly");
    await page.locator("[data-index='0']").waitFor();
    await page.locator("[data-index='0']").focus();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowDown");
    await until(() => page.evaluate(() => document.activeElement?.getAttribute("data-index") === "2"));
    await page.keyboard.press("Enter");
    await page.getByRole("dialog", { name: /^Record/ }).waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await page.goto(`${flights.url}/stages/route-flights`);
    const chart = page.getByRole("img", { name: /^Memory of its processes/ });
    await chart.focus();
    await until(async () => ((await get("/stages/route-flights/figures?minutes=10")).at.length as number) > 3);
    await page.keyboard.press("ArrowLeft");
    await expect.poll(() => chart.getAttribute("aria-label")).toMatch(/Memory: [\d.]+ MiB/);
    expectNoTrouble(there);
  });

  test.each(["light", "dark"] as const)("every page and part of it is accessible (%s)", async (colorScheme) => {
    const { page, go } = await open("/", { colorScheme });
    for (const path of ["/", "/stages", "/stages/route-flights", "/stages/route-flights?tab=log", "/stages/route-flights?tab=dead-letters", "/stages/route-flights?tab=code", "/topics", "/topics/flights", "/topics/flights?tab=schema", "/topics/flights?tab=partitions", "/topics/flights?tab=groups", "/topics/flights?live=true"]) {
      await go(path);
      await until(async () => (await page.getByText("Loading…").count()) === 0);
      await expectAccessible(page);
    }
    await go("/topics/flights");
    await page.getByRole("button", { name: "Produce a record" }).click();
    await page.getByRole("dialog").waitFor();
    await expectAccessible(page);
    await page.keyboard.press("Escape");
    await page.locator("[data-index='0']").click();
    await page.getByRole("region", { name: "Value" }).waitFor();
    await expectAccessible(page);
  });

  test("on a phone nothing makes the page scroll sideways, and what scrolls by itself does so by keys too", async () => {
    const { page, go } = await open("/", { viewport: sizes.phone });
    for (const path of ["/", "/stages", "/stages/route-flights", "/stages/route-flights?tab=log", "/stages/route-flights?tab=code", "/topics", "/topics/flights", "/topics/flights?tab=schema", "/topics/flights?tab=groups"]) {
      await go(path);
      await until(async () => (await page.getByText("Loading…").count()) === 0);
      expect(await page.evaluate(() => [document.documentElement.scrollWidth, document.getElementById("main")?.scrollWidth]), path).toEqual([sizes.phone.width, sizes.phone.width]);
      await expectAccessible(page);
    }
  });
});

const hostile = `<script>window.harmed=1</script>\u001b[31mred\u202Eesrever\u0000`;

describe("what people do", () => {
  const pipeline = (more: string): string => `import { existsSync } from "node:fs";
import { http, reject, stage, topic } from "millrace";
import { z } from "zod";
const Number = z.object({ n: z.int(), text: z.string().optional()${more} });
export const aside = topic("aside", { schema: Number });
export const asideIntake = http("aside-intake", { to: aside });
export const numbers = topic("numbers", { schema: Number, partitions: 2 });
export const doubled = topic("doubled", { schema: Number, partitions: 2 });
export const intake = http("intake", { to: numbers });
export const double = stage("double", {
  from: numbers,
  to: doubled,
  scale: { min: 1, max: 2 },
  run: (record, emit) => {
    if (record.n === -2 && existsSync("held")) return emit({ n: 0.5 });
    if (record.n === -1) reject("below zero: " + record.text);
    console.log("doubling " + record.n + " " + (record.text ?? "").slice(0, 100));
    emit({ ...record, n: record.n * 2 });
  },
});
`;
  const prices = { currency: "EUR", coreHour: 360, gibHour: 36 };
  const project = temporaryProject({
    "pipeline.ts": pipeline(""),
    "millrace.config.ts": `import { defineProject } from "millrace";\nexport default defineProject({ name: "numbers", prices: ${JSON.stringify(prices)} });\n`,
  });
  let millrace: MillraceProcess;
  beforeAll(async () => {
    millrace = await MillraceProcess.start(project.folder, project.data);
  });
  afterAll(async () => {
    await millrace.stop();
    project.remove();
  });
  const at = async (path: string) => {
    const there = await visit(browser, millrace);
    there.page.setDefaultTimeout(60_000);
    await there.go(path);
    return there;
  };
  const api = async <T>(path: string): Promise<T> => (await (await millrace.request(`/api/v1${path}`)).json()) as T;
  const stageNow = () => api<Answer<"/api/v1/stages/{stage}">>("/stages/double");
  const recordsOf = async (topic: string) => ((await (await millrace.request(`/api/v1/topics/${topic}/records?limit=1000`)).json()) as { records: { partition: number; offset: number; value: { n: number; text?: string } }[] }).records;

  test("a record is produced, shown, and worked on; a filter finds it; the log says so at once", async () => {
    const there = await at("/topics/numbers");
    const { page } = there;
    await page.getByText("Produce one above").waitFor();
    await page.getByRole("button", { name: "Produce a record" }).click();
    await page.getByLabel("Value, as JSON").fill("{ not json");
    await page.getByText("this is no JSON object").waitFor();
    await page.getByLabel("Value, as JSON").fill(JSON.stringify({ n: "twenty" }));
    await page.getByRole("button", { name: "Produce", exact: true }).click();
    await page.getByRole("status").getByText("That was not done.").waitFor();
    await page.getByLabel("Value, as JSON").fill(JSON.stringify({ n: 21, text: hostile }));
    await page.getByLabel("Key", { exact: true }).fill("k-1");
    await page.getByLabel("Headers").fill("trace");
    await page.getByText("one a line: a name, a colon, its value").waitFor();
    await expect.poll(() => page.getByRole("button", { name: "Produce", exact: true }).isDisabled()).toBe(true);
    await page.getByLabel("Headers").fill("trace: t:1\nsent by: a person");
    await page.getByRole("button", { name: "Produce", exact: true }).click();
    const dialog = page.getByRole("dialog", { name: /^Record \d:\d/ });
    await dialog.getByText('"n": 21').waitFor();
    await dialog.getByText("t:1", { exact: true }).waitFor();
    await expect.poll(() => recordsOf("numbers")).toMatchObject([{ key: "k-1", headers: [["trace", "t:1"], ["sent by", "a person"]], value: { n: 21, text: hostile } }]);
    await until(async () => (await recordsOf("doubled")).some(({ value }) => value.n === 42));
    await page.goto(`${millrace.url}/stages/double?tab=log`);
    await page.getByRole("log").getByText("doubling 21").waitFor();
    await expect.poll(() => page.getByRole("log").textContent()).toContain("<script>window.harmed=1</script>␛[31mred⟨U+202E⟩esrever␀");
    await millrace.post("/ingest/intake", { n: 4 });
    await page.getByRole("log").getByText("doubling 4").waitFor();
    await page.goto(`${millrace.url}/topics/doubled?filter=${encodeURIComponent("n > 40")}`);
    await page.getByText("1 found in").waitFor();
    await page.locator("[data-index='0']").getByText("n: 42").waitFor();
    for (const [filter, found] of [["key = k-1", 1], ["header.trace = t:1", 1], ["key = k-2", 0]]) {
      await page.goto(`${millrace.url}/topics/numbers?filter=${encodeURIComponent(filter)}`);
      await page.getByText(`${found} found in 2 records`).waitFor();
      await expect.poll(() => page.locator("[data-index]").count()).toBe(found);
    }
    expect(await page.evaluate(() => "harmed" in window)).toBe(false);
    expect(there.trouble).toEqual({ console: [expect.stringContaining("400")], elsewhere: [] });
  });

  test("behind the end of a topic that is read onwards, what has come since is told, and read on", async () => {
    const { page } = await at("/topics/numbers?from=start&filter=n+%3D+4711");
    await page.getByText("No record is like that").waitFor();
    await millrace.post("/ingest/intake", { n: 4711 });
    await page.getByText(/more ha(s|ve) come since/).waitFor();
    await page.getByRole("button", { name: "Show them" }).click();
    await page.locator("[data-index]").getByText("n: 4711").waitFor();
  });

  test("records are followed as they come, through a filter too", async () => {
    const there = await at(`/topics/numbers?live=true&filter=${encodeURIComponent("n >= 100")}`);
    const { page } = there;
    await page.getByText("following").waitFor();
    await millrace.post("/ingest/intake", [{ n: 7 }, { n: 101 }, { n: 102 }]);
    await page.locator("[data-index='0']").getByText("n: 102").or(page.locator("[data-index='0']").getByText("n: 101")).waitFor();
    await until(async () => (await page.locator("[data-index]").count()) === 2);
    expectNoTrouble(there);
  });

  test("a dead letter is told first of all; it is sent again, and what fails again comes back", async () => {
    await millrace.post("/ingest/intake", { n: -1, text: hostile });
    const there = await at("/");
    const { page } = there;
    await page.getByText("1 dead letter", { exact: true }).waitFor();
    await page.getByRole("region", { name: /^Needs you/ }).getByRole("link", { name: "double" }).click();
    await page.getByText(/below zero: <script>/).first().waitFor();
    const places = async () => (await api<{ records: { partition: number; offset: number }[] }>("/dlq/double/records?limit=100")).records.map(({ partition, offset }) => `${partition}:${offset}`);
    const before = await places();
    expect(before).toHaveLength(1);
    await page.getByRole("button", { name: "Redrive…" }).click();
    await page.getByText("1 would be sent.").waitFor();
    await page.getByRole("button", { name: "Send 1" }).click();
    await page.getByText("1 dead letter is on the way through double again.").waitFor();
    // What was sent is no longer told as a dead letter; what came back is, at its new place.
    await until(async () => (await places()).length === 1 && (await places())[0] !== before[0]);
    await page.getByText("1 waiting").waitFor();
    await page.getByText((await places())[0], { exact: true }).waitFor();
    await expect.poll(() => page.locator("[data-index]").count()).toBe(1);
    expect(await page.evaluate(() => "harmed" in window)).toBe(false);
    expectNoTrouble(there);
  });

  test("dead letters are sent again by their error's code, and no more than so many; the others stay", async () => {
    project.write("held", "");
    await millrace.post("/ingest/intake", [{ n: -2, text: "a" }, { n: -2, text: "b" }, { n: -1 }]);
    const waiting = async () => (await stageNow()).deadLetters;
    const before = 1;
    await expect.poll(waiting).toBe(before + 3);
    rmSync(`${project.folder}/held`);
    const letters = (await api<{ records: { value: { n: number }; headers: [string, string][] }[] }>("/dlq/double/records?limit=100")).records;
    const code = letters.find(({ value }) => value.n === -2)?.headers.find(([name]) => name === "mr.dlq.errorCode")?.[1] as string;
    const there = await at("/stages/double?tab=dead-letters");
    const { page } = there;
    const made = async () => (await recordsOf("doubled")).filter(({ value }) => value.n === -4).map(({ value }) => value.text);
    await page.getByRole("button", { name: "Redrive…" }).click();
    await page.getByText(`${before + 3} would be sent.`).waitFor();
    await page.getByLabel("With this error code alone").fill("MR-NONE-000");
    await page.getByText("0 would be sent.").waitFor();
    await expect.poll(() => page.getByRole("button", { name: "Send 0" }).isDisabled()).toBe(true);
    await page.getByLabel("With this error code alone").fill(code);
    await page.getByText("2 would be sent.").waitFor();
    await page.getByLabel("No more than").fill("0");
    await page.getByText("a whole number above zero").waitFor();
    await page.getByLabel("No more than").fill("1");
    await page.getByRole("button", { name: "Send 1" }).click();
    await expect.poll(async () => (await made()).length).toBe(1);
    await expect.poll(waiting).toBe(before + 2);
    await page.getByRole("button", { name: "Redrive…" }).click();
    await page.getByLabel("With this error code alone").fill(code);
    await page.getByRole("button", { name: "Send 1" }).click();
    await expect.poll(async () => (await made()).sort()).toEqual(["a", "b"]);
    await expect.poll(waiting).toBe(before + 1);
    await page.getByText(`${before + 1} waiting`).waitFor();
    expectNoTrouble(there);
  });

  test("one dead letter is sent again from its record, by keys alone; the others wait on; at a place that it has left, that is told", async () => {
    project.write("held", "");
    await millrace.post("/ingest/intake", [{ n: -2, text: "alone" }]);
    const waiting = async () => (await api<{ records: RecordView[] }>("/dlq/double/records?limit=100")).records;
    const chosen = async () => (await waiting()).find(({ value }) => value?.text === "alone");
    await expect.poll(chosen).toBeDefined();
    const before = await waiting();
    expect(before.length).toBeGreaterThan(1);
    rmSync(`${project.folder}/held`);
    const { partition, offset } = (await chosen()) as RecordView;
    const there = await at("/stages/double?tab=dead-letters");
    const { page } = there;
    await page.getByRole("link").filter({ hasText: `${partition}:${offset}` }).focus();
    await page.keyboard.press("Enter");
    const dialog = page.getByRole("dialog", { name: `Record ${partition}:${offset}` });
    await dialog.getByText('"text": "alone"').waitFor();
    await dialog.getByRole("button", { name: "Send it again" }).focus();
    await page.keyboard.press("Enter");
    await page.getByText("The dead letter is on the way through double again.").waitFor();
    await expect.poll(async () => (await recordsOf("doubled")).filter(({ value }) => value.text === "alone").length).toBe(1);
    await expect.poll(async () => (await waiting()).map(({ value }) => value?.n).sort()).toEqual(before.filter(({ value }) => value?.text !== "alone").map(({ value }) => value?.n).sort());
    await page.getByText(`${before.length - 1} waiting`).waitFor();
    // A link to the place that it had.
    await there.go(`/stages/double?tab=dead-letters&record=${partition}%3A${offset}`);
    await dialog.getByRole("button", { name: "Send it again" }).click();
    await page.getByText("It no longer waits at this place").waitFor();
    expect((await recordsOf("doubled")).filter(({ value }) => value.text === "alone")).toHaveLength(1);
    expectNoTrouble(there);
  });

  test("the overview's cells are those of the API, in money too; what needs somebody is told whole; a pipeline leads to its part of the graph", async () => {
    const there = await at("/");
    const { page } = there;
    const { pipelines } = await api<Answer<"/api/v1/pipelines">>("/pipelines");
    expect(pipelines.map(({ name }) => name)).toEqual(["aside", "numbers"]);
    const ofNumbers = pipelines[1];
    const money = new Intl.NumberFormat("en-GB", { style: "currency", currency: prices.currency });
    /** State, rate, lag, errors and cost, added up here by hand. */
    const told = async (): Promise<string[]> => {
      const { stages } = await millrace.status();
      const members = stages.filter(({ name }) => ofNumbers.stages.includes(name));
      const sum = (of: (stage: (typeof stages)[number]) => number): number => members.reduce((total, stage) => total + of(stage), 0);
      const state = ["paused", "running"].find((each) => members.some((stage) => stage.state === each)) as string;
      const rate = members.find(({ name }) => name === "intake")?.recordsOutPerSecond ?? 0;
      const dead = sum(({ deadLetters }) => deadLetters);
      const cost = (sum(({ today }) => today.cpuSeconds) * prices.coreHour + sum(({ today }) => today.memoryGibSeconds) * prices.gibHour) / 3_600;
      return ["numbers 2 stages", state, rateText(rate), countText(sum(({ lagRecords }) => lagRecords ?? 0)), dead === 0 ? "0" : `${dead} dead`, money.format(cost)];
    };
    const row = rowsOf(page, "Pipelines").filter({ hasText: "numbers" });
    const shown = async (): Promise<string[]> => (await cellTexts(row))[0].filter((_, i) => i !== 5);
    await row.waitFor();
    await expect.poll(() => page.getByRole("table", { name: "Pipelines" }).getByRole("columnheader").allTextContents()).toEqual(["Pipeline", "State", "Comes in", "Lag", "Errors", "Newest data", "Cost today"]);
    await millrace.post("/ingest/intake", [{ n: 1 }, { n: 2 }]);
    await expect.poll(async () => (await shown())[2]).not.toBe("0/s");
    await expectAgreement(shown, told);
    const newest = async (): Promise<string | null> => ((await millrace.status()).topics.filter(({ name }) => ofNumbers.topics.includes(name)).map(({ newestAt }) => newestAt ?? "").sort().at(-1) ?? null);
    await expectAgreement(() => row.locator("time").getAttribute("datetime"), newest);

    await millrace.post("/api/v1/stages/double/pause", { reason: "a look at the numbers" });
    await millrace.post("/ingest/intake", [{ n: 1 }, { n: 2 }, { n: 3 }]);
    await expect.poll(async () => (await shown()).slice(0, 5).filter((_, i) => i !== 2)).toEqual(["numbers 2 stages", "paused", "3", "2 dead"]);
    await expectAgreement(shown, told);
    const items = page.getByRole("region", { name: /^Needs you/ }).getByRole("listitem");
    await expectAgreement(() => items.evaluateAll((all) => all.map((each) => [...each.children].slice(0, 3).map((part) => part.textContent))), async () => (await api<Answer<"/api/v1/attention">>("/attention")).items.map(({ kind, name, text }) => [kind.replace("-", " "), name, text]));
    await expect.poll(() => items.count()).toBe(2);
    await items.filter({ hasText: "a look at the numbers" }).getByRole("link", { name: "double" }).click();
    await page.waitForURL(`${millrace.url}/stages/double`);
    await millrace.post("/api/v1/stages/double/resume", {});
    await there.go("/");
    await expect.poll(async () => (await shown())[1]).toBe("running");
    await expectAccessible(page);

    await row.getByRole("link", { name: "numbers" }).click();
    await page.waitForURL(/\/graph\?/);
    const nodes = page.locator(".react-flow__node");
    await page.locator(`[data-id="${ofNumbers.middle}"]`).waitFor();
    await expect.poll(async () => (await nodes.evaluateAll((all) => all.map((node) => node.getAttribute("data-id")))).sort()).toEqual([...ofNumbers.stages.map((name) => `stage:${name}`), ...ofNumbers.topics.map((name) => `topic:${name}`)].sort());
    expectNoTrouble(there);
  });

  test("dead letters that nothing can mend are discarded, one and then all; nothing is sent, and the topic keeps them", async () => {
    const waiting = async () => (await api<{ records: RecordView[] }>("/dlq/double/records?limit=100")).records;
    await millrace.post("/ingest/intake", ["lost", "gone", "void"].map((text) => ({ n: -1, text })));
    const find = async (text: string) => (await waiting()).find(({ value }) => value?.text === text);
    await expect.poll(() => find("lost")).toBeDefined();
    await expect.poll(() => find("gone")).toBeDefined();
    await expect.poll(() => find("void")).toBeDefined();
    const { length: before } = await waiting();
    const { partition, offset } = (await find("lost")) as RecordView;
    const there = await at("/stages/double?tab=dead-letters");
    const { page } = there;
    await page.getByRole("link").filter({ hasText: `${partition}:${offset}` }).focus();
    await page.keyboard.press("Enter");
    await page.getByRole("dialog").getByText('"text": "lost"').waitFor();
    await page.getByRole("button", { name: "Discard it" }).focus();
    await page.keyboard.press("Enter");
    await page.getByText("The dead letter waits no longer. Its topic keeps it until its retention.").waitFor();
    await page.getByText(`${before - 1} waiting`).waitFor();
    expect(await find("lost")).toBeUndefined();
    await page.getByRole("button", { name: "Discard…" }).click();
    await page.getByLabel("With this error code alone").fill("MR-NONE-000");
    await page.getByText("0 would be discarded.").waitFor();
    await expect.poll(() => page.getByRole("button", { name: "Discard 0" }).isDisabled()).toBe(true);
    await expectAccessible(page);
    await page.getByLabel("With this error code alone").fill("");
    await page.getByText(`${before - 1} would be discarded.`).waitFor();
    await page.getByRole("button", { name: `Discard ${before - 1}` }).click();
    await page.getByText(`${before - 1} dead letters wait no longer.`, { exact: true }).waitFor();
    await page.getByText("No dead letters", { exact: true }).waitFor();
    await expect.poll(waiting).toEqual([]);
    await expect.poll(() => page.getByRole("button", { name: "Discard…" }).isDisabled()).toBe(true);
    const ours = async (topic: string): Promise<string[]> => {
      const texts = (await recordsOf(topic)).map(({ value }) => value.text);
      return ["gone", "lost", "void"].filter((text) => texts.includes(text));
    };
    expect(await ours("double.dlq")).toEqual(["gone", "lost", "void"]);
    expect(await ours("double.redrive")).toEqual([]);
    expectNoTrouble(there);
  });

  test("while it works a stage's figures are those of the API: rates, latency, processors, memory and each process", async () => {
    const there = await at("/stages/double");
    const { page } = there;
    const [charts, keys] = [["Throughput", "Latency", "Processors in use", "Memory"], { "In": "recordsIn", "Out": "recordsOut", "Latency of half the records": "latencyP50Ms", "of 99 %": "latencyP99Ms", "Processors": "cores", "Memory": "memoryBytes" } as const];
    const text: Record<string, (value: number) => string> = { recordsIn: rateText, recordsOut: rateText, latencyP50Ms: durationText, latencyP99Ms: durationText, cores: (cores) => String(Number(cores.toPrecision(2))), memoryBytes: bytesText };
    /** What the line above a chart tells, and of which moment. */
    const readout = (name: string) => page.getByRole("img", { name: new RegExp(`^${name}`) }).locator("xpath=..").locator("p").evaluate((line) => ({ at: Date.parse(line.querySelector("time")?.dateTime ?? ""), values: [...line.querySelectorAll("b")].map(({ textContent, parentElement }) => [(parentElement?.textContent ?? "").slice(0, -(textContent ?? "").length).trim(), textContent ?? ""]) }));
    await page.getByRole("img", { name: /^Memory/ }).waitFor();
    const moved = new Set<string>();
    await until(async () => {
      await millrace.post("/ingest/intake", Array.from({ length: 20 }, (_, n) => ({ n })));
      const seen = await Promise.all(charts.map(readout));
      const figures = await api<Answer<"/api/v1/stages/{stage}/figures">>("/stages/double/figures?minutes=10");
      for (const { at, values } of seen.filter(({ at }) => !Number.isNaN(at))) {
        for (const [label, shown] of values) {
          const key = keys[label as keyof typeof keys];
          const value = figures[key][figures.at.indexOf(at)];
          expect(`${label} ${shown}`).toBe(`${label} ${value === null ? "–" : text[key](value)}`);
          if (value !== null && value > 0) moved.add(label);
        }
      }
      return moved.size === Object.keys(keys).length;
    });
    await expectAgreement(async () => [await fact(page, "In"), await fact(page, "Out"), await fact(page, "Processes")], async () => {
      const { recordsInPerSecond, recordsOutPerSecond, instances } = await stageNow();
      return [rateText(recordsInPerSecond), rateText(recordsOutPerSecond), countText(instances.length)];
    });
    await expectAgreement(async () => (await cellTexts(rowsOf(page, "Processes"))).map(([pid, , ...rest]) => [pid, ...rest]), async () => (await stageNow()).instances.map(({ pid, restarts, cpuSeconds, memoryBytes }) => [String(pid), String(restarts), durationText(cpuSeconds * 1_000), bytesText(memoryBytes)]));
    expectNoTrouble(there);
  });

  test("a process that is killed is started again, and counted", async () => {
    const there = await at("/stages/double");
    const { page } = there;
    const [{ pid, restarts }] = (await stageNow()).instances;
    const first = rowsOf(page, "Processes").first();
    await expect.poll(async () => (await cellTexts(first))[0].filter((_, i) => i === 0 || i === 2)).toEqual([String(pid), String(restarts)]);
    process.kill(pid, "SIGKILL");
    await expect.poll(async () => (await cellTexts(first))[0]?.[2]).toBe(String(restarts + 1));
    await expectAgreement(async () => (await cellTexts(rowsOf(page, "Processes"))).map(([pid, , restarts]) => [pid, restarts]), async () => (await stageNow()).instances.map(({ pid, restarts }) => [String(pid), String(restarts)]));
    expect((await stageNow()).instances[0].pid).not.toBe(pid);
    await page.getByText(`the stage's process died (SIGKILL)`).waitFor();
    await page.getByRole("link", { name: "Log", exact: true }).click();
    // What is said of the stage has no process; what it says itself has the one that says it.
    const said = page.getByRole("log").locator("> div");
    await millrace.post("/ingest/intake", { n: 88_001 });
    await said.filter({ hasText: "doubling 88001" }).waitFor();
    const { lines } = await api<Answer<"/api/v1/stages/{stage}/log">>("/stages/double/log");
    const now = String((await stageNow()).instances[0].pid);
    expect(lines.findLast(({ text }) => text.startsWith("doubling 88001"))?.pid).toBe(Number(now));
    await expect.poll(() => said.filter({ hasText: "doubling 88001" }).textContent()).toContain(`process ${now}`);
    await page.getByLabel("Process", { exact: true }).selectOption(String(pid));
    await page.waitForURL(new RegExp(`process=${pid}`));
    await expect.poll(() => said.count()).toBe(lines.filter((line) => line.pid === pid).length);
    await page.getByLabel("Process", { exact: true }).selectOption("");
    await page.getByLabel("Level", { exact: true }).selectOption("warn");
    await page.waitForURL(/level=warn/);
    const warnings = lines.filter(({ level }) => level === "warn");
    expect(warnings.length).toBeGreaterThan(0);
    await expect.poll(() => said.count()).toBe(warnings.length);
    await expect.poll(() => said.first().textContent()).toContain(warnings[0].text);
    await page.reload();
    await expect.poll(() => said.count()).toBe(warnings.length);
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      await expectAccessible(page);
    }
    await page.setViewportSize(sizes.phone);
    await expectNoSidewaysScroll(page);
    expectNoTrouble(there);
  });

  test("a stage is paused with a reason, resumed, scaled and restarted", async () => {
    const there = await at("/stages/double");
    const { page } = there;
    await page.getByRole("button", { name: "Pause" }).click();
    await page.getByLabel("Why").fill("a look at the numbers");
    await page.keyboard.press("Enter");
    await page.getByText("Paused: a look at the numbers").waitFor();
    await expect.poll(stageNow).toMatchObject({ state: "paused", reason: "a look at the numbers" });
    // What comes meanwhile waits: that is its lag.
    await millrace.post("/ingest/intake", Array.from({ length: 30 }, (_, n) => ({ n })));
    await expect.poll(async () => (await stageNow()).lagRecords).toBe(30);
    await expect.poll(() => fact(page, "Lag")).toBe("30");
    await page.getByRole("img", { name: /^Lag, records\. Lag: 30\./ }).waitFor();
    await expect.poll(async () => (await api<Answer<"/api/v1/stages/{stage}/figures">>("/stages/double/figures?minutes=1")).lag.at(-1)).toBe(30);
    const groups = await visit(browser, millrace);
    await groups.go("/topics/numbers?tab=groups");
    const { groups: told } = await api<Answer<"/api/v1/topics/{topic}/groups">>("/topics/numbers/groups");
    expect(told.find(({ group }) => group === "double")?.lag).toBe(30);
    await expectAgreement(async () => (await cellTexts(rowsOf(groups.page, "Partitions of double"))).map((cells) => cells.slice(0, 3)), async () => told.find(({ group }) => group === "double")?.partitions.map(({ partition, offset, lag }) => [String(partition), countText(offset), countText(lag)]));
    await groups.page.close();
    await page.getByRole("button", { name: "Resume" }).click();
    await until(async () => (await stageNow()).state === "running");
    await page.getByRole("button", { name: "Pause" }).waitFor();
    await page.getByRole("button", { name: "Scale" }).click();
    await page.getByLabel("Fewest processes").fill("2");
    await page.getByLabel("Most processes").fill("1");
    await expect.poll(() => page.getByRole("dialog").getByRole("button", { name: "Scale" }).isDisabled()).toBe(true);
    await page.getByLabel("Most processes").fill("2");
    await page.getByRole("dialog").getByRole("button", { name: "Scale" }).click();
    await until(async () => (await stageNow()).instances.length === 2);
    await expect.poll(async () => (await stageNow()).scale).toEqual({ min: 2, max: 2 });
    await until(async () => (await page.getByRole("table", { name: "Processes" }).getByRole("row").count()) === 3);
    await until(async () => (await stageNow()).state === "running");
    const before = new Set((await stageNow()).instances.map(({ pid }) => pid));
    await page.getByRole("button", { name: "Restart" }).click();
    await until(async () => {
      const { instances } = await stageNow();
      return instances.length === 2 && instances.every(({ pid }) => !before.has(pid));
    });
    expectNoTrouble(there);
  });

  test("records of hundreds of kilobytes are text, cut with a way to see more, and harm nothing", async () => {
    const long = `${hostile}${"<b>x</b>".repeat(100_000)}`;
    expect((await millrace.post("/ingest/intake", { n: 5, text: long })).status).toBeLessThan(300);
    const there = await at("/topics/numbers");
    const { page } = there;
    await page.locator("[data-index='0']").getByText("n: 5").waitFor();
    expect(((await page.locator("[data-index='0']").textContent()) ?? "").length).toBeLessThan(800);
    await page.locator("[data-index='0']").click();
    await page.getByText("It is long, and parts are left out here.").waitFor();
    await page.getByRole("button", { name: "Load all of it" }).click();
    await page.getByRole("button", { name: /more characters/ }).waitFor();
    await expect.poll(() => page.getByRole("region", { name: "Value" }).textContent()).toContain("<script>window.harmed=1</script>");
    expect(await page.evaluate(() => ["harmed" in window, document.querySelectorAll("#root script, [role=dialog] b").length])).toEqual([false, 0]);
    expectNoTrouble(there);
  });

  test("killed and back: the page says that it is not current, and then is, with what came meanwhile", async () => {
    const { page } = await at("/topics/numbers");
    await page.locator("[data-index='0']").waitFor();
    await page.getByText("live", { exact: true }).waitFor();
    await millrace.killAll();
    await page.getByRole("alert").getByText("Not current").waitFor();
    project.write("pipeline.ts", pipeline(", note: z.string().optional()"));
    millrace = await MillraceProcess.start(project.folder, project.data, { port: Number(new URL(millrace.url).port) });
    await page.getByText("live", { exact: true }).waitFor();
    await millrace.post("/ingest/intake", { n: 77 });
    await page.getByText("1 more has come since.").waitFor();
    await page.getByRole("button", { name: "Show them" }).click();
    await page.locator("[data-index]").getByText("n: 77").waitFor();
  });

  test("of a topic of two releases the differences are told, and an earlier schema stands whole beside the newer one, line by line", async () => {
    const there = await at("/topics/numbers?tab=schema");
    const { page } = there;
    const { schemas } = await api<Answer<"/api/v1/topics/{topic}/schemas">>("/topics/numbers/schemas");
    expect(schemas.map(({ current }) => current)).toEqual([true, false]);
    const versions = page.getByRole("region", { name: "Versions" }).locator("ol > li");
    await expect.poll(() => versions.count()).toBe(2);
    await expect.poll(() => versions.first().getByRole("listitem").allTextContents()).toEqual(["new column note: string"]);
    await versions.last().getByText("new column n: integer").waitFor();
    await expect.poll(async () => JSON.parse((await page.getByRole("region", { name: "JSON Schema", exact: true }).textContent()) ?? "")).toEqual(schemas[0].schema);
    await versions.last().getByRole("link", { name: "whole schema" }).click();
    await page.waitForURL(new RegExp(`schema=${schemas[1].release}`));
    const lines = page.getByRole("list", { name: "What differs in the schema" }).getByRole("listitem");
    await lines.first().waitFor();
    const texts = await lines.allTextContents();
    const without = (word: string): string => texts.filter((line) => !line.startsWith(word)).map((line) => line.replace(/^(−gone: |\+new: | )/, "")).join("\n");
    expect([JSON.parse(without("+new: ")), JSON.parse(without("−gone: "))]).toEqual([schemas[1].schema, schemas[0].schema]);
    expect(without("+new: ")).not.toBe(without("−gone: "));
    // A link shows somebody else the same; the choice leads back to what is now.
    const other = await at(new URL(page.url()).pathname + new URL(page.url()).search);
    await other.page.getByRole("list", { name: "What differs in the schema" }).waitFor();
    await expect.poll(() => other.page.getByRole("list", { name: "What differs in the schema" }).getByRole("listitem").allTextContents()).toEqual(texts);
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      await expectAccessible(page);
    }
    await page.setViewportSize(sizes.phone);
    await expectNoSidewaysScroll(page);
    await page.getByLabel("Version", { exact: true }).selectOption(schemas[0].release);
    await page.getByRole("region", { name: "JSON Schema", exact: true }).waitFor();
    await expect.poll(() => new URL(page.url()).searchParams.has("schema")).toBe(false);
    expectNoTrouble(there);
  });
});

test("a page's script comes with the first one, and its data do not wait for each other", async () => {
  const { page } = await visit(browser, flights);
  const asked: string[] = [];
  const held = Promise.withResolvers<void>();
  page.on("request", (request) => asked.push(new URL(request.url()).pathname));
  await page.route("**/api/v1/topics/flights", async (route) => {
    await held.promise;
    await route.continue();
  });
  await page.goto(`${flights.url}/topics/flights`, { waitUntil: "commit" });
  await expect.poll(() => asked).toContain("/api/v1/topics/flights/records");
  await expect.poll(() => page.locator("link[rel=modulepreload]").evaluateAll((links) => links.map((link) => link.getAttribute("href") ?? "").filter((href) => href.includes("topic-page")).length)).toBe(1);
  held.resolve();
  await page.locator("[data-index='9']").waitFor();
  // What came early was for the first picture, and is not asked for twice.
  expect(asked.filter((path) => path === "/api/v1/topics/flights/records")).toHaveLength(1);
});
