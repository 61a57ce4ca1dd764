import { randomUUID } from "node:crypto";
import { type Batch, type Header, indexAtOffset } from "../batch/batch.ts";
import { textVector } from "../batch/builder.ts";
import { headersAt } from "../batch/rows.ts";
import { offsetAt, select } from "../batch/select.ts";
import type { AssignedTask, Entry, LogDriver, Output } from "../log/driver.ts";

export interface RedriveOptions {
  log: LogDriver;
  stage: string;
  dlq: string;
  redrive: string;
  partitions: number;
  limit?: number;
  errorCode?: string;
  dryRun?: boolean;
}

/** The group whose positions say up to where dead letters have been sent again. */
export const redriveGroup = (stage: string): string => `redrive:${stage}`;

/**
 * Sends dead letters through their stage again: through its own `redrive` topic, so that no other reader of its inputs
 * sees them twice. Dead letters that are passed over go to the end of the queue, in the same epoch, so that none is lost.
 */
export async function redrive(options: RedriveOptions): Promise<{ matched: number; redriven: number }> {
  const { log, stage, dlq, partitions, dryRun } = options;
  const ends = (await log.topic(dlq)).partitionInfo.map(({ end }) => end);
  const { member, tasks } = await joinAll(log, redriveGroup(stage), dlq, partitions);
  let left = options.limit ?? Infinity;
  let matched = 0;
  try {
    for (const { task, positions } of tasks) {
      let offset = positions.find(({ topic }) => topic === dlq)?.offset ?? 0;
      while (offset < ends[task] && left > 0) {
        const { entries } = await log.fetch({ partitions: [{ topic: dlq, partition: task, offset }], bytesMax: 1024 * 1024, waitMs: 0 });
        for (const entry of entries) {
          if (entry.offset >= ends[task] || left <= 0) break;
          const chosen = choose(entry, offset, options.errorCode, left);
          matched += chosen.taken.length;
          left -= chosen.taken.length;
          offset = chosen.next;
          if (!dryRun) await member.commit({ tasks: [task], positions: [{ topic: dlq, partition: task, offset }], outputs: outputsOf(entry.batch, chosen, options, task) });
        }
        if (entries.length === 0) break;
      }
    }
  } finally {
    await member.leave();
  }
  return { matched, redriven: dryRun ? 0 : matched };
}

async function joinAll(log: LogDriver, group: string, dlq: string, partitions: number) {
  const tasks: AssignedTask[] = [];
  const all = Promise.withResolvers<void>();
  const member = await log.join({
    group,
    member: randomUUID(),
    topics: [dlq],
    onAssigned: (some) => {
      tasks.push(...some);
      if (tasks.length === partitions) all.resolve();
    },
    onRevoked: async () => all.reject(new Error("another redrive of this stage has begun")),
    onLost: (error) => all.reject(error),
  });
  await all.promise;
  return { member, tasks };
}

interface Choice {
  taken: number[];
  passed: number[];
  next: number;
}

function choose(entry: Entry, from: number, errorCode: string | undefined, left: number): Choice {
  const choice: Choice = { taken: [], passed: [], next: entry.next };
  const { batch, offset } = entry;
  if (!batch) return choice;
  for (let index = indexAtOffset(batch, from - offset); index < batch.count; index++) {
    if (choice.taken.length >= left) return { ...choice, next: offsetAt({ offset, batch }, index) };
    const code = headersAt(batch, index).find(([name]) => name === "mr.dlq.errorCode")?.[1];
    if (errorCode === undefined || code === errorCode) choice.taken.push(index);
    else choice.passed.push(index);
  }
  return choice;
}

function outputsOf(batch: Batch | undefined, { taken, passed }: Choice, { redrive: topic, dlq }: RedriveOptions, partition: number): Output[] {
  const outputs: Output[] = [];
  if (batch && taken.length > 0) outputs.push({ topic, partition, batch: { ...select(batch, Int32Array.from(taken)), headers: textVector(taken.map((index) => JSON.stringify(onceMore(headersAt(batch, index))))) } });
  if (batch && passed.length > 0) outputs.push({ topic: dlq, partition, batch: select(batch, Int32Array.from(passed)) });
  return outputs;
}

/** The record's own headers, and how often it has been through this. */
function onceMore(headers: Header[]): Header[] {
  const count = Number(headers.find(([name]) => name === "mr.redriveCount")?.[1] ?? 0);
  return [...headers.filter(([name]) => !name.startsWith("mr.dlq.") && name !== "mr.redriveCount"), ["mr.redriveCount", String(count + 1)]];
}
