import { InvalidArgumentError } from "commander";
import { durationMs } from "../model/duration.ts";
import type { AlertState, RunState } from "../state/run-store.ts";

/* Readers of option values. Commander puts the option's name before their message. */

/** A whole number in a range, both ends included. */
export const wholeNumber = (min: number, max: number = Number.MAX_SAFE_INTEGER) => (text: string): number => {
  const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw new InvalidArgumentError(`Give a whole number ${max === Number.MAX_SAFE_INTEGER ? `of ${min} or more` : `from ${min} to ${max}`}.`);
};

/** `partition:offset`, one after the other. */
export function places(text: string, before: Place[] = []): Place[] {
  const [, partition, offset] = /^(\d{1,9}):(\d{1,15})$/.exec(text) ?? [];
  if (offset === undefined) throw new InvalidArgumentError("Give a partition and an offset, as 0:17.");
  return [...before, { partition: Number(partition), offset: Number(offset) }];
}

interface Place {
  partition: number;
  offset: number;
}

export const port = wholeNumber(0, 65_535);

/** A duration as text, checked and passed on as it is. */
export function duration(text: string): string {
  try {
    durationMs(text, "");
    return text;
  } catch {
    throw new InvalidArgumentError('Give a number and a unit, as "30s" or "5m".');
  }
}

/** Where reading begins. */
export type From = { from: "start" | "end" } | { offset: number } | { time: string };

export function startingPoint(text: string): From {
  if (text === "start" || text === "end") return { from: text };
  if (/^\d{1,16}$/.test(text)) return { offset: Number(text) };
  const ms = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(ms)) return { time: new Date(ms).toISOString() };
  throw new InvalidArgumentError('Give "start", "end", an offset, or a time as "2026-01-31T12:00:00Z".');
}

/** `name=value` pairs; the option may be given several times. */
export function header(text: string, before: [string, string][] = []): [string, string][] {
  const at = text.indexOf("=");
  if (at > 0) return [...before, [text.slice(0, at), text.slice(at + 1)]];
  throw new InvalidArgumentError("Give name=value.");
}

/** Two instants, the second one excluded; each is read by whoever knows the zone. */
export function span(text: string): { start: string; end: string } {
  const [start, end, ...more] = text.split("..");
  if (start && end && more.length === 0) return { start, end };
  throw new InvalidArgumentError('Give two instants, as "2001-01-01..2001-01-02".');
}

export function timestamp(text: string): string {
  const ms = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(ms)) return new Date(ms).toISOString();
  throw new InvalidArgumentError('Give a time as "2026-01-31T12:00:00Z".');
}

/** A number of slots, or `unlimited`, which is -1. */
export function slots(text: string): number {
  return text === "unlimited" ? -1 : wholeNumber(0, 1_000_000)(text);
}

const runStates: readonly RunState[] = ["queued", "running", "success", "failed", "cancelled"];
const alertStates: readonly AlertState[] = ["gathering", "pending", "sent", "failed"];

/** States with commas between them, checked and passed on as they are. */
const stateList = (states: readonly string[]) => (text: string): string => {
  if (text.split(",").every((each) => states.includes(each))) return text;
  throw new InvalidArgumentError(`Give ${states.slice(0, -1).join(", ")} or ${states.at(-1)}; several with commas.`);
};

export const runStateList = stateList(runStates);
export const alertStateList = stateList(alertStates);
