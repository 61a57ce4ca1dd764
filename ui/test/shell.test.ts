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
    // Who is signed in stays so, and goes on.
    await there.goto(`${flights.url}/sign-in?to=%2Ftopics#code=${secret}`);
    await there.getByRole("heading", { level: 1, name: "Topics" }).waitFor();
    await there.reload();
    await there.getByRole("heading", { level: 1, name: "Topics" }).waitFor();
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
    // What the catalog knows is found too: by a column, and a view, which has no rows of its own.
    await page.keyboard.press("Control+k");
    await page.keyboard.type("destination");
    await page.getByRole("option", { name: "topic flights · column destination" }).waitFor();
    await page.keyboard.press("Control+a");
    await page.keyboard.type("late_fl");
    await page.getByRole("option", { name: "table marts.late_flights" }).waitFor();
    await page.keyboard.press("Enter");
    await page.waitForURL("**/catalog/table/marts.late_flights");
    expectNoTrouble({ page, go, ...rest });
  });

  test("keys without Ctrl can be turned off, and on again without them", async () => {
    const { page, go, ...rest } = await visit(browser, flights);
    await go("/");
    await page.keyboard.press("?");
    const dialog = page.getByRole("dialog", { name: "Keys" });
    await dialog.getByRole("checkbox").uncheck();
    await expectAccessible(page);
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    for (const key of ["g", "c", "?"]) await page.keyboard.press(key);
    await page.keyboard.press("Control+k");
    await page.keyboard.type("show all keys");
    await page.getByRole("option", { name: /Show all keys/ }).waitFor();
    await expect.poll(async () => [new URL(page.url()).pathname, await dialog.count()]).toEqual(["/", 0]);
    await page.keyboard.press("Enter");
    await dialog.getByRole("checkbox").check();
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    for (const key of ["g", "c"]) await page.keyboard.press(key);
    await page.getByRole("heading", { level: 1, name: "Catalog" }).waitFor();
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
    await expect.poll(() => new URL(page.url()).search).toBe("");
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
    await expect.poll(() => marked.allTextContents()).toEqual(["DAGs"]);
    expectNoTrouble({ page, go, ...rest });
  });

  test.each(["light", "dark"] as const)("palette, help and the sign-in page are accessible (%s)", async (colorScheme) => {
    const { page, go } = await visit(browser, flights, { colorScheme });
    await go("/");
    await page.keyboard.press("Control+k");
    await page.getByRole("combobox").waitFor();
    await expectAccessible(page);
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await page.keyboard.press("?");
    await page.getByRole("dialog", { name: "Keys" }).waitFor();
    await expectAccessible(page);
    await go("/sign-in");
    await expectAccessible(page);
  });

  test("a theme that was chosen is shown at once, and stays when the page is loaded anew, whatever the system says", async () => {
    const { page, go, ...rest } = await visit(browser, flights, { colorScheme: "light" });
    const shown = () => page.evaluate(() => [document.documentElement.dataset.theme, getComputedStyle(document.body).backgroundColor]);
    await go("/stages");
    const [, light] = await shown();
    await page.getByRole("button", { name: "Dark", exact: true }).click();
    await page.getByRole("button", { name: "Light", exact: true }).waitFor();
    const [theme, dark] = await shown();
    expect(theme).toBe("dark");
    expect(dark).not.toBe(light);
    await page.reload();
    await page.getByRole("button", { name: "Light", exact: true }).waitFor();
    await expect.poll(shown).toEqual(["dark", dark]);
    await page.emulateMedia({ colorScheme: "dark" });
    await page.getByRole("button", { name: "Light", exact: true }).click();
    await page.reload();
    await page.getByRole("button", { name: "Dark", exact: true }).waitFor();
    await expect.poll(shown).toEqual(["light", light]);
    expectNoTrouble({ page, go, ...rest });
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

describe("a project that declares nothing", () => {
  const project = temporaryProject({ "pipeline.ts": "export {};\n" });
  let millrace: MillraceProcess;
  beforeAll(async () => {
    millrace = await MillraceProcess.start(project.folder, project.data);
  });
  afterAll(async () => {
    await millrace.stop();
    project.remove();
  });

  test("each page says so, and what to do", async () => {
    const seen = await visit(browser, millrace);
    const { page, go } = seen;
    const said: [path: string, title: string, mend: RegExp][] = [
      ["/", "The project declares nothing yet", /Write a topic, a stage, a table or a DAG into pipeline\.ts/],
      ["/graph", "The project declares nothing yet", /into pipeline\.ts/],
      ["/stages", "No stage yet", /Declare one with stage\(…\)/],
      ["/topics", "No topic yet", /Declare one with topic\(…\)/],
      ["/dags", "The project has no DAGs", /declared with dag\("name", …\)/],
      ["/catalog", "The catalog is empty", /millrace crawl/],
      ["/sql?side=tables", "There is nothing to read yet", /Declare a topic or a table/],
      ["/sql", "Nothing was run yet", /Write a statement and press Ctrl Enter/],
      ["/quality", "Nothing is judged or watched yet", /Declare checks of a table or topic/],
      ["/plan", "The folder is what runs", /Change the project’s files/],
    ];
    for (const [path, title, mend] of said) {
      await go(path);
      await page.getByText(title, { exact: true }).waitFor();
      await page.getByText(mend).first().waitFor();
      await expectAccessible(page);
    }
    expectNoTrouble(seen);
  });

  test("killed: the page says that it is not current, and is current again when the server is back", async () => {
    const { page, go } = await visit(browser, millrace);
    await go("/");
    await page.getByText("live", { exact: true }).waitFor();
    await millrace.killAll();
    await page.getByRole("alert").getByText("Not current").waitFor();
    millrace = await MillraceProcess.start(project.folder, project.data, { port: Number(new URL(millrace.url).port) });
    await page.getByText("live", { exact: true }).waitFor();
    await expect.poll(() => page.getByText("Not current").count()).toBe(0);
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
