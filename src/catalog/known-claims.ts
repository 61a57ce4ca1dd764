import type { StateStore } from "../state/store.ts";
import type { Dataset } from "./catalog-entry.ts";
import { type Claim, claimChanges } from "./claim.ts";
import type { CatalogHistory } from "./history.ts";

/** What a voice said when it was last heard; a type, so that it passes as JSON. */
type Heard = { claim: Claim };

const heardCollection = "catalog.heard";

/** Notes when the project or the lake says something else of an entry than before: they do not tell by themselves. */
export class KnownClaims {
  readonly #state: StateStore;
  readonly #history: CatalogHistory;

  constructor(state: StateStore, history: CatalogHistory) {
    this.#state = state;
    this.#history = history;
  }

  async hear(datasets: readonly Dataset[]): Promise<void> {
    const before = new Map((await this.#state.list<Heard>(heardCollection)).map(({ key, value, version }) => [key, { claim: value.claim, version }]));
    for (const { kind, name, claims } of datasets) {
      for (const claim of claims.filter(({ by }) => by.kind === "project" || by.kind === "lake")) {
        const entry = `${kind}:${name}`;
        const key = `${entry}/${claim.by.kind}`;
        const last = before.get(key);
        const changes = claimChanges(last?.claim, claim);
        if (last && changes.length === 0) continue;
        const version = this.#history.swap(entry, { by: claim.by, changes });
        // Another that hears the same at the same time tells it as well as we do.
        await this.#state.swapAll([{ collection: heardCollection, key, expected: last?.version ?? 0, value: { claim } satisfies Heard }, ...(changes.length > 0 ? [version] : [])]);
        await this.#history.trim(entry);
      }
    }
  }
}
