import { randomUUID } from "node:crypto";
import type { Batch } from "../../batch/batch.ts";
import { encodeBatch } from "../../batch/codec.ts";
import { MillraceError } from "../../errors.ts";
import type {
  AppendRequest, AppendResult, AssignedTask, Entry, Epoch, FetchRequest, FetchResult, GroupInfo, JoinRequest, LogDriver, Member, Output, PlacedEntries, Position, StateEntry, TopicInfo, TopicSpec,
} from "../driver.ts";
import { epochsUnderWayMax } from "./log-index.ts";
import type { LogPort, PortEvent } from "./port.ts";
import type { PlaceReader } from "./segment-reader.ts";
import { SendWindow } from "./send-window.ts";
import type { OutputHeader } from "./log-calls.ts";

/** The embedded driver: batches are encoded and decoded here, in the process that uses them; the service only moves bytes. */
export class EmbeddedLog implements LogDriver {
  readonly #port: LogPort;
  readonly #reader: PlaceReader;
  readonly places: LogDriver["places"];
  readonly #members = new Map<string, EmbeddedMember>();
  readonly #id = randomUUID();
  readonly #window = new SendWindow(epochsUnderWayMax);
  #seq = 0;

  /** @param onGone - called when the service has been away for too long: every call fails from then on */
  constructor(port: LogPort, onGone: (error: Error) => void = () => undefined) {
    this.#port = port;
    this.#reader = port.reader;
    const { folder } = port;
    this.places = folder === undefined ? undefined : (partitions) => this.#places(folder, partitions);
    port.listen({
      onEvent: (event) => this.#members.get(memberKey(event))?.onEvent(event),
      onReturn: async (send) => {
        for (const member of [...this.#members.values()].filter(({ isIn }) => isIn)) await send("join", member.joinRequest()).catch((error: Error) => refusedOrGone(member, error));
      },
      onGone: (error) => {
        for (const member of this.#members.values()) member.lost(error);
        onGone(error);
      },
    });
  }

  async ensureTopic(spec: TopicSpec): Promise<void> {
    await this.#port.call("ensureTopic", { spec });
  }

  async deleteTopic(topic: string): Promise<void> {
    await this.#port.call("deleteTopic", { topic });
  }

  topics(): Promise<TopicInfo[]> {
    return this.#port.call("topics", {});
  }

  topic(topic: string): Promise<TopicInfo> {
    return this.#port.call("topic", { topic });
  }

  async append({ producer, outputs }: AppendRequest): Promise<AppendResult> {
    const { headers, parts } = encodeOutputs(outputs);
    const leave = await this.#window.enter();
    try {
      const offsets = await this.#port.call("append", { by: `${producer}#${this.#id}`, seq: ++this.#seq, outputs: headers }, parts);
      return { offsets };
    } finally {
      leave();
    }
  }

  async fetch({ partitions, bytesMax, waitMs, signal }: FetchRequest): Promise<FetchResult> {
    for (let tries = 1; ; tries++) {
      const { refs, ends } = await this.#port.call("fetch", { partitions, bytesMax, waitMs }, [], signal);
      try {
        const batches = this.#reader.batches(refs);
        const entries = refs.map(({ topic, partition, offset, next, mark, bytes, appendedAt }, i): Entry => ({ topic, partition, offset, next, batch: batches[i], mark, bytes, appendedAt }));
        return { entries, ends };
      } catch (error) {
        requireMoved(error, tries);
      }
    }
  }

  async #places(folder: string, partitions: FetchRequest["partitions"]): Promise<PlacedEntries> {
    const { refs } = await this.#port.call("fetch", { partitions, bytesMax: Number.MAX_SAFE_INTEGER, waitMs: 0 });
    const entries = refs.filter(({ bytes }) => bytes > 0).map(({ topic, partition, offset, next, segment, at, bytes, crc }) => ({ topic, partition, offset, next, place: { segment, at, bytes, crc } }));
    return { folder, entries };
  }

  offsetForTime(topic: string, partition: number, timestampMs: number): Promise<number> {
    return this.#port.call("offsetForTime", { topic, partition, timestampMs });
  }

  positions(group: string): Promise<Position[]> {
    return this.#port.call("positions", { group });
  }

  groups(): Promise<GroupInfo[]> {
    return this.#port.call("groups", {});
  }

  async seek(group: string, positions: Position[]): Promise<void> {
    await this.#port.call("seek", { group, positions });
  }

  async join(request: JoinRequest): Promise<Member> {
    const key = memberKey(request);
    const forget = (): void => {
      if (this.#members.get(key) === member) this.#members.delete(key);
    };
    const member = new EmbeddedMember(this.#port, this.#reader, request, forget);
    this.#members.set(key, member);
    try {
      await this.#callJoin(member);
    } catch (error) {
      forget();
      throw error;
    }
    member.begin();
    return member;
  }

  /** A connection may break between the request and its answer; the next one knows nothing of it. */
  async #callJoin(member: EmbeddedMember): Promise<void> {
    for (let tries = 1; ; tries++) {
      try {
        return await this.#port.call("join", member.joinRequest());
      } catch (error) {
        if (!isUnreachable(error) || tries >= triesMax) throw error;
      }
    }
  }

  async close(): Promise<void> {
    await this.#port.close();
    this.#reader.close();
  }
}

const triesMax = 20;

/** Returns when the error says that a segment has been rewritten since its places were asked for; throws it otherwise. */
function requireMoved(error: unknown, tries: number): void {
  if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  if (tries < triesMax) return;
  throw new MillraceError("MR-LOG-002", { what: "a segment of the log is missing", where: (error as NodeJS.ErrnoException).path ?? "the log", mend: "restore the file from a backup", cause: error });
}

/** A member that may not come back is lost; when the service has gone again, all of them wait on. */
function refusedOrGone(member: EmbeddedMember, error: Error): void {
  if (isUnreachable(error)) throw error;
  member.lost(error);
}

const isUnreachable = (error: unknown): boolean => error instanceof MillraceError && error.code === "MR-LOG-009";

const memberKey = ({ group, member }: { group: string; member: string }): string => `${group}\n${member}`;

class EmbeddedMember implements Member {
  readonly #port: LogPort;
  readonly #reader: PlaceReader;
  readonly #request: JoinRequest;
  readonly #forget: () => void;
  readonly #fences = new Map<number, number>();
  /** Tasks on their way out, and what they have been given anew since. */
  readonly #givingUp = new Map<number, AssignedTask | undefined>();
  readonly #session = randomUUID();
  readonly #window = new SendWindow(epochsUnderWayMax);
  /** Numbers of epochs that were refused: the same epoch may come again under its number, and only then those after it. */
  readonly #refused = new WeakMap<Epoch, number>();
  #seq = 0;
  #over = false;
  /** The log knows the member: when the service comes back, it joins again. */
  isIn = false;
  #begun = false;
  readonly #early: PortEvent[] = [];

  constructor(port: LogPort, reader: PlaceReader, request: JoinRequest, forget: () => void) {
    this.#port = port;
    this.#reader = reader;
    this.#request = request;
    this.#forget = forget;
  }

  joinRequest(): { group: string; member: string; topics: string[]; tasks?: number; owned: [number, number][] } {
    const { group, member, topics, tasks } = this.#request;
    return { group, member, topics, tasks, owned: [...this.#fences] };
  }

  /** The log has answered that it knows the member. News are handed on from the next turn on: not before `join` has resolved. */
  begin(): void {
    this.isIn = true;
    setImmediate(() => {
      this.#begun = true;
      for (const event of this.#early.splice(0)) this.onEvent(event);
    });
  }

  onEvent(event: PortEvent): void {
    if (this.#over) return;
    if (!this.#begun) return void this.#early.push(event);
    switch (event.event) {
      case "assigned":
        return this.#assigned(event.tasks);
      case "revoke":
        void this.#revoked(event.tasks);
        return;
      case "lost":
        return this.lost(MillraceError.fromJSON(event.error));
    }
  }

  /**
   * A task that took too long to give up has been taken by force, and may come back while its old life is still at work:
   * the new one begins when that has ended, or an epoch of the old one would pass under the new fence.
   */
  #assigned(tasks: AssignedTask[]): void {
    for (const task of tasks) if (this.#givingUp.has(task.task)) this.#givingUp.set(task.task, task);
    this.#begin(tasks.filter(({ task }) => !this.#givingUp.has(task)));
  }

  #begin(tasks: AssignedTask[]): void {
    if (tasks.length === 0) return;
    for (const { task, fence } of tasks) this.#fences.set(task, fence);
    this.#request.onAssigned(tasks);
  }

  async #revoked(tasks: number[]): Promise<void> {
    const held = tasks.filter((task) => !this.#givingUp.has(task));
    // What has come back in the meantime, and is wanted again, never begins.
    for (const task of tasks) this.#givingUp.set(task, undefined);
    if (held.length === 0) return;
    try {
      await this.#request.onRevoked(held);
    } catch (error) {
      void this.leave().catch(() => undefined);
      this.#request.onLost(error as Error);
      return;
    }
    if (this.#over) return;
    const back = held.flatMap((task) => this.#givingUp.get(task) ?? []);
    const given = held.filter((task) => this.#givingUp.get(task) === undefined);
    for (const task of held) this.#givingUp.delete(task);
    for (const task of given) this.#fences.delete(task);
    this.#begin(back);
    const { group, member } = this.#request;
    if (given.length > 0) await this.#port.call("released", { group, member, tasks: given }).catch(() => undefined);
  }

  lost(error: Error): void {
    if (this.#over) return;
    this.#over = true;
    this.#forget();
    this.#request.onLost(error);
  }

  async commit(epoch: Epoch): Promise<AppendResult> {
    const { tasks, positions, outputs, state } = epoch;
    const { headers, parts } = encodeOutputs(outputs);
    const { group, member } = this.#request;
    const states = state?.map(({ task, kind, bytes }) => ({ task, kind, bytes: bytes.byteLength }));
    const bodies = state ? [...parts, ...state.map(({ bytes }) => bytes)] : parts;
    const leave = await this.#window.enter();
    const fences = tasks.map((task): [number, number] => [task, this.#fences.get(task) ?? -1]);
    const seq = this.#refused.get(epoch) ?? ++this.#seq;
    try {
      const offsets = await this.#port.call("commit", { group, member, session: this.#session, seq, fences, positions, outputs: headers, state: states }, bodies);
      return { offsets };
    } catch (error) {
      this.#refused.set(epoch, seq);
      throw error;
    } finally {
      leave();
    }
  }

  async *restore(task: number): AsyncIterable<StateEntry> {
    const { group } = this.#request;
    let total: number | undefined;
    for (let [from, tries, more] = [0, 1, true]; more; ) {
      const page = await this.#port.call("restore", { group, task, from });
      if (page.total !== (total ??= page.total)) throw movedOn(group, task);
      ({ more } = page);
      for (const ref of page.refs) {
        let bytes: Uint8Array | undefined;
        try {
          [bytes] = this.#reader.read([ref]);
        } catch (error) {
          requireMoved(error, tries++);
          // The segment has been rewritten. The state is the same, as long as the task is ours.
          more = true;
          break;
        }
        yield { kind: ref.kind, bytes: bytes ?? new Uint8Array(0) };
        from++;
        tries = 1;
      }
    }
  }

  async leave(): Promise<void> {
    if (this.#over) return;
    this.#over = true;
    this.#forget();
    const { group, member } = this.#request;
    await this.#port.call("leave", { group, member });
  }
}

function movedOn(group: string, task: number): MillraceError {
  return new MillraceError("MR-LOG-006", { what: "the state changed while it was read", where: `group "${group}", task ${task}`, mend: "nothing to do: another process has taken over, and this one starts anew" });
}

function encodeOutputs(outputs: Output[]): { headers: OutputHeader[]; parts: Uint8Array[] } {
  const parts: Uint8Array[] = [];
  const headers = outputs.map(({ topic, partition, batch, mark }): OutputHeader => {
    if (!batch || batch.count === 0) return { topic, partition, records: 0, bytes: 0, mark };
    const bytes = encodeBatch(batch);
    parts.push(bytes);
    return { topic, partition, records: batch.count, bytes: bytes.byteLength, ...timeRange(batch), mark };
  });
  return { headers, parts };
}

function timeRange({ eventTime, count }: Batch): { timeMin: number; timeMax: number } {
  let timeMin = eventTime[0];
  let timeMax = timeMin;
  for (let i = 1; i < count; i++) {
    const time = eventTime[i];
    if (time < timeMin) timeMin = time;
    if (time > timeMax) timeMax = time;
  }
  return { timeMin, timeMax };
}
