import { randomUUID } from "node:crypto";
import { MillraceError } from "../errors.ts";
import type { FilesDriver } from "../files/driver.ts";
import type { StateStore, Swap } from "../state/store.ts";
import type { JsonObject } from "./json-input.ts";
import { invalid, listAt, objectAt, textAt } from "./json-input.ts";
import { applyUpdates, noMetadata } from "./metadata-updates.ts";
import { Namespaces } from "./namespaces.ts";
import { newTableAt } from "./new-table-input.ts";
import { Purges } from "./purges.ts";
import { commitTogether, type Planned } from "./commit-together.ts";
import { registeredMetadata } from "./registered-metadata.ts";
import { checkRequirements, requiresCreate } from "./requirements.ts";
import type { TableMetadata } from "./table-metadata.ts";
import { checkFolderFree, checkPlaces, folderAt, isWithin } from "./table-places.ts";
import { levelsOf } from "./table-identifier.ts";
import type { TablePointer, TableStore, TableVersion } from "./table-store.ts";
import { tablesCollection, turnOf } from "./table-store.ts";

/** A table as a client of the REST catalog gets it. */
export interface CatalogTable {
  metadata: TableMetadata;
  /** Address of the metadata's file; undefined while the table is staged, and nowhere but with the client. */
  location: string | undefined;
}

/** What a client wants changed in one table. Both lists are as they came: nothing of them is known to be sound. */
export interface TableCommit {
  name: string;
  requirements: unknown;
  updates: unknown;
}

export interface CatalogParts {
  files: FilesDriver;
  state: StateStore;
  /** The one store of a table in this process, whether the table is there or not. */
  storeOf: (name: string) => TableStore;
}

/**
 * The tables of a lake as other engines work with them: they write files and manifests themselves, and ask here for the
 * change of metadata that makes them part of a table. Names are those of `table-identifier.ts`.
 */
export class IcebergCatalog {
  readonly namespaces: Namespaces;
  readonly #parts: CatalogParts;
  readonly #purges: Purges;

  constructor(parts: CatalogParts) {
    this.#parts = parts;
    this.namespaces = new Namespaces(parts.state);
    this.#purges = new Purges(parts.files, parts.state);
  }

  /** Names of the tables in a namespace, in order. @throws MillraceError `MR-ICE-003` */
  async tables(namespace: string): Promise<string[]> {
    const depth = levelsOf(namespace).length + 1;
    const names = (await this.#parts.state.list(tablesCollection)).map(({ key }) => key).filter((name) => name.startsWith(`${namespace}.`) && levelsOf(name).length === depth);
    if (names.length === 0) await this.namespaces.properties(namespace);
    return names;
  }

  /** @throws MillraceError `MR-LAKE-001` when there is none of the name */
  async load(name: string): Promise<CatalogTable> {
    return this.#shown(await this.#parts.storeOf(name).load());
  }

  /**
   * What a table would be. Nothing of it is kept: the client writes the table's files, then commits it whole.
   * @throws MillraceError `MR-ICE-001`, `MR-ICE-002`, `MR-ICE-003`, `MR-ICE-005`
   */
  async stage(name: string, request: JsonObject): Promise<CatalogTable> {
    await this.#checkFree(name);
    const { folder, metadata } = await this.#newTable(name, request);
    // DuckDB writes its manifests into a folder that it takes to be there.
    await this.#parts.files.makeFolder(`${folder}/metadata`);
    return { metadata, location: undefined };
  }

  /** @throws MillraceError as `stage` does */
  async create(name: string, request: JsonObject): Promise<CatalogTable> {
    await this.#checkFree(name);
    const { folder, metadata } = await this.#newTable(name, request);
    const store = this.#parts.storeOf(name);
    if (!(await store.create(folder, metadata))) throw isThere(name);
    return this.#shown(await store.load());
  }

  /**
   * Commits to one table or to several: all of it takes effect at once, or none of it. A commit that is sent again because its
   * answer was lost finds itself done.
   *
   * @returns the tables after it, in the order given
   * @throws MillraceError `MR-LAKE-001`, `MR-LAKE-002` when a requirement is not met, `MR-ICE-001`, `MR-ICE-003`, `MR-ICE-005`
   */
  async commit(commits: readonly TableCommit[]): Promise<CatalogTable[]> {
    const names = commits.map(({ name }) => name).sort();
    const twice = names.find((name, i) => name === names[i + 1]);
    if (twice !== undefined) throw invalid(`table "${twice}" is changed twice in one request`, "table-changes", "put all its updates into one change");
    const plans = commits.map((commit) => () => this.#plan(commit));
    const versions = await this.#parts.state.inTurn(names.map(turnOf), () => commitTogether(this.#parts.state, plans));
    return versions.map((version) => this.#shown(version));
  }

  /**
   * Drops the table; with `purge` its files too, else they stay, and `register` brings it back.
   * @throws MillraceError `MR-LAKE-001`
   */
  async drop(name: string, purge: boolean): Promise<void> {
    for (;;) {
      const { pointer, version } = await this.#parts.storeOf(name).load();
      const swaps: Swap[] = [{ collection: tablesCollection, key: name, expected: version, value: undefined }];
      if (purge) swaps.push(await this.#purges.swapFor(pointer.folder));
      if (await this.#parts.state.swapAll(swaps)) break;
    }
    if (purge) await this.#purges.run();
  }

  /** The files stay where they are. @throws MillraceError `MR-LAKE-001`, `MR-ICE-002`, `MR-ICE-003` */
  async rename(from: string, to: string): Promise<void> {
    if (from === to) return void (await this.#parts.storeOf(from).load());
    for (;;) {
      const { pointer, version } = await this.#parts.storeOf(from).load();
      await this.#checkFree(to);
      const swaps = [
        { collection: tablesCollection, key: from, expected: version, value: undefined },
        { collection: tablesCollection, key: to, expected: 0, value: pointer },
      ];
      if (await this.#parts.state.swapAll(swaps)) return;
    }
  }

  /**
   * Makes a table of a metadata file that lies in the lake and in no table's folder, as one that was dropped without purge.
   * @throws MillraceError `MR-ICE-001` when it cannot be read, `MR-ICE-002`, `MR-ICE-003`, `MR-ICE-005`
   */
  async register(name: string, location: string): Promise<CatalogTable> {
    await this.#checkFree(name);
    const { files } = this.#parts;
    const key = folderAt(files, location, "metadata-location");
    const bytes = await files.read(key);
    if (bytes === undefined) throw invalid("there is no such file", "metadata-location", "give the address of a table's metadata file");
    const metadata = registeredMetadata(bytes);
    const folder = folderAt(files, metadata.location, "metadata-location, location");
    if (!isWithin(key, folder)) throw invalid("the file does not lie in the folder of the table that it tells of", "metadata-location");
    checkFolderFree(folder, await this.#folders(), "metadata-location, location");
    checkPlaces(files, folder, { ...noMetadata, location: metadata.location }, metadata);
    const pointer: TablePointer = { folder, metadata: key };
    if ((await this.#parts.state.compareAndSwap(tablesCollection, name, 0, pointer)) === undefined) throw isThere(name);
    return this.load(name);
  }

  /** Writes the table's next version, and makes nothing current. */
  async #plan({ name, requirements, updates }: TableCommit): Promise<Planned> {
    const store = this.#parts.storeOf(name);
    const base = await store.find();
    if (base === undefined) return this.#planNew(store, requirements, updates);
    if (isDone(base.metadata, requirements, updates)) return { store, base };
    checkRequirements(base.metadata, requirements, name);
    const next = applyUpdates(base.metadata, updates, Date.now());
    if (next === base.metadata) return { store, base };
    checkPlaces(this.#parts.files, base.pointer.folder, base.metadata, next);
    return { store, prepared: await store.prepare(base, next) };
  }

  async #planNew(store: TableStore, requirements: unknown, updates: unknown): Promise<Planned> {
    const { name } = store;
    // Without the requirement the client took the table to be there: the store's own error says that it is not.
    if (!requiresCreate(requirements)) return { store, base: await store.load() };
    checkRequirements(undefined, requirements, name);
    await this.#checkFree(name);
    const metadata = applyUpdates(noMetadata, updates, Date.now());
    const folder = await this.#freeFolder(metadata.location, "set-location");
    checkPlaces(this.#parts.files, folder, { ...noMetadata, location: metadata.location }, metadata);
    return { store, prepared: await store.prepareNew(folder, metadata) };
  }

  #shown({ pointer, metadata }: TableVersion): CatalogTable {
    return { metadata, location: this.#parts.files.location(pointer.metadata) };
  }

  async #newTable(name: string, request: JsonObject): Promise<{ folder: string; metadata: TableMetadata }> {
    const { files } = this.#parts;
    const sent = request.location;
    const chosen = sent === undefined || sent === null ? files.location(`${name}-${randomUUID().slice(0, 8)}`) : textAt(sent, "location").replace(/\/+$/, "");
    const folder = await this.#freeFolder(chosen, "location");
    const metadata = newTableAt(request, chosen, Date.now());
    checkPlaces(files, folder, { ...noMetadata, location: chosen }, metadata);
    return { folder, metadata };
  }

  async #freeFolder(location: string, where: string): Promise<string> {
    const folder = folderAt(this.#parts.files, location, where);
    checkFolderFree(folder, await this.#folders(), where);
    return folder;
  }

  /** Folders of all tables, and of those whose files are still to be removed. */
  async #folders(): Promise<string[]> {
    const pointers = await this.#parts.state.list<TablePointer>(tablesCollection);
    return [...pointers.map(({ value }) => value.folder), ...(await this.#purges.folders())];
  }

  /** That a table of the name can be made. @throws MillraceError `MR-ICE-002`, `MR-ICE-003` */
  async #checkFree(name: string): Promise<void> {
    const namespace = name.slice(0, name.lastIndexOf("."));
    await this.namespaces.properties(namespace);
    if ((await this.#parts.state.get(tablesCollection, name)) !== undefined) throw isThere(name);
  }
}

/**
 * Whether the updates were applied before: all snapshots that they add are there, and nobody else gives a snapshot the same id
 * and the same list. Of a table that they create, it has the UUID that they give it.
 */
function isDone(table: TableMetadata, requirements: unknown, updates: unknown): boolean {
  const all = listAt(updates, "updates").map((update, i) => objectAt(update, `updates[${i}]`));
  if (requiresCreate(requirements)) return all.some(({ action, uuid }) => action === "assign-uuid" && uuid === table["table-uuid"]);
  const added = all.filter(({ action }) => action === "add-snapshot").map(({ snapshot }) => snapshot as JsonObject | undefined);
  const lists = new Map(table.snapshots.map((snapshot) => [snapshot["snapshot-id"], snapshot["manifest-list"]]));
  return added.length > 0 && added.every((snapshot) => lists.has(snapshot?.["snapshot-id"] as bigint) && lists.get(snapshot?.["snapshot-id"] as bigint) === snapshot?.["manifest-list"]);
}

function isThere(name: string): MillraceError {
  return new MillraceError("MR-ICE-002", { what: `table "${name}" is there already`, where: "the lake", mend: "use it as it is, or choose another name" });
}
