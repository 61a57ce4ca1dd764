import type { Batch } from "../../batch/batch.ts";
import { BatchBuilder } from "../../batch/builder.ts";
import { decodeBatch, encodeBatch } from "../../batch/codec.ts";
import { headersAt, rowReader } from "../../batch/rows.ts";
import type { StateEntry } from "../../log/driver.ts";
import { type Aggregate, definitionMark, type StageDefinition } from "../../model/definition.ts";
import type { Column, StageDecl, TopicDecl, WindowDecl } from "../../model/manifest.ts";
import { secretAccess } from "../../model/secret.ts";
import { Collector } from "../collector.ts";
import { FailurePolicy } from "../failures.ts";
import type { Operator } from "../operator.ts";
import type { OperatorHost } from "../operator-host.ts";
import { aggregateOperator } from "./aggregate-operator.ts";

/*
 * What the tests of the aggregation share: one stage over one topic, and a bench on which it is run, stopped and restored.
 */

export interface Reading {
  key: string | null;
  zone: number | null;
  value: number | null;
  flag: boolean;
  note?: string | null;
  /** Milliseconds. */
  at: number;
}

const column = (name: string, type: Column["type"], nullable = false): Column => ({ name, type, nullable });

export const readingColumns: Column[] = [
  column("key", "string", true),
  column("zone", "integer", true),
  column("value", "number", true),
  column("flag", "boolean"),
  { name: "note", type: "string", nullable: true, optional: true },
  column("at", "timestamp"),
];

export const topic = (name: string, columns: Column[], more: Partial<TopicDecl> = {}): TopicDecl => ({ name, schema: {}, columns, partitions: 1, ...more });

/** A topic whose one field takes any JSON, so that results of every shape go through. */
const anything = topic("results", [column("json", "json")]);

export interface Setup {
  by?: string[];
  window?: WindowDecl;
  allowedLatenessMs?: number;
  aggregate: Record<string, Aggregate>;
  result?: (row: any) => any;
  output?: TopicDecl;
  input?: TopicDecl;
}

export interface Emitted {
  record: any;
  eventTime: number;
}

export interface Aside {
  record: any;
  offset: number;
  headers: Record<string, string>;
}

/** One task of an aggregation. */
export class TestBed {
  readonly setup: Setup;
  readonly input: TopicDecl;
  readonly emitted: Emitted[] = [];
  readonly late: Aside[] = [];
  readonly dead: Aside[] = [];
  /** The state on disk. */
  entries: StateEntry[] = [];
  operator: Operator;
  #offset = 0;

  constructor(setup: Setup) {
    this.setup = setup;
    this.input = setup.input ?? topic("readings", readingColumns, { key: "key", eventTime: "at" });
    this.operator = this.start();
  }

  start(): Operator {
    const { by = ["key"], window, allowedLatenessMs, aggregate, result, output } = this.setup;
    const limit = { ratio: 1, window: 1_000_000 };
    const retries = { attempts: 1, backoffMs: 1 };
    const common = { name: "stage", kind: "aggregate", retries, failureLimit: limit, place: {}, scale: { min: 1, max: 1, targetDrainSeconds: 10 }, window, allowedLatenessMs, by } as const;
    const stage: StageDecl = { ...common, from: [this.input.name], to: { out: "results" }, dlq: "dlq", late: "late", by };
    const shape = output ? result : (row: any) => ({ json: result ? result(row) : row });
    const definition: StageDefinition = { ...common, [definitionMark]: "stage", from: [], to: {}, concurrency: 1, aggregate, result: shape };
    const host: OperatorHost = { stage: "stage", release: "r1", inputs: new Map([[this.input.name, this.input]]), log: silent, signal: new AbortController().signal, secrets: secretAccess({}, "stage", "stage"), now: () => 0, random: () => 0, sleep: async () => {} };
    return aggregateOperator({ stage, definition, host, failures: new FailurePolicy("stage", "r1", retries, limit) });
  }

  /** One epoch: batches, then the watermark, then the state. */
  epoch(batches: Batch[], watermark: number, save: "delta" | "snapshot" | "nothing" = "delta"): void {
    const out = this.collector();
    for (const batch of batches) {
      this.operator.process({ topic: this.input.name, partition: 0, offset: this.#offset, batch }, out);
      this.#offset += batch.count;
    }
    this.operator.advance?.(watermark, out);
    this.#take(out);
    this.#save(save);
  }

  quiet(nowMs: number): number | undefined {
    const out = this.collector();
    const closed = this.operator.quiet?.(nowMs, out);
    this.#take(out);
    this.#save("delta");
    return closed;
  }

  #save(save: "delta" | "snapshot" | "nothing"): void {
    const delta = save === "delta" ? this.operator.delta?.() : undefined;
    if (delta) this.entries.push({ kind: "delta", bytes: delta });
    if (save === "snapshot") this.entries = [{ kind: "snapshot", bytes: this.operator.snapshot?.() as Uint8Array }];
  }

  /** The process dies and another takes over from what is on disk. */
  restart(): void {
    this.operator = this.start();
    for (const entry of this.entries) this.operator.restore?.(entry);
  }

  collector(): Collector {
    const output = this.setup.output ?? anything;
    return new Collector("stage", 0, { byAlias: new Map([["out", output]]), dlq: topic("dlq", this.input.columns), late: topic("late", this.input.columns) });
  }

  #take(out: Collector): void {
    for (const { topic: name, batch } of out.finish({ lane: "stage/0", watermark: 0, status: "active" }, false)) {
      if (!batch) continue;
      const read = rowReader(batch);
      for (let i = 0; i < batch.count; i++) {
        const record: any = read(i);
        if (name === "late") this.late.push(aside(batch, i, record, "mr.late."));
        else if (name === "dlq") this.dead.push(aside(batch, i, record, "mr.dlq."));
        else this.emitted.push({ record: this.setup.output ? record : record.json, eventTime: batch.eventTime[i] });
      }
    }
  }
}

function aside(batch: Batch, index: number, record: any, prefix: string): Aside {
  const headers = Object.fromEntries(headersAt(batch, index).map(([name, value]) => [name.slice(prefix.length), value]));
  return { record, offset: Number(headers.offset), headers };
}

const silent = { debug() {}, info() {}, warn() {}, error() {} };

/** Readings as a batch; `stored`: as it comes back from the log, where whole numbers are int32. */
export function batchOf(readings: readonly Reading[], stored = false): Batch {
  const builder = new BatchBuilder({ columns: readingColumns, key: "key", eventTime: "at", where: "test" });
  for (const { at, ...rest } of readings) builder.append({ ...rest, at: new Date(at).toISOString() }, 0, { eventTime: at });
  const batch = builder.finish();
  return stored ? decodeBatch(encodeBatch(batch)) : batch;
}

export const reading = (key: string | null, at: number, value: number | null = 1, more: Partial<Reading> = {}): Reading => ({ key, zone: null, value, flag: false, at, ...more });
export const iso = (ms: number): string => new Date(ms).toISOString();
