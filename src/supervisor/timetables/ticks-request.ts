import type { ErrorJson } from "../../errors.ts";

/** What the process that runs a timetable is asked. Instants are milliseconds since 1970. */
export interface TicksRequest {
  /** The folder of the release's code, and where a copy of it is kept. */
  codeFolder: string;
  kept?: string;
  dataFolder: string;
  module: string;
  export: string;
  dag: string;
  /** The last two ticks at or before it begin the answer. */
  from: number;
  /** All up to it are in the answer. */
  to: number;
  /** So many behind it too. */
  more: number;
  /** At most so many in all. */
  ticksMax: number;
}

export type TicksReply = { ticks: number[]; ends: boolean } | { problem: ErrorJson };

/** The descriptor of the pipe that the answer comes through. */
export const replyFd = 3;
