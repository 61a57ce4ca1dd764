import type { Browser, Page } from "playwright-core";
import { beforeAll, expect, inject, test } from "vitest";
import { expectAccessible } from "./support/axe.ts";
import { expectNoTrouble, launch, sizes, visit } from "./support/browser.ts";
import { isPictureDrawn, startLargeProject } from "./support/large-project.ts";

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
  const expected = graph.nodes.filter((each: any) => !each.internal).map(({ id }: any) => id).sort();
  await expect.poll(() => shownNodes(page)).toEqual(expected);
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
  await expect.poll(() => shownNodes(other.page)).toEqual(["stage:table:flights.clean", "table:flights.clean"]);
  await pane.getByRole("link", { name: "Open its page" }).click();
  await page.waitForURL("**/catalog/table/flights.clean");
  expectNoTrouble(seen);
});

test("by keyboard one goes along the edges and opens what one finds", async () => {
  const seen = await open();
  const { page } = seen;
  await node(page, "topic:flights").focus();
  const at = (): Promise<string | undefined> => page.evaluate(() => (document.activeElement as HTMLElement).dataset.node);
  // More of this project can be read from top to bottom than from left to right.
  await page.keyboard.press("ArrowUp");
  await expect.poll(at).toMatch(/^stage:flights-(intake|replay)$/);
  await page.keyboard.press("ArrowDown");
  await expect.poll(at).toBe("topic:flights");
  await page.keyboard.press("Enter");
  await page.getByRole("complementary", { name: "topic flights" }).waitFor();
  await page.getByLabel("Find").fill("hourly-delays");
  await page.getByText("1 found").waitFor();
  await page.keyboard.press("Enter");
  const stage = page.getByRole("complementary", { name: "stage hourly-delays" });
  await stage.getByRole("button", { name: "flights", exact: true }).focus();
  await page.keyboard.press("Enter");
  await page.getByRole("complementary", { name: "topic flights" }).waitFor();
  await expect.poll(() => page.evaluate(() => document.activeElement?.getAttribute("aria-label"))).toBe("topic flights");
  await page.keyboard.press("Escape");
  await page.getByRole("complementary").waitFor({ state: "detached" });
  await expect.poll(() => page.getByLabel("Find").evaluate((field) => field === document.activeElement)).toBe(true);
  expectNoTrouble(seen);
});

test("the zoom goes from the system to columns, each of which is followed to where it comes from", async () => {
  const seen = await open("?zoom=system");
  const { page } = seen;
  await node(page, "database:marts").waitFor();
  await expect.poll(() => shownNodes(page)).toEqual(expect.arrayContaining(["database:flights", "database:marts", "topics:flights", "dag:flights-daily"]));
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
  await expect.poll(() => row.textContent()).toContain("flights.delayed, flights.on_time");
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

/** Whether all of a node is within the picture, and how large its smallest words are in pixels. */
const readable = (page: Page): Promise<{ id: string; isInside: boolean; pixels: number }[]> =>
  page.evaluate(() => {
    const frame = (document.querySelector(".react-flow") as Element).getBoundingClientRect();
    return [...document.querySelectorAll<HTMLElement>("[data-node]")].map((each) => {
      const { left, top, right, bottom, width } = each.getBoundingClientRect();
      const sizes = [...each.querySelectorAll<HTMLElement>("span")].filter(({ textContent, className }) => textContent?.trim() !== "" && className !== "visually-hidden").map((word) => Number.parseFloat(getComputedStyle(word).fontSize));
      return { id: each.dataset.node as string, isInside: left >= frame.left && top >= frame.top && right <= frame.right && bottom <= frame.bottom, pixels: Math.min(...sizes) * (width / each.offsetWidth) };
    });
  });

/** Boxes that an edge goes through, other than those that it joins. */
const crossed = (page: Page): Promise<string[]> =>
  page.evaluate(() => {
    const boxes = [...document.querySelectorAll<HTMLElement>("[data-node]")].map((each) => ({ id: each.dataset.node as string, ...each.getBoundingClientRect().toJSON() }));
    return [...document.querySelectorAll<SVGPathElement>(".react-flow__edge-path")].flatMap((path) => {
      const matrix = path.getScreenCTM() as DOMMatrix;
      const steps = Math.ceil(path.getTotalLength() / 4);
      const points = Array.from({ length: steps }, (_, i) => path.getPointAtLength((i * path.getTotalLength()) / steps).matrixTransform(matrix));
      return boxes.filter(({ left, right, top, bottom }) => points.some(({ x, y }) => x > left + 2 && x < right - 2 && y > top + 2 && y < bottom - 2)).map(({ id }) => `${path.id} runs behind ${id}`);
    });
  });

test.each(["system", "parts"])("at first sight words of the %s can be read, from its beginning, and no edge runs behind a box", async (zoom) => {
  const { page } = await open(`?zoom=${zoom}`);
  const first = zoom === "system" ? "database:flights" : "table:flights.clean";
  await node(page, first).waitFor();
  await page.locator(".react-flow__edge-path").first().waitFor({ state: "attached" });
  await expect.poll(async () => (await readable(page)).filter(({ pixels }) => pixels < 10.99)).toEqual([]);
  const nodes = await readable(page);
  expect(nodes.length).toBeGreaterThan(5);
  // The system is seen as a whole; of its parts at least where all of it comes from, and a map of the rest.
  const seen = nodes.filter(({ isInside }) => isInside).map(({ id }) => id);
  if (zoom === "system") expect(seen).toHaveLength(nodes.length);
  else expect(seen).toEqual(expect.arrayContaining(["stage:flights-intake", "stage:flights-replay", "topic:flights"]));
  await expect.poll(() => page.getByRole("img", { name: "All of the picture" }).count()).toBe(seen.length < nodes.length ? 1 : 0);
  await expect.poll(() => page.locator(".react-flow__edge-path").count()).toBeGreaterThan(5);
  await expect.poll(() => crossed(page)).toEqual([]);
  await page.getByRole("list", { name: "Signs" }).getByText(zoom === "system" ? "database" : "table", { exact: true }).waitFor();
});

test("a finger moves the picture on a phone, which goes from top to bottom", async () => {
  const { page, context } = await open("", { viewport: sizes.phone, hasTouch: true });
  const topic = node(page, "topic:flights");
  await topic.waitFor();
  await expect.poll(async () => (await readable(page)).find(({ id }) => id === "stage:flights-replay")).toMatchObject({ isInside: true, pixels: expect.closeTo(11, 0) });
  const [source, below] = [await node(page, "stage:flights-replay").boundingBox(), await topic.boundingBox()];
  expect(below?.y).toBeGreaterThan((source?.y ?? 0) + (source?.height ?? 0));
  const phone = await context.newCDPSession(page);
  const touch = (type: "touchStart" | "touchMove" | "touchEnd", ...touchPoints: { x: number; y: number }[]) => phone.send("Input.dispatchTouchEvent", { type, touchPoints });
  await touch("touchStart", { x: 200, y: 700 });
  for (const y of [680, 640, 600, 560, 520]) await touch("touchMove", { x: 200, y });
  await touch("touchEnd");
  await expect.poll(async () => (below?.y ?? 0) - ((await topic.boundingBox())?.y ?? 0)).toBeGreaterThan(120);
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

/** How many pixels of the picture are not empty. */
const painted = (): number => {
  const canvas = document.querySelector(".react-flow canvas") as HTMLCanvasElement;
  const { data = [] } = canvas.getContext("2d")?.getImageData(0, 0, canvas.width, canvas.height) ?? {};
  let count = 0;
  for (let i = 3; i < data.length; i += 4) if (data[i] > 0) count++;
  return count;
};

test("a graph of five hundred nodes is drawn, searched and gone through by keys, and has the list", async () => {
  const server = await startLargeProject();
  try {
    const seen = await visit(browser, server);
    const { page } = seen;
    page.setDefaultTimeout(90_000);
    await page.goto(`${server.url}/graph`);
    await page.waitForFunction(isPictureDrawn);
    expect(await page.evaluate(painted)).toBeGreaterThan(5_000);
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
