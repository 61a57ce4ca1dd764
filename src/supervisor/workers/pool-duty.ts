import { MillraceError } from "../../errors.ts";
import type { KeptFiles } from "../../files/shared-files.ts";
import { signedJson, signJson } from "../../log/signed-json.ts";
import type { Work } from "../../scheduler/executor.ts";
import type { Setup, Started, ToWorkerEvent } from "./worker-protocol.ts";
import { type AttemptPlace, placeOf, resultKey } from "../tasks/attempt-place.ts";
import { appendAttemptLog } from "../tasks/attempt-log.ts";
import { filesOf } from "./work-files.ts";
import type { PoolWorker, RemoteTasks } from "./remote-tasks.ts";
import { remoteName } from "./remote-worker-name.ts";
import { type Answer, textIn } from "./serve-calls.ts";
import { soundOutcome } from "./sound-outcome.ts";
import type { Duty, Reach } from "./worker-session.ts";

/** Where results and logs of attempts are kept beside the control plane. */
export interface AttemptKeeping {
  results: KeptFiles;
  dataFolder: string;
}

interface Receipt {
  kind: "receipt";
  attempt: string;
  fence: number;
  worker: string;
  place: AttemptPlace;
}

type Handler = (request: Record<string, unknown>, body: Uint8Array) => Promise<Answer> | Answer;

/**
 * A worker runs attempts of a pool. Whose attempt it is stands in a receipt, signed at its start: so that it can be ended
 * by the worker that has it and by no other, though the control plane was started anew in between.
 */
export class PoolDuty implements Duty, PoolWorker {
  readonly pool: string;
  readonly #tasks: RemoteTasks;
  readonly #worker: string;
  readonly #key: string;
  readonly #keeping: AttemptKeeping;
  readonly #reach: Reach;
  /** Starts whose end has not been told: asked once more, they are answered once more. */
  readonly #started = new Map<string, Started & { name: string; token: string }>();

  constructor(tasks: RemoteTasks, { worker, pool, key, keeping, reach }: { worker: string; pool: string; key: string; keeping: AttemptKeeping; reach: Reach }) {
    this.#tasks = tasks;
    this.#worker = worker;
    this.#key = key;
    this.#keeping = keeping;
    this.pool = pool;
    this.#reach = reach;
  }

  tell(event: ToWorkerEvent): void {
    this.#reach.tell(event);
  }

  setup(): Setup["work"] {
    return { kind: "pool", pool: this.pool };
  }

  begin(): void {
    this.#tasks.admit(this);
  }

  get working(): number {
    return this.#started.size;
  }

  away(): void {
    // What it has under way goes on there; the lease says for how long it is waited for.
  }

  /** What it has under way keeps its lease for as long as a lease lasts: it may only be out of reach. */
  end(): void {
    this.#tasks.dismiss(this);
  }

  readonly handle = (method: string, request: Record<string, unknown>, body: Uint8Array): Promise<Answer> | Answer => {
    const handler = Object.hasOwn(this.#calls, method) ? this.#calls[method] : undefined;
    if (!handler) throw new MillraceError("MR-HTTP-006", { what: `a pool's worker has no call "${method}"`, where: "a worker's call", mend: "start the worker with the version of its control plane" });
    return handler(request, body);
  };

  readonly #calls: Record<string, Handler> = {
    start: async (request) => ({ result: await this.#start(textIn(request, "attempt"), textIn(request, "token"), remoteName(this.#worker, textIn(request, "worker"))) }),
    end: async (request) => {
      const { attempt, fence, place } = this.#receipt(request);
      const ended = await this.#tasks.end(attempt, fence, soundOutcome(request.outcome, resultKey(place, attempt)), place.dag);
      this.#started.delete(attempt);
      return { result: ended === true };
    },
    alive: (request) => {
      const { attempts } = request;
      if (Array.isArray(attempts)) this.#tasks.alive(remoteName(this.#worker, textIn(request, "worker")), attempts.map(String));
      return {};
    },
    gone: async (request) => {
      const name = remoteName(this.#worker, textIn(request, "worker"));
      await this.#tasks.gone(name);
      for (const [attempt, started] of this.#started) if (started.name === name) this.#started.delete(attempt);
      return {};
    },
    read: async (request) => {
      const [attempt, file] = [textIn(request, "attempt"), textIn(request, "file")];
      const work = this.#started.get(attempt)?.work;
      if (!work || !filesOf(work).includes(file)) throw new MillraceError("MR-LOG-008", { what: `attempt ${attempt} does not read file ${file}`, where: "a worker's call", mend: "a worker reads what its attempts read, and nothing else" });
      return { body: (await this.#keeping.results.read(file)) ?? new Uint8Array(0) };
    },
    keep: async (request, body) => {
      const { attempt, place } = this.#receipt(request);
      await this.#keeping.results.putIfAbsent(resultKey(place, attempt), body);
      return {};
    },
    log: async (request, body) => {
      const { place } = this.#receipt(request);
      return { result: await appendAttemptLog(this.#keeping.dataFolder, place, Number(request.offset), body) };
    },
  };

  async #start(attempt: string, token: string, name: string): Promise<Started | null> {
    const known = this.#started.get(attempt);
    if (known && known.name === name && known.token === token) return { work: known.work, receipt: known.receipt };
    const work = await this.#tasks.start(attempt, token, this, name);
    if (!work) return null;
    const started = { work, receipt: this.#receiptFor(work) };
    this.#started.set(attempt, { ...started, name, token });
    return started;
  }

  #receiptFor(work: Work): string {
    const { attempt, fence } = work;
    return signJson({ kind: "receipt", attempt, fence, worker: this.#worker, place: placeOf(work) } satisfies Receipt, this.#key);
  }

  /** @throws MillraceError `MR-HTTP-001` for an attempt that this worker was not given */
  #receipt(request: Record<string, unknown>): Receipt {
    const receipt = signedJson<Receipt>(textIn(request, "receipt"), this.#key);
    if (receipt?.kind === "receipt" && receipt.worker === this.#worker) return receipt;
    throw new MillraceError("MR-HTTP-001", { what: "the attempt is not this worker's", where: "a worker's call", mend: "nothing to do: whoever has it says how it ends" });
  }
}
