import { crc32 } from "node:zlib";
import { decodeBatch, encodeBatch } from "../batch/codec.ts";
import { MillraceError } from "../errors.ts";
import type { Entry, Epoch, FetchRequest, LogDriver } from "./driver.ts";
import { mayRead, requireAccess, requireGroup } from "./embedded/access.ts";
import { carriedBytesMax } from "./embedded/carried-bytes.ts";
import type { Desk, DeskAnswer, OpenDesk } from "./embedded/desk.ts";
import { type Connection, cut, cutStates, type LogCalls, type LogMethod, requireSoundRequest } from "./embedded/log-calls.ts";
import { Seat } from "./seat.ts";

type Calls = { [M in LogMethod]?: (connection: Connection, request: Parameters<LogCalls[M]>[0], body: Uint8Array) => Promise<Answered<M>> };
type Answered<M extends LogMethod> = DeskAnswer & { result: ReturnType<LogCalls[M]> };

/**
 * Lets a connection of a stage call any log as it would call the log service: what its grant does not name is refused here.
 * Each connection has a log of its own, whose members leave when it ends: a stage that comes back starts anew.
 *
 * @param open - the log of the stage that the grant names
 */
export function driverDesks(open: (stage: string) => Promise<LogDriver>): OpenDesk {
  return ({ name }, carried) => {
    if (!carried) throw new MillraceError("MR-LOG-011", { what: "records of this log are no files that could be opened", where: "the log service", mend: "start the worker with the version of its control plane" });
    return new DriverDesk(open(name));
  };
}

class DriverDesk implements Desk {
  readonly folder = undefined;
  readonly #log: Promise<LogDriver>;
  readonly #seats = new Map<string, Seat>();
  readonly #calls: Calls;

  constructor(log: Promise<LogDriver>) {
    this.#log = log;
    log.catch(() => undefined);
    this.#calls = {
      topics: async ({ grant }) => ({ result: (await (await log).topics()).filter(({ name }) => mayRead(grant, name)) }),
      topic: async ({ grant }, { topic }) => {
        // Who writes a topic must know its partitions.
        if (!grant.writes.includes(topic)) requireAccess(grant, "reads", topic);
        return { result: await (await log).topic(topic) };
      },
      fetch: async ({ grant, signal }, request) => {
        for (const { topic } of request.partitions) requireAccess(grant, "reads", topic);
        return fetched(await log, { ...request, bytesMax: Math.min(request.bytesMax, carriedBytesMax), signal });
      },
      offsetForTime: async ({ grant }, { topic, partition, timestampMs }) => {
        requireAccess(grant, "reads", topic);
        return { result: await (await log).offsetForTime(topic, partition, timestampMs) };
      },
      positions: async ({ grant }, { group }) => {
        requireGroup(grant, group);
        return { result: await (await log).positions(group) };
      },
      join: async (connection, request) => {
        requireGroup(connection.grant, request.group);
        for (const topic of request.topics) requireAccess(connection.grant, "reads", topic);
        await this.#join(await log, connection, request);
        return { result: undefined };
      },
      released: async (_connection, { group, member, tasks }) => {
        this.#seats.get(seatKey(group, member))?.released(tasks);
        return { result: undefined };
      },
      commit: async ({ grant }, request, body) => {
        for (const { topic } of request.outputs) requireAccess(grant, "writes", topic);
        return { result: await this.#seat(request).commit(request.seq, request.fences, epochOf(request, body)) };
      },
      restore: async (_connection, request) => this.#seatOfTask(request).restore(request.task, request.from),
      leave: async (_connection, { group, member }) => {
        const key = seatKey(group, member);
        const seat = this.#seats.get(key);
        this.#seats.delete(key);
        await seat?.leave();
        return { result: undefined };
      },
    };
  }

  async answer(connection: Connection, method: LogMethod, request: Record<string, unknown>, body: Uint8Array): Promise<DeskAnswer> {
    const call = Object.hasOwn(this.#calls, method) ? (this.#calls[method] as ((...given: unknown[]) => Promise<DeskAnswer>) | undefined) : undefined;
    if (!call) throw new MillraceError("MR-LOG-008", { what: `"${connection.grant.name}" may not call "${String(method)}"`, where: "the log service", mend: "only the control plane may" });
    requireSoundRequest(method, request);
    return call(connection, request, body);
  }

  async #join(log: LogDriver, { signal, notify }: Connection, { group, member, topics, tasks, owned }: Parameters<LogCalls["join"]>[0]): Promise<void> {
    if (owned.length > 0) throw gone(group, member);
    const seat = new Seat((event) => signal.aborted || notify({ ...event, group, member }));
    await seat.take((calls) => log.join({ group, member, topics, tasks, ...calls }));
    const key = seatKey(group, member);
    await this.#seats.get(key)?.leave();
    this.#seats.set(key, seat);
  }

  #seat({ group, member }: { group: string; member: string }): Seat {
    const seat = this.#seats.get(seatKey(group, member));
    if (!seat) throw gone(group, member);
    return seat;
  }

  #seatOfTask({ group, task }: { group: string; task: number }): Seat {
    const seat = [...this.#seats].find(([key, seat]) => key.startsWith(seatKey(group, "")) && seat.holds(task));
    if (!seat) throw gone(group, `task ${task}`);
    return seat[1];
  }

  close(): void {
    for (const seat of this.#seats.values()) seat.abandon();
    this.#log.then((log) => log.close()).catch(() => undefined);
  }
}

const seatKey = (group: string, member: string): string => `${group}\n${member}`;

async function fetched(log: LogDriver, request: FetchRequest): Promise<Answered<"fetch">> {
  const { entries, ends } = await log.fetch(request);
  const parts: Uint8Array[] = [];
  const refs = entries.map((entry) => {
    const bytes = entry.batch && encodeBatch(entry.batch, entry.batch.offsets);
    if (bytes) parts.push(bytes);
    return refOf(entry, bytes);
  });
  return { result: { refs, ends }, parts };
}

function refOf({ topic, partition, offset, next, batch, mark, appendedAt }: Entry, bytes: Uint8Array | undefined): ReturnType<LogCalls["fetch"]>["refs"][number] {
  return { topic, partition, offset, next, records: batch?.count ?? 0, segment: `topic "${topic}", partition ${partition}`, at: offset, bytes: bytes?.byteLength ?? 0, crc: bytes ? crc32(bytes) : 0, mark, appendedAt };
}

function epochOf({ fences, positions, outputs: headers, state: states }: Parameters<LogCalls["commit"]>[0], body: Uint8Array): Epoch {
  const { outputs, rest } = cut(headers, body);
  return {
    tasks: fences.map(([task]) => task),
    positions,
    outputs: outputs.map(({ topic, partition, bytes, mark }) => ({ topic, partition, mark, ...(bytes.byteLength > 0 && { batch: decodeBatch(bytes) }) })),
    ...(states && { state: cutStates(states, rest) }),
  };
}

function gone(group: string, who: string): MillraceError {
  return new MillraceError("MR-LOG-006", { what: "the connection broke, and what was held on it is somebody else's to take", where: `group "${group}", ${who}`, mend: "nothing to do: the process starts anew behind its last epoch" });
}
