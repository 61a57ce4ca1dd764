import { existsSync, readFileSync, rmSync } from "node:fs";
import type { StageCounts } from "../engine/stage-runner.ts";
import { addedWaits } from "../engine/waits.ts";
import type { ErrorJson } from "../errors.ts";
import { asMillraceError, MillraceError } from "../errors.ts";
import type { StageDecl } from "../model/manifest.ts";
import { Rate } from "./rate.ts";
import type { StageEnd, StageLife } from "./stage-process.ts";
import type { StageWish } from "./workers/worker-protocol.ts";
import type { StageGuest } from "./workers/stage-guest.ts";

export type StageState = "running" | "starting" | "paused" | "failed" | "drained" | "stopped";

/** What people have asked of a stage; kept over restarts. */
export interface StageWishes {
  paused?: { reason: string; at: string; error?: ErrorJson };
  scale?: { min: number; max: number };
}

export interface StageControlOptions {
  decl: StageDecl;
  wishes: StageWishes;
  /** Starts a process, or the stage in this one. A careful one notes each record in `probeFile` before it runs it alone. */
  start: (care: { careful: boolean; skip: string[]; probeFile: string }) => StageLife;
  /** Keeps what people have asked. @returns the version that it has in the store, which grows */
  save: (wishes: StageWishes) => Promise<number>;
  /** It runs on workers alone, and never here. */
  elsewhere?: boolean;
  /** The file of a process; `slot` counts from 0. */
  probeFile: (slot: number) => string;
  log: { info(fields: object, message: string): void; warn(fields: object, message: string): void; error(fields: object, message: string): void };
}

interface Slot {
  life?: StageLife;
  restarts: number;
  /** Starts in a row that ended before their first epoch. */
  fruitless: number;
  timer?: NodeJS.Timeout;
}

const backoffMsMax = 5 * 60_000;
/** What ended it says that it passes: a full disk, a log service that is away. */
const retryMsMax = 5_000;
/** Deaths in a row without an epoch after which the record at hand is suspected. */
const suspectAfter = 3;
/** Failures in a row after which the stage is called failed, though it is still tried. */
const failedAfter = 3;
const drainMs = 25_000;
/** A life that has lasted as long and has nothing left to read is a sound one, though it had nothing to commit. */
const soundMs = 10_000;

/** Keeps a stage's processes as they should be: starts, watches, restarts with back-off, and ends them. */
export class StageControl {
  readonly #options: StageControlOptions;
  readonly #slots: Slot[] = [];
  readonly #guests = new Set<StageGuest>();
  readonly rates = { in: new Rate(), out: new Rate() };
  #wishes: StageWishes;
  /** Of the wishes, as they were kept or heard last. */
  #version = 0;
  #wanted = 0;
  #up = false;
  #drained = false;
  #lastError: (ErrorJson & { at: string }) | undefined;
  #past: StageCounts = { recordsIn: 0, recordsOut: 0, dead: 0, late: 0, warned: 0, epochs: 0, waits: [], lag: 0, held: 0, tasks: [] };
  /** Records that were at hand when a careful life died. */
  readonly #suspects = new Set<string>();
  #skip: string[] = [];

  constructor(options: StageControlOptions) {
    this.#options = options;
    this.#wishes = options.wishes;
    this.#wanted = options.elsewhere ? 0 : this.scale.min;
  }

  get decl(): StageDecl {
    return this.#options.decl;
  }

  get scale(): { min: number; max: number } {
    const { min, max } = this.#wishes.scale ?? this.#options.decl.scale;
    return { min, max };
  }

  get wishes(): StageWishes {
    return this.#wishes;
  }

  get lastError(): (ErrorJson & { at: string }) | undefined {
    return this.#lastError;
  }

  get state(): StageState {
    if (this.#wishes.paused) return "paused";
    if (this.#drained) return "drained";
    if (!this.#up) return "stopped";
    if (!this.#hasProcess) return "running";
    const slots = this.#slots.slice(0, this.#wanted);
    const { guests } = this;
    if (slots.some(({ fruitless, life }) => fruitless >= failedAfter && !isSound(life) && !hasCaughtUp(life)) || guests.some(({ news }) => news?.state === "failed")) return "failed";
    return slots.some(({ life }) => life?.report) || guests.some(({ news }) => news?.state === "running") ? "running" : "starting";
  }

  get reason(): string | undefined {
    if (this.#wishes.paused) return this.#wishes.paused.reason;
    if (this.state === "failed") return this.#lastError?.what;
    return this.#waitsForWorker ? `it waits for a worker: millrace worker --stage ${this.decl.name}` : undefined;
  }

  get lives(): { life: StageLife; restarts: number }[] {
    return this.#slots.flatMap(({ life, restarts }) => (life ? [{ life, restarts }] : []));
  }

  /** Counts of all processes of this stage since the control plane started. */
  get counts(): StageCounts {
    const past: StageCounts = { ...this.#past, lag: 0, held: 0, tasks: [] };
    const own = this.lives.reduce((sum, { life }) => (life.report ? add(sum, life.report.counts) : sum), past);
    return [...this.#guests].reduce((sum, { news }) => (news ? add(sum, news.counts) : sum), own);
  }

  /** Its lives on other machines, those that can be reached. */
  get guests(): readonly StageGuest[] {
    return [...this.#guests].filter(({ connected }) => connected);
  }

  /** Processes of it on other machines. */
  get workingGuests(): number {
    return this.guests.filter(({ news }) => news?.instance !== undefined).length;
  }

  /** It runs on workers alone. */
  get elsewhere(): boolean {
    return this.#options.elsewhere === true;
  }

  /** What a worker that joins is to do. */
  get wish(): "run" | "pause" {
    return this.#wishes.paused || this.#drained ? "pause" : "run";
  }

  get #waitsForWorker(): boolean {
    return this.#options.elsewhere === true && this.guests.length === 0 && this.#wantsToRun;
  }

  /** A worker has joined. */
  admit(guest: StageGuest): void {
    this.#guests.add(guest);
  }

  /** A worker has gone; what it has done counts. */
  dismiss(guest: StageGuest): void {
    if (!this.#guests.delete(guest) || !guest.news) return;
    this.#past = add(this.#past, guest.news.counts);
    this.#lastProgress = guest.news.progress ?? this.#lastProgress;
  }

  /** A worker has told how it goes. What ends the stage there ends it everywhere. */
  heard({ machine, news }: StageGuest): void {
    if (news?.lastError) this.#lastError = news.lastError;
    if (news?.state === "drained") this.#drained = true;
    if (!news?.paused || this.#wishes.paused) return;
    const { log, decl } = this.#options;
    const { reason, error } = news.paused;
    log.error({ stage: decl.name, machine, ...error }, "the stage has paused itself");
    this.pause(reason, error).catch((failed: unknown) => log.error({ stage: decl.name, err: failed }, "that the stage has paused could not be kept for the next start"));
  }

  get progress(): { done: number; total: number } | undefined {
    return this.lives.find(({ life }) => life.report?.progress)?.life.report?.progress ?? this.guests.find(({ news }) => news?.progress)?.news?.progress ?? this.#lastProgress;
  }

  #lastProgress: { done: number; total: number } | undefined;

  /** Counts what came through the server's door: an HTTP source has no process that could report it. */
  ingested(records: number): void {
    this.#past = { ...this.#past, recordsIn: this.#past.recordsIn + records, recordsOut: this.#past.recordsOut + records };
  }

  up(): void {
    this.#up = true;
    this.#fill();
  }

  /** Ends all processes after their epoch under way. */
  async down(): Promise<void> {
    this.#up = false;
    await this.#endAll();
  }

  async pause(reason: string, error?: ErrorJson): Promise<void> {
    const saved = this.#wish({ ...this.#wishes, paused: { reason, at: new Date().toISOString(), error } });
    // It stops whether or not the wish could be kept for the next start.
    await Promise.all([saved, this.#endAll(), this.#wishGuests("pause")]);
  }

  async resume(): Promise<void> {
    const { paused: _, ...rest } = this.#wishes;
    const saved = this.#wish(rest);
    this.#startAtOnce();
    await Promise.all([saved, this.#wishGuests("run")]);
  }

  /**
   * What people have asked of it at another control plane holds here too.
   * @param version - that the wishes have in the store: what is older than was asked here is no news
   */
  async heed(wishes: StageWishes, version: number): Promise<void> {
    if (version <= this.#version) return;
    this.#version = version;
    if (JSON.stringify(wishes) === JSON.stringify(this.#wishes)) return;
    this.#wishes = wishes;
    if (wishes.paused) {
      await Promise.all([this.#endAll(), this.#wishGuests("pause")]);
      return;
    }
    this.setInstances(Math.min(this.scale.max, Math.max(this.scale.min, this.#wanted)));
    this.#startAtOnce();
    await this.#wishGuests("run");
  }

  async rescale(scale: { min: number; max: number }): Promise<void> {
    await this.#wish({ ...this.#wishes, scale });
    this.setInstances(Math.min(scale.max, Math.max(scale.min, this.#wanted)));
  }

  async restart(): Promise<void> {
    const ended = this.lives.map(({ life }) => life.ended);
    for (const { life } of this.#slots) life?.stop(drainMs);
    await Promise.all([...ended, this.#wishGuests("restart")]);
    this.#startAtOnce();
  }

  /** Somebody has mended something: whatever waits between two attempts need not wait any longer. */
  #startAtOnce(): void {
    for (const slot of this.#slots) {
      slot.fruitless = 0;
      stopWaiting(slot);
    }
    this.#fill();
  }

  get instances(): number {
    return this.#wanted;
  }

  async #wishGuests(wish: StageWish): Promise<void> {
    await Promise.all(this.guests.map((guest) => guest.wish(wish)));
  }

  setInstances(count: number): void {
    if (this.#options.elsewhere) return;
    this.#wanted = count;
    for (const slot of this.#slots.slice(count)) {
      stopWaiting(slot);
      slot.life?.stop(drainMs);
    }
    this.#fill();
  }

  async #wish(wishes: StageWishes): Promise<void> {
    this.#wishes = wishes;
    this.#version = await this.#options.save(wishes);
  }

  async #endAll(): Promise<void> {
    const ended = this.lives.map(({ life }) => life.ended);
    for (const slot of this.#slots) {
      stopWaiting(slot);
      slot.life?.stop(drainMs);
    }
    await Promise.all(ended);
  }

  /** An HTTP source is a door of the server: it can be closed and opened, but has no process. */
  get #hasProcess(): boolean {
    return this.#options.decl.kind !== "http";
  }

  get #wantsToRun(): boolean {
    return this.#hasProcess && this.#up && !this.#wishes.paused && !this.#drained;
  }

  #fill(): void {
    if (!this.#wantsToRun) return;
    while (this.#slots.length < this.#wanted) this.#slots.push({ restarts: 0, fruitless: 0 });
    for (const slot of this.#slots.slice(0, this.#wanted)) if (!slot.life && !slot.timer) this.#start(slot);
  }

  #start(slot: Slot): void {
    const careful = slot.fruitless >= suspectAfter;
    const probeFile = this.#options.probeFile(this.#slots.indexOf(slot));
    let life: StageLife;
    try {
      life = this.#options.start({ careful, skip: this.#skip, probeFile });
    } catch (error) {
      // The system refuses a further process for now.
      slot.fruitless++;
      this.#note(asMillraceError(error, `stage "${this.decl.name}"`).toJSON());
      this.#again(slot);
      return;
    }
    slot.life = life;
    void life.ended.then((end) => this.#ended(slot, life, end, careful ? probeFile : undefined));
  }

  #ended(slot: Slot, life: StageLife, end: StageEnd, probeFile: string | undefined): void {
    slot.life = undefined;
    const counts = life.report?.counts;
    if (counts) this.#past = add(this.#past, counts);
    this.#lastProgress = life.report?.progress ?? this.#lastProgress;
    slot.fruitless = end.how === "stopped" || isSound(life) ? 0 : slot.fruitless + 1;
    const { log, decl } = this.#options;
    switch (end.how) {
      case "stopped":
        break;
      case "drained":
        this.#drained = true;
        log.info({ stage: decl.name }, "the source has ended");
        return;
      case "paused":
        this.#note(end.error);
        log.error({ stage: decl.name, ...end.error }, "the stage has paused itself");
        this.pause(end.error.what, end.error).catch((error: unknown) => log.error({ stage: decl.name, err: error }, "that the stage has paused could not be kept for the next start"));
        return;
      case "failed":
        this.#note(end.error);
        log.warn({ stage: decl.name, ...end.error }, "the stage starts anew");
        break;
      case "died":
        this.#note(died(decl.name, end).toJSON());
        log.warn({ stage: decl.name, pid: life.pid, code: end.code, signal: end.signal, why: end.why, lastWords: end.lastWords }, "the stage's process died");
        if (probeFile !== undefined) this.#suspectRecord(probeFile);
        break;
    }
    this.#again(slot, end.how === "failed" && end.error.retryable ? retryMsMax : backoffMsMax);
  }

  #note(error: ErrorJson): void {
    this.#lastError = { ...error, at: new Date().toISOString() };
  }

  /** The record that was at hand in two careful lives that died is the one that kills: it goes to the dead letters. */
  #suspectRecord(probeFile: string): void {
    const { decl, log } = this.#options;
    const at = existsSync(probeFile) ? readFileSync(probeFile, "utf8") : undefined;
    if (at === undefined) return;
    rmSync(probeFile, { force: true });
    // A task may move to another process in between, and its record with it.
    if (!this.#suspects.has(at)) {
      this.#suspects.add(at);
      return;
    }
    this.#skip = [...this.#skip, at];
    this.#suspects.clear();
    log.error({ stage: decl.name, record: at }, "a record kills the stage's process and goes to the dead letters");
  }

  #again(slot: Slot, waitMsMax = backoffMsMax): void {
    if (!this.#wantsToRun || this.#slots.indexOf(slot) >= this.#wanted) return;
    slot.restarts++;
    // A first death is answered at once; what dies again and again waits longer each time.
    const waitMs = slot.fruitless <= 1 ? 0 : Math.min(waitMsMax, 100 * 2 ** (slot.fruitless - 2));
    slot.timer = setTimeout(() => {
      slot.timer = undefined;
      if (this.#wantsToRun && !slot.life) this.#start(slot);
    }, waitMs);
  }
}

function stopWaiting(slot: Slot): void {
  clearTimeout(slot.timer);
  slot.timer = undefined;
}

/** Whether a life has shown that it works: by an epoch (a source: by records), or by having stood for a while with nothing to read. */
function isSound(life: StageLife | undefined): boolean {
  const counts = life?.report?.counts;
  if (!life || !counts) return false;
  return counts.epochs > 0 || counts.recordsOut > 0 || (counts.lag === 0 && Date.now() - life.startedAt.getTime() >= soundMs);
}

/** Whether a life holds inputs and has nothing of them left to read: whatever ended the lives before it, this one does its work. */
function hasCaughtUp(life: StageLife | undefined): boolean {
  const counts = life?.report?.counts;
  return counts !== undefined && counts.tasks.length > 0 && counts.lag === 0;
}

function add(a: StageCounts, b: StageCounts): StageCounts {
  return {
    recordsIn: a.recordsIn + b.recordsIn,
    recordsOut: a.recordsOut + b.recordsOut,
    dead: a.dead + b.dead,
    late: a.late + b.late,
    warned: a.warned + b.warned,
    epochs: a.epochs + b.epochs,
    waits: addedWaits(a.waits, b.waits),
    lag: a.lag + b.lag,
    held: a.held + b.held,
    tasks: [...a.tasks, ...b.tasks],
  };
}

function died(stage: string, { code, signal, lastWords, why }: Extract<StageEnd, { how: "died" }>): MillraceError {
  const outOfMemory = /heap out of memory|heap limit/i.test(lastWords);
  return new MillraceError("MR-ENGINE-008", {
    what: outOfMemory ? "the stage's process ran out of memory" : `the stage's process died (${why ?? signal ?? `exit code ${code}`})`,
    where: `stage "${stage}"`,
    mend: outOfMemory ? "give it more memory with `place: { memory }`, or let it hold less" : "it is started again by itself; its log says what it last did",
    retryable: true,
  });
}
