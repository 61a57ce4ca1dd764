import { Heap } from "./heap.ts";

/** Starts of other tasks that one point of priority is worth. */
const startsPerPoint = 10;

/** How slots are shared between what is due now and backfills, when both have work. */
const weights = { live: 4, backfill: 1 } as const;

export type QueueClass = keyof typeof weights;

export interface Waiting<T> {
  item: T;
  class: QueueClass;
  /** Those of one flow take turns with those of others: a flow with five thousand does not hide a flow with one. */
  flow: string;
  priority: number;
  slots: number;
}

interface Line<T> {
  heap: Heap<Waiting<T> & { tag: number }>;
  /** Place of the last one taken on the line's own clock, which counts slots. */
  now: number;
  /** Of each flow, the end of its last one on that clock. */
  ends: Map<string, number>;
  /** Slots taken, divided by the class's weight. */
  served: number;
}

/**
 * The order in which tasks get the slots of a pool: start-time fair queueing over flows (Goyal, Vin, Cheng, 1996), with
 * priority as a head start. Each waiting task gets its place when it comes and keeps it; the clock goes on with every start,
 * so whoever waits is reached, whatever the priority of those who come later.
 */
export class FairQueue<T> {
  readonly #lines: Record<QueueClass, Line<T>> = { live: line(), backfill: line() };

  get size(): number {
    return this.#lines.live.heap.size + this.#lines.backfill.heap.size;
  }

  push(waiting: Waiting<T>): void {
    const line = this.#lines[waiting.class];
    if (line.heap.size === 0) {
      line.ends.clear();
      line.served = Math.max(line.served, this.#other(waiting.class).served);
    }
    const tag = Math.max(line.now, line.ends.get(waiting.flow) ?? 0);
    line.ends.set(waiting.flow, tag + waiting.slots);
    this.#place({ ...waiting, tag });
  }

  /** Back to the place that it had. */
  putBack(waiting: Waiting<T>): void {
    this.#place(waiting as Waiting<T> & { tag: number });
  }

  #place(waiting: Waiting<T> & { tag: number }): void {
    this.#lines[waiting.class].heap.push(waiting.tag - waiting.priority * startsPerPoint, waiting);
  }

  /** The next one; it stays until it is taken. */
  peek(): Waiting<T> | undefined {
    return this.#next()?.heap.peek();
  }

  /** Takes the next one out. `counts`: it gets its slots, so that its class and its flow have had their turn. */
  take(counts: boolean): void {
    const line = this.#next();
    const waiting = line?.heap.pop();
    if (line === undefined || waiting === undefined || !counts) return;
    line.now = Math.max(line.now, waiting.tag);
    line.served += waiting.slots / weights[waiting.class];
  }

  #next(): Line<T> | undefined {
    const { live, backfill } = this.#lines;
    if (backfill.heap.size === 0) return live.heap.size === 0 ? undefined : live;
    return live.heap.size > 0 && live.served <= backfill.served ? live : backfill;
  }

  #other(name: QueueClass): Line<T> {
    return this.#lines[name === "live" ? "backfill" : "live"];
  }
}

function line<T>(): Line<T> {
  return { heap: new Heap(), now: 0, ends: new Map(), served: 0 };
}
