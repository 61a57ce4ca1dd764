import { accessSync, constants, rmSync } from "node:fs";
import { rm } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { MillraceError } from "../../errors.ts";
import type { FilesDriver } from "../../files/driver.ts";
import type { Outcome, Work } from "../../scheduler/executor.ts";
import { commandInputsFolder } from "../data-folder.ts";
import { placeOf, resultKey } from "./attempt-place.ts";
import type { AttemptRunner, RunnerContext } from "./attempt-runner.ts";
import { factsOf, inputsOf, plainEnvironment } from "./command-environment.ts";
import { type CommandSettings, readCommand } from "./command-settings.ts";
import { ownerName, ownerOf } from "./owner-mark.ts";
import { leftBehind } from "./process-table.ts";
import { sweepCgroups } from "./pids-cgroup.ts";
import { ResultStore } from "./result-store.ts";
import { type CommandEnd, type CommandSpec, runCommand } from "./run-command.ts";
import { signalProcess } from "./signal-process.ts";

export interface CommandTasksOptions {
  dataFolder: string;
  results: FilesDriver;
  /** False: no control groups, though the system would let us make them. Default true. */
  controlGroups?: boolean;
}

/** A command that ends with it has skipped its task, as in Airflow. */
const skipCode = 99;
const removeMsMax = 30_000;

/** Shell and container tasks: commands with limits, each in a session of its own. */
export class CommandTasks {
  readonly #options: CommandTasksOptions;
  readonly #results: ResultStore;
  /** In the environment of all commands of one data folder. */
  readonly #owner: string;

  constructor(options: CommandTasksOptions) {
    this.#options = options;
    this.#results = new ResultStore(options.results);
    this.#owner = ownerOf(options.dataFolder);
  }

  /** Clears away what commands and workers of a control plane that died have left. Returns how many processes still ran. */
  sweep(): number {
    const left = leftBehind(`${ownerName}=${this.#owner}`);
    for (const pid of left) signalProcess(pid, "SIGKILL");
    sweepCgroups(`millrace-${this.#owner}-`);
    rmSync(commandInputsFolder(this.#options.dataFolder), { recursive: true, force: true });
    return left.length;
  }

  readonly shell: AttemptRunner = {
    run: async (work, context) => {
      const settings = readCommand(await context.settings(), "shell", context.codeFolder, context.where);
      return this.#withInputs(work, context.where, async (inputs) => {
        const end = await runCommand({ ...this.#spec(work, context, settings), argv: settings.argv as string[], env: { ...plainEnvironment(), ...settings.env, ...inputs.env, ...this.#facts(work) } });
        return this.#outcome(end, work, context, settings);
      });
    },
  };

  readonly container: AttemptRunner = {
    run: async (work, context) => {
      const settings = readCommand(await context.settings(), "container", context.codeFolder, context.where);
      const program = this.#containerProgram(context.where);
      const name = `millrace-${work.attempt}`;
      return this.#withInputs(work, context.where, async ({ env, files }) => {
        const inside = { ...settings.env, ...env, ...this.#facts(work) };
        const spec = { ...this.#spec(work, context, settings), memoryMax: undefined, env: { ...clientEnvironment(), ...inside } };
        const argv = [program, "run", "--rm", "--init", "--name", name, "--label", `millrace.owner=${this.#owner}`, ...containerLimits(settings), ...files.flatMap((file) => ["--volume", `${file}:${file}:ro`]), ...Object.keys(inside).flatMap((key) => ["--env", key]), ...settings.options, settings.image as string, ...(settings.argv ?? [])];
        // The client's end need not be the container's: that one is asked for by name.
        let removed: Promise<unknown> | undefined;
        const remove = (): void => {
          removed ??= runCommand({ ...spec, group: undefined, argv: [program, "rm", "--force", name], signal: new AbortController().signal, killed: AbortSignal.timeout(removeMsMax) });
        };
        context.killed.addEventListener("abort", remove, { once: true });
        const end = await runCommand({ ...spec, argv });
        context.killed.removeEventListener("abort", remove);
        if (context.signal.aborted || end.tooMany) remove();
        await removed;
        return this.#outcome(end, work, context, settings);
      });
    },
  };

  #spec(work: Work, { log, signal, killed }: RunnerContext, { cwd, processesMax, memoryMax }: CommandSettings): Omit<CommandSpec, "argv" | "env"> {
    return { cwd, processesMax, memoryMax, log, signal, killed, group: this.#options.controlGroups === false ? undefined : `millrace-${this.#owner}-${work.attempt}`, mark: { name: "MILLRACE_ATTEMPT_ID", value: work.attempt } };
  }

  #facts(work: Work): Record<string, string> {
    return { ...factsOf(work), [ownerName]: this.#owner };
  }

  async #withInputs(work: Work, where: string, run: (inputs: Awaited<ReturnType<typeof inputsOf>>) => Promise<Outcome>): Promise<Outcome> {
    const folder = join(commandInputsFolder(this.#options.dataFolder), work.attempt);
    try {
      return await run(await inputsOf(work, this.#results, folder, where));
    } finally {
      await rm(folder, { recursive: true, force: true }).catch(() => undefined);
    }
  }

  async #outcome(end: CommandEnd, work: Work, { where, mask }: RunnerContext, settings: CommandSettings): Promise<Outcome> {
    const { code, lastLine, lastWords } = end;
    if (end.tooMany || (code !== 0 && code !== skipCode)) throw commandFailed(end, where, settings);
    if (code === skipCode) return { kind: "skipped", note: lastWords.split("\n").at(-1) || `the command ended with exit code ${skipCode}` };
    if (!lastLine) return { kind: "success" };
    if (!lastLine.whole) throw new MillraceError("MR-TASK-003", { what: "the last line of the command's output, which is its result, has more than 64 KiB", where, mend: "write it to a file, and print the file's name last; or print an empty result last, such as an echo of one word" });
    // It is output like the lines before it, which people see and which nobody may have meant to be kept.
    const result = await this.#results.store(mask.text(lastLine.text), resultKey(placeOf(work), work.attempt), where);
    return { kind: "success", ...(result && { result }) };
  }

  /** The client may be there though its service is not: a machine with both says which one it means. */
  #containerProgram(where: string): string {
    const { PATH = "", MILLRACE_CONTAINERS: asked } = process.env;
    const names = asked === undefined || asked === "" ? ["docker", "podman"] : [asked];
    for (const name of names) for (const folder of PATH.split(delimiter)) if (folder !== "" && isProgram(join(folder, name))) return join(folder, name);
    throw new MillraceError("MR-TASK-008", { what: `there is no ${names.join(" and no ")} to run the container with`, where, mend: "install docker or podman on the PATH of Millrace; or start it with MILLRACE_CONTAINERS=podman, or another program that takes the same words; or make it a shell task" });
  }
}

function containerLimits({ processesMax, memoryMax }: CommandSettings): string[] {
  return ["--pids-limit", String(processesMax), ...(memoryMax === undefined ? [] : ["--memory", String(memoryMax)])];
}

/** What the client needs to find its service, which the container does not see. */
function clientEnvironment(): Record<string, string> {
  const own = Object.entries(process.env).filter(([name, value]) => value !== undefined && /^(DOCKER_|CONTAINER_|XDG_RUNTIME_DIR$)/.test(name));
  return { ...plainEnvironment(), ...(Object.fromEntries(own) as Record<string, string>) };
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

const tooLong = "one of its arguments, or a variable of its environment, is longer than the system takes (128 KiB on Linux): name the task whose result it is as input, and read it from MILLRACE_INPUTS_FILE";

function commandFailed({ code, signal, lastWords, tooMany, error }: CommandEnd, where: string, { processesMax }: CommandSettings): MillraceError {
  const how = tooMany ? `the command was ended: it had, or tried to have, more than ${processesMax} processes` : error ? `the command could not be started: ${error.message}` : signal ? `the command was ended by ${signal}` : `the command ended with exit code ${code}`;
  const mend = tooMany ? "let it start fewer at once, or raise `processes`" : error?.code === "E2BIG" ? tooLong : code === 127 ? "install the program, or give its whole path" : code === 137 ? "it was killed, most often for its memory: raise `memory`, or look for what else has ended it" : "look at its last lines, and the rest in its log";
  return new MillraceError("MR-TASK-006", { what: lastWords === "" ? how : `${how}; its last lines: ${lastWords.slice(-2_000)}`, where, mend, retryable: true });
}
