import { crc32 } from "node:zlib";
import { asMillraceError, MillraceError } from "../errors.ts";
import type { AssignedTask, Epoch, JoinRequest, Member, StateEntry } from "./driver.ts";
import { carriedBytesMax } from "./embedded/carried-bytes.ts";
import type { MemberEvent } from "./embedded/coordinator.ts";
import type { DeskAnswer } from "./embedded/desk.ts";
import type { StatePage } from "./embedded/log-calls.ts";

/** A state that is being handed over, and the entry that is next. */
interface Restoring {
  entries: AsyncIterator<StateEntry>;
  at: number;
}

/** A member of a group whose process is at the other end of a connection. */
export class Seat {
  readonly #tell: (event: MemberEvent) => void;
  readonly #fences = new Map<number, number>();
  /** Tasks that the process was asked to give up, each with who waits for it. */
  readonly #givingUp = new Map<number, () => void>();
  /** Epochs that may come again under their number. */
  readonly #refused = new Map<number, Epoch>();
  readonly #restoring = new Map<number, Restoring>();
  #member: Member | undefined;
  #isAbandoned = false;

  constructor(tell: (event: MemberEvent) => void) {
    this.#tell = tell;
  }

  async take(join: (calls: Pick<JoinRequest, "onAssigned" | "onRevoked" | "onLost">) => Promise<Member>): Promise<void> {
    this.#member = await join({
      onAssigned: (tasks) => this.#assigned(tasks),
      onRevoked: (tasks) => this.#revoked(tasks),
      onLost: (error) => this.#lost(error),
    });
  }

  holds(task: number): boolean {
    return this.#fences.has(task);
  }

  #assigned(tasks: AssignedTask[]): void {
    for (const { task, fence } of tasks) this.#fences.set(task, fence);
    this.#tell({ event: "assigned", tasks });
  }

  async #revoked(tasks: number[]): Promise<void> {
    if (this.#isAbandoned) return;
    const given = tasks.map((task) => new Promise<void>((resolve) => this.#givingUp.set(task, resolve)));
    this.#tell({ event: "revoke", tasks });
    await Promise.all(given);
  }

  /** The process has given tasks up. */
  released(tasks: readonly number[]): void {
    for (const task of tasks) {
      const release = this.#givingUp.get(task);
      if (!release) continue;
      this.#givingUp.delete(task);
      this.#fences.delete(task);
      this.#restoring.delete(task);
      release();
    }
  }

  #lost(error: Error): void {
    this.#fences.clear();
    this.#tell({ event: "lost", error: asMillraceError(error, "the log").toJSON() });
  }

  /** @param seq - under which the same epoch comes again after a refusal that passes */
  async commit(seq: number, fences: [task: number, fence: number][], epoch: Epoch): Promise<number[]> {
    const member = this.#requireTasks(fences);
    // It is by the object that a member knows an epoch again.
    const known = this.#refused.get(seq) ?? epoch;
    try {
      const { offsets } = await member.commit(known);
      this.#refused.delete(seq);
      return offsets;
    } catch (error) {
      this.#refused.set(seq, known);
      throw error;
    }
  }

  #requireTasks(fences: [task: number, fence: number][]): Member {
    const lost = fences.find(([task, fence]) => this.#fences.get(task) !== fence);
    if (this.#member && lost === undefined) return this.#member;
    throw new MillraceError("MR-LOG-006", { what: `a commit was refused: task ${lost?.[0]} is another member's`, where: "the log service", mend: "nothing to do: another process has taken over, and this one starts anew" });
  }

  /** What one message should carry of a task's state, from one of its entries on. */
  async restore(task: number, from: number): Promise<DeskAnswer & { result: StatePage }> {
    const restoring = await this.#restoringFrom(task, from);
    const refs: StatePage["refs"] = [];
    const parts: Uint8Array[] = [];
    let more = true;
    for (let bytes = 0; bytes < carriedBytesMax; ) {
      const next = await restoring.entries.next();
      if (next.done) {
        more = false;
        break;
      }
      restoring.at++;
      const { kind, bytes: part } = next.value;
      refs.push({ kind, segment: `the state of task ${task}`, at: 0, bytes: part.byteLength, crc: crc32(part) });
      parts.push(part);
      bytes += part.byteLength;
    }
    if (more) this.#restoring.set(task, restoring);
    return { result: { refs, more }, parts };
  }

  /** Mostly where the message before has ended. */
  async #restoringFrom(task: number, from: number): Promise<Restoring> {
    const member = this.#requireTasks([[task, this.#fences.get(task) ?? -1]]);
    const known = this.#restoring.get(task);
    this.#restoring.delete(task);
    if (known?.at === from) return known;
    const fresh: Restoring = { entries: member.restore(task)[Symbol.asyncIterator](), at: 0 };
    while (fresh.at < from && !(await fresh.entries.next()).done) fresh.at++;
    return fresh;
  }

  async leave(): Promise<void> {
    this.abandon();
    await this.#member?.leave();
  }

  /** Nobody will say any more what it has given up. */
  abandon(): void {
    this.#isAbandoned = true;
    for (const release of this.#givingUp.values()) release();
    this.#givingUp.clear();
  }
}
