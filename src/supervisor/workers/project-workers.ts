import { randomBytes } from "node:crypto";
import { createConnection, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { stageAccess } from "../../engine/stage-plan.ts";
import { MillraceError } from "../../errors.ts";
import { type JoinToken, type JoinTokens, openJoinTokens, purposeText, type WorkerPurpose } from "../../govern/join-tokens.ts";
import { signedJson, signJson } from "../../log/signed-json.ts";
import type { Joined, Joining, JoinTokenCreate, WorkerControl, WorkerIdentity, WorkerView, WorkerWay } from "../../server/worker-control.ts";
import type { StateStore } from "../../state/store.ts";
import type { CarriedLog } from "../drivers/open-log.ts";
import { joinSockets } from "./join-sockets.ts";
import { type AttemptKeeping, PoolDuty } from "./pool-duty.ts";
import type { RemoteTasks } from "./remote-tasks.ts";
import { type Answer, serveCalls, textIn } from "./serve-calls.ts";
import { serveTableState } from "./serve-table-state.ts";
import { signingKey } from "./signing-key.ts";
import { type SharedStage, StageDuty } from "./stage-duty.ts";
import { type Duty, type Reach, WorkerSession } from "./worker-session.ts";
import type { KafkaLogDecl } from "../../model/profile.ts";
import type { RemoteLog, Renewal } from "./worker-protocol.ts";

export interface ProjectWorkersOptions {
  state: StateStore;
  /** Of Millrace: that of its workers too. */
  version: string;
  /** @throws MillraceError for a stage that does not exist, or cannot go to another machine */
  stage(name: string): SharedStage;
  /** Attempts of the pools whose tasks run on workers. */
  tasks(): RemoteTasks;
  keeping: AttemptKeeping;
  /** How stages on workers reach the log by way of this process; undefined where it is served inside of it. */
  log: CarriedLog | undefined;
  /** Kafka with secrets by name, where stages on workers are to reach its brokers without us. */
  brokers: KafkaLogDecl | undefined;
  /** The bundle of a release. */
  pack(release: string): Promise<Uint8Array>;
  logger: { info(fields: object, text: string): void; warn(fields: object, text: string): void };
  /** How long an identity is good for, in milliseconds. Default ten minutes; workers renew theirs at a third of it. */
  identityMs?: number;
}

/** A worker speaks every five seconds, whatever it does. */
const silentMs = 15_000;
const lookMs = 1_000;
/** How long after another control plane has made or revoked a token this one knows. */
const refreshMs = 5_000;

interface SignedIdentity extends WorkerIdentity {
  kind: "identity";
}

/** The workers of a project: who may join, who has, and what they do. */
export class ProjectWorkers implements WorkerControl {
  readonly #options: ProjectWorkersOptions;
  readonly #tokens: JoinTokens;
  readonly #key: string;
  readonly #sessions = new Map<string, WorkerSession>();
  /** Ways to the log and to a table's pointer, by the identity that they were opened with. */
  readonly #tunnels = new Map<Socket, WorkerIdentity>();
  readonly #watch: NodeJS.Timeout;
  readonly #refresh: NodeJS.Timeout;

  private constructor(options: ProjectWorkersOptions, tokens: JoinTokens, key: string) {
    this.#options = options;
    this.#tokens = tokens;
    this.#key = key;
    this.#watch = setInterval(() => this.#look(), lookMs).unref();
    this.#refresh = setInterval(() => void this.#takeUpTokens(), refreshMs).unref();
  }

  static async open(options: ProjectWorkersOptions): Promise<ProjectWorkers> {
    const { state, logger } = options;
    return new ProjectWorkers(options, await openJoinTokens(state, logger), await signingKey(state));
  }

  list(): WorkerView[] {
    return [...this.#sessions.values()].map(({ view }) => view);
  }

  tokens(): JoinToken[] {
    return this.#tokens.list();
  }

  async createToken({ purpose, lastsMs }: JoinTokenCreate): Promise<{ secret: string; token: JoinToken }> {
    this.#checkPurpose(purpose);
    return this.#tokens.create({ purpose }, lastsMs);
  }

  async revokeToken(id: string): Promise<JoinToken> {
    const revoked = await this.#tokens.revoke(id);
    this.#cutRevoked();
    return revoked;
  }

  checkToken(secret: string): void {
    this.#tokenFor(secret);
  }

  #tokenFor(secret: string): JoinToken {
    const verdict = this.#tokens.check(secret);
    if ("why" in verdict) throw notGood(`the token to join with is ${verdict.why === "expired" ? "over" : verdict.why}`);
    return verdict.token;
  }

  join(secret: string, joining: Joining): Joined {
    const token = this.#tokenFor(secret);
    this.#checkJoining(joining, token.purpose);
    const identity = this.#identityFor(randomBytes(6).toString("hex"), token.id);
    this.#options.logger.info({ worker: identity.worker, machine: joining.machine, ...token.purpose }, "a worker has joined");
    return { worker: identity.worker, identity: this.#signed(identity), until: new Date(identity.until).toISOString() };
  }

  identify(text: string): WorkerIdentity {
    const identity = signedJson<SignedIdentity>(text, this.#key);
    if (identity?.kind !== "identity") throw notGood("the identity was not given out by this project");
    if (identity.until <= Date.now()) throw notGood(`the identity was good until ${new Date(identity.until).toISOString()}`);
    this.#tokenOf(identity);
    return identity;
  }

  connect(identity: WorkerIdentity, way: WorkerWay, duplex: Duplex): void {
    // Of HTTP and of TLS alike: both are sockets.
    const socket = duplex as Socket;
    socket.setNoDelay(true);
    socket.setTimeout(0);
    socket.on("error", () => socket.destroy());
    if (way === "link") this.#link(identity, socket);
    else this.#tunnel(identity, way, socket);
  }

  /** From the worker's first call on the connection is that of its session. */
  #link(identity: WorkerIdentity, socket: Socket): void {
    let session: WorkerSession | undefined;
    serveCalls(socket, async (method, request, body) => {
      if (method === "hello") {
        session = this.#hello(identity, joiningOf(request), socket);
        return { result: { renewal: this.#renewal(session), work: session.duty.setup() } };
      }
      if (!session || this.#sessions.get(session.worker) !== session) throw notGood("the worker has been silent for too long, or has said nothing yet");
      session.heard(Date.now());
      return this.#answer(session, method, request, body);
    });
  }

  #hello(identity: WorkerIdentity, joining: Joining, socket: Socket): WorkerSession {
    const { purpose } = this.#tokenOf(identity);
    this.#checkJoining(joining, purpose);
    const session = this.#sessions.get(identity.worker) ?? new WorkerSession(identity, joining, purpose, Date.now(), (reach) => this.#duty(identity.worker, purpose, reach));
    this.#sessions.set(identity.worker, session);
    session.renew(identity);
    session.heard(Date.now());
    session.linkBy(socket, joining);
    // Behind the answer, which is written in this turn.
    setImmediate(() => session.duty.begin());
    return session;
  }

  #duty(worker: string, purpose: WorkerPurpose, reach: Reach): Duty {
    if ("stage" in purpose) return new StageDuty(this.#options.stage(purpose.stage), reach);
    return new PoolDuty(this.#options.tasks(), { worker, pool: purpose.pool, key: this.#key, keeping: this.#options.keeping, reach });
  }

  async #answer(session: WorkerSession, method: string, request: Record<string, unknown>, body: Uint8Array): Promise<Answer> {
    switch (method) {
      case "renew":
        session.renew(this.#identityFor(session.worker, session.identity.token));
        return { result: this.#renewal(session) };
      case "release":
        return { body: await this.#options.pack(textIn(request, "release")) };
      case "beat":
        return {};
      case "leave":
        this.#end(session);
        return {};
      default:
        return session.duty.handle(method, request, body);
    }
  }

  #renewal(session: WorkerSession): Renewal {
    const { identity, purpose } = session;
    const log = "stage" in purpose ? { log: this.#logOf(purpose.stage, identity.until) } : {};
    return { identity: this.#signed(identity), lastsMs: identity.until - Date.now(), ...log };
  }

  /** It may read what the stage reads, write what the stage writes, and nothing else. */
  #logOf(stage: string, until: number): RemoteLog {
    const { brokers } = this.#options;
    if (brokers) return { kind: "kafka", settings: brokers };
    const { plan } = this.#options.stage(stage);
    return { kind: "embedded", token: this.#carriedLog(stage).token({ name: stage, ...stageAccess(plan.stage), until }) };
  }

  #carriedLog(stage: string): CarriedLog {
    const { log } = this.#options;
    if (log) return log;
    throw new MillraceError("MR-WORKER-003", { what: "the log is served inside of the control plane's process", where: `stage "${stage}"`, mend: "bring Millrace up without --in-process" });
  }

  #tunnel(identity: WorkerIdentity, way: "log" | "state", socket: Socket): void {
    const { purpose } = this.#tokenOf(identity);
    if (!("stage" in purpose)) return void socket.destroy();
    this.#tunnels.set(socket, identity);
    socket.once("close", () => this.#tunnels.delete(socket));
    const { stage } = purpose;
    if (way === "state") return serveTableState(socket, this.#options.state, this.#options.stage(stage).plan.stage.table);
    if (this.#options.brokers) return void socket.destroy();
    void this.#joinLog(stage, socket);
  }

  async #joinLog(stage: string, socket: Socket): Promise<void> {
    try {
      joinSockets(socket, createConnection(await this.#carriedLog(stage).socket()));
    } catch (error) {
      this.#options.logger.warn({ stage, err: error }, "a worker could not be let to the log");
      socket.destroy();
    }
  }

  #checkPurpose(purpose: WorkerPurpose): void {
    if ("stage" in purpose) this.#options.stage(purpose.stage);
    else this.#options.tasks().checkPool(purpose.pool);
  }

  #checkJoining({ version, purpose: asked }: Joining, purpose: WorkerPurpose): void {
    const own = this.#options.version;
    if (version !== own) throw new MillraceError("MR-WORKER-001", { what: `the worker is of version ${version}, and its control plane of version ${own}`, where: purposeText(purpose), mend: `start the worker with version ${own}` });
    if (asked && purposeText(asked) !== purposeText(purpose)) throw new MillraceError("MR-WORKER-003", { what: `the worker was started for ${purposeText(asked)}, and its token is for ${purposeText(purpose)}`, where: "the worker's start", mend: "give it a token of its own, or leave --stage and --pool out" });
    this.#checkPurpose(purpose);
  }

  #identityFor(worker: string, token: string): WorkerIdentity {
    return { worker, token, until: Date.now() + (this.#options.identityMs ?? 600_000) };
  }

  #signed(identity: WorkerIdentity): string {
    return signJson({ kind: "identity", ...identity } satisfies SignedIdentity, this.#key);
  }

  /** A token that is over lets nobody join any more; who has joined may stay, until it is revoked. */
  #tokenOf({ token }: WorkerIdentity): JoinToken {
    const verdict = this.#tokens.byId(token);
    if ("token" in verdict && (!("why" in verdict) || verdict.why === "expired")) return verdict.token;
    throw notGood("the token that the worker has joined with was revoked");
  }

  async #takeUpTokens(): Promise<void> {
    await this.#tokens.refresh().catch((error: unknown) => this.#options.logger.warn({ err: error }, "the tokens of workers could not be read"));
    this.#cutRevoked();
  }

  #cutRevoked(): void {
    for (const session of this.#sessions.values()) if (this.#isRevoked(session.identity)) this.#cut(session, notGood("its token was revoked"));
    for (const [tunnel, identity] of this.#tunnels) if (this.#isRevoked(identity)) tunnel.destroy();
  }

  #isRevoked({ token }: WorkerIdentity): boolean {
    const verdict = this.#tokens.byId(token);
    return "why" in verdict && verdict.why !== "expired";
  }

  #look(): void {
    const now = Date.now();
    // One that was renewed is good for longer than it was when the way was opened.
    for (const [tunnel, identity] of this.#tunnels) if ((this.#sessions.get(identity.worker)?.identity ?? identity).until <= now) tunnel.destroy();
    for (const session of this.#sessions.values()) {
      if (session.identity.until <= now) this.#cut(session, notGood("the identity is over, and was not renewed"));
      else if (session.isSilent(now, silentMs)) {
        this.#options.logger.warn({ worker: session.worker, machine: session.machine, ...session.purpose }, "a worker has been silent for too long");
        this.#end(session);
      }
    }
  }

  #cut(session: WorkerSession, error: MillraceError): void {
    session.tell({ event: "over", error: error.toJSON() });
    this.#end(session);
  }

  #end(session: WorkerSession): void {
    if (!this.#sessions.delete(session.worker)) return;
    session.end();
    // Behind a cut line these would stay open, and hold the stage's tasks from others, for as long as the identity is good.
    for (const [tunnel, { worker }] of this.#tunnels) if (worker === session.worker) tunnel.destroy();
  }

  async close(): Promise<void> {
    clearInterval(this.#watch);
    clearInterval(this.#refresh);
    for (const session of this.#sessions.values()) this.#end(session);
    for (const tunnel of this.#tunnels.keys()) tunnel.destroy();
    await this.#tokens.settled();
  }
}

/** What was checked at the door when it joined comes again here, past no door. */
function joiningOf(request: Record<string, unknown>): Joining {
  const { pid, purpose } = request as Partial<Joining>;
  return { version: textIn(request, "version"), machine: textIn(request, "machine").slice(0, 255), pid: typeof pid === "number" && Number.isSafeInteger(pid) && pid >= 0 ? pid : 0, ...(typeof purpose === "object" && purpose !== null && { purpose }) };
}

function notGood(what: string): MillraceError {
  return new MillraceError("MR-HTTP-001", { what, where: "the worker", mend: "make a token, millrace workers token, and start the worker with it" });
}
