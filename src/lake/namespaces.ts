import { MillraceError } from "../errors.ts";
import type { StateStore } from "../state/store.ts";
import { levelsOf } from "./table-identifier.ts";
import { tablesCollection } from "./table-store.ts";

/** The collection of the state store in which each namespace stands that was made as such, under its name. */
const namespacesCollection = "namespaces";

/** A type, so that it passes as JSON. */
type Namespace = { properties: Record<string, string> };

export interface PropertiesChange {
  set: Record<string, string>;
  remove: readonly string[];
}

export interface PropertiesChanged {
  set: string[];
  removed: string[];
  /** Named to be removed, and not there. */
  missing: string[];
}

/**
 * Namespaces of tables, by name. One is there when somebody has made it, and also while a table or another namespace stands
 * in it: tables of a project need not wait for anybody.
 */
export class Namespaces {
  readonly #state: StateStore;

  constructor(state: StateStore) {
    this.#state = state;
  }

  /** Names of the namespaces right inside of one, or of those at the top, in order. @throws MillraceError `MR-ICE-003` */
  async list(parent?: string): Promise<string[]> {
    const all = await this.#all();
    if (parent !== undefined && !all.has(parent)) throw noNamespace(parent);
    const depth = parent === undefined ? 1 : levelsOf(parent).length + 1;
    return [...all].filter((name) => levelsOf(name).length === depth && (parent === undefined || name.startsWith(`${parent}.`))).sort();
  }

  async has(name: string): Promise<boolean> {
    return (await this.#all()).has(name);
  }

  /** @throws MillraceError `MR-ICE-003` */
  async properties(name: string): Promise<Record<string, string>> {
    const found = await this.#state.get<Namespace>(namespacesCollection, name);
    if (found !== undefined) return found.value.properties;
    if (!(await this.has(name))) throw noNamespace(name);
    return {};
  }

  /** @throws MillraceError `MR-ICE-002` when it is there */
  async create(name: string, properties: Record<string, string>): Promise<void> {
    const isThere = await this.has(name);
    if (!isThere && (await this.#state.compareAndSwap<Namespace>(namespacesCollection, name, 0, { properties })) !== undefined) return;
    throw new MillraceError("MR-ICE-002", { what: `namespace "${name}" is there already`, where: "the lake", mend: "use it as it is, or choose another name" });
  }

  /** @throws MillraceError `MR-ICE-003` */
  async change(name: string, change: PropertiesChange): Promise<PropertiesChanged> {
    for (;;) {
      const before = await this.properties(name);
      const { version = 0 } = (await this.#state.get<Namespace>(namespacesCollection, name)) ?? {};
      const gone = change.remove.filter((key) => Object.hasOwn(before, key));
      const kept = Object.entries(before).filter(([key]) => !gone.includes(key));
      const properties = { ...Object.fromEntries(kept), ...change.set };
      if ((await this.#state.compareAndSwap<Namespace>(namespacesCollection, name, version, { properties })) === undefined) continue;
      return { set: Object.keys(change.set), removed: gone, missing: change.remove.filter((key) => !gone.includes(key)) };
    }
  }

  /** @throws MillraceError `MR-ICE-003`, `MR-ICE-004` while a table or another namespace stands in it */
  async drop(name: string): Promise<void> {
    if (!(await this.has(name))) throw noNamespace(name);
    const inside = (await this.#names()).find((other) => other.startsWith(`${name}.`));
    if (inside !== undefined) throw new MillraceError("MR-ICE-004", { what: `namespace "${name}" is not empty: "${inside}" stands in it`, where: "the lake", mend: "drop or rename what is in it first" });
    await this.#state.delete(namespacesCollection, name);
  }

  async #all(): Promise<Set<string>> {
    const all = new Set((await this.#state.list(namespacesCollection)).map(({ key }) => key));
    for (const name of await this.#names()) for (let end = name.lastIndexOf("."); end > 0; end = name.lastIndexOf(".", end - 1)) all.add(name.slice(0, end));
    return all;
  }

  /** Of all tables, and of all namespaces that were made as such. */
  async #names(): Promise<string[]> {
    return [...(await this.#state.list(tablesCollection)), ...(await this.#state.list(namespacesCollection))].map(({ key }) => key);
  }
}

export function noNamespace(name: string): MillraceError {
  return new MillraceError("MR-ICE-003", { what: `namespace "${name}" does not exist`, where: "the lake", mend: "correct the name, or create it" });
}
