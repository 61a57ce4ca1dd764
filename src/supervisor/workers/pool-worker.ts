import type { Hint } from "../../scheduler/executor.ts";
import { compileCacheFolder } from "../data-folder.ts";
import { LocalExecutor } from "../tasks/local-executor.ts";
import type { PlaneLink } from "./plane-link.ts";
import { RemotePort } from "./remote-port.ts";
import type { ToWorkerEvent } from "./worker-protocol.ts";

export interface PoolWorkerOptions {
  link: PlaneLink;
  dataFolder: string;
  /** Has the code of a release here. */
  codeFolder(release: string): Promise<string>;
  onLine(line: string): void;
}

interface Crew {
  executor: LocalExecutor;
  port: RemotePort;
}

const drainMs = 10_000;

/** Runs attempts of a pool on this machine, by the same executor that the control plane has on its own. */
export class PoolWorker {
  readonly #options: PoolWorkerOptions;
  readonly #folders = new Map<string, string>();
  #crew: Crew | undefined;
  #closed = false;

  constructor(options: PoolWorkerOptions) {
    this.#options = options;
  }

  heard(event: ToWorkerEvent): void {
    if (event.event === "offer") void this.#offer(event.hint);
    else if (event.event === "stop") this.#crew?.executor.stop(event.attempt, event.why, event.graceMs);
  }

  /** What is under way counts as lost with the control plane, and may run elsewhere by now: it is ended. */
  abandon(): void {
    const crew = this.#crew;
    this.#crew = undefined;
    crew?.port.close();
    void crew?.executor.close(0);
  }

  async #offer(hint: Hint): Promise<void> {
    try {
      this.#folders.set(hint.release, await this.#options.codeFolder(hint.release));
      if (!this.#closed) this.#hired().executor.offer(hint);
    } catch (error) {
      this.#options.onLine(JSON.stringify({ level: 50, time: Date.now(), attempt: hint.attempt, release: hint.release, msg: `the release cannot be had: ${(error as Error).message}` }));
    }
  }

  #hired(): Crew {
    if (this.#crew) return this.#crew;
    const { link, dataFolder, onLine } = this.#options;
    const port = new RemotePort(link, dataFolder);
    const executor = new LocalExecutor({ port, codeFolder: (release) => this.#folders.get(release) as string, dataFolder, compileCache: compileCacheFolder(dataFolder), onLine });
    this.#crew = { executor, port };
    return this.#crew;
  }

  /** Lets what is under way end, for some seconds. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#crew?.executor.close(drainMs);
    this.#crew?.port.close();
  }
}
