import { rmSync } from "node:fs";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { RunView } from "../../src/server/dag-control.ts";
import { MillraceProcess, until } from "../../test/support/millrace-process.ts";
import { temporaryProject } from "../../test/support/temporary-project.ts";
import { expectAccessible } from "./support/axe.ts";
import { expectNoTrouble, launch, visit } from "./support/browser.ts";

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});

/** A project of recurring work alone: one DAG is well, one breaks until it is mended, one waits for a person. */
const recurring = `
import { existsSync } from "node:fs";
import { dag } from "millrace";

export const steady = dag("steady", {}, ({ task }) => { task("t", () => 1); });
export const fragile = dag("fragile", {}, ({ task }) => {
  task("t", async ({ signal }) => {
    if (!existsSync("held")) throw new Error("it broke");
    while (existsSync("held")) {
      signal.throwIfAborted();
      await new Promise((done) => setTimeout(done, 50));
    }
  });
});
export const asks = dag("asks", {}, ({ approval }) => { approval("sign", { prompt: "Is that right?" }); });
`;

describe("a project of DAGs alone", () => {
  const project = temporaryProject({ "work.pipeline.ts": recurring });
  let millrace: MillraceProcess;
  beforeAll(async () => {
    millrace = await MillraceProcess.start(project.folder, project.data);
  });
  afterAll(async () => {
    await millrace.stop();
    project.remove();
  });

  const begin = async (dag: string): Promise<string> => ((await (await millrace.post(`/api/v1/dags/${dag}/runs`, {})).json()) as RunView).id;
  const stateOf = async (run: string): Promise<string> => ((await (await millrace.request(`/api/v1/runs/${run}`)).json()) as RunView).state;
  const ended = async (run: string, state: string): Promise<void> => until(async () => (await stateOf(run)) === state);

  test("what failed is told until it is made good, and leads to where it is mended", async () => {
    const there = await visit(browser, millrace);
    const { page, go } = there;
    const failed = await begin("fragile");
    await ended(failed, "failed");
    await ended(await begin("steady"), "success");
    const asking = await begin("asks");
    await go("/");
    const needs = page.getByRole("region", { name: /^Needs you/ });
    const dags = page.getByRole("table", { name: "DAGs" });
    await needs.getByText("the last run that ended failed").waitFor();
    await needs.getByText("Is that right?").waitFor();
    // What the project has not is not told of.
    await expect.poll(() => page.getByRole("region").getByRole("heading").allTextContents()).toEqual(["Needs you", "DAGs, those that need a look first"]);
    await expect.poll(() => dags.getByRole("row").evaluateAll((rows) => rows.slice(1).map((row) => [...row.children].slice(0, 2).map((cell) => cell.textContent)))).toEqual([["fragile", "failed"], ["asks", "running"], ["steady", "success"]]);
    await expectAccessible(page);

    // The next run goes on, and has made nothing good yet.
    project.write("held", "");
    const second = await begin("fragile");
    await ended(second, "running");
    await dags.getByRole("row", { name: /fragile/ }).getByText("running").waitFor();
    await needs.getByText("the last run that ended failed").waitFor();
    await needs.getByRole("link", { name: "fragile" }).click();
    await page.waitForURL(`${millrace.url}/runs/${encodeURIComponent(failed)}`);
    await page.getByRole("heading", { level: 1 }).getByText("fragile").waitFor();
    await go("/");
    await needs.getByRole("link", { name: "asks" }).click();
    await page.waitForURL(`${millrace.url}/runs/${encodeURIComponent(asking)}?task=sign`);
    await page.getByRole("button", { name: "Approve" }).waitFor();
    await go("/");
    rmSync(join(project.folder, "held"));
    await ended(second, "success");
    await needs.getByText("the last run that ended failed").waitFor({ state: "detached" });
    await dags.getByRole("link", { name: "fragile" }).click();
    await page.waitForURL(`${millrace.url}/dags/fragile`);
    expectNoTrouble(there);
  });
});

test("of an empty project it says how to begin", async () => {
  const project = temporaryProject({ "pipeline.ts": "export {};" });
  const millrace = await MillraceProcess.start(project.folder, project.data);
  const there = await visit(browser, millrace);
  await there.go("/");
  await there.page.getByText("The project declares nothing yet").waitFor();
  await expectAccessible(there.page);
  expectNoTrouble(there);
  await millrace.stop();
  project.remove();
});
