import { fileURLToPath } from "node:url";
import type { Browser, Page } from "playwright-core";
import { beforeAll, expect, inject, test } from "vitest";
import type { StageDecl, TopicDecl } from "../../src/model/manifest.ts";
import { startTestServer } from "../../test/support/test-server.ts";
import { expectAccessible } from "./support/axe.ts";
import { expectNoTrouble, launch, sizes, visit } from "./support/browser.ts";

const flights = inject("flights");
let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});

const get = async (path: string): Promise<any> => (await fetch(flights.url + path, { headers: { authorization: `Bearer ${flights.token}` } })).json();

async function open(search = "", options: Parameters<typeof visit>[2] = {}) {
  const seen = await visit(browser, flights, options);
  seen.page.setDefaultTimeout(90_000);
  await seen.go(`/graph${search}`);
  await seen.page.getByRole("region", { name: "The project's graph" }).waitFor();
  return seen;
}

const node = (page: Page, id: string) => page.locator(`[data-node="${id}"]`);
const shownNodes = (page: Page): Promise<string[]> => page.evaluate(() => [...document.querySelectorAll<HTMLElement>("[data-node]")].map((each) => each.dataset.node as string).sort());

test("streams, tables and DAGs are one picture, with the figures of the interface", async () => {
  const seen = await open();
  const { page } = seen;
  await node(page, "table:flights.clean").waitFor();
  const graph = await get("/api/v1/graph");
  const expected = graph.nodes.filter((each: any) => !each.internal && each.kind !== "dag").map(({ id }: any) => id).sort();
  expect(await shownNodes(page)).toEqual(expected);
  await node(page, "table:flights.clean").click();
  const pane = page.getByRole("complementary", { name: "table flights.clean" });
  const { tables } = await get("/api/v1/status");
  const table = tables.find(({ name }: any) => name === "flights.clean");
  expect(table.rows).toBe(3_000_000);
  await pane.getByText(table.rows.toLocaleString("en"), { exact: true }).waitFor();
  expect(new URL(page.url()).searchParams.get("focus")).toBe("table:flights.clean");
  // The pane stands beside the picture, not over it.
  const [beside, canvas] = [await pane.boundingBox(), await page.getByRole("region", { name: "The project's graph" }).boundingBox()];
  expect(beside?.x).toBeGreaterThanOrEqual((canvas?.x ?? 0) + (canvas?.width ?? 0));
  await pane.getByRole("button", { name: "What is before" }).click();
  await page.getByRole("button", { name: "Show all" }).waitFor();
  await expect.poll(() => shownNodes(page)).toEqual(["stage:flights-intake", "stage:flights-replay", "stage:table:flights.clean", "table:flights.clean", "topic:flights"]);
  await page.getByLabel("Steps").selectOption("1");
  await expect.poll(() => shownNodes(page)).toEqual(["stage:table:flights.clean", "table:flights.clean"]);
  const other = await visit(browser, flights);
  await other.page.goto(page.url());
  await node(other.page, "table:flights.clean").waitFor();
  expect(await shownNodes(other.page)).toEqual(["stage:table:flights.clean", "table:flights.clean"]);
  await pane.getByRole("link", { name: "Open its page" }).click();
  await page.waitForURL("**/catalog/table/flights.clean");
  expectNoTrouble(seen);
});

test("by keyboard one goes along the edges and opens what one finds", async () => {
  const seen = await open();
  const { page } = seen;
  await node(page, "topic:flights").focus();
  const at = (): Promise<string | undefined> => page.evaluate(() => (document.activeElement as HTMLElement).dataset.node);
  await page.keyboard.press("ArrowLeft");
  await expect.poll(at).toMatch(/^stage:flights-(intake|replay)$/);
  await page.keyboard.press("ArrowRight");
  await expect.poll(at).toBe("topic:flights");
  await page.keyboard.press("Enter");
  await page.getByRole("complementary", { name: "topic flights" }).waitFor();
  await page.getByLabel("Find").fill("hourly-delays");
  await page.getByText("1 found").waitFor();
  await page.keyboard.press("Enter");
  await page.getByRole("complementary", { name: "stage hourly-delays" }).waitFor();
  expectNoTrouble(seen);
});

test("the zoom goes from the system to columns, each of which is followed to where it comes from", async () => {
  const seen = await open("?zoom=system");
  const { page } = seen;
  await node(page, "database:marts").waitFor();
  expect(await shownNodes(page)).toEqual(expect.arrayContaining(["database:flights", "database:marts", "topics:flights", "dag:flights-daily"]));
  await page.goto(`${flights.url}/graph?focus=table:marts.airports&zoom=columns`);
  await page.getByRole("button", { name: "worst_delay", exact: true }).click();
  await page.getByText("Following").waitFor();
  const columns = (): Promise<string[]> => page.evaluate(() => [...document.querySelectorAll(".react-flow__node")].map((box) => [...box.querySelectorAll("p, button")].map((each) => each.textContent).join(" ")).sort());
  // marts.airports.worst_delay = max(marts.hourly.max_delay) = max(flights.clean.delay), which is the topic's.
  await expect.poll(columns).toEqual([expect.stringMatching(/^flights delay \d+ more$/), expect.stringMatching(/^flights\.clean delay/), expect.stringMatching(/^marts\.airports worst_delay/), expect.stringMatching(/^marts\.hourly max_delay/)]);
  expectNoTrouble(seen);
});

test("as a list it says the same in words", async () => {
  const { page } = await open("?as=list");
  const row = page.getByRole("row").filter({ has: page.getByRole("button", { name: "route-flights", exact: true }) });
  expect(await row.textContent()).toContain("flights.delayed, flights.on_time");
});

test.each(["light", "dark"] as const)("picture, pane, list and columns are accessible (%s)", async (colorScheme) => {
  const { page } = await open("?focus=topic:flights", { colorScheme });
  await node(page, "topic:flights").waitFor();
  await expectAccessible(page);
  await page.getByRole("button", { name: "As a list" }).click();
  await page.getByRole("table").waitFor();
  await expectAccessible(page);
  await page.goto(`${flights.url}/graph?focus=table:flights.clean&zoom=columns`);
  await page.getByRole("button", { name: "delay", exact: true }).first().waitFor();
  await expectAccessible(page);
});

test("on a phone the page does not go sideways", async () => {
  const { page } = await open("?focus=topic:flights", { viewport: sizes.phone });
  await page.getByRole("complementary", { name: "topic flights" }).waitFor();
  await page.getByText("live", { exact: true }).waitFor();
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(sizes.phone.width);
});

/* Processes of five hundred stages and topics are more than one machine runs: the manifest is real, what would run it is the tests' own control plane. */
test("five hundred nodes are laid out beside the page, and moving over them costs no long frame", async () => {
  const server = await startTestServer({ uiFolder: fileURLToPath(new URL("../../dist/ui/", import.meta.url)) });
  try {
    const [topic] = Object.values(server.control.current.topics) as TopicDecl[];
    const [stage] = Object.values(server.control.current.stages) as StageDecl[];
    const topics = Array.from({ length: 250 }, (_, i) => ({ ...topic, name: `t${i}.<script>`.replace(/<script>/, i === 0 ? "<script>x" : "") }));
    const stages = topics.slice(1).map((to, i): StageDecl => ({ ...stage, name: `s${i}`, kind: "record", from: [topics[Math.floor(i / 3)].name], to: { out: to.name } }));
    server.control.current = { ...server.control.current, release: "large", topics: Object.fromEntries(topics.map((each) => [each.name, each])), stages: Object.fromEntries(stages.map((each) => [each.name, each])), tables: {}, dags: {} };
    const { page } = await visit(browser, server);
    page.setDefaultTimeout(90_000);
    await page.goto(`${server.url}/graph`);
    await page.getByRole("region", { name: "The project's graph" }).locator("[data-node]").first().waitFor({ state: "attached" });
    const seen = await page.evaluate(() => performance.now());
    const frames = await page.evaluate(async () => {
      const pane = document.querySelector(".react-flow__pane") as HTMLElement;
      const spent: number[] = [];
      for (let i = 0; i < 40; i++) {
        const begin = performance.now();
        pane.dispatchEvent(new WheelEvent("wheel", { deltaY: i % 2 === 0 ? -60 : 40, clientX: 500, clientY: 400, bubbles: true, cancelable: true }));
        await new Promise((done) => requestAnimationFrame(done));
        spent.push(performance.now() - begin);
      }
      return spent.sort((a, b) => a - b);
    });
    console.log(`499 nodes: first picture ${seen.toFixed(0)} ms after the address was opened; frames while zooming: median ${frames[20].toFixed(1)} ms, longest ${frames.at(-1)?.toFixed(1)} ms`);
    expect(frames[20]).toBeLessThan(100);
    await page.goto(`${server.url}/graph?as=list`);
    await expect.poll(() => page.getByRole("row").count(), { timeout: 60_000 }).toBe(500);
  } finally {
    await server.close();
  }
});
