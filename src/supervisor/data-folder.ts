import { join } from "node:path";

/* Where things stand in the data folder. */

export const logFolder = (data: string): string => join(data, "log");
/** Of the socket by which workers reach a log that is not ours. */
export const doorFolder = (data: string): string => join(data, "door");
export const lakeFolder = (data: string): string => join(data, "lake");
export const stateFile = (data: string): string => join(data, "state.db");
export const spoolFolder = (data: string): string => join(data, "spool");
export const probeFile = (data: string, stage: string, slot: number): string => join(data, "probes", `${encodeURIComponent(stage)}.${slot}.txt`);
/** How to reach the control plane that runs on this folder. */
export const controlFile = (data: string): string => join(data, "control.json");
export const tokenFile = (data: string): string => join(data, "token");
/** Releases that were brought up: of each its manifest and its code. */
export const releasesFolder = (data: string): string => join(data, "releases");
/** What Node has compiled, for the next process that imports it. Who sets NODE_COMPILE_CACHE has a place for all projects, or one that an image brings along. */
export const compileCacheFolder = (data: string): string => process.env.NODE_COMPILE_CACHE ?? join(data, "cache", "compiled");
/** Copies of objects in buckets, for what reads files. They may go at any time when nobody runs. */
export const objectCopiesFolder = (data: string): string => join(data, "cache", "objects");
/** What this process brings to a bucket, and copies of what it reads there. They may go at any time when nobody runs. */
export const scratchFolder = (data: string): string => join(data, "cache", "lake");
export const stageScratchFolder = (data: string, stage: string): string => join(data, "cache", "stages", encodeURIComponent(stage));
/** Results of tasks that are too large for a row, by key. */
export const resultsFolder = (data: string): string => join(data, "results");
/** Results of queries, for a day. */
export const queryResultsFolder = (data: string): string => join(data, "query-results");
export const taskLogsFolder = (data: string): string => join(data, "logs", "tasks");
/** What crawlers have found, and their reports. */
export const catalogFolder = (data: string): string => join(data, "catalog");
/** Data from outside, for as long as they are profiled. */
export const profileInputsFolder = (data: string): string => join(data, "profile-inputs");
/** Long inputs of commands, for as long as they run. */
export const commandInputsFolder = (data: string): string => join(data, "command-inputs");
