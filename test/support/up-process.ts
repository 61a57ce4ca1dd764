import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { until } from "./millrace-process.ts";

/** What Node is given to be the command line of this checkout. */
export const millraceArgs = ["--disable-warning=ExperimentalWarning", "--conditions=millrace:source", fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url))];

/** `millrace up` itself, as people start it. */
export class UpProcess {
  readonly url: string;
  readonly token: string;
  readonly #child: ChildProcess;
  readonly #said: () => string;

  private constructor(child: ChildProcess, said: () => string, dataFolder: string) {
    this.#child = child;
    this.#said = said;
    this.url = (JSON.parse(readFileSync(join(dataFolder, "control.json"), "utf8")) as { url: string }).url;
    this.token = readFileSync(join(dataFolder, "token"), "utf8").trim();
  }

  /** @param args - what Node is given to be the command line */
  static async start(projectFolder: string, dataFolder: string, args: readonly string[] = millraceArgs): Promise<UpProcess> {
    const child = spawn(process.execPath, [...args, "up", "--project", projectFolder, "--data", dataFolder], { stdio: ["ignore", "ignore", "pipe"] });
    let said = "";
    child.stderr?.on("data", (text: Buffer) => (said += String(text)));
    await until(() => {
      if (child.exitCode !== null || child.signalCode !== null) throw new Error(`millrace up ended: ${said}`);
      return said.includes("is up at");
    });
    return new UpProcess(child, () => said, dataFolder);
  }

  /** What it has told people so far. */
  get said(): string {
    return this.#said();
  }

  request(path: string, body?: unknown): Promise<Response> {
    return fetch(`${this.url}${path}`, { method: body === undefined ? "GET" : "POST", headers: { authorization: `Bearer ${this.token}`, "content-type": "application/json" }, ...(body !== undefined && { body: JSON.stringify(body) }) });
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = new Promise((resolve) => this.#child.once("exit", resolve));
    this.#child.kill("SIGTERM");
    await gone;
  }
}
