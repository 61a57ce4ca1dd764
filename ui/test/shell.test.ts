import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { MillraceProcess } from "../../test/support/millrace-process.ts";
import { temporaryProject } from "../../test/support/temporary-project.ts";
import { expectAccessible } from "./support/axe.ts";
import { expectNoTrouble, launch, sizes, visit } from "./support/browser.ts";

const flights = inject("flights");
let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});

describe("signing in", () => {
  test("without a session every page leads to the sign-in page, and back to where one was going", async () => {
    const { page, trouble } = await visit(browser, { ...flights, token: "" });
    await page.evaluate(() => localStorage.clear()).catch(() => undefined);
    const { secret } = (await (await fetch(`${flights.url}/api/v1/sessions/invite`, { method: "POST", headers: { authorization: `Bearer ${flights.token}` } })).json()) as { secret: string };
    const fresh = await browser.newContext();
    const there = await fresh.newPage();
    await there.goto(`${flights.url}/stages`);
    await there.getByRole("heading", { name: "Sign in to Millrace" }).waitFor();
    expect(new URL(there.url()).searchParams.get("to")).toBe("/stages");
    await there.goto(`${flights.url}/sign-in?to=%2Fstages#code=${secret}`);
    await there.getByRole("heading", { level: 1, name: "Stages" }).waitFor();
    expect(there.url()).toBe(`${flights.url}/stages`);
    const again = await (await browser.newContext()).newPage();
    await again.goto(`${flights.url}/sign-in#code=${secret}`);
    await again.getByText("The link is used up").or(again.getByText("the link is used up")).waitFor();
    expect(trouble.elsewhere).toEqual([]);
  });

  test("a wrong token is told; nobody is sent to an address of somebody else", async () => {
    const page = await (await browser.newContext()).newPage();
    await page.goto(`${flights.url}/sign-in?to=%2F%2Fevil.example`);
    await page.getByLabel("Or the project's token").fill("mr_nothing-of-ours-at-all");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("alert").waitFor();
    await page.getByLabel("Or the project's token").fill(flights.token);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("heading", { level: 1, name: "Overview" }).waitFor();
    expect(page.url()).toBe(`${flights.url}/`);
  });
});

describe("around every page", () => {
  test("keys alone: the palette finds a stage, two keys lead to a page, and help names them", async () => {
    const { page, go, ...rest } = await visit(browser, flights);
    await go("/");
    await page.keyboard.press("Control+k");
    await page.keyboard.type("route fl");
    await page.getByRole("option", { name: "stage route-flights" }).waitFor();
    await page.keyboard.press("Enter");
    await page.waitForURL("**/stages/route-flights");
    await page.keyboard.press("g");
    await page.keyboard.press("c");
    await page.getByRole("heading", { level: 1, name: "Catalog" }).waitFor();
    await page.keyboard.press("?");
    await page.getByRole("dialog", { name: "Keys" }).waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    expectNoTrouble({ page, go, ...rest });
  });

  test("what the palette does is asked for once more on the page that it leads to; a run's page is marked as one of DAGs", async () => {
    const { page, go, ...rest } = await visit(browser, flights);
    await go("/");
    const choose = async (text: string, option: string): Promise<void> => {
      await page.keyboard.press("Control+k");
      await page.keyboard.type(text);
      await page.getByRole("option", { name: option }).first().waitFor();
      await page.keyboard.press("Enter");
    };
    await choose("pause route", "do Pause route-flights…");
    await page.getByRole("dialog", { name: "Pause route-flights" }).waitFor();
    expect(new URL(page.url()).searchParams.get("ask")).toBe("pause");
    await page.getByRole("button", { name: "Leave it" }).click();
    await page.getByRole("dialog").waitFor({ state: "detached" });
    expect(new URL(page.url()).search).toBe("");
    await choose("run flights-daily now", "do Run flights-daily now…");
    await page.getByRole("dialog", { name: /flights-daily/ }).waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await choose("apply plan", "do Apply the plan");
    await page.getByRole("heading", { level: 1, name: "Plan" }).waitFor();
    // Nothing was done.
    const get = async (path: string) => (await fetch(`${flights.url}/api/v1${path}`, { headers: { authorization: `Bearer ${flights.token}` } })).json();
    expect((await get("/stages/route-flights")).state).toBe("running");
    expect((await get("/dags/flights-daily")).activeRuns).toBe(0);
    await go("/runs/flights-daily.20010630T100000Z");
    const marked = page.getByRole("navigation", { name: "Pages" }).locator("[aria-current=page]");
    expect(await marked.allTextContents()).toEqual(["DAGs"]);
    expectNoTrouble({ page, go, ...rest });
  });

  test.each(["light", "dark"] as const)("palette, help and the sign-in page are accessible (%s)", async (colorScheme) => {
    const { page, go } = await visit(browser, flights, { colorScheme });
    await go("/");
    await page.keyboard.press("Control+k");
    await page.getByRole("combobox").waitFor();
    await expectAccessible(page);
    await page.keyboard.press("Escape");
    await page.keyboard.press("?");
    await page.getByRole("dialog", { name: "Keys" }).waitFor();
    await expectAccessible(page);
    await go("/sign-in");
    await expectAccessible(page);
  });

  test("on a phone the pages stand behind a button", async () => {
    const { page, go } = await visit(browser, flights, { viewport: sizes.phone });
    await go("/");
    await page.getByRole("button", { name: "Pages" }).click();
    await page.getByRole("link", { name: "Topics" }).click();
    await page.getByRole("heading", { level: 1, name: "Topics" }).waitFor();
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(sizes.phone.width);
  });
});

describe("a server that is killed", () => {
  const project = temporaryProject({ "pipeline.ts": 'import { topic } from "millrace";\nimport { z } from "zod";\nexport const a = topic("a", { schema: z.object({ n: z.int() }) });\n' });
  let millrace: MillraceProcess;
  afterAll(async () => {
    await millrace.stop();
    project.remove();
  });

  test("the page says that it is not current, and is current again when the server is back", async () => {
    millrace = await MillraceProcess.start(project.folder, project.data);
    const { page, go } = await visit(browser, millrace);
    await go("/");
    await page.getByText("live", { exact: true }).waitFor();
    await millrace.killAll();
    await page.getByRole("alert").getByText("Not current").waitFor();
    millrace = await MillraceProcess.start(project.folder, project.data, { port: Number(new URL(millrace.url).port) });
    await page.getByText("live", { exact: true }).waitFor();
    expect(await page.getByText("Not current").count()).toBe(0);
  });
});

test("what is handed out has a strict policy, lasts where its name says so, and nothing else is there", async () => {
  const page = await fetch(`${flights.url}/dags/any/thing`);
  expect(page.status).toBe(200);
  expect(page.headers.get("content-security-policy")).toContain("script-src 'self';");
  expect(page.headers.get("content-security-policy")).not.toContain("unsafe");
  expect(page.headers.get("cache-control")).toBe("no-cache");
  const html = await page.text();
  expect(html).not.toMatch(/<script(?![^>]*\bsrc=)/);
  const [, script] = /src="(\/assets\/[^"]+\.js)"/.exec(html) as RegExpExecArray;
  const answer = await fetch(flights.url + script, { headers: { "accept-encoding": "br" } });
  expect(answer.headers.get("cache-control")).toContain("immutable");
  for (const path of ["/assets/../../token", "/assets/%2e%2e/%2e%2e/token", "/index.html.br", "/assets", "/nothing"]) expect((await fetch(flights.url + path)).status).toBeGreaterThanOrEqual(400);
});
