import type { LogLine } from "./log-line.ts";

/** What the server needs to show how stages have done. Every method throws `MR-ENGINE-005` for a stage that there is not. */
export interface InsightControl {
  /** The stage's figures since this control plane's start. @param spanMs - how far back; six hours are the most that is kept */
  figures(stage: string, spanMs: number): StageFigures;
  /** What its processes on this machine have said last. */
  log(stage: string): StageLines;
  /** The file that declares it, as the release has it that it runs. */
  code(stage: string): Promise<StageCode>;
}

export interface StageFigures {
  /** Between two points, milliseconds. */
  stepMs: number;
  /** The oldest first; spans of which nothing is known are left out. */
  points: FigurePoint[];
}

/** What is known of a stage at one moment. Unknown is null, which is not zero. */
export interface Figures {
  /** Records a second, as `recordsOut`: means of the ten seconds before, as all rates. */
  recordsIn: number | null;
  recordsOut: number | null;
  /** Records of its inputs that are not committed. */
  lag: number | null;
  /** Milliseconds from the log's taking of a record to the commit of the epoch that has it, within which half of the records committed came through. Within a fifth. */
  latencyP50Ms: number | null;
  /** As `latencyP50Ms`, of 99 in 100. */
  latencyP99Ms: number | null;
  /** Processors in use: 1 is one of them, all of the time. */
  cores: number | null;
  memoryBytes: number | null;
}

export interface FigurePoint extends Figures {
  /** The end of its span of time, milliseconds since 1970. */
  atMs: number;
}

export interface StageLines {
  /** Those that are kept, the oldest first. @param after - `number` of a line: those behind it */
  lines(after?: number): LogLine[];
  /** Calls back behind each new line. @returns what ends that */
  onLine(listener: () => void): () => void;
}

export interface StageCode {
  release: string;
  kind: string;
  reads: string[];
  writes: string[];
  /** Null where no file declares it. */
  file: SourceFile | null;
}

export interface SourceFile {
  /** Relative to the project's folder. */
  path: string;
  /** Of the declaration, from 1 on. */
  line: number;
  export: string | null;
  /** Null where the release's copy is gone. Cut behind 256 KiB. */
  text: string | null;
}
