import type { FilesDriver } from "../files/driver.ts";
import type { StateStore, Swap } from "../state/store.ts";

/** The collection of the state store in which folders stand whose table is gone and whose files are still to be removed. */
const purgesCollection = "purges";

/** Removes the files of tables that were dropped for good. What a crash leaves undone is done with the next one. */
export class Purges {
  readonly #files: FilesDriver;
  readonly #state: StateStore;

  constructor(files: FilesDriver, state: StateStore) {
    this.#files = files;
    this.#state = state;
  }

  /** What is to be made together with the swap that drops the table: from then on its files are garbage. */
  async swapFor(folder: string): Promise<Swap> {
    const found = await this.#state.get(purgesCollection, folder);
    return { collection: purgesCollection, key: folder, expected: found?.version ?? 0, value: true };
  }

  async folders(): Promise<string[]> {
    return (await this.#state.list(purgesCollection)).map(({ key }) => key);
  }

  /** Removes all that is to be removed. */
  async run(): Promise<void> {
    for (const folder of await this.folders()) {
      for await (const key of this.#files.list(`${folder}/`)) await this.#files.delete(key);
      await this.#state.delete(purgesCollection, folder);
    }
  }
}
