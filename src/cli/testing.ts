import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { childExecArgv } from "../model/child-process.ts";

/* Runs the command line as its users do, for tests. */

const main = fileURLToPath(new URL("./main.ts", import.meta.url));

export interface CliResult {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface CliOptions {
  cwd?: string;
  /** What it gets on stdin; nothing when absent. */
  input?: string;
  env?: Record<string, string>;
}

/** A command under way. */
export class CliRun {
  readonly child: ChildProcess;
  stdout = "";
  stderr = "";
  readonly #ended: Promise<unknown>;

  constructor(args: readonly string[], { cwd, input = "", env }: CliOptions = {}) {
    const { NO_COLOR: _no, FORCE_COLOR: _force, ...rest } = process.env;
    this.child = spawn(process.execPath, [...childExecArgv(), main, ...args], { cwd, env: { ...rest, ...env }, stdio: "pipe" });
    this.child.stdout?.setEncoding("utf8").on("data", (text: string) => (this.stdout += text));
    this.child.stderr?.setEncoding("utf8").on("data", (text: string) => (this.stderr += text));
    this.child.stdin?.on("error", () => {}).end(input);
    this.#ended = once(this.child, "close");
  }

  async result(): Promise<CliResult> {
    await this.#ended;
    return { code: this.child.exitCode, stdout: this.stdout, stderr: this.stderr };
  }

  /** Resolves when `seen` holds; fails with all that was printed when the command ends, or the time does, before. */
  async until(seen: (run: CliRun) => boolean, ms = 30_000): Promise<void> {
    const deadline = performance.now() + ms;
    while (!seen(this)) {
      if (this.child.exitCode !== null || performance.now() > deadline) throw new Error(`not seen:\n${this.stdout}\n${this.stderr}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

export const runCliProcess = (args: readonly string[], options?: CliOptions): Promise<CliResult> => new CliRun(args, options).result();
