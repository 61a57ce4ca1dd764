import { readFileSync } from "node:fs";
import type { TestProject } from "vitest/node";
import { bringUpFlights, buildPages } from "./flights-bed.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** The flights example, caught up: 3,000,000 flights, and every DAG's runs. Tests leave it as they found it. */
    flights: { url: string; token: string; folder: string };
  }
}

/** A flights project that is up already, by its folder: quicker while pages are being made. */
async function runningAlready(folder: string, provide: TestProject["provide"]): Promise<() => Promise<void>> {
  const { url } = JSON.parse(readFileSync(`${folder}/.millrace/control.json`, "utf8")) as { url: string };
  provide("flights", { url, token: readFileSync(`${folder}/.millrace/token`, "utf8").trim(), folder });
  return async () => undefined;
}

/** Builds the interface, so that the server hands out what is in the sources now, and brings one project up for all tests. */
export default async function setUp({ provide }: TestProject): Promise<() => Promise<void>> {
  buildPages();
  const running = process.env.MILLRACE_UI_PROJECT;
  if (running !== undefined) return runningAlready(running, provide);
  const { millrace, folder, remove } = await bringUpFlights();
  provide("flights", { url: millrace.url, token: millrace.token, folder });
  return remove;
}
