import { folderFiles } from "../../files/folder.ts";
import type { TaskKind } from "../../model/dag-manifest.ts";
import type { Executor, ExecutorPort, Hint } from "../../scheduler/executor.ts";
import { resultsFolder } from "../data-folder.ts";
import { SecretVault } from "../secrets/secret-vault.ts";
import type { AttemptRunner } from "./attempt-runner.ts";
import { CommandTasks } from "./command-task.ts";
import { RunnerAttempts } from "./runner-attempts.ts";
import { TaskWorkers } from "./task-workers.ts";
import { waitTask } from "./wait-task.ts";

export interface LocalExecutorOptions {
  port: ExecutorPort;
  /** The folder of a release's code, absolute. */
  codeFolder(release: string): string;
  /** Where a copy of the release is kept, if one is. */
  keptFolder?(release: string): string | undefined;
  dataFolder: string;
  compileCache: string;
  /** Default: the environment of this process and its folder of secrets. */
  secrets?: SecretVault;
  /** Runners of kinds that are not ours: of SQL tasks, those that write to the lake. */
  runners?: Partial<Record<TaskKind, AttemptRunner>>;
  /** Worker processes at once, and attempts at once in each. Default: the machine's cores, 2 at least; 16. */
  processes?: number;
  places?: number;
  /** Most memory for JavaScript objects of a worker process, in MiB. Default 1,024. */
  heapMiB?: number;
  /** Commands at once. Default 32. */
  commands?: number;
  /** Lines of JSON about what concerns no attempt. */
  onLine(line: string): void;
}

const inWorkers: ReadonlySet<TaskKind> = new Set(["task", "branch", "shortCircuit", "sensor", "http"]);

/** Runs all attempts of tasks on this machine: code in warm workers, commands in processes of their own. */
export class LocalExecutor implements Executor {
  readonly #workers: TaskWorkers;
  readonly #alone: RunnerAttempts;

  constructor(options: LocalExecutorOptions) {
    const { port, codeFolder, dataFolder, secrets = new SecretVault(), onLine } = options;
    this.#workers = new TaskWorkers({ ...options, secrets });
    const commands = new CommandTasks({ dataFolder, results: folderFiles(resultsFolder(dataFolder)) });
    const left = commands.sweep();
    if (left > 0) onLine(JSON.stringify({ level: 40, time: Date.now(), msg: "processes of tasks were left from before, and were ended", processes: left }));
    this.#alone = new RunnerAttempts({
      port,
      runners: { shell: commands.shell, container: commands.container, wait: waitTask, ...options.runners },
      codeFolder,
      dataFolder,
      secrets,
      render: (work, release, signal) => this.#workers.render(work, release, signal),
      atOnce: options.commands,
      onLine,
    });
  }

  /** Keeps a worker process of each of these releases ready. */
  keepWarm(releases: readonly string[]): void {
    this.#workers.keepWarm(releases);
  }

  offer(hint: Hint): void {
    if (inWorkers.has(hint.task.kind)) this.#workers.offer(hint);
    else this.#alone.offer(hint);
  }

  stop(attempt: string, why: string, graceMs: number): void {
    this.#workers.stop(attempt, why, graceMs);
    this.#alone.stop(attempt, why, graceMs);
  }

  /** Whether nothing that an earlier executor of this data folder has started can still run. */
  get cleared(): boolean {
    return process.platform === "linux";
  }

  get processes(): TaskWorkers["processes"] {
    return this.#workers.processes;
  }

  /** Ends when nothing runs any more; what has not ended by itself in the time given is ended by force, and is lost. */
  async close(drainMs: number): Promise<void> {
    const end = performance.now() + drainMs;
    this.#workers.hold();
    // Commands first: code that makes their settings runs in the workers.
    await this.#alone.close(drainMs);
    await this.#workers.close(Math.max(0, end - performance.now()));
  }
}
