import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { MillraceError } from "../../errors.ts";
import type { WorkerPurpose } from "../../govern/join-tokens.ts";
import { lockFolder } from "../../log/embedded/lock.ts";
import { socketPath } from "../../log/embedded/socket-path.ts";
import { jsonLog } from "../json-log.ts";
import { version } from "../version.ts";
import { connectPlane, planeAddress } from "./plane-connection.ts";
import { PlaneLink } from "./plane-link.ts";
import { PoolWorker } from "./pool-worker.ts";
import { openRelay, type Relay } from "./relay.ts";
import { unpackRelease } from "./release-bundle.ts";
import { StageWorker } from "./stage-worker.ts";
import type { Setup } from "./worker-protocol.ts";

export interface WorkerOptions {
  /** `https://host:port` of the control plane. */
  join: string;
  /** A file with the token to join with. */
  tokenFile: string;
  /** A file with certificates, in PEM, of those who may have signed the control plane's. Default: those that Node knows. */
  caFile?: string;
  /** What it is started for; that is the token's to say, and is only compared. */
  purpose?: WorkerPurpose;
  /** Where packages are found, upwards from there: those of the project, as an image brings them. */
  modulesFrom: string;
  /** A folder of this worker alone, for copies of releases and for scratch. All of it can be had again. */
  dataFolder: string;
  /** Lines of JSON: what the worker and its processes say. */
  onLine(line: string): void;
}

export interface RunningWorker {
  /** Rejects when the control plane refuses the worker for good; resolves when it was closed. */
  ended: Promise<void>;
  /** Ends the epoch or the attempts under way, and says good-bye. */
  close(): Promise<void>;
}

/**
 * Starts a worker: a process that joins a control plane on another machine, runs a process of one stage or attempts of one pool,
 * and needs nothing else of that machine. It installs nothing.
 *
 * @throws MillraceError `MR-LOG-001` when its data folder is in use, `MR-WORKER-004` when a file of its options cannot be read
 */
export async function startWorker(options: WorkerOptions): Promise<RunningWorker> {
  const { dataFolder, modulesFrom, onLine, purpose } = options;
  const address = planeAddress(options.join, options.caFile === undefined ? undefined : readOption(options.caFile));
  const token = (): string => readOption(options.tokenFile).toString("utf8").trim();
  token();
  const lock = await lockFolder(dataFolder, "worker");
  const log = jsonLog({ worker: process.pid }, onLine);
  const codeFolder = async (release: string): Promise<string> => (await unpackRelease(async () => (await link.call("release", { release })).body, release, { dataFolder, modulesFrom })).codeFolder;
  let stage: StageWorker | undefined;
  let pool: PoolWorker | undefined;
  const relays = new Map<"log" | "state", Relay>();
  const link: PlaneLink = new PlaneLink({
    address,
    token,
    joining: { version, machine: hostname(), pid: process.pid, ...(purpose && { purpose }) },
    onSetup: (setup) => setUp(setup),
    onEvent: (event) => {
      if (event.event === "wish") stage?.wish(event.wish);
      else pool?.heard(event);
    },
    onRenewal: (renewal) => renewal.log && stageWorker().renew(renewal.log),
    onAway: () => pool?.abandon(),
    say: (level, text, fields) => log[level === 30 ? "info" : "warn"](text, { ...fields }),
  });
  for (const way of ["log", "state"] as const) {
    const connect = () => connectPlane(address, way, link.identity);
    relays.set(way, await openRelay(socketPath(join(dataFolder, `relay-${way}`)), connect, (error) => log.warn(`the control plane refuses a connection: ${error.message}`)));
  }

  function stageWorker(): StageWorker {
    const sockets = { log: relays.get("log")!.path, state: relays.get("state")!.path };
    const loggers = { info: at("info"), warn: at("warn"), error: at("error") };
    stage ??= new StageWorker({ dataFolder, sockets, codeFolder, tell: (news) => link.tell("news", news), onLine: (line) => onLine(`${line}\n`), log: loggers });
    return stage;
  }

  function at(level: "info" | "warn" | "error") {
    return (fields: object, text: string): void => log[level](text, { ...fields });
  }

  function setUp({ work }: Setup): void {
    if (work.kind === "stage") stageWorker().setUp(work);
    else pool ??= new PoolWorker({ link, dataFolder, codeFolder, onLine: (line) => onLine(`${line}\n`) });
    log.info("the worker has joined", { plane: address.url.origin, ...(work.kind === "stage" ? { stage: work.plan.stage.name, release: work.plan.release } : { pool: work.pool }) });
  }

  const ended = link.run();
  ended.catch(() => undefined);
  return {
    ended,
    close: async () => {
      await Promise.all([stage?.close(), pool?.close()]);
      await link.close();
      for (const relay of relays.values()) relay.close();
      await ended.catch(() => undefined);
      await lock.release();
    },
  };
}

function readOption(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (cause) {
    throw new MillraceError("MR-CLI-001", { what: `the file cannot be read: ${(cause as Error).message}`, where: file, mend: "name a file that this user may read", cause });
  }
}
