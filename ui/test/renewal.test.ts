import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Page, Request } from "playwright-core";
import { beforeAll, expect, test } from "vitest";
import { MillraceProcess } from "../../test/support/millrace-process.ts";
import { whileUp } from "../../test/support/while-up.ts";
import { launch, visit } from "./support/browser.ts";

const own = whileUp(MillraceProcess.start, {
  "pipeline.ts": `import { existsSync } from "node:fs";
import { dag, topic } from "millrace";
import { z } from "zod";
export const events = topic("events", { schema: z.object({ n: z.int() }) });
export const report = dag("report", {}, ({ task }) => {
  task("count", () => 42);
});
export const flaky = dag("flaky", {}, ({ task }) => {
  task("turns", async ({ attempt, log, signal }) => {
    log.info("this is turn " + attempt);
    while (!existsSync("turn-" + attempt)) {
      signal.throwIfAborted();
      await new Promise((done) => setTimeout(done, 20));
    }
    if (attempt === 1) throw new Error("not yet");
  }, { retries: 1, retryDelay: "10ms" });
});
`,
});
let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});

const runs = (url: URL): boolean => url.pathname === "/api/v1/runs" || url.pathname.startsWith("/api/v1/dags/report");

async function openDag() {
  const { page, go } = await visit(browser, own.millrace);
  await go("/dags/report");
  await page.getByText("live", { exact: true }).waitFor();
  return page;
}

test("an answer that fails while the line is live: the page says since when part of it is old, and why, until it comes again", async () => {
  const page = await openDag();
  await page.route(runs, (route) => route.fulfill({ status: 500, json: { error: { code: "MR-TEST-001", what: "the state is being moved\u202E", where: "here", mend: "wait" } } }));
  await own.millrace.post("/api/v1/dags/report/runs", {});
  const told = page.getByRole("alert").filter({ hasText: "Partly not current" });
  await told.waitFor();
  await expect.poll(() => told.textContent()).toMatch(/is from \d\d:\d\d:\d\d, and has not come anew: the state is being moved.* Trying again\./);
  await page.getByText("partly stale", { exact: true }).waitFor();
  await page.unroute(runs);
  await told.waitFor({ state: "detached" });
  await page.getByText("live", { exact: true }).waitFor();
});

test("an answer that does not come while the line is live is told of too", async () => {
  const page = await openDag();
  const { promise: opened, resolve: open } = Promise.withResolvers<void>();
  await page.route(runs, async (route) => {
    await opened;
    // What was asked for anew meanwhile has been let go.
    await route.continue().catch(() => undefined);
  });
  await own.millrace.post("/api/v1/dags/report/runs", {});
  const told = page.getByRole("alert").filter({ hasText: "Partly not current" });
  await told.waitFor();
  open();
  await told.waitFor({ state: "detached" });
});

const show = (page: Page, isSeen: boolean): Promise<void> =>
  page.evaluate((hidden) => {
    Object.defineProperty(document, "hidden", { configurable: true, value: hidden });
    document.dispatchEvent(new Event("visibilitychange"));
  }, !isSeen);

test("a window that nobody sees gives its line back, and has what happened as soon as it is seen again", async () => {
  const page = await openDag();
  const isLine = (request: Request): boolean => new URL(request.url()).pathname === "/api/v1/live";
  const ended = page.waitForEvent("requestfailed", isLine);
  await show(page, false);
  await ended;
  const { id } = (await (await own.millrace.post("/api/v1/dags/report/runs", {})).json()) as { id: string };
  const asked = page.waitForRequest(isLine);
  await show(page, true);
  await asked;
  await page.getByText("live", { exact: true }).waitFor();
  await page.locator(`a[href*="${encodeURIComponent(id)}"]`).first().waitFor();
});

/** Sets trouble in the stead of what the real stream says, while `isTroubled`. */
function troubleStream(): void {
  const real = window.fetch;
  const trouble = `event: trouble\ndata: ${JSON.stringify({ error: { code: "MR-TEST-002", what: "the log is away\u202E", where: "here", mend: "wait" } })}\n\n`;
  const isTroubled = (): boolean => "isTroubled" in window && window.isTroubled === true;
  window.fetch = async (input, init) => {
    const answer = await real(input, init);
    if (!(input instanceof Request) || new URL(input.url).pathname !== "/api/v1/live") return answer;
    const text = new TextEncoder();
    let timer: ReturnType<typeof setInterval>;
    const spoken = new TransformStream<Uint8Array, Uint8Array>({
      start: (out) => void (timer = setInterval(() => isTroubled() && out.enqueue(text.encode(trouble)), 200)),
      transform: (chunk, out) => void (isTroubled() || out.enqueue(chunk)),
      flush: () => clearInterval(timer),
    });
    return new Response(answer.body?.pipeThrough(spoken), answer);
  };
}

test("while the server is heard and cannot tell the status, the page says since when it is old, and why", async () => {
  const { page, context, go } = await visit(browser, own.millrace);
  await context.addInitScript(troubleStream);
  await go("/stages");
  await page.getByText("live", { exact: true }).waitFor();
  const setTroubled = (is: boolean): Promise<void> => page.evaluate((isTroubled) => void Object.assign(window, { isTroubled }), is);
  await page.route("**/api/v1/status", (route) => route.fulfill({ status: 500, json: { error: { code: "MR-TEST-002", what: "the log is away", where: "here", mend: "wait" } } }));
  await setTroubled(true);
  const told = page.getByRole("alert").filter({ hasText: "Partly not current" });
  await told.waitFor();
  await expect.poll(() => told.textContent()).toMatch(/is from \d\d:\d\d:\d\d, and has not come anew: the log is away.* Trying again\./);
  await page.getByText("partly stale", { exact: true }).waitFor();
  await page.unroute("**/api/v1/status");
  await setTroubled(false);
  await told.waitFor({ state: "detached" });
  await page.getByText("live", { exact: true }).waitFor();
});

test("a browser that has lost its network goes on with a Millrace that it reaches", async () => {
  const page = await openDag();
  await page.evaluate(() => void window.dispatchEvent(new Event("offline")));
  await page.getByRole("button", { name: /^Run now/ }).click();
  const asked = page.waitForResponse((response) => response.request().method() === "POST" && new URL(response.url()).pathname === "/api/v1/dags/report/runs");
  await page.getByRole("dialog").locator("button[type=submit]").click();
  const { id } = (await (await asked).json()) as { id: string };
  await page.locator(`a[href*="${encodeURIComponent(id)}"]`).first().waitFor();
});

test("what a window follows is given back too while nobody sees it, and followed from where it was", async () => {
  const { page, go } = await visit(browser, own.millrace);
  const isTail = (request: Request): boolean => new URL(request.url()).pathname === "/api/v1/topics/events/tail";
  await go("/topics/events?live=true");
  await page.getByText("following", { exact: true }).waitFor();
  // The first time nothing has come yet.
  for (const n of [1, 2]) {
    const ended = page.waitForEvent("requestfailed", isTail);
    await show(page, false);
    await ended;
    await own.millrace.post("/api/v1/topics/events/records", { records: [{ value: { n } }] });
    const asked = page.waitForRequest(isTail);
    await show(page, true);
    expect(await (await asked).headerValue("last-event-id")).not.toBeNull();
    await page.locator("[data-index]").getByText(`n: ${n}`).waitFor();
  }
  await expect.poll(() => page.locator("[data-index]").count()).toBe(2);
});

test("a line that is followed and falls silent is cut, and taken up again", async () => {
  const { page, context, go } = await visit(browser, own.millrace);
  await context.addInitScript(() => {
    const real = window.fetch;
    let asked = 0;
    // The first one says nothing; it ends when it is cut.
    window.fetch = async (input, init) => {
      const answer = await real(input, init);
      if (!(input instanceof Request) || !input.url.includes("/tail") || asked++ > 0) return answer;
      const silent = new ReadableStream({ start: (out) => input.signal.addEventListener("abort", () => out.error(new Error("cut"))) });
      return new Response(silent, answer);
    };
  });
  await page.clock.install();
  await go("/topics/events?live=true");
  await page.getByText("following", { exact: true }).waitFor();
  // A tail that was answered misses nothing from then on.
  const again = page.waitForResponse((response) => new URL(response.url()).pathname.endsWith("/tail"));
  await page.clock.runFor(45_000);
  await again;
  await own.millrace.post("/api/v1/topics/events/records", { records: [{ value: { n: 3 } }] });
  await expect.poll(async () => (await page.clock.runFor(1_000), page.locator("[data-index]").getByText("n: 3").count())).toBe(1);
});

test("the log of a task goes on with its next attempt", async () => {
  const { page, go } = await visit(browser, own.millrace);
  const { id } = (await (await own.millrace.post("/api/v1/dags/flaky/runs", {})).json()) as { id: string };
  await go(`/runs/${encodeURIComponent(id)}?task=turns`);
  const log = page.getByRole("log");
  await log.getByText("this is turn 1").waitFor();
  writeFileSync(join(own.project.folder, "turn-1"), "");
  await log.getByText("this is turn 2").waitFor();
  writeFileSync(join(own.project.folder, "turn-2"), "");
  await page.getByRole("complementary", { name: "Task turns" }).getByText("success").first().waitFor();
});
