import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { ProjectStatus, SqlResult } from "../../src/server/control-plane.ts";

/** A Millrace in a process group of its own, asked over REST as any client would. */
export class MillraceProcess {
  readonly url: string;
  /** Where it listens for other machines. */
  readonly address: string;
  readonly token: string;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, { url, address, token }: { url: string; address: string; token: string }) {
    this.#child = child;
    this.url = url;
    this.address = address;
    this.token = token;
  }

  static async start(projectFolder: string, dataFolder: string, { dags = true, port }: { dags?: boolean; port?: number } = {}): Promise<MillraceProcess> {
    const entry = new URL("./millrace-child.ts", import.meta.url).pathname;
    const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", "--conditions=millrace:source", entry, projectFolder, dataFolder, String(port ?? ""), ...(dags ? [] : ["--no-dags"])], { detached: true, stdio: ["ignore", "pipe", "pipe"] });
    let errors = "";
    child.stderr?.on("data", (text: Buffer) => {
      errors = (errors + String(text)).slice(-4_000);
    });
    const line = await new Promise<string>((resolve, reject) => {
      if (child.stdout) createInterface({ input: child.stdout }).once("line", resolve);
      child.once("exit", (code, signal) => reject(new Error(`Millrace ended (${signal ?? code}): ${errors}`)));
    });
    return new MillraceProcess(child, JSON.parse(line) as { url: string; address: string; token: string });
  }

  /** Stops the control plane where it is, its connections open, or lets it go on: `SIGSTOP`, `SIGCONT`. */
  signal(signal: "SIGSTOP" | "SIGCONT"): void {
    this.#child.kill(signal);
  }

  /** Kills the process and all that it has started, at once. */
  async killAll(): Promise<void> {
    const gone = new Promise((resolve) => this.#child.once("exit", resolve));
    process.kill(-(this.#child.pid as number), "SIGKILL");
    await gone;
  }

  /** Kills the control plane alone. */
  async kill(): Promise<void> {
    const gone = new Promise((resolve) => this.#child.once("exit", resolve));
    this.#child.kill("SIGKILL");
    await gone;
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = new Promise((resolve) => this.#child.once("exit", resolve));
    this.#child.kill("SIGTERM");
    await gone;
  }

  request(path: string, init: RequestInit = {}): Promise<Response> {
    return fetch(`${this.url}${path}`, { ...init, headers: { authorization: `Bearer ${this.token}`, "content-type": "application/json", ...init.headers } });
  }

  async #json<T>(path: string, init?: RequestInit): Promise<T> {
    const response = await this.request(path, init);
    const body = await response.text();
    if (!response.ok) throw new Error(`${response.status} of ${path}: ${body}`);
    return JSON.parse(body) as T;
  }

  status(): Promise<ProjectStatus> {
    return this.#json("/api/v1/status");
  }

  sql(sql: string): Promise<SqlResult> {
    return this.#json("/api/v1/sql", { method: "POST", body: JSON.stringify({ sql }) });
  }

  post(path: string, body: unknown): Promise<Response> {
    return this.request(path, { method: "POST", body: JSON.stringify(body) });
  }
}

/** Asks until the answer is true; the suite's own time limit ends it. */
export async function until(question: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await question())) await new Promise((resolve) => setTimeout(resolve, 50));
}
