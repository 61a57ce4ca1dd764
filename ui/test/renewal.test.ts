import type { Browser, Request } from "playwright-core";
import { beforeAll, expect, test } from "vitest";
import { MillraceProcess } from "../../test/support/millrace-process.ts";
import { whileUp } from "../../test/support/while-up.ts";
import { launch, visit } from "./support/browser.ts";

const own = whileUp(MillraceProcess.start, {
  "pipeline.ts": `import { dag } from "millrace";
export const report = dag("report", {}, ({ task }) => {
  task("count", () => 42);
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
  expect(await told.textContent()).toMatch(/is from \d\d:\d\d:\d\d, and has not come anew: the state is being moved.* Trying again\./);
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

test("a window that nobody sees gives its line back, and has what happened as soon as it is seen again", async () => {
  const page = await openDag();
  const show = (isHidden: boolean): Promise<void> =>
    page.evaluate((hidden) => {
      Object.defineProperty(document, "hidden", { configurable: true, value: hidden });
      document.dispatchEvent(new Event("visibilitychange"));
    }, isHidden);
  const isLine = (request: Request): boolean => new URL(request.url()).pathname === "/api/v1/live";
  const ended = page.waitForEvent("requestfailed", isLine);
  await show(true);
  await ended;
  const { id } = (await (await own.millrace.post("/api/v1/dags/report/runs", {})).json()) as { id: string };
  const asked = page.waitForRequest(isLine);
  await show(false);
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
  expect(await told.textContent()).toMatch(/is from \d\d:\d\d:\d\d, and has not come anew: the log is away.* Trying again\./);
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
