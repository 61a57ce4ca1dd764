import { count, moment, object, text } from "./schemas.ts";

export const logLevels = ["trace", "debug", "info", "warn", "error", "fatal"] as const;

/** A line of a stage's log. */
export interface LogLine {
  /** Grows by one with each line of the stage, from 1 on at the control plane's start. */
  number: number;
  /** ISO 8601. */
  at: string;
  level: (typeof logLevels)[number];
  text: string;
  /** What else it says, as JSON; cut where it is long. */
  fields?: string;
  /** The process that said it; absent for what is said about the stage. */
  pid?: number;
}

export const logLine = object({ number: { ...count, description: "Grows by one with each line of the stage, from 1 on at the control plane's start." }, at: moment, level: { type: "string", enum: [...logLevels] }, text, fields: { ...text, description: "What else it says, as JSON; cut where it is long." }, pid: { ...count, description: "The process that said it; absent for what is said about the stage." } }, ["fields", "pid"]);
