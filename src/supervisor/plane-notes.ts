import { hostname } from "node:os";
import type { ErrorJson } from "../errors.ts";
import { type SeenPlane, nameOfPlane } from "../scheduler/shard-parts.ts";
import type { PlaneStatus } from "../server/control-plane.ts";
import type { StateStore } from "../state/store.ts";

/** What a control plane says of itself to the others. */
interface Note {
  machine: string;
  pid: number;
  /** Milliseconds since 1970. */
  since: number;
  release: string;
  problem: ErrorJson | null;
}

const collection = "planes";
/** A plane whose note is older, and which nobody sees, is gone. */
const forgetMs = 600_000;

/** Who the control planes of a project are: notes of their own in the state, beside the leases that say who lives. */
export class PlaneNotes {
  readonly #state: Pick<StateStore, "put" | "list" | "delete">;
  readonly #name: string;
  readonly #since = Date.now();
  #said: string | undefined;

  /** @param name - of this plane */
  constructor(state: Pick<StateStore, "put" | "list" | "delete">, name: string) {
    this.#state = state;
    this.#name = name;
  }

  /** Written when it differs from what was said last. */
  async say(release: string, problem: ErrorJson | null): Promise<void> {
    const note: Note = { machine: hostname(), pid: process.pid, since: this.#since, release, problem };
    const text = JSON.stringify(note);
    if (text === this.#said) return;
    await this.#state.put(collection, this.#name, note);
    this.#said = text;
  }

  /** Of those that live, in the order of their names. */
  async list(seen: readonly SeenPlane[]): Promise<PlaneStatus[]> {
    const notes = new Map((await this.#state.list<Note>(collection)).map(({ key, value }) => [key, value]));
    return seen.map(({ holder, silentMs, keys }): PlaneStatus => {
      const id = nameOfPlane(holder);
      const note = notes.get(id);
      const named = (kind: string): string[] => keys.flatMap((key) => (key.startsWith(`${kind} `) ? [key.slice(kind.length + 1)] : []));
      return {
        ...{ id, self: id === this.#name, machine: note?.machine ?? null, pid: note?.pid ?? null },
        ...{ since: note ? new Date(note.since).toISOString() : null, lastSeen: new Date(Date.now() - silentMs).toISOString() },
        ...{ release: note?.release ?? null, standsBack: id !== holder },
        ...{ shards: named("shard").map(Number).sort((a, b) => a - b), stages: named("stage").sort(), duties: named("duty").sort(), problem: note?.problem ?? null },
      };
    });
  }

  /** Removes notes of planes that died. */
  async tidy(seen: readonly SeenPlane[]): Promise<void> {
    const alive = new Set(seen.map(({ holder }) => nameOfPlane(holder)));
    for (const { key, value } of await this.#state.list<Note>(collection)) if (!alive.has(key) && Date.now() - value.since > forgetMs) await this.#state.delete(collection, key);
  }

  async leave(): Promise<void> {
    await this.#state.delete(collection, this.#name);
  }
}
