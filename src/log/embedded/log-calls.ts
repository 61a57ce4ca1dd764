import { MillraceError } from "../../errors.ts";
import type { GroupInfo, LaneMark, Position, TopicInfo, TopicSpec } from "../driver.ts";
import type { Grant } from "./access.ts";
import type { MemberEvent } from "./coordinator.ts";
import type { EncodedState } from "./log-core.ts";
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
  /** The state of a task from one of its entries on. */
  restore: (request: { group: string; task: number; from: number }) => StatePage;
  leave: (request: { group: string; member: string }) => void;
}

export type LogMethod = keyof LogCalls;

/** A part of a task's state, in order. */
export interface StatePage {
  refs: StateRef[];
  /** Further entries stand behind these. */
  more: boolean;
  /** Entries of the whole, where it is known before all has been read: when it has changed, so has the state. */
  total?: number;
}

/** One client: who it is, and how events reach it. */
export interface Connection {
  grant: Grant;
  notify: (event: MemberEvent & { group: string; member: string }) => void;
  /** Aborted when the client has gone. */
  signal: AbortSignal;
}

/** A record or batch larger than this is refused at the door, in bytes. */
const outputBytesMax = 64 * 1024 * 1024;

/** Lists and names that a request must have, by method. */
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

/** What is absent or of another kind is refused before it is used. @throws MillraceError `MR-LOG-011` */
export function requireSoundRequest(method: LogMethod, request: object): void {
  const values = request as Record<string, unknown>;
  for (const name of needs[method]?.names ?? []) if (typeof values[name] !== "string") throw malformed(`"${method}" without a ${name}`);
  for (const list of needs[method]?.lists ?? []) {
    const items = values[list];
    if (!Array.isArray(items) || items.some((item) => item === null || item === undefined)) throw malformed(`"${method}" without ${list}`);
  }
}

/** Lays the outputs over the body that carries their bytes. */
export function cut(headers: OutputHeader[], body: Uint8Array): { outputs: (Omit<OutputHeader, "bytes"> & { bytes: Uint8Array })[]; rest: Uint8Array } {
  let at = 0;
  const outputs = headers.map((header) => {
    if (!Number.isSafeInteger(header.bytes) || header.bytes < 0) throw malformed("a batch without a length");
    if (header.bytes > outputBytesMax) throw malformed(`a batch of ${header.bytes} bytes for topic "${header.topic}"; ${outputBytesMax} are the most`);
    if (at + header.bytes > body.byteLength) throw malformed("the body is shorter than its header says");
    return { ...header, bytes: body.subarray(at, (at += header.bytes)) };
  });
  return { outputs, rest: body.subarray(at) };
}

export function cutStates(headers: { task: number; kind: "snapshot" | "delta"; bytes: number }[], body: Uint8Array): EncodedState[] {
  let at = 0;
  return headers.map(({ task, kind, bytes }) => {
    if (!Number.isSafeInteger(bytes) || bytes < 0 || at + bytes > body.byteLength) throw malformed("a state without its bytes");
    return { task, kind, bytes: body.subarray(at, (at += bytes)) };
  });
}

export function malformed(what: string): MillraceError {
  return new MillraceError("MR-LOG-011", { what, where: "the log service", mend: "send smaller batches; if it is not the size, the client and the service are of different versions" });
}
