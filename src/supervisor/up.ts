import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { FastifyInstance } from "fastify";
import { type Logger, pino } from "pino";
import { asMillraceError, MillraceError } from "../errors.ts";
import type { Manifest } from "../model/manifest.ts";
import { folderFiles } from "../files/folder.ts";
import { filesIn, SharedFiles } from "../files/shared-files.ts";
import { type FolderLock, lockFolder } from "../log/embedded/lock.ts";
import type { ControlPlane } from "../server/control-plane.ts";
import { createServer } from "../server/create-server.ts";
import { catalogFolder, compileCacheFolder, controlFile, scratchFolder, tokenFile, profileInputsFolder, resultsFolder } from "./data-folder.ts";
import type { ProjectConfig } from "./definitions/project-config.ts";
import { dutyKind } from "./duties.ts";
import { filledProfile } from "./drivers/filled-profile.ts";
import { openLakeFiles, openSharedFiles } from "./drivers/open-files.ts";
import { openLog } from "./drivers/open-log.ts";
import { openState } from "./drivers/open-state.ts";
import { requireWhole } from "./migrate/migration-journal.ts";
import { readConfiguredProject } from "./definitions/read-project.ts";
import { ProjectCatalog } from "./catalog/project-catalog.ts";
import { inProcessStage } from "./in-process-stage.ts";
import { logFile as openLogFile } from "./log-file.ts";
import { ProjectAccess } from "./project-access.ts";
import { ProjectData } from "./project-data.ts";
import { ProjectQuality } from "./quality/project-quality.ts";
import { Releases } from "./releases.ts";
import { AppliedReleases } from "./applied-releases.ts";
import { SharedReleases } from "./shared/shared-releases.ts";
import { Orchestrator } from "./orchestrator.ts";
import { localDoor } from "./local-door.ts";
import { readTls } from "./read-tls.ts";
import type { RunStageToEnd } from "./tasks/stage-task.ts";
import { parsedLine } from "./parsed-line.ts";
import { sharesPlanes } from "./shares-planes.ts";
import { ProjectControl, type ProjectControlOptions } from "./project-control.ts";
import { openQueries } from "./queries/open-queries.ts";
import { heapMiBOf, spawnStage } from "./stage-process.ts";
import { version } from "./version.ts";
import { ProjectWorkers } from "./workers/project-workers.ts";
import { packRelease } from "./workers/release-bundle.ts";

export interface MillraceOptions {
  projectFolder: string;
  /** Default: what the project's configuration says, else `.millrace` in the project. */
  dataFolder?: string;
  /** Default: the configuration's, else one that the system chooses. */
  port?: number;
  /** Default: the configuration's, else loopback. */
  host?: string;
  /** Files of the certificate and its key, in place of those in the configuration. */
  tls?: { cert: string; key: string };
  /** Stages that run on workers alone, beside those in the configuration. */
  away?: readonly string[];
  /** All stages and the log in this process, for debugging. Their code runs here then. */
  inProcess?: boolean;
  /** False: serve only, start no stage. Names: start these alone. Default true. */
  stages?: boolean | readonly string[];
  /** Whether DAGs run; `asked`: those runs alone that somebody asks for. Default: they do when all stages run. */
  dags?: boolean | "asked";
  /** Called when a release is applied that changes stages: close, and start again with the same options. Without it such a release is refused. */
  onStartAnew?: () => void;
  /** Default `info`. */
  logLevel?: string;
  /** Where the log goes, as JSON lines. Default: `millrace.log` in the data folder. */
  logFile?: string;
}

export interface Millrace {
  /** For commands on this machine. */
  url: string;
  /** Where it listens for all others: the same, or with HTTPS. */
  address: string;
  token: string;
  dataFolder: string;
  control: ControlPlane;
  config: ProjectConfig;
  /** The release that the project's folder held at the start; new runs may have another one. */
  inFolder: string;
  /** Drains the stages and ends everything. */
  close(): Promise<void>;
  /** Resolves when it can go on no longer. */
  failed: Promise<Error>;
}

/** Of a look at a view's statement. */
const viewLookMs = 120_000;
/** For answers that are under way when the end has come. */
const answersMs = 10_000;

/**
 * Brings a project up: log, stages, REST service.
 *
 * @throws MillraceError `MR-LOG-001` when the data folder is in use, `MR-MODEL-008` when there is no project
 */
export async function startMillrace(options: MillraceOptions): Promise<Millrace> {
  const dataFolderOf = (config: ProjectConfig): string => resolve(options.dataFolder ?? config.dataDir);
  const { config, manifest, folder } = await readConfiguredProject(options.projectFolder, {
    dataFolder: options.dataFolder === undefined ? undefined : resolve(options.dataFolder),
    compileCache: (read) => {
      makeDataFolder(dataFolderOf(read));
      // Stages that find the project's files compiled need not load the compiler of TypeScript, each some 20 MB.
      return compileCacheFolder(dataFolderOf(read));
    },
  });
  const dataFolder = dataFolderOf(config);
  const host = options.host ?? config.http.host;
  const tlsFiles = options.tls ?? config.http.tls;
  const tls = tlsFiles && readTls(tlsFiles);
  if (!tls) requireLoopback(host);
  const undo: (() => Promise<void> | void)[] = [];
  const close = async (): Promise<void> => {
    for (const step of undo.splice(0).toReversed()) await step();
  };
  try {
    const lock: FolderLock = await lockFolder(dataFolder, "control");
    undo.push(() => lock.release());
    const logger = openLogger(options, dataFolder);
    undo.push(() => new Promise<void>((done) => logger.flush(() => done())));
    const failed = Promise.withResolvers<Error>();
    const secret = randomBytes(32).toString("base64url");
    const onLine = (line: string): void => logLine(logger, line);
    await requireWhole(config.profile, dataFolder);
    const profile = filledProfile(config.profile);
    const log = await openLog(profile, { dataFolder, secret, inProcess: options.inProcess === true, logger, onLine, undo, onGone: failed.resolve });
    const state = await openState(profile.state, dataFolder);
    undo.push(() => state.close());
    const compileCache = compileCacheFolder(dataFolder);
    const start: ProjectControlOptions["start"] = (settings, onStageLine) => {
      const { stage } = settings.plan;
      const onLine = (line: string): void => {
        const parsed = parsedLine(line);
        logger[parsed.level]({ ...parsed.fields, stage: stage.name }, parsed.message);
        onStageLine(parsed);
      };
      return log.inThisProcess ? inProcessStage(settings, log.inThisProcess(settings), onLine) : spawnStage(settings, { onLine, heapMiB: heapMiBOf(stage), compileCache });
    };
    const files = await openLakeFiles(profile.files, { dataFolder, scratch: scratchFolder(dataFolder) });
    const bucket = await openSharedFiles(profile.files, scratchFolder(dataFolder));
    const sharedIn = (place: string, name: string): SharedFiles => new SharedFiles(folderFiles(place), bucket && filesIn(bucket, `${name}/`));
    const [results, found] = [sharedIn(resultsFolder(dataFolder), "results"), sharedIn(catalogFolder(dataFolder), "catalog")];
    const data = new ProjectData({ log: log.driver, state, files, dataFolder, projectFolder: folder, found });
    const releases = new Releases(folder, dataFolder);
    await releases.keep(manifest);
    const readFolder = async (): Promise<Manifest> => (await readConfiguredProject(folder, { dataFolder, compileCache: () => compileCache })).manifest;
    const shared = new SharedReleases({ releases, dataFolder, bucket: bucket && filesIn(bucket, "releases/"), readFolder });
    const applied = await AppliedReleases.open(state, dataFolder);
    const { stages = true } = options;
    const runDags = options.dags ?? stages === true;
    const release = await applied.toRun(manifest.release, config.releases, (wanted) => shared.bring(wanted).then(() => true, () => false));
    // Whoever only looks changes nothing.
    if (runDags) await shared.share(release);
    if (runDags) await applied.take(release, null);
    if (runDags) applied.noteFolder(manifest.release);
    const runStageToEnd: RunStageToEnd = (stage, signal) => control.runToEnd(stage, signal);
    const quality: ProjectQuality = new ProjectQuality({ data, state, inputsFolder: profileInputsFolder(dataFolder), manifest: () => dags.manifest, codeFolder: (of) => releases.codeFolder(of), config: config.quality, tell: (rows) => dags.tell(rows), personal: (kind, name) => catalog.personalMarks(kind, name), logger });
    const catalog: ProjectCatalog = new ProjectCatalog({ data, state, files: found, dataFolder, projectFolder: folder, keepVersions: config.history.keepVersions, manifest: () => dags.manifest, columnsOf: async (view) => (await control.models.show(view, AbortSignal.timeout(viewLookMs))).columns, qualityOf: (dataset) => quality.fact(dataset), forgetValues: (kind, name) => Promise.all([quality.forget(kind === "topic" ? `topics.${name}` : name), control.profiles.forget(kind, name)]).then(() => undefined), logger });
    const dags: Orchestrator = await Orchestrator.open({ state, profile: config.profile, manifest, release, releases, applied, shared, onlyLooks: stages === false && !runDags, readFolder, data, bucket, results, dataFolder, runStageToEnd, catalog, quality, history: config.history, remotePools: config.workers.pools, logger, onLine, startAnew: sharesPlanes(config.profile) ? undefined : options.onStartAnew });
    const queries = await openQueries({ data, state, dataFolder, logger, declared: () => dags.manifest });
    const access = await ProjectAccess.open(state, logger, () => dags.manifest);
    undo.push(() => access.close());
    const workers = await ProjectWorkers.open({
      ...{ state, version, logger, log: log.carried, brokers: config.workers.brokers ? config.profile.log : undefined },
      stage: (name) => control.sharedStage(name),
      tasks: () => dags.remote,
      keeping: { dataFolder, results },
      pack: (release) => packRelease(releases, release, dataFolder),
    });
    const control: ProjectControl = new ProjectControl({ workers, elsewhere: config.workers.stages === true || [...config.workers.stages, ...(options.away ?? [])], manifest, dags, queries, catalog, quality, access, data, summary: config.summary, prices: config.prices, projectFolder: folder, codeFolder: (of) => releases.codeFolder(of), filesFolder: releases.filesOf(manifest.release), dataFolder, state, profile: config.profile, logAccess: log.access, start, services: log.services, logger });
    undo.push(() => control.close());
    undo.push(() => quality.close());
    await control.up(stages);
    await dags.up(runDags);
    // Whoever only looks judges when he is asked to.
    await dags.keep(dutyKind(stages !== false || runDags ? { catalog, quality } : { catalog }));
    const token = ensureToken(dataFolder);
    const app = createServer({ control, token, logger, version, ...(tls && { tls, hosts: [...tls.names, host] }) });
    const address = await listen(app, host, options.port ?? config.http.port ?? 0);
    undo.push(() => closeServer(app));
    // Commands on this machine come in by a door of their own: what they may do stands in files that they can read, and not in a certificate.
    const local = tls && (await localDoor(app));
    if (local) undo.push(() => local.close());
    const url = local?.url ?? address;
    writeFileSync(controlFile(dataFolder), JSON.stringify({ url, pid: process.pid, startedAt: new Date().toISOString(), ...(log.readerToken !== undefined && { logToken: log.readerToken }) }), { mode: 0o600 });
    undo.push(() => rmSync(controlFile(dataFolder), { force: true }));
    for (const problem of manifest.problems) logger.error(problem, "a part of the project was left out");
    logger.info({ url, address, project: manifest.project, release }, "Millrace is up");
    if (release !== manifest.release) logger.warn({ inFolder: manifest.release, release }, "the project's folder holds another release than the one that new runs get; `millrace plan` tells the difference");
    return { url, address, token, dataFolder, control, config, inFolder: manifest.release, close, failed: failed.promise };
  } catch (error) {
    await close();
    throw error;
  }
}

/** What is asked for by then is answered, unless it takes too long: a statement or a slow reader must not hold up who starts anew. */
async function closeServer(app: FastifyInstance): Promise<void> {
  const late = setTimeout(() => app.server.closeAllConnections(), answersMs);
  await app.close();
  clearTimeout(late);
}

function makeDataFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    // Data that git or a backup of sources should not carry away by accident.
    if (!existsSync(join(folder, ".gitignore"))) writeFileSync(join(folder, ".gitignore"), "*\n");
  } catch (cause) {
    throw new MillraceError("MR-LOG-007", { what: `the data folder cannot be made: ${(cause as Error).message}`, where: folder, mend: "choose another with --data, or mend its permissions", cause });
  }
}

/** Whoever may open the file may do everything: it is the owner's alone. */
function ensureToken(dataFolder: string): string {
  const path = tokenFile(dataFolder);
  const known = existsSync(path) ? readFileSync(path, "utf8").trim() : "";
  if (known.length >= 16) return known;
  const token = `mr_${randomBytes(32).toString("base64url")}`;
  writeFileSync(path, `${token}\n`, { mode: 0o600, flush: true });
  return token;
}

function requireLoopback(host: string): void {
  if (["127.0.0.1", "::1", "localhost"].includes(host)) return;
  throw new MillraceError("MR-HTTP-007", { what: `Millrace does not listen on "${host}": without TLS the token could be read on the way`, where: "http.host", mend: "give a certificate, http: { tls: { cert, key } } in the configuration; or listen on 127.0.0.1 and put a proxy with TLS before it" });
}

async function listen(app: FastifyInstance, host: string, port: number): Promise<string> {
  try {
    return await app.listen({ host, port });
  } catch (cause) {
    const taken = (cause as NodeJS.ErrnoException).code === "EADDRINUSE";
    throw taken ? new MillraceError("MR-HTTP-009", { what: `port ${port} is taken by another process`, where: `${host}:${port}`, mend: "choose another with --port, or leave it out and the system chooses", cause }) : asMillraceError(cause, `${host}:${port}`);
  }
}

function openLogger({ logLevel = "info", logFile }: MillraceOptions, dataFolder: string): Logger {
  return pino({ level: logLevel, base: undefined }, openLogFile(logFile ?? join(dataFolder, "millrace.log")));
}

/** A line of a child: JSON of ours goes in as it is, anything else as text. */
function logLine(logger: Logger, line: string): void {
  const { level, message, fields } = parsedLine(line);
  logger[level](fields, message);
}
