import type { LaneMark } from "../driver.ts";

/** Where a batch stands on disk. */
export interface Ref {
  offset: number;
  /** One past its last offset. */
  next: number;
  records: number;
  segment: string;
  /** Position in the segment's file; a multiple of 8. */
  at: number;
  /** 0 for a marker. */
  bytes: number;
  crc: number;
  timeMin?: number;
  timeMax?: number;
  mark?: LaneMark;
  appendedAt: number;
}

export interface StateRef {
  kind: "snapshot" | "delta";
  segment: string;
  at: number;
  bytes: number;
  crc: number;
}
