import { randomUUID } from "node:crypto";
import { type Batch, type Header, indexAtOffset } from "../batch/batch.ts";
import { textVector } from "../batch/builder.ts";
import { headersAt } from "../batch/rows.ts";
import { offsetAt, select } from "../batch/select.ts";
import type { AssignedTask, Entry, LogDriver, Output } from "../log/driver.ts";
import { redriveGroup } from "../model/redrive-group.ts";
import type { LettersRequest } from "../server/control-plane.ts";

export interface SettleOptions extends LettersRequest {
  log: LogDriver;
  stage: string;
  dlq: string;
  /** Topic through which they go back to their stage. Absent: they are discarded, and stand in `dlq` alone until its retention. */
  redrive?: string;
  partitions: number;
}

export interface Settled {
  /** Dead letters that were asked for. */
  matched: number;
  /** Those that no longer wait: 0 in a dry run. */
  settled: number;
}

/**
 * Takes dead letters out of those that wait. They go through their stage again by its own `redrive` topic, so that no other
 * reader of its inputs sees them twice, or nowhere. Dead letters that are passed over go to the end of the queue, in the same
 * epoch, so that none is lost.
 */
export async function settleLetters(options: SettleOptions): Promise<Settled> {
  const { log, stage, dlq, partitions, dryRun } = options;
  const ends = endsOf((await log.topic(dlq)).partitionInfo, options.records);
  const { member, tasks } = await joinAll(log, redriveGroup(stage), dlq, partitions);
  const isWanted = wish(options);
  let left = options.limit ?? Infinity;
  let matched = 0;
  try {
    for (const { task, positions } of tasks) {
      let offset = positions.find(({ topic }) => topic === dlq)?.offset ?? 0;
      while (offset < ends[task] && left > 0) {
        const { entries } = await log.fetch({ partitions: [{ topic: dlq, partition: task, offset }], bytesMax: 1024 * 1024, waitMs: 0 });
        for (const entry of entries) {
          if (entry.offset >= ends[task] || left <= 0) break;
          const chosen = choose(entry, { from: offset, end: ends[task], left, isWanted });
          matched += chosen.taken.length;
          left -= chosen.taken.length;
          offset = chosen.next;
          if (!dryRun) await member.commit({ tasks: [task], positions: [{ topic: dlq, partition: task, offset }], outputs: outputsOf(entry.batch, chosen, options, task) });
        }
        // Nothing is left but what lies behind the end, where the offset itself may be in a gap.
        if (entries.length === 0 || entries[0].offset >= ends[task]) break;
      }
    }
  } finally {
    await member.leave();
  }
  return { matched, settled: dryRun ? 0 : matched };
}

/** Up to where each partition is gone through. What stands behind the last record that was asked for stays where it is. */
function endsOf(partitions: readonly { end: number }[], records: LettersRequest["records"]): number[] {
  if (records === undefined) return partitions.map(({ end }) => end);
  return partitions.map(({ end }, partition) => Math.min(end, Math.max(0, ...records.filter((each) => each.partition === partition).map(({ offset }) => offset + 1))));
}

type Wish = (partition: number, offset: number, headers: () => Header[]) => boolean;

function wish({ filter, records }: LettersRequest): Wish {
  const places = records && new Set(records.map(({ partition, offset }) => `${partition}:${offset}`));
  const code = filter?.errorCode;
  return (partition, offset, headers) => (places?.has(`${partition}:${offset}`) ?? true) && (code === undefined || headers().some(([name, value]) => name === "mr.dlq.errorCode" && value === code));
}

async function joinAll(log: LogDriver, group: string, dlq: string, partitions: number) {
  const tasks: AssignedTask[] = [];
  const all = Promise.withResolvers<void>();
  // It may fail before anybody waits for it.
  all.promise.catch(() => undefined);
  const member = await log.join({
    group,
    member: randomUUID(),
    topics: [dlq],
    onAssigned: (some) => {
      tasks.push(...some);
      if (tasks.length === partitions) all.resolve();
    },
    onRevoked: async () => all.reject(new Error("somebody else has begun to settle the dead letters of this stage")),
    onLost: (error) => all.reject(error),
  });
  try {
    await all.promise;
  } catch (error) {
    await member.leave();
    throw error;
  }
  return { member, tasks };
}

interface Choice {
  taken: number[];
  passed: number[];
  next: number;
}

function choose({ batch, partition, offset, next }: Entry, { from, end, left, isWanted }: { from: number; end: number; left: number; isWanted: Wish }): Choice {
  const choice: Choice = { taken: [], passed: [], next };
  if (!batch) return choice;
  for (let index = indexAtOffset(batch, from - offset); index < batch.count; index++) {
    const at = offsetAt({ offset, batch }, index);
    if (choice.taken.length >= left || at >= end) return { ...choice, next: at };
    if (isWanted(partition, at, () => headersAt(batch, index))) choice.taken.push(index);
    else choice.passed.push(index);
  }
  return choice;
}

function outputsOf(batch: Batch | undefined, { taken, passed }: Choice, { redrive: topic, dlq }: SettleOptions, partition: number): Output[] {
  const outputs: Output[] = [];
  if (batch && topic !== undefined && taken.length > 0) outputs.push({ topic, partition, batch: { ...select(batch, Int32Array.from(taken)), headers: textVector(taken.map((index) => JSON.stringify(onceMore(headersAt(batch, index))))) } });
  if (batch && passed.length > 0) outputs.push({ topic: dlq, partition, batch: select(batch, Int32Array.from(passed)) });
  return outputs;
}

/** The record's own headers, and how often it has been through this. */
function onceMore(headers: Header[]): Header[] {
  const count = Number(headers.find(([name]) => name === "mr.redriveCount")?.[1] ?? 0);
  return [...headers.filter(([name]) => !name.startsWith("mr.dlq.") && name !== "mr.redriveCount"), ["mr.redriveCount", String(count + 1)]];
}
