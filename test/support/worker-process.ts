import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface WorkerPlace {
  /** Of the control plane. */
  address: string;
  secret: string;
  caFile: string;
  modulesFrom: string;
  /** Whether it has those of this process. Default `true`. */
  secrets?: boolean;
}

/** A worker in a process group and a folder of its own, as on another machine. */
export class WorkerProcess {
  readonly folder = mkdtempSync(join(tmpdir(), "millrace-worker-"));
  /** What it has said so far. */
  said = "";
  readonly ended: Promise<number | null>;
  readonly #child: ChildProcess;

  constructor({ address, secret, caFile, modulesFrom, secrets = true }: WorkerPlace) {
    const tokenFile = join(this.folder, "token");
    writeFileSync(tokenFile, `${secret}\n`, { mode: 0o600 });
    const env = secrets ? process.env : Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("MILLRACE_SECRET_")));
    const entry = new URL("./worker-child.ts", import.meta.url).pathname;
    const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", "--conditions=millrace:source", entry, address, tokenFile, caFile, modulesFrom, join(this.folder, "data")], { detached: true, stdio: ["ignore", "ignore", "pipe"], env });
    child.stderr?.on("data", (text: Buffer) => {
      this.said = (this.said + String(text)).slice(-20_000);
    });
    this.ended = new Promise((resolve) => child.once("exit", resolve));
    this.#child = child;
  }

  /** At once, with all that it has started. */
  async kill(): Promise<void> {
    process.kill(-(this.#child.pid as number), "SIGKILL");
    await this.ended;
  }

  /** In order; then its folder is removed. */
  async stop(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) this.#child.kill("SIGTERM");
    await this.ended;
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}
