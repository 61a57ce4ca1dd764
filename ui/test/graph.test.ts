import { fileURLToPath } from "node:url";
import type { Browser, Page } from "playwright-core";
import { beforeAll, expect, inject, test } from "vitest";
import type { StageDecl, TopicDecl } from "../../src/model/manifest.ts";
import { startTestServer } from "../../test/support/test-server.ts";
import { expectAccessible } from "./support/axe.ts";
import { expectNoTrouble, launch, sizes, visit } from "./support/browser.ts";
import { firstPicture, longestFrame, spentText } from "./support/speed.ts";

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
  // Where all of it would be too small to read, its beginning is what is seen.
  await page.goto(`${flights.url}/graph`);
  await expect.poll(async () => (await node(page, "stage:flights-replay").boundingBox())?.width ?? 0).toBeGreaterThan(100);
  const { x = -1 } = (await node(page, "stage:flights-replay").boundingBox()) ?? {};
  expect(x).toBeGreaterThan(0);
});

/** As many as a large company has: forty pipelines behind one topic, each a chain with a fork, some joined with the next. */
function largeProject(topic: TopicDecl, stage: StageDecl): { topics: TopicDecl[]; stages: StageDecl[] } {
  const topics: TopicDecl[] = [{ ...topic, name: "events.<script>window.harmed=1</script>" }];
  const stages: StageDecl[] = [];
  const stageOf = (name: string, from: string[], ...to: string[]) => stages.push({ ...stage, name, kind: "record", from, to: Object.fromEntries(to.map((each, i) => [`out${i}`, each])), dlq: undefined });
  for (let i = 0; i < 45; i++) {
    const named = (name: string): string => `p${i}.${name}`;
    for (const name of ["raw", "clean", "large", "small", "joined"]) topics.push({ ...topic, name: named(name) });
    stageOf(`p${i}-intake`, [topics[0].name], named("raw"));
    stageOf(`p${i}-clean`, [named("raw")], named("clean"));
    stageOf(`p${i}-route`, [named("clean")], named("large"), named("small"));
    stageOf(`p${i}-join`, [named("large"), i % 4 === 1 ? `p${i - 1}.joined` : named("small")], named("joined"));
    stageOf(`p${i}-count`, [named("joined"), named("raw")]);
    stageOf(`p${i}-watch`, [named("small")]);
  }
  return { topics, stages };
}

/** The canvas gets its size when it is drawn for the first time. */
const isPictureDrawn = (): boolean => (document.querySelector<HTMLCanvasElement>(".react-flow canvas")?.width ?? 0) > 500;

/** How many pixels of the picture are not empty. */
const painted = (): number => {
  const canvas = document.querySelector(".react-flow canvas") as HTMLCanvasElement;
  const { data = [] } = canvas.getContext("2d")?.getImageData(0, 0, canvas.width, canvas.height) ?? {};
  let count = 0;
  for (let i = 3; i < data.length; i += 4) if (data[i] > 0) count++;
  return count;
};

/* Processes of five hundred stages and topics are more than one machine runs: the manifest is real, what would run it is the tests' own control plane. */
test("a graph of five hundred nodes is there at once, and moving over it has no long frame", async () => {
  const server = await startTestServer({ uiFolder: fileURLToPath(new URL("../../dist/ui/", import.meta.url)) });
  try {
    const { current } = server.control;
    const { topics, stages } = largeProject(current.topics.events, current.stages.branch);
    server.control.current = { ...current, release: "large", topics: { ...current.topics, ...Object.fromEntries(topics.map((each) => [each.name, each])) }, stages: Object.fromEntries(stages.map((each) => [each.name, each])), dags: {} };
    await server.control.pause("p3-route");
    const alone = await launch();
    const opening = await firstPicture(alone, server, "/graph", isPictureDrawn);
    const seen = await visit(alone, server);
    const { page } = seen;
    page.setDefaultTimeout(90_000);
    await page.goto(`${server.url}/graph`);
    await page.waitForFunction(isPictureDrawn);
    expect(await page.evaluate(painted)).toBeGreaterThan(5_000);
    await page.getByText("live", { exact: true }).waitFor();
    const frame = page.getByRole("region", { name: "The project's graph" });
    const { x = 0, y = 0, width = 0, height = 0 } = (await frame.boundingBox()) ?? {};
    const [middle, center] = [x + width / 2, y + height / 2];
    const wheel = async (deltaY: number, times: number): Promise<void> => {
      for (let i = 0; i < times; i++) await page.mouse.wheel(0, deltaY);
    };
    // From afar, near enough to read, over it to all sides, and back.
    const moving = await longestFrame(alone, page, async () => {
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
    });
    console.log(`500 nodes: first picture after ${spentText(opening)}; longest frame while zooming and panning ${spentText(moving)}`);
    expect(opening.cpuMs).toBeLessThan(1_000);
    expect(moving.cpuMs).toBeLessThanOrEqual(100);
    // Searched for, it can be read from afar; by keys one comes near it.
    await page.getByLabel("Find").fill("p3-route");
    await page.getByText("1 found").waitFor();
    await page.keyboard.press("Enter");
    await page.getByRole("complementary", { name: "stage p3-route" }).getByText("paused", { exact: true }).waitFor();
    await node(page, "stage:p3-route").focus();
    await page.keyboard.press("ArrowLeft");
    await expect.poll(() => page.evaluate(() => (document.activeElement as HTMLElement).dataset.node)).toBe("topic:p3.clean");
    await expectAccessible(page);
    // A click on what is drawn opens it.
    await page.getByRole("button", { name: "Close" }).click();
    await page.getByRole("button", { name: "Fit the picture" }).click();
    await page.getByLabel("Find").fill("");
    await page.goto(`${server.url}/graph?around=before&focus=${encodeURIComponent("stage:p3-route")}&depth=all`);
    await node(page, "topic:events.<script>window.harmed=1</script>").waitFor();
    expect(await page.evaluate(() => "harmed" in window)).toBe(false);
    await page.goto(`${server.url}/graph?as=list`);
    await page.getByText("The first 500 of").waitFor();
    await expect.poll(() => page.getByRole("row").count()).toBe(501);
    expectNoTrouble(seen);
  } finally {
    await server.close();
  }
});
