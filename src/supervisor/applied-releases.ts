import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ReleasePolicy } from "../model/project.ts";
import type { StateStore } from "../state/store.ts";
import { releasesFolder } from "./data-folder.ts";

/** A release's DAGs became those that new runs get. */
export interface Taken {
  release: string;
  /** ISO 8601. */
  at: string;
  note: string | null;
}

/** Releases whose DAGs ran one after the other, which a rollback goes back through. The last is the one that runs. */
type History = Taken[];

const collection = "releases";
const key = "applied";
const historyMax = 50;

/**
 * Which release new runs get: one entry of the state, of which one writer at a time changes the whole. Each control plane of a
 * project sees it and follows. What the folder of this plane held when it last came up stands in its data folder.
 */
export class AppliedReleases {
  readonly #state: Pick<StateStore, "get" | "compareAndSwap">;
  readonly #dataFolder: string;
  #history: History = [];
  #version = 0;

  private constructor(state: Pick<StateStore, "get" | "compareAndSwap">, dataFolder: string) {
    this.#state = state;
    this.#dataFolder = dataFolder;
  }

  static async open(state: Pick<StateStore, "get" | "compareAndSwap">, dataFolder: string): Promise<AppliedReleases> {
    const applied = new AppliedReleases(state, dataFolder);
    await applied.refresh();
    return applied;
  }

  /** Sees what others have changed. */
  async refresh(): Promise<void> {
    const { value = [], version = 0 } = (await this.#state.get<History>(collection, key)) ?? {};
    this.#history = value;
    this.#version = version;
  }

  /** The oldest first. */
  get history(): readonly Taken[] {
    return this.#history;
  }

  /** The release whose DAGs run, or ran last; undefined when none has. */
  get current(): string | undefined {
    return this.#history.at(-1)?.release;
  }

  /** The one that ran before it. */
  get previous(): string | undefined {
    return this.#history.findLast(({ release }) => release !== this.current)?.release;
  }

  /**
   * Which release's DAGs run when the project is brought up here with `inFolder` in its folder. By `auto` that one, if the
   * folder has changed since it was last brought up here. If it has not, the one that runs: somebody has applied another one, or has
   * gone back. The same on a machine that never ran it, where the folder's ran before: others are further already.
   *
   * @param isThere - whether a release can be had
   */
  async toRun(inFolder: string, policy: ReleasePolicy, isThere: (release: string) => Promise<boolean>): Promise<string> {
    const { current } = this;
    const before = this.#inFolder();
    const isKnown = before === undefined ? this.#history.some(({ release }) => release === inFolder) : before === inFolder;
    const stays = current !== undefined && (policy === "manual" || isKnown);
    return stays && (await isThere(current)) ? current : inFolder;
  }

  /** The folder of this plane holds that release from now on. */
  noteFolder(release: string): void {
    const file = this.#folderFile();
    if (this.#inFolder() === release) return;
    mkdirSync(releasesFolder(this.#dataFolder), { recursive: true, mode: 0o700 });
    writeFileSync(`${file}.draft`, release, { flush: true });
    renameSync(`${file}.draft`, file);
  }

  /**
   * A release runs from now on. On disk when it resolves.
   * @param instead - of this one alone. Default: of whichever runs
   * @returns false when another one was taken up in place of `instead`, and nothing has changed
   */
  take(release: string, note: string | null, instead?: string | null): Promise<boolean> {
    return this.#change(instead, (history) => (history.at(-1)?.release === release ? history : [...history, { release, at: new Date().toISOString(), note }]));
  }

  /** An earlier release runs from now on; what ran behind it is no place to go back to any more. Else as `take`. */
  rollBack(release: string, note: string | null, instead?: string | null): Promise<boolean> {
    return this.#change(instead, (history) => {
      const place = history.findLastIndex((taken) => taken.release === release);
      return [...history.slice(0, place < 0 ? undefined : place), { release, at: new Date().toISOString(), note }];
    });
  }

  async #change(instead: string | null | undefined, change: (history: History) => History): Promise<boolean> {
    for (;;) {
      await this.refresh();
      if (instead !== undefined && (this.current ?? null) !== instead) return false;
      const next = change(this.#history);
      if (next === this.#history) return true;
      const history = next.slice(-historyMax);
      const version = await this.#state.compareAndSwap(collection, key, this.#version, history);
      if (version === undefined) continue;
      this.#history = history;
      this.#version = version;
      return true;
    }
  }

  #inFolder(): string | undefined {
    const file = this.#folderFile();
    return existsSync(file) ? readFileSync(file, "utf8") : undefined;
  }

  #folderFile(): string {
    return join(releasesFolder(this.#dataFolder), ".in-folder");
  }
}
