import { createHash } from "node:crypto";
import { mayVary } from "../../sql/fingerprint.ts";
import type { SqlSource, TableReference, TableSource, ViewSource } from "../../sql/query-request.ts";

const entriesMax = 256;

/** What decides the result of a statement: the statement, all that it reads, and how many rows are wanted. */
export interface ResultKey {
  fingerprint: string | undefined;
  sources: readonly SqlSource[];
  rowsMax: number | undefined;
  /** Whose results are shared with nobody: that one was there would tell of others. */
  token: string | undefined;
}

/** @returns undefined where the same statement may have another result: it reads topics or files of others, or it or a view asks for the time */
export function resultKey({ fingerprint, sources, rowsMax, token }: ResultKey): string | undefined {
  if (fingerprint === undefined || !sources.every(isDecided)) return undefined;
  return JSON.stringify([fingerprint, sources.map((source) => (source.kind === "view" ? [source.dataset, source.sql] : versionOf(source))), rowsMax, token]);
}

function isDecided(source: SqlSource): source is TableSource | ViewSource {
  return source.kind === "table" || (source.kind === "view" && !mayVary(source.sql));
}

/** The same rows have other columns when one is renamed: that is no new version of the table. */
function versionOf({ dataset, snapshotId, columns, byFile }: TableSource): unknown {
  const shape = createHash("sha256").update(JSON.stringify([columns, byFile])).digest("base64url");
  return [dataset, snapshotId?.toString() ?? null, shape];
}

/** What was learned of a text: enough to find its result again without a process. */
export interface GatedText {
  fingerprint: string | undefined;
  /** What the statement reads; then what its views read; and so on. */
  rounds: TableReference[][];
}

/** A map that forgets what was not asked for lately, when it becomes too many or too large. */
export class RecentMap<T> {
  readonly #values = new Map<string, { value: T; weight: number }>();
  readonly #weightMax: number;
  #weight = 0;

  constructor(weightMax: number) {
    this.#weightMax = weightMax;
  }

  get(key: string): T | undefined {
    const entry = this.#values.get(key);
    if (!entry) return undefined;
    this.#values.delete(key);
    this.#values.set(key, entry);
    return entry.value;
  }

  /** One that is heavier than a quarter of all is not kept. */
  set(key: string, value: T, weight: number): void {
    this.delete(key);
    if (weight > this.#weightMax / 4) return;
    this.#values.set(key, { value, weight });
    this.#weight += weight;
    for (const [oldest] of this.#values) {
      if (this.#values.size <= entriesMax && this.#weight <= this.#weightMax) return;
      this.delete(oldest);
    }
  }

  delete(key: string): void {
    this.#weight -= this.#values.get(key)?.weight ?? 0;
    this.#values.delete(key);
  }
}
