import { readFileSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { MillraceError } from "../../errors.ts";
import type { StageLog } from "../../model/definition.ts";
import type { WorkerPurpose } from "../../govern/join-tokens.ts";
import type { KafkaLogDecl } from "../../model/profile.ts";
import { lockFolder } from "../../log/embedded/lock.ts";
import { socketPath } from "../../log/embedded/socket-path.ts";
import { jsonLog } from "../json-log.ts";
import { version } from "../version.ts";
import { connectPlane, type PlaneAddress, planeAddress } from "./plane-connection.ts";
import { PlaneLink } from "./plane-link.ts";
import { PoolWorker } from "./pool-worker.ts";
import { openRelay, type Relay } from "./relay.ts";
import { unpackRelease } from "./release-bundle.ts";
import { StageWorker } from "./stage-worker.ts";
import { filledProfile } from "../drivers/filled-profile.ts";
import type { LogAccess } from "../drivers/open-stage-log.ts";
import type { RemoteLog, Setup } from "./worker-protocol.ts";

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
  /** Made when the worker has joined, and written anew every few seconds from then on: for whoever looks whether it lives. */
  aliveFile?: string;
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
 * @throws MillraceError `MR-LOG-001` when its data folder is in use, `MR-CLI-001` when a file of its options cannot be read
 */
export async function startWorker(options: WorkerOptions): Promise<RunningWorker> {
  const address = planeAddress(options.join, options.caFile === undefined ? undefined : readOption(options.caFile));
  const worker = new Worker(options, address);
  const lock = await lockFolder(options.dataFolder, "worker");
  const ended = worker.run();
  ended.catch(() => undefined);
  return {
    ended,
    close: async () => {
      await worker.close();
      await ended.catch(() => undefined);
      await lock.release();
    },
  };
}

const aliveMs = 5_000;

/** Sockets on this machine that lead to the log and to the pointer of the stage's table. */
type Relays = Record<"log" | "state", Relay>;

/** Puts together what a worker consists of: its standing with the control plane, and what it does for its purpose. */
class Worker {
  readonly #options: WorkerOptions;
  readonly #address: PlaneAddress;
  readonly #link: PlaneLink;
  readonly #log: StageLog;
  /** Folders of releases, had or on their way. */
  readonly #releases = new Map<string, Promise<string>>();
  #relays: Relays | undefined;
  #stage: StageWorker | undefined;
  #pool: PoolWorker | undefined;
  #beating: NodeJS.Timeout | undefined;

  constructor(options: WorkerOptions, address: PlaneAddress) {
    this.#options = options;
    this.#address = address;
    this.#log = jsonLog({ worker: process.pid }, options.onLine);
    const { purpose, tokenFile } = options;
    this.#link = new PlaneLink({
      address,
      token: () => readOption(tokenFile).toString("utf8").trim(),
      joining: { version, machine: hostname(), pid: process.pid, ...(purpose && { purpose }) },
      onSetup: (setup) => this.#setUp(setup),
      onEvent: (event) => (event.event === "wish" ? this.#stage?.wish(event.wish) : this.#pool?.heard(event)),
      onRenewal: ({ log }) => log?.kind === "embedded" && this.#stage?.renew(log.token),
      onLost: () => {
        this.#relays?.log.drop();
        this.#relays?.state.drop();
      },
      onAway: () => this.#pool?.abandon(),
      warn: (text, fields) => this.#log.warn(text, fields),
    });
  }

  /** @throws MillraceError when the control plane refuses the worker for good */
  async run(): Promise<void> {
    this.#relays = { log: await this.#relay("log"), state: await this.#relay("state") };
    await this.#link.run();
  }

  #relay(way: keyof Relays): Promise<Relay> {
    const connect = () => connectPlane(this.#address, way, this.#link.renewal?.identity ?? "");
    return openRelay(socketPath(join(this.#options.dataFolder, `relay-${way}`)), connect, (error) => this.#log.warn(`the control plane refuses a connection: ${error.message}`));
  }

  #setUp({ work }: Setup): void {
    const doing = work.kind === "stage" ? { stage: work.plan.stage.name, release: work.plan.release } : { pool: work.pool };
    this.#beat();
    this.#log.info("the worker has joined", { plane: this.#address.url.origin, ...doing });
    if (work.kind === "stage") this.#stageWorker().setUp(work);
    else this.#pool ??= new PoolWorker({ link: this.#link, ...this.#surroundings() });
  }

  #beat(): void {
    const { aliveFile } = this.#options;
    if (aliveFile === undefined || this.#beating) return;
    const write = () => writeFileSync(aliveFile, `${new Date().toISOString()}\n`);
    write();
    this.#beating = setInterval(write, aliveMs).unref();
  }

  #stageWorker(): StageWorker {
    const { log, state } = this.#relays as Relays;
    const logAccess = (): LogAccess => {
      const remote = this.#link.renewal?.log as RemoteLog;
      return remote.kind === "kafka" ? { kind: "kafka", settings: filledProfile({ log: remote.settings }).log as KafkaLogDecl } : { kind: "embedded", token: remote.token, socket: log.path, carried: true };
    };
    const at = (level: "info" | "warn" | "error") => (fields: object, text: string) => this.#log[level](text, { ...fields });
    this.#stage ??= new StageWorker({ ...this.#surroundings(), logAccess, pointer: state.path, tell: (news) => this.#link.tell("news", news), log: { info: at("info"), warn: at("warn"), error: at("error") } });
    return this.#stage;
  }

  #surroundings() {
    return { dataFolder: this.#options.dataFolder, codeFolder: (release: string) => this.#codeFolder(release), onLine: (line: string) => this.#options.onLine(`${line}\n`) };
  }

  /** Several attempts may ask at once; what failed is tried again by the next. */
  #codeFolder(release: string): Promise<string> {
    const known = this.#releases.get(release);
    if (known) return known;
    const { dataFolder, modulesFrom } = this.#options;
    const folder = unpackRelease(async () => (await this.#link.call("release", { release })).body, release, { dataFolder, modulesFrom });
    this.#releases.set(release, folder);
    folder.catch(() => this.#releases.delete(release));
    return folder;
  }

  async close(): Promise<void> {
    clearInterval(this.#beating);
    await Promise.all([this.#stage?.close(), this.#pool?.close()]);
    await this.#link.close();
    this.#relays?.log.close();
    this.#relays?.state.close();
  }
}

function readOption(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (cause) {
    throw new MillraceError("MR-CLI-001", { what: `the file cannot be read: ${(cause as Error).message}`, where: file, mend: "name a file that this user may read", cause });
  }
}
