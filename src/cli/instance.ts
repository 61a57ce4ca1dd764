import { readFileSync } from "node:fs";
import { controlFile, tokenFile } from "../supervisor/data-folder.ts";
import { bodyText, httpCall } from "./http-call.ts";

/** A Millrace that runs on a data folder. */
export interface Instance {
  url: string;
  token: string;
  pid: number;
  /** ISO 8601. */
  startedAt: string;
  /** Lets the log be read over its socket. Absent where the log has none. */
  logToken?: string;
}

const liveMs = 3_000;

/** What the data folder says about a running Millrace, true or not any more; undefined when it says nothing that can be read. */
export function readInstance(dataFolder: string): Instance | undefined {
  try {
    const { url, pid, startedAt, logToken } = JSON.parse(readFileSync(controlFile(dataFolder), "utf8")) as Record<string, unknown>;
    const token = readFileSync(tokenFile(dataFolder), "utf8").trim();
    if (typeof url !== "string" || !isLoopback(url) || typeof pid !== "number" || typeof startedAt !== "string") return undefined;
    return { url, token, pid, startedAt, ...(typeof logToken === "string" ? { logToken } : {}) };
  } catch {
    return undefined;
  }
}

/** The Millrace that runs on the data folder; undefined when none does. What a killed one left behind is not taken for one. */
export async function findInstance(dataFolder: string): Promise<Instance | undefined> {
  const instance = readInstance(dataFolder);
  // The process is asked for first: another program may have been given the port since, and must not get the token.
  return instance && isAlive(instance.pid) && (await answers(instance.url)) ? instance : undefined;
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

async function answers(url: string): Promise<boolean> {
  try {
    const answer = await httpCall(`${url}/livez`, { method: "GET", idleMs: liveMs });
    await bodyText(answer);
    return answer.statusCode === 200;
  } catch {
    return false;
  }
}

/** The token goes nowhere else. */
function isLoopback(url: string): boolean {
  const parsed = URL.parse(url);
  return parsed?.protocol === "http:" && ["127.0.0.1", "localhost", "[::1]"].includes(parsed.hostname);
}
