import type { Grant } from "./access.ts";
import type { Connection, LogMethod } from "./log-calls.ts";

/** Answers the calls of one connection. */
export interface Desk {
  /** Of the segments that answers name; undefined where answers carry the bytes of what they name. */
  readonly folder: string | undefined;
  /** @throws MillraceError what the client is to be told */
  answer(connection: Connection, method: LogMethod, request: Record<string, unknown>, body: Uint8Array): Promise<DeskAnswer>;
  /** The connection has ended. */
  close(): void;
}

export interface DeskAnswer {
  result: unknown;
  /** The body of the answer, piece by piece. */
  parts?: Uint8Array[];
}

/** @param carried - the client is on another machine: answers are to carry the bytes of what they name */
export type OpenDesk = (grant: Grant, carried: boolean) => Desk;
