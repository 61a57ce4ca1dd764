import { asMillraceError, type ErrorJson, MillraceError } from "../errors.ts";
import type { Json } from "../model/manifest.ts";
import type { RunStore } from "../state/run-store.ts";
import type { Answer, Message } from "../state/shards.ts";
import type { Event, StoredRun } from "./events.ts";
import { Operations } from "./operations.ts";
import type { World } from "./world.ts";

/** A message to a shard, on its way through the scheduler. */
export interface Letter extends Message {
  /** What whoever waits for an answer is told, in the commit that takes the message. */
  reply?: { value: unknown } | { error: unknown };
}

/** What another plane asks of a shard's scheduler. */
export interface Call {
  call: keyof typeof callable;
  args: Json[];
}

export type Reply = { value?: Json } | { error: ErrorJson };

const callable = {
  ...{ dagStates: true, dagRows: true, poolStates: true, instancesIn: true, explain: true, madeStarts: true, planBackfill: true },
  ...{ backfill: true, setBackfill: true, updated: true, trigger: true, pause: true, resume: true, cancel: true, clear: true, mark: true, answer: true, keepAlerts: true, setPool: true },
  ...{ end: true, alive: true, gone: true },
} satisfies { [name in keyof Operations]?: true };

export function answerOf({ request, reply }: Letter): Answer[] {
  if (request === undefined || !reply) return [];
  const body: Reply = "error" in reply ? { error: asMillraceError(reply.error, "the scheduler").toJSON() } : { value: reply.value as Json };
  // A copy: rows go on changing.
  return [{ request, body: JSON.parse(JSON.stringify(body)) as Json }];
}

/** @throws MillraceError what the other side has thrown */
export function resultOf(reply: Reply): unknown {
  if ("error" in reply) throw MillraceError.fromJSON(reply.error);
  return reply.value;
}

/** What a scheduler lets a letter do. */
export interface LetterHost {
  world(): World;
  store: RunStore;
  requested: Operations["requested"];
  ask(event: Event, letter: Letter): Promise<unknown>;
  storedRun(run: string): Promise<StoredRun | undefined>;
  holding<T>(what: string, change: () => Promise<T>): Promise<T>;
}

/** Does what a letter asks for. It is taken, and answered, in the commit of what it has caused. */
export async function serveLetter(host: LetterHost, letter: Letter): Promise<void> {
  const { call, args } = letter.body as unknown as Call;
  const operations = new LetterOperations(host, letter);
  try {
    if (!Object.hasOwn(callable, call)) throw new MillraceError("MR-HTTP-006", { what: `"${call}" is nothing that a scheduler does`, where: "a message of another control plane", mend: "let all of them run the same version of Millrace" });
    const value = await (operations[call] as (...args: unknown[]) => unknown)(...args);
    letter.reply ??= { value };
  } catch (error) {
    letter.reply ??= { error };
  }
  if (!operations.asked) await host.ask({ type: "nothing" }, letter);
}

class LetterOperations extends Operations {
  readonly #host: LetterHost;
  readonly #letter: Letter;
  /** The letter goes with an event. */
  asked = false;

  constructor(host: LetterHost, letter: Letter) {
    super();
    this.#host = host;
    this.#letter = letter;
  }

  get world(): World {
    return this.#host.world();
  }

  protected get store(): RunStore {
    return this.#host.store;
  }

  get requested(): Operations["requested"] {
    return this.#host.requested;
  }

  protected ask(event: Event): Promise<unknown> {
    this.asked = true;
    return this.#host.ask(event, this.#letter);
  }

  /** Who has sent a letter waits, whatever keeps it. */
  protected demand(event: Event): Promise<unknown> {
    return this.ask(event);
  }

  protected storedRun(run: string): Promise<StoredRun | undefined> {
    return this.#host.storedRun(run);
  }

  protected holding<T>(what: string, change: () => Promise<T>): Promise<T> {
    return this.#host.holding(what, change);
  }
}
