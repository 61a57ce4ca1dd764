import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import type { FilesSettings } from "../connect/files/declare.ts";
import { InputGate } from "../engine/input-gate.ts";
import { BatchOperator } from "../engine/batch-operator.ts";
import { FailurePolicy } from "../engine/failures.ts";
import type { Operator } from "../engine/operator.ts";
import type { OperatorHost } from "../engine/operator-host.ts";
import { RecordOperator } from "../engine/record-operator.ts";
import { runUserSource } from "../engine/user-source.ts";
import { SourceWriter } from "../engine/source-writer.ts";
import { stageAccess } from "../engine/stage-plan.ts";
import { type StageCounts, StageRunner } from "../engine/stage-runner.ts";
import { MillraceError } from "../errors.ts";
import type { LogDriver } from "../log/driver.ts";
import { codeDigest } from "../model/code-digest.ts";
import { definitionKind, type StageDefinition, type StageLog } from "../model/definition.ts";
import type { StageDecl } from "../model/manifest.ts";
import type { Check } from "../model/quality/check-definition.ts";
import { isStreamCheck } from "../model/quality/stream-checks.ts";
import { fillSecrets, type SecretAccess, secretAccess } from "../model/secret.ts";
import { RecordChecks } from "../quality/records/record-checks.ts";
import { spoolFolder, stageScratchFolder } from "./data-folder.ts";
import { Mask } from "./secrets/mask.ts";
import type { StageSettings } from "./stage-protocol.ts";

/** A stage at work in this process. */
export interface RunningStage {
  counts(): StageCounts;
  progress(): { done: number; total: number } | undefined;
  /** Finishes the epoch under way. */
  stop(): void;
  /** How it ended. Rejects when it must start anew, or with `StagePaused`. */
  ended: Promise<"stopped" | "drained">;
}

const noCounts: StageCounts = { recordsIn: 0, recordsOut: 0, dead: 0, late: 0, warned: 0, epochs: 0, waits: [], lag: 0, held: 0, tasks: [] };

/**
 * Starts the stage that `settings` describe. The user's module is imported here: only in a process that is the stage's own, or in-process on request.
 * @param onFirstEpoch - called when the first epoch of a stage with user code is on disk
 */
export async function runStage(settings: StageSettings, log: LogDriver, stageLog: StageLog, onFirstEpoch?: () => void): Promise<RunningStage> {
  switch (settings.plan.stage.kind) {
    case "files":
      return runFiles(settings, log);
    case "source":
      return runSource(settings, log, stageLog);
    case "table":
      return runTable(settings, log, stageLog);
    case "http":
      throw new MillraceError("MR-ENGINE-005", { what: "an HTTP source has no process of its own", where: `stage "${settings.plan.stage.name}"`, mend: "post to it at /ingest of the server" });
    default:
      return runOperator(settings, log, stageLog, onFirstEpoch);
  }
}

async function runOperator(settings: StageSettings, log: LogDriver, stageLog: StageLog, onFirstEpoch: (() => void) | undefined): Promise<RunningStage> {
  const { plan, member, careful, skip, probeFile } = settings;
  const { stage, topics } = plan;
  const definition = await definitionOf(settings);
  const aborted = new AbortController();
  const inputs = new Map(stageAccess(stage).reads.map((name) => [name, topics[name]]));
  const host: OperatorHost = { stage: stage.name, release: plan.release, inputs, log: stageLog, signal: aborted.signal, secrets: accessOf(settings), now: Date.now, random: Math.random, sleep: (ms) => sleepUntil(aborted.signal, ms) };
  const failures = failurePolicy(settings);
  const operator = await operatorMaker(settings, careful ? { ...definition, concurrency: 1 } : definition, host, failures);
  const runner = new StageRunner({
    stage: stage.name,
    member,
    log,
    inputs: [...inputs].map(([topic, { partitions }]) => ({ topic, partitions })),
    outputs: {
      byAlias: new Map(Object.entries(stage.to).map(([alias, topic]) => [alias, topics[topic]])),
      dlq: stage.dlq === undefined ? undefined : topics[stage.dlq],
      late: stage.late === undefined ? undefined : topics[stage.late],
    },
    expectedLanes: plan.expectedLanes,
    sendsMarks: plan.sendsMarks,
    operator,
    gate: inputGate(settings, definition, host),
    now: Date.now,
    onFirstEpoch,
    probe: careful && probeFile !== undefined ? probe(probeFile) : undefined,
    skip: skip && skip.length > 0 ? new Set(skip) : undefined,
  });
  return {
    counts: () => runner.counts,
    progress: () => undefined,
    stop: () => {
      runner.stop();
      aborted.abort();
    },
    ended: runner.run().then(() => "stopped" as const),
  };
}

const accessOf = ({ plan, secrets }: StageSettings): SecretAccess => secretAccess(secrets, "stage", `stage "${plan.stage.name}"`);

function failurePolicy({ plan: { stage, release }, secrets }: StageSettings): FailurePolicy {
  const mask = new Mask(secrets);
  return new FailurePolicy(stage.name, release, stage.retries, stage.failureLimit, (text) => mask.text(text));
}

/** What judges is not stood before: it says of records that break a check what they break. */
function inputGate(settings: StageSettings, definition: StageDefinition, host: OperatorHost): InputGate | undefined {
  const { plan } = settings;
  if (plan.stage.kind === "validate" || plan.stage.kind === "profile") return undefined;
  const checks = recordChecks(plan, definition);
  return new InputGate(checks, failurePolicy(settings), host);
}

/** By input. A dead letter that comes back is checked by what its topic asks where there is one alone that it can be of. */
function recordChecks({ stage, topics }: StageSettings["plan"], definition: StageDefinition): Map<string, RecordChecks> {
  const functions = (checks: readonly Check[] = []) => checks.flatMap(({ decl, holds }) => (holds ? [[decl.name, holds] as const] : []));
  const checks = new Map<string, RecordChecks>();
  for (const topic of [...stage.from, ...(stage.redrive === undefined ? [] : [stage.redrive])]) {
    const asked = topic !== stage.redrive ? topic : stage.from.length === 1 ? stage.from[0] : undefined;
    const declared = [...(asked === undefined ? [] : (topics[asked].checks ?? [])), ...(stage.checks ?? [])].filter(isStreamCheck);
    if (declared.length === 0) continue;
    const own = definition.from.find(({ name }) => name === asked)?.checks;
    checks.set(topic, new RecordChecks(declared, topics[topic].columns, new Map([...functions(own), ...functions(definition.checks)])));
  }
  return checks;
}

async function operatorMaker({ plan }: StageSettings, definition: StageDefinition, host: OperatorHost, failures: FailurePolicy): Promise<(task: number) => Operator> {
  switch (plan.stage.kind) {
    case "record":
      return () => new RecordOperator(definition, host, failures, knownReads(plan.stage, definition));
    case "batch":
      return () => BatchOperator.ofDefinition(definition, host, failures);
    case "sink":
      return () => BatchOperator.ofSink(definition, host, failures);
    case "keyed": {
      const { KeyedOperator } = await import("../engine/keyed-operator.ts");
      return () => new KeyedOperator(plan.stage, definition, host, failures);
    }
    case "aggregate": {
      const { aggregateOperator } = await import("../engine/aggregate/aggregate-operator.ts");
      return () => aggregateOperator({ stage: plan.stage, definition, host, failures });
    }
    case "validate": {
      const { ValidateOperator } = await import("../quality/records/validate-operator.ts");
      const checks = recordChecks(plan, definition);
      return () => new ValidateOperator(plan.stage, checks, host, failures);
    }
    case "profile": {
      const { ProfileOperator } = await import("../quality/records/profile-operator.ts");
      return () => new ProfileOperator(plan.stage, host, failures);
    }
    default:
      throw new MillraceError("MR-ENGINE-005", { what: `a stage of kind "${plan.stage.kind}" cannot be run`, where: `stage "${plan.stage.name}"`, mend: "start Millrace with the version that made the manifest" });
  }
}

async function runFiles({ plan, member, projectFolder, dataFolder, secrets }: StageSettings, log: LogDriver): Promise<RunningStage> {
  const { stage, topics } = plan;
  const settings = fillSecrets(stage.settings as unknown as FilesSettings, (name) => secrets[name]);
  const topic = topics[Object.values(stage.to)[0]];
  const [{ runFilesSource }, { s3Client }, { clientName }] = await Promise.all([import("../connect/files/source.ts"), import("../files/s3-client.ts"), import("./drivers/client-name.ts")]);
  let progress: { done: number; total: number } | undefined;
  return bySource(stage.name, { stage: stage.name, member, log, topic }, async (writer, signal) => {
    await runFilesSource({
      stage: stage.name,
      settings,
      openBucket: (bucket) => s3Client({ bucket, connection: settings.connection, client: clientName(stage.name) }),
      topic,
      writer,
      projectFolder,
      spoolFolder: spoolFolder(dataFolder),
      signal,
      progress: (done, total) => {
        progress = { done, total };
      },
    });
  }, () => progress);
}

async function runSource(settings: StageSettings, log: LogDriver, stageLog: StageLog): Promise<RunningStage> {
  const { plan, member } = settings;
  const { stage, topics } = plan;
  const definition = await definitionOf(settings);
  const topic = topics[Object.values(stage.to)[0]];
  return bySource(stage.name, { stage: stage.name, member, log, topic }, async (writer, signal) => {
    await runUserSource({ stage, read: (context) => definition.source?.(context) ?? [], writer, signal, log: stageLog, secrets: accessOf(settings), sleep: (ms) => sleepUntil(signal, ms), random: Math.random });
  });
}

/** The life of a source: it ends by itself, is stopped, or loses its place. */
async function bySource(
  stage: string,
  options: Parameters<typeof SourceWriter.open>[0],
  work: (writer: SourceWriter, signal: AbortSignal) => Promise<void>,
  progress: RunningStage["progress"] = () => undefined,
): Promise<RunningStage> {
  const aborted = new AbortController();
  let lost: Error | undefined;
  let writer: SourceWriter | undefined;
  const live = async (): Promise<"stopped" | "drained"> => {
    writer = await SourceWriter.open(options, (error) => {
      lost = error;
      aborted.abort();
    });
    if (!writer.done) await work(writer, aborted.signal);
    await writer.settle();
    if (lost) throw lost;
    const drained = writer.done;
    await writer.leave();
    return drained ? "drained" : "stopped";
  };
  return { counts: () => ({ ...noCounts, recordsOut: writer?.recordsOut ?? 0, recordsIn: writer?.recordsOut ?? 0, epochs: writer?.epochsOut ?? 0 }), progress, stop: () => {
      writer?.hurry();
      aborted.abort(new Error(`stage "${stage}" is stopping`));
    }, ended: live() };
}

async function runTable(settings: StageSettings, log: LogDriver, stageLog: StageLog): Promise<RunningStage> {
  const { plan, member, dataFolder, lake: under = {} } = settings;
  const { stage, topics, table: decl, release } = plan;
  const [{ TableRunner }, { Lake }, { openLakeFiles }, { openState }] = await Promise.all([import("../engine/table-runner.ts"), import("../lake/lake.ts"), import("./drivers/open-files.ts"), import("./drivers/open-state.ts")]);
  if (!decl) throw new MillraceError("MR-ENGINE-005", { what: `table "${stage.table}" is not declared`, where: `stage "${stage.name}"`, mend: "declare the table in the project" });
  const state = under.pointer === undefined ? await openState(under.state, dataFolder, stage.name) : (await import("./workers/table-state.ts")).tableState(under.pointer);
  const scratch = stageScratchFolder(dataFolder, stage.name);
  const lake = new Lake({ files: await openLakeFiles(under.files, { dataFolder, scratch, stage: stage.name }), state });
  const table = await lake.createTable(decl);
  const gate = new InputGate(new Map(), failurePolicy(settings), { log: stageLog, now: Date.now });
  const runner = new TableRunner({ stage: stage.name, member, log, topic: topics[stage.from[0]], decl, table, release, gate, dlq: stage.dlq === undefined ? undefined : topics[stage.dlq] });
  const ended = runner.run().then(() => "stopped" as const);
  return { counts: () => runner.counts, progress: () => undefined, stop: () => runner.stop(), ended: ended.finally(() => lake.close().then(() => state.close())) };
}

async function definitionOf({ plan, projectFolder }: StageSettings): Promise<StageDefinition> {
  const { name, module, export: exported } = plan.stage;
  const loaded = module === undefined ? undefined : ((await import(pathToFileURL(join(projectFolder, module)).href)) as Record<string, unknown>);
  const value = exported === undefined ? undefined : loaded?.[exported];
  if (definitionKind(value) === "stage") return value as StageDefinition;
  throw new MillraceError("MR-ENGINE-005", { what: `the stage is not what ${module ?? "its file"} exports as "${exported}"`, where: `stage "${name}"`, mend: "the project's files have changed since they were read: start Millrace again" });
}

/** What the manifest says of the code, if this is the code that it speaks of. */
function knownReads({ reads }: StageDecl, { run }: StageDefinition): string[] | undefined {
  return run && reads?.of === codeDigest(run) ? reads.fields : undefined;
}

/** Notes the record at hand in a file that outlives the process. */
function probe(path: string): (topic: string, partition: number, offset: number) => void {
  mkdirSync(join(path, ".."), { recursive: true });
  return (topic, partition, offset) => writeFileSync(path, `${topic}/${partition}/${offset}`);
}

/** Resolves after the time, or at once when the stage must stop. */
function sleepUntil(signal: AbortSignal, ms: number): Promise<void> {
  return setTimeout(ms, undefined, { signal }).catch(() => undefined);
}
