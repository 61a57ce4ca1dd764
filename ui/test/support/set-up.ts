import { spawnSync } from "node:child_process";
import { cpSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { TestProject } from "vitest/node";
import { MillraceProcess, until } from "../../../test/support/millrace-process.ts";
import { temporaryProject } from "../../../test/support/temporary-project.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** The flights example, caught up: 3,000,000 flights, and every DAG's runs. Tests leave it as they found it. */
    flights: { url: string; token: string; folder: string };
  }
}

const repository = fileURLToPath(new URL("../../../", import.meta.url));

/** A flights project that is up already, by its folder: quicker while pages are being made. */
async function runningAlready(folder: string, provide: TestProject["provide"]): Promise<() => Promise<void>> {
  const { url } = JSON.parse(readFileSync(`${folder}/.millrace/control.json`, "utf8")) as { url: string };
  provide("flights", { url, token: readFileSync(`${folder}/.millrace/token`, "utf8").trim(), folder });
  return async () => undefined;
}

/** Builds the interface, so that the server hands out what is in the sources now, and brings one project up for all tests. */
export default async function setUp({ provide }: TestProject): Promise<() => Promise<void>> {
  const { status } = spawnSync("vite", ["build", "ui", "--logLevel", "warn"], { cwd: repository, stdio: "inherit" });
  if (status !== 0) throw new Error("the web interface does not build");
  const running = process.env.MILLRACE_UI_PROJECT;
  if (running !== undefined) return runningAlready(running, provide);
  const project = temporaryProject({}, ["vega-datasets"]);
  cpSync(`${repository}examples/flights`, project.folder, { recursive: true, filter: (path) => !/\.millrace|\.test\.ts$/.test(path) });
  const millrace = await MillraceProcess.start(project.folder, project.data);
  await until(async () => (await millrace.status()).idle);
  // Models are built by hand: their tables are there for all tests.
  await millrace.post("/api/v1/dags/models/runs", {});
  await until(async () => (await millrace.status()).idle);
  provide("flights", { url: millrace.url, token: millrace.token, folder: project.folder });
  return async () => {
    await millrace.stop();
    project.remove();
  };
}
