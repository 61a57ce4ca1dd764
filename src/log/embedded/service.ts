import { MillraceError } from "../../errors.ts";
import type { GroupInfo, LaneMark, Position, TopicInfo, TopicSpec } from "../driver.ts";
import { type Grant, requireAccess, requireAdmin, requireGroup } from "./access.ts";
import { Coordinator, type CoordinatorOptions, type MemberEvent } from "./coordinator.ts";
import { type EncodedState, LogCore, type LogCoreOptions } from "./log-core.ts";
import { recordsFrom, topicInfo } from "./log-index.ts";
import type { Ref, StateRef } from "./ref.ts";

/** An output in a request: what `EncodedOutput` is, with its bytes in the body. */
export interface OutputHeader {
  topic: string;
  partition: number;
  records: number;
  bytes: number;
  timeMin?: number;
  timeMax?: number;
  mark?: LaneMark;
}

/** Every request that the log service answers, and what it answers. */
export interface LogCalls {
  ensureTopic: (request: { spec: TopicSpec }) => void;
  deleteTopic: (request: { topic: string }) => void;
  topics: (request: object) => TopicInfo[];
  topic: (request: { topic: string }) => TopicInfo;
  append: (request: { by: string; seq: number; outputs: OutputHeader[] }) => number[];
  fetch: (request: { partitions: { topic: string; partition: number; offset: number }[]; bytesMax: number; waitMs: number }) => {
    refs: (Ref & { topic: string; partition: number })[];
    ends: { topic: string; partition: number; end: number }[];
  };
  offsetForTime: (request: { topic: string; partition: number; timestampMs: number }) => number;
  positions: (request: { group: string }) => Position[];
  groups: (request: object) => GroupInfo[];
  seek: (request: { group: string; positions: Position[] }) => void;
  join: (request: { group: string; member: string; topics: string[]; tasks?: number; owned: [number, number][] }) => void;
  released: (request: { group: string; member: string; tasks: number[] }) => void;
  commit: (request: {
    group: string;
    member: string;
    session: string;
    seq: number;
    fences: [task: number, fence: number][];
    positions: Position[];
    outputs: OutputHeader[];
    state?: { task: number; kind: "snapshot" | "delta"; bytes: number }[];
  }) => number[];
  /** `from`: the first entry whose bytes are wanted, by those that get bytes. */
  restore: (request: { group: string; task: number; from?: number }) => StateRef[];
  leave: (request: { group: string; member: string }) => void;
}

export type LogMethod = keyof LogCalls;

/** One client: who it is, and how events reach it. */
export interface Connection {
  grant: Grant;
  notify: (event: MemberEvent & { group: string; member: string }) => void;
  /** Aborted when the client has gone. */
  signal: AbortSignal;
}

/** A record or batch larger than this is refused at the door, in bytes. */
const outputBytesMax = 64 * 1024 * 1024;

/** The log as its clients see it: requests are checked against the client's grant here, and nowhere else. */
export class LogService {
  readonly core: LogCore;
  readonly #coordinator: Coordinator;
  readonly #calls: { [M in LogMethod]: (connection: Connection, request: Parameters<LogCalls[M]>[0], body: Uint8Array) => Promise<ReturnType<LogCalls[M]>> | ReturnType<LogCalls[M]> };

  constructor(options: LogCoreOptions & CoordinatorOptions) {
    const core = new LogCore(options);
    const coordinator = new Coordinator(core, options);
    this.core = core;
    this.#coordinator = coordinator;
    this.#calls = {
      ensureTopic: ({ grant }, { spec }) => {
        requireAdmin(grant, "create topics");
        return core.ensureTopic(spec);
      },
      deleteTopic: ({ grant }, { topic }) => {
        requireAdmin(grant, "delete topics");
        return core.deleteTopic(topic);
      },
      topics: ({ grant }) => core.topics().filter(({ name }) => mayRead(grant, name)),
      topic: ({ grant }, { topic }) => {
        // Who writes a topic must know its partitions.
        if (!grant.writes.includes(topic)) requireAccess(grant, "reads", topic);
        return topicInfo(core.index.topic(topic));
      },
      append: ({ grant }, { by, seq, outputs }, body) => {
        for (const { topic } of outputs) requireAccess(grant, "writes", topic);
        return core.commit({ by, seq, outputs: cut(outputs, body).outputs });
      },
      fetch: ({ grant, signal }, { partitions, bytesMax, waitMs }) => {
        for (const { topic } of partitions) requireAccess(grant, "reads", topic);
        return core.fetch(partitions, bytesMax, waitMs, signal);
      },
      offsetForTime: ({ grant }, { topic, partition, timestampMs }) => {
        requireAccess(grant, "reads", topic);
        return core.offsetForTime(topic, partition, timestampMs);
      },
      positions: ({ grant }, { group }) => {
        requireGroup(grant, group);
        return [...(core.index.groups.get(group)?.positions.values() ?? [])];
      },
      groups: ({ grant }) => {
        requireAdmin(grant, "list groups");
        return [...new Set([...core.index.groups.keys(), ...coordinator.groups])].map((group) => this.#groupInfo(group));
      },
      seek: ({ grant }, { group, positions }) => {
        requireAdmin(grant, "move a group");
        return coordinator.seek(group, positions);
      },
      join: ({ grant, notify, signal }, request) => {
        requireGroup(grant, request.group);
        for (const topic of request.topics) requireAccess(grant, "reads", topic);
        const leave = coordinator.join({ ...request, notify: (event) => notify({ ...event, group: request.group, member: request.member }) });
        signal.addEventListener("abort", leave, { once: true });
      },
      released: ({ grant }, { group, member, tasks }) => {
        requireGroup(grant, group);
        coordinator.released(group, member, tasks);
      },
      commit: ({ grant }, request, body) => {
        requireGroup(grant, request.group);
        for (const { topic } of request.outputs) requireAccess(grant, "writes", topic);
        const { outputs, rest } = cut(request.outputs, body);
        const state = request.state && cutStates(request.state, rest);
        return core.commit({ by: request.member, session: request.session, seq: request.seq, group: request.group, fences: request.fences, positions: request.positions, outputs, state });
      },
      restore: ({ grant }, { group, task }) => {
        requireGroup(grant, group);
        return [...(core.index.groups.get(group)?.states.get(task) ?? [])];
      },
      leave: ({ grant }, { group, member }) => {
        requireGroup(grant, group);
        coordinator.leave(group, member);
      },
    };
  }

  async handle<M extends LogMethod>(connection: Connection, method: M, request: Parameters<LogCalls[M]>[0], body: Uint8Array): Promise<ReturnType<LogCalls[M]>> {
    const call = Object.hasOwn(this.#calls, method) ? this.#calls[method] : undefined;
    if (!call) throw malformed(`there is no request "${String(method)}"`);
    requireSoundRequest(method, request);
    return call(connection, request, body);
  }

  #groupInfo(group: string): GroupInfo {
    const known = this.core.index.groups.get(group)?.positions ?? new Map<string, Position>();
    const positions = [...known.values()];
    const lag = positions.flatMap(({ topic, partition, offset }) => {
      const index = this.core.index.topics.get(topic)?.partitions[partition];
      return index ? [{ topic, partition, records: recordsFrom(index, offset) }] : [];
    });
    // What its members read and have never committed is all still to be read: no position is not no lag.
    for (const topic of this.#coordinator.topics(group)) {
      this.core.index.topics.get(topic)?.partitions.forEach((index, partition) => {
        if (!known.has(`${topic}/${partition}`)) lag.push({ topic, partition, records: recordsFrom(index, index.start) });
      });
    }
    return { group, members: this.#coordinator.members(group), positions, lag };
  }

  close(): Promise<void> {
    this.#coordinator.close();
    return this.core.close();
  }
}

/** Lists and names that a request must have, by method: what is absent or of another kind is refused before it is used. */
const needs: Partial<Record<LogMethod, { lists?: string[]; names?: string[] }>> = {
  deleteTopic: { names: ["topic"] },
  topic: { names: ["topic"] },
  append: { names: ["by"], lists: ["outputs"] },
  fetch: { lists: ["partitions"] },
  offsetForTime: { names: ["topic"] },
  positions: { names: ["group"] },
  seek: { names: ["group"], lists: ["positions"] },
  join: { names: ["group", "member"], lists: ["topics", "owned"] },
  released: { names: ["group", "member"], lists: ["tasks"] },
  commit: { names: ["group", "member", "session"], lists: ["fences", "positions", "outputs"] },
  restore: { names: ["group"] },
  leave: { names: ["group", "member"] },
};

function requireSoundRequest(method: LogMethod, request: object): void {
  const values = request as Record<string, unknown>;
  for (const name of needs[method]?.names ?? []) if (typeof values[name] !== "string") throw malformed(`"${method}" without a ${name}`);
  for (const list of needs[method]?.lists ?? []) {
    const items = values[list];
    if (!Array.isArray(items) || items.some((item) => item === null || item === undefined)) throw malformed(`"${method}" without ${list}`);
  }
}

const mayRead = (grant: Grant, topic: string): boolean => grant.admin === true || grant.reads.includes("*") || grant.reads.includes(topic);

/** Lays the outputs over the body that carries their bytes. */
function cut(headers: OutputHeader[], body: Uint8Array): { outputs: (Omit<OutputHeader, "bytes"> & { bytes: Uint8Array })[]; rest: Uint8Array } {
  let at = 0;
  const outputs = headers.map((header) => {
    if (!Number.isSafeInteger(header.bytes) || header.bytes < 0) throw malformed("a batch without a length");
    if (header.bytes > outputBytesMax) throw malformed(`a batch of ${header.bytes} bytes for topic "${header.topic}"; ${outputBytesMax} are the most`);
    if (at + header.bytes > body.byteLength) throw malformed("the body is shorter than its header says");
    return { ...header, bytes: body.subarray(at, (at += header.bytes)) };
  });
  return { outputs, rest: body.subarray(at) };
}

function cutStates(headers: { task: number; kind: "snapshot" | "delta"; bytes: number }[], body: Uint8Array): EncodedState[] {
  let at = 0;
  return headers.map(({ task, kind, bytes }) => {
    if (!Number.isSafeInteger(bytes) || bytes < 0 || at + bytes > body.byteLength) throw malformed("a state without its bytes");
    return { task, kind, bytes: body.subarray(at, (at += bytes)) };
  });
}

function malformed(what: string): MillraceError {
  return new MillraceError("MR-LOG-011", { what, where: "the log service", mend: "send smaller batches; if it is not the size, the client and the service are of different versions" });
}
