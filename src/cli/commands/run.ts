import { MillraceError } from "../../errors.ts";
import type { ProjectStatus, StageStatus } from "../../server/control-plane.ts";
import { readProject } from "../../supervisor/definitions/read-project.ts";
import { startMillrace } from "../../supervisor/up.ts";
import type { Manifest } from "../../model/manifest.ts";
import type { DagDecl } from "../../model/dag-manifest.ts";
import { isSelector, selectModels } from "../../model/models/select-models.ts";
import { Client } from "../client.ts";
import { type CliContext, printJson } from "../context.ts";
import { type BuildOptions, buildModels, intervalOf } from "../build-models.ts";
import { findDataFolder } from "../data-folder.ts";
import { type ExitCode, exitCodes } from "../exit-codes.ts";
import { findProject } from "../find-project.ts";
import { findInstance } from "../instance.ts";
import { reasonsText } from "../output/status-text.ts";
import { summaryText } from "../output/summary-text.ts";
import { progressOn } from "../progress.ts";
import { RunWatch } from "../run-summary.ts";
import { runTarget } from "../run-target.ts";
import { brokenStages } from "../settling.ts";
import { tellRun } from "../tell-run.ts";
import { waitForRun } from "../wait-for-run.ts";
import { watchRun } from "../watch-run.ts";
import { withClient } from "../with-client.ts";

interface RunOptions extends BuildOptions {
  inProcess?: boolean;
}

/** Models are built; a DAG has one run; a stage, or what writes a table, runs until it has read and committed all that is there. */
export async function runTargets(context: CliContext, [targets]: [string[]], options: RunOptions): Promise<ExitCode> {
  const { manifest } = await readProject(findProject(process.cwd(), context.options.project));
  const [target] = targets;
  if (targets.length === 1 && Object.hasOwn(manifest.dags, target) && !Object.hasOwn(manifest.stages, target)) return runDag(context, target, manifest.dags[target], options);
  const isModels = targets.length > 1 || isSelector(targets[0]) || manifest.tables[targets[0]]?.model !== undefined;
  return isModels ? buildModels(context, selectModels(manifest.tables, targets, options.exclude).map((name) => manifest.tables[name]), options) : runOne(context, manifest, targets[0], options);
}

/** One run of a DAG, until it has ended. */
async function runDag(context: CliContext, name: string, { timezone }: DagDecl, options: RunOptions): Promise<ExitCode> {
  const interval = intervalOf(options);
  return withClient(context, "asked", async ({ client }) => {
    const { id } = await client.triggerDag(name, interval ? { interval } : {});
    return tellRun(context, await waitForRun(client, id, context.signal), timezone);
  });
}

async function runOne(context: CliContext, manifest: Manifest, name: string, { inProcess }: RunOptions): Promise<ExitCode> {
  const projectFolder = findProject(process.cwd(), context.options.project);
  const dataFolder = await findDataFolder(projectFolder, context.options.data);
  const names = runTarget(manifest, name);
  const instance = await findInstance(dataFolder);
  if (instance) throw alreadyUp(name, instance.url, dataFolder);
  const millrace = await startMillrace({ projectFolder, dataFolder, port: 0, inProcess, stages: names, logLevel: context.options.verbose ? "debug" : "info" });
  const progress = progressOn(process.stderr, context.errorStyle);
  const watch = new RunWatch();
  const caughtUp = new CaughtUp(names);
  try {
    const last = await watchRun({
      client: new Client(millrace),
      progress,
      signal: context.signal,
      failed: millrace.failed,
      look: (status) => {
        watch.look(status);
        return caughtUp.look(status);
      },
      message: () => `until ${names.join(" and ")} caught up`,
    });
    progress.clear();
    return last ? await tell(context, only(last, names), watch) : exitCodes.interrupted;
  } finally {
    await millrace.close();
  }
}

/** Sees that all named stages are done: twice in a row and unchanged, for a count may be read while another is written. */
export class CaughtUp {
  readonly #names: ReadonlySet<string>;
  #before = "";

  constructor(names: readonly string[]) {
    this.#names = new Set(names);
  }

  look(status: ProjectStatus): boolean {
    const stages = status.stages.filter(({ name }) => this.#names.has(name));
    if (brokenStages({ stages }).length > 0) return true;
    const counts = JSON.stringify(stages.map(({ recordsIn, recordsOut, deadLetters }) => [recordsIn, recordsOut, deadLetters]));
    const done = stages.length === this.#names.size && stages.every(isDone);
    const same = done && counts === this.#before;
    this.#before = done ? counts : "";
    return same;
  }
}

const isDone = ({ kind, state, lagRecords }: StageStatus): boolean => state === "drained" || (state === "running" && lagRecords === 0 && kind !== "files" && kind !== "source");

function only(status: ProjectStatus, names: readonly string[]): ProjectStatus {
  return { ...status, stages: status.stages.filter(({ name }) => names.includes(name)) };
}

async function tell(context: CliContext, status: ProjectStatus, watch: RunWatch): Promise<ExitCode> {
  const summary = watch.summary(status, { results: [] }, performance.now() / 1_000);
  if (context.options.json) await printJson(context, summary);
  else await context.print(summaryText(summary, { results: [] }, brokenStages(status).length > 0 ? "came to a stand after" : "caught up after", context) + reasonsText(status.stages, context.style));
  return brokenStages(status).length > 0 ? exitCodes.failed : exitCodes.ok;
}

function alreadyUp(name: string, url: string, dataFolder: string): MillraceError {
  return new MillraceError("MR-LOG-001", { what: `Millrace is up at ${url}, and runs "${name}" itself`, where: dataFolder, mend: "look at it with `millrace status`, or end that one first" });
}
