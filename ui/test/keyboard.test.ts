import type { Browser, Locator, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { MillraceProcess, until } from "../../test/support/millrace-process.ts";
import { temporaryProject } from "../../test/support/temporary-project.ts";
import { expectNoTrouble, launch, visit } from "./support/browser.ts";

const project = temporaryProject({
  "pipeline.ts": `import { dag, http, reject, stage, topic } from "millrace";
import { z } from "zod";
const Order = z.object({ id: z.string(), amount: z.number() });
export const orders = topic("orders", { schema: Order, key: "id" });
export const small = topic("orders.small", { schema: Order });
export const intake = http("intake", { to: orders });
export const picky = stage("picky", { from: orders, to: small, run: (order, emit) => (order.amount > 100 ? reject("too much") : emit(order)) });
export const greet = dag("greet", { params: z.object({ name: z.string().min(2).default("ada"), loud: z.boolean().default(false) }) }, ({ task }) => {
  const words = task("words", ({ params }) => (params.loud ? "HELLO " : "hello ") + params.name);
  task("say", { words }, ({ words }) => words);
});
`,
});
let browser: Browser;
let millrace: MillraceProcess;
beforeAll(async () => {
  browser = await launch();
  millrace = await MillraceProcess.start(project.folder, project.data);
  await millrace.post("/ingest/intake", [1, 2, 3, 500, 600].map((amount, i) => ({ id: `o${i}`, amount })));
  await until(async () => (await stageNow()).deadLetters === 2);
});
afterAll(async () => {
  await millrace.stop();
  project.remove();
});

const get = async <T>(path: string): Promise<T> => (await (await millrace.request(`/api/v1${path}`)).json()) as T;
const stageNow = () => get<{ state: string; deadLetters: number; reason?: string }>("/stages/picky");
const recordsOf = async (topic: string): Promise<number> => (await get<{ partitionInfo: { records: number }[] }>(`/topics/${topic}`)).partitionInfo.reduce((sum, { records }) => sum + records, 0);

/** What has the focus: whether anything does, can be seen in whole, and shows that it has it. */
const focusNow = (page: Page) =>
  page.evaluate(() => {
    const at = document.activeElement as HTMLElement;
    const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(at);
    const { left, top, width, height } = at.getBoundingClientRect();
    const on = document.elementFromPoint(left + width / 2, top + Math.min(height, innerHeight - top) / 2);
    return { tag: at.tagName, isMarked: (outlineStyle !== "none" && Number.parseFloat(outlineWidth) > 0) || boxShadow !== "none", isOnTop: on !== null && (at.contains(on) || on.contains(at)) };
  });

/** Tab after Tab to it, as a person without a mouse goes; all that is passed can be seen to have the focus. */
async function tabTo(page: Page, target: Locator): Promise<void> {
  await target.waitFor();
  for (let presses = 0; presses < 60; presses++) {
    if (await target.evaluate((element) => element === document.activeElement)) {
      expect(await focusNow(page), String(target)).toMatchObject({ isMarked: true, isOnTop: true });
      return;
    }
    await page.keyboard.press("Tab");
  }
  throw new Error(`${target} is not reached by Tab`);
}

async function press(page: Page, name: string): Promise<void> {
  await tabTo(page, page.getByRole("button", { name, exact: true }));
  await page.keyboard.press("Enter");
}

/** Finds something by its name and goes there; the page has the focus then, not what was before it. */
async function goBy(page: Page, words: string, first: string): Promise<void> {
  await page.keyboard.press("Control+k");
  await page.getByRole("combobox", { name: "Name" }).waitFor();
  await page.keyboard.type(words);
  await page.getByRole("option", { name: first, selected: true }).waitFor();
  await page.keyboard.press("Enter");
  await page.getByRole("dialog", { name: "Find or do" }).waitFor({ state: "detached" });
}

const start = async () => {
  const seen = await visit(browser, millrace);
  await seen.go("/");
  await seen.page.getByText("live", { exact: true }).waitFor();
  return seen;
};

test("a stage is found, paused, resumed, and its dead letters sent again", async () => {
  const seen = await start();
  const { page } = seen;
  await goBy(page, "stage picky", "stage picky");
  await page.getByRole("heading", { level: 1, name: "picky" }).waitFor();
  await expect.poll(() => page.evaluate(() => document.activeElement?.id)).toBe("main");
  await press(page, "Pause");
  await page.getByRole("dialog", { name: "Pause picky" }).waitFor();
  await page.keyboard.type("for a look");
  await page.keyboard.press("Enter");
  await page.getByText("Paused: for a look").waitFor();
  await expect.poll(stageNow).toMatchObject({ state: "paused", reason: "for a look" });
  // What opened the dialog has the focus again: it resumes now.
  await expect.poll(() => page.evaluate(() => document.activeElement?.textContent)).toBe("Resume");
  await page.keyboard.press("Enter");
  await expect.poll(async () => (await stageNow()).state).toBe("running");
  await tabTo(page, page.getByRole("link", { name: /^Dead letters/ }));
  await page.keyboard.press("Enter");
  await press(page, "Redrive…");
  await press(page, "Send 2");
  // They are as bad as before, and come back.
  await expect.poll(() => recordsOf("picky.dlq")).toBe(4);
  expectNoTrouble(seen);
});

test("a topic is read from an offset, and a record is produced", async () => {
  const seen = await start();
  const { page } = seen;
  await goBy(page, "topic orders", "topic orders");
  await tabTo(page, page.getByLabel("From", { exact: true }));
  await page.keyboard.type("Off");
  await tabTo(page, page.getByLabel("Offset"));
  await page.keyboard.type("3");
  await page.keyboard.press("Enter");
  await page.waitForURL(/offset=3/);
  await expect.poll(() => page.locator("[data-index]").first().textContent()).toContain("0:3");
  const row = page.locator("[data-index='0']");
  await tabTo(page, row);
  await page.keyboard.press("Enter");
  await page.getByRole("dialog", { name: "Record 0:3" }).waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await expect.poll(() => row.evaluate((element) => element === document.activeElement)).toBe(true);
  const before = await recordsOf("orders");
  await press(page, "Produce a record");
  await expect.poll(() => page.evaluate(() => document.activeElement?.tagName)).toBe("TEXTAREA");
  await page.keyboard.press("Control+a");
  await page.keyboard.type('{ "id": "by-hand", "amount": 7 }');
  await press(page, "Produce");
  await page.getByRole("dialog", { name: /^Record 0:/ }).getByText('"by-hand"').waitFor();
  await expect.poll(() => recordsOf("orders")).toBe(before + 1);
  expectNoTrouble(seen);
});

test("a DAG is run with parameters, and a task of the run once more", async () => {
  const seen = await start();
  const { page } = seen;
  await goBy(page, "run greet now", "do Run greet now…");
  await page.getByLabel("name").waitFor();
  await expect.poll(() => page.evaluate(() => (document.activeElement as HTMLInputElement).value)).toBe("ada");
  await page.keyboard.press("Control+a");
  await page.keyboard.type("grace");
  await tabTo(page, page.getByLabel("loud"));
  await page.keyboard.type("yes");
  await press(page, "Run");
  await page.waitForURL("**/runs/**");
  const run = decodeURIComponent(new URL(page.url()).pathname.split("/")[2]);
  await until(async () => (await get<{ state: string }>(`/runs/${encodeURIComponent(run)}`)).state === "success");
  await expect.poll(() => get(`/runs/${encodeURIComponent(run)}`)).toMatchObject({ params: { name: "grace", loud: true } });
  await tabTo(page, page.getByRole("link", { name: "say" }));
  await page.keyboard.press("Enter");
  await page.getByRole("region", { name: "Result" }).getByText("HELLO grace").waitFor();
  await press(page, "Run again…");
  await press(page, "Run 1 again");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await expect.poll(() => page.evaluate(() => document.activeElement?.tagName)).not.toBe("BODY");
  await expect.poll(async () => (await get<{ attempts: number }>(`/runs/${encodeURIComponent(run)}/tasks/say`)).attempts).toBe(2);
  expectNoTrouble(seen);
});
