import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { MillraceProcess, until } from "../../test/support/millrace-process.ts";
import { temporaryProject } from "../../test/support/temporary-project.ts";
import { expectAccessible } from "./support/axe.ts";
import { expectNoTrouble, launch, sizes, visit } from "./support/browser.ts";

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
const cellsOf = async (page: Page, table: string, row: string): Promise<string[]> => page.getByRole("table", { name: table }).getByRole("row").filter({ has: page.getByText(row, { exact: true }) }).getByRole("cell").allTextContents();

describe("figures", () => {
  test("the overview's are those of the API and of DuckDB", async () => {
    const there = await open("/");
    const { page } = there;
    await page.getByRole("table", { name: "Pipelines" }).waitFor();
    const [{ name, stages }] = (await get("/pipelines")).pipelines;
    expect((await cellsOf(page, "Pipelines", name))[0]).toBe(`${name} ${stages.length} stages`);
    const [[rows]] = await sql('select count(*) from flights.clean');
    expect((await cellsOf(page, "Tables", "flights.clean"))[1]).toBe(Number(rows).toLocaleString("en"));
    const names = await page.getByRole("table", { name: "Stages" }).getByRole("link").allTextContents();
    expect(names.filter((each) => stages.includes(each)).sort()).toEqual(stages);
    const { items } = await get("/attention");
    const card = page.getByRole("region", { name: /^Needs you/ });
    await (items.length === 0 ? card.getByText("Nothing needs you") : card.getByRole("listitem").first()).waitFor();
    expectNoTrouble(there);
  });

  test("a stage's are those of the API: what it read in all, its lag, the release and the line of its code", async () => {
    const there = await open("/stages/route-flights");
    const { page } = there;
    await page.getByText("Over time").waitFor();
    const [[read]] = await sql("select count(*) from topics.flights");
    await page.getByText(`${Number(read).toLocaleString("en")} in all`).waitFor();
    await page.getByRole("img", { name: /^Lag, records\. Lag: 0\./ }).waitFor();
    await page.getByRole("link", { name: "Code" }).click();
    const { release, file } = await get("/stages/route-flights/code");
    await page.getByText(release).waitFor();
    await page.getByRole("heading", { name: `${file.path}:${file.line}, ${file.export}` }).waitFor();
    expect(await page.locator("[data-here=true]").textContent()).toContain("export const routeFlights");
    expectNoTrouble(there);
  });

  test("a topic's are those of the API; a link shows the same to somebody else", async () => {
    const { partitionInfo, name } = await get("/topics/flights");
    const there = await open("/topics/flights?tab=partitions");
    const { page } = there;
    const table = page.getByRole("table", { name: "Partitions" });
    await table.waitFor();
    const shown = await table.getByRole("row").allTextContents();
    for (const { partition, start, end, records } of partitionInfo) expect(shown.some((text) => text.startsWith(`${partition}${start.toLocaleString("en")}${end.toLocaleString("en")}${records.toLocaleString("en")}`))).toBe(true);
    await page.getByRole("link", { name: "Groups and lag" }).click();
    await page.getByRole("table", { name: "Partitions of route-flights" }).waitFor();
    const { groups } = await get("/topics/flights/groups");
    expect((await page.getByRole("table", { name: /^Partitions of / }).count())).toBe(groups.length);
    await page.getByRole("link", { name: "Records", exact: true }).click();
    await page.getByLabel("Filter").fill("delay > 600 and origin = MIA");
    await page.getByLabel("Partition").selectOption("0");
    await page.getByLabel("From", { exact: true }).selectOption("start");
    await page.getByLabel("Filter").fill("delay > 600 and origin = MIA");
    await page.keyboard.press("Enter");
    await page.waitForURL(/filter=/);
    await page.getByText(/found in/).waitFor();
    await until(async () => (await page.locator("[data-index]").count()) > 0);
    const [[offset, delay]] = await sql(`select _offset, delay from topics.${name} where _partition = 0 and delay > 600 and origin = 'MIA' order by _offset limit 1`);
    const first = await page.locator("[data-index='0']").textContent();
    expect(first).toContain(`0:${offset}`);
    expect(first).toContain(`delay: ${delay}`);
    expect(first).toContain("origin: MIA");
    const other = await open(new URL(page.url()).pathname + new URL(page.url()).search);
    await other.page.locator("[data-index='0']").waitFor();
    expect(await other.page.locator("[data-index='0']").textContent()).toBe(first);
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
    expect(await chart.getAttribute("aria-label")).toMatch(/Memory: [\d.]+ MiB/);
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
  const project = temporaryProject({
    "pipeline.ts": `import { http, reject, stage, topic } from "millrace";
import { z } from "zod";
const Number = z.object({ n: z.int(), text: z.string().optional() });
export const numbers = topic("numbers", { schema: Number, partitions: 2 });
export const doubled = topic("doubled", { schema: Number, partitions: 2 });
export const intake = http("intake", { to: numbers });
export const double = stage("double", {
  from: numbers,
  to: doubled,
  scale: { min: 1, max: 2 },
  run: (record, emit) => {
    if (record.n < 0) reject("below zero: " + record.text);
    console.log("doubling " + record.n + " " + (record.text ?? "").slice(0, 100));
    emit({ ...record, n: record.n * 2 });
  },
});
`,
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
  const stageNow = async () => (await (await millrace.request("/api/v1/stages/double")).json()) as { state: string; reason?: string; scale: { min: number; max: number }; deadLetters: number; instances: { pid: number }[] };
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
    await page.getByRole("button", { name: "Produce", exact: true }).click();
    await page.getByRole("dialog", { name: /^Record \d:\d/ }).getByText('"n": 21').waitFor();
    expect(await recordsOf("numbers")).toMatchObject([{ value: { n: 21, text: hostile } }]);
    await until(async () => (await recordsOf("doubled")).some(({ value }) => value.n === 42));
    await page.goto(`${millrace.url}/stages/double?tab=log`);
    await page.getByRole("log").getByText("doubling 21").waitFor();
    expect(await page.getByRole("log").textContent()).toContain("<script>window.harmed=1</script>␛[31mred⟨U+202E⟩esrever␀");
    await millrace.post("/ingest/intake", { n: 4 });
    await page.getByRole("log").getByText("doubling 4").waitFor();
    await page.goto(`${millrace.url}/topics/doubled?filter=${encodeURIComponent("n > 40")}`);
    await page.getByText("1 found in").waitFor();
    await page.locator("[data-index='0']").getByText("n: 42").waitFor();
    expect(await page.evaluate(() => "harmed" in window)).toBe(false);
    expect(there.trouble).toEqual({ console: [expect.stringContaining("400")], elsewhere: [] });
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
    const dlq = async () => ((await (await millrace.request("/api/v1/dlq/double/records?limit=100")).json()) as { records: unknown[] }).records.length;
    expect(await dlq()).toBe(1);
    await page.getByRole("button", { name: "Redrive…" }).click();
    await page.getByText("1 would be sent.").waitFor();
    await page.getByRole("button", { name: "Send 1" }).click();
    await page.getByText("1 dead letter is on the way through double again.").waitFor();
    await until(async () => (await dlq()) === 2);
    await page.getByText("1 to be sent again").waitFor();
    expect(await page.evaluate(() => "harmed" in window)).toBe(false);
    expectNoTrouble(there);
  });

  test("a stage is paused with a reason, resumed, scaled and restarted", async () => {
    const there = await at("/stages/double");
    const { page } = there;
    await page.getByRole("button", { name: "Pause" }).click();
    await page.getByLabel("Why").fill("a look at the numbers");
    await page.keyboard.press("Enter");
    await page.getByText("Paused: a look at the numbers").waitFor();
    expect(await stageNow()).toMatchObject({ state: "paused", reason: "a look at the numbers" });
    await page.getByRole("button", { name: "Resume" }).click();
    await until(async () => (await stageNow()).state === "running");
    await page.getByRole("button", { name: "Pause" }).waitFor();
    await page.getByRole("button", { name: "Scale" }).click();
    await page.getByLabel("Fewest processes").fill("2");
    await page.getByLabel("Most processes").fill("1");
    expect(await page.getByRole("dialog").getByRole("button", { name: "Scale" }).isDisabled()).toBe(true);
    await page.getByLabel("Most processes").fill("2");
    await page.getByRole("dialog").getByRole("button", { name: "Scale" }).click();
    await until(async () => (await stageNow()).instances.length === 2);
    expect((await stageNow()).scale).toEqual({ min: 2, max: 2 });
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
    expect(await page.getByRole("region", { name: "Value" }).textContent()).toContain("<script>window.harmed=1</script>");
    expect(await page.evaluate(() => ["harmed" in window, document.querySelectorAll("#root script, [role=dialog] b").length])).toEqual([false, 0]);
    expectNoTrouble(there);
  });

  test("killed and back: the page says that it is not current, and then is, with what came meanwhile", async () => {
    const { page } = await at("/topics/numbers");
    await page.locator("[data-index='0']").waitFor();
    await page.getByText("live", { exact: true }).waitFor();
    await millrace.killAll();
    await page.getByRole("alert").getByText("Not current").waitFor();
    millrace = await MillraceProcess.start(project.folder, project.data, { port: Number(new URL(millrace.url).port) });
    await page.getByText("live", { exact: true }).waitFor();
    await millrace.post("/ingest/intake", { n: 77 });
    await page.getByText("1 more have come since.").waitFor();
    await page.getByRole("button", { name: "Show them" }).click();
    await page.locator("[data-index]").getByText("n: 77").waitFor();
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
  expect(await page.locator("link[rel=modulepreload]").evaluateAll((links) => links.map((link) => link.getAttribute("href") ?? "").filter((href) => href.includes("topic-page")).length)).toBe(1);
  held.resolve();
  await page.locator("[data-index='9']").waitFor();
  // What came early was for the first picture, and is not asked for twice.
  expect(asked.filter((path) => path === "/api/v1/topics/flights/records")).toHaveLength(1);
});
