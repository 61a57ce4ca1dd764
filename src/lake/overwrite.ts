import { MillraceError } from "../errors.ts";
import { DeleteFiles } from "./delete-files.ts";
import type { LiveFile } from "./file-index.ts";
import type { BoundFilter } from "./filter.ts";
import { filterNow, filterSql } from "./filter.ts";
import { partitionColumns, partitionKey } from "./partition-spec.ts";
import { partitionSql, partitionTextSql } from "./partition-sql.ts";
import type { PlannedFile } from "./plan-files.ts";
import { planFiles } from "./plan-files.ts";
import { FilePruner } from "./prune.ts";
import type { AddedFile } from "./rewrite-manifests.ts";
import type { DeletableFile, RowFiles } from "./row-files.ts";
import type { RowBase, RowEdit, RowRule } from "./row-rule.ts";
import { pathSql, queryJson, sqlText } from "./duckdb.ts";
import type { Snapshot, TableMetadata } from "./table-metadata.ts";
import { currentSchema } from "./table-metadata.ts";

/** Puts rows on top of those that are there. Loses to nobody. */
export function appendRule(added: AddedFile[]): RowRule {
  return { edit: async () => ({ operation: "append", removed: [], added }) };
}

/**
 * Takes away the rows that a filter chooses, and puts others there. Files that are chosen whole go unread; of those that
 * are chosen in part the rows that stay are written anew.
 */
export class OverwriteRule implements RowRule {
  readonly #where: (parent: Snapshot | undefined) => BoundFilter;
  readonly #added: AddedFile[];
  readonly #onlyDeletes: boolean;
  readonly #rest = new RestOfFiles();

  /** @param onlyDeletes - no rows come; a snapshot that merely drops files says so */
  constructor(where: (parent: Snapshot | undefined) => BoundFilter, added: AddedFile[], onlyDeletes: boolean) {
    this.#where = where;
    this.#added = added;
    this.#onlyDeletes = onlyDeletes;
  }

  async edit(base: RowBase): Promise<RowEdit> {
    const filter = filterNow(base.table, currentSchema(base.metadata), this.#where(base.parent));
    const { files } = await planFiles(base.index, base.metadata, base.parent, filter);
    const edit = await takeAway(base, files, filterSql(filter), this.#rest);
    const isDelete = this.#onlyDeletes && edit.added.length === 0;
    return { operation: isDelete ? "delete" : "overwrite", removed: edit.removed, added: [...this.#added, ...edit.added] };
  }
}

/** Takes away all rows of the partitions that the new rows fall into, whatever spec they were written under. */
export class ReplacePartitionsRule implements RowRule {
  readonly #added: AddedFile[];
  readonly #rest = new RestOfFiles();

  constructor(added: AddedFile[]) {
    this.#added = added;
  }

  async edit(base: RowBase): Promise<RowEdit> {
    const partitions = new Map(this.#added.map(({ specId, file }) => [partitionKey(specId, file.partition), file.partition]));
    const specId = this.#added[0]?.specId;
    const live = partitions.size === 0 ? [] : await base.index.live(base.parent);
    const files: PlannedFile[] = live
      .map((file) => ({ ...file, whole: partitions.has(partitionKey(file.specId, file.file.partition)) }))
      .filter(({ whole, specId: written }) => whole || written !== specId);
    const edit = await takeAway(base, files, partitions.size === 0 ? "false" : this.#chosenSql(base, specId), this.#rest);
    return { operation: "overwrite", removed: edit.removed, added: [...this.#added, ...edit.added], summary: { "replace-partitions": "true" } };
  }

  #chosenSql({ table, metadata }: RowBase, specId: number): string {
    const spec = metadata["partition-specs"].find((one) => one["spec-id"] === specId) as TableMetadata["partition-specs"][number];
    const columns = partitionColumns(table, spec, metadata.schemas);
    if (columns.length === 0) return "true";
    const values = columns.map((column) => partitionTextSql(column, partitionSql(column, pathSql(column.sourcePath))));
    const oneOf = this.#added.map(({ file }) => `(${values.map((value, i) => `${value} is not distinct from ${file.partition[i] === null ? "null" : sqlText(String(file.partition[i]))}`).join(" and ")})`);
    return `(${[...new Set(oneOf)].join(" or ")})`;
  }
}

/** @param chosen - SQL that is true for the rows that go; of files that are not whole it is asked */
async function takeAway(base: RowBase, files: PlannedFile[], chosen: string, rest: RestOfFiles): Promise<Pick<RowEdit, "removed" | "added">> {
  const removed: LiveFile[] = files.filter(({ whole }) => whole);
  const added: AddedFile[] = [];
  const deletes = new DeleteFiles(base.table, await base.index.deletes(base.parent));
  for (const data of files.filter(({ whole }) => !whole)) {
    const left = await rest.of(base, { data, deletes: deletes.of(data) }, chosen);
    if (left === "all") continue;
    removed.push(data);
    if (left !== undefined) added.push(left);
  }
  return { removed, added };
}

/** What stays of files that lose some of their rows. Asked again for the same file, it answers with what it has written. */
class RestOfFiles {
  readonly #known = new Map<string, Promise<AddedFile | "all" | undefined>>();

  /** @returns "all" when no row of the file goes, undefined when none stays */
  of(base: RowBase, file: DeletableFile, chosen: string): Promise<AddedFile | "all" | undefined> {
    const key = [base.metadata["current-schema-id"], ...[file.data, ...file.deletes].map((one) => one.file.location), chosen].join(" ");
    let rest = this.#known.get(key);
    if (rest === undefined) {
      rest = restOf(base, file, chosen);
      rest.catch(() => this.#known.delete(key));
      this.#known.set(key, rest);
    }
    return rest;
  }
}

async function restOf({ table, files, metadata }: RowBase, file: DeletableFile, chosen: string): Promise<AddedFile | "all" | undefined> {
  return files.query(async (connection) => {
    const [{ n }] = await queryJson(connection, `select count(*) as n from ${await files.scanSql(connection, metadata, [file])} where ${chosen}`, `table "${table}"`);
    if (n === "0") return "all";
    return files.rewrite(connection, metadata, [file], (rows) => `select * from ${rows} where (${chosen}) is not true`);
  });
}

/** @throws MillraceError `MR-LAKE-003` when a new row is none of those that a filter chooses: a second attempt would leave it there */
export async function checkChosen(table: string, metadata: TableMetadata, filter: BoundFilter, added: AddedFile[], files: RowFiles): Promise<void> {
  const pruner = new FilePruner(metadata, filter);
  const unsure = added.filter(({ specId, file }) => !pruner.allMatch(file, specId));
  if (unsure.length === 0) return;
  const sql = `select count(*) as n from ${await files.madeSql(metadata, unsure)} where (${filterSql(filter)}) is not true`;
  const [{ n }] = await files.query((connection) => queryJson(connection, sql, `table "${table}"`));
  if (Number(n) === 0) return;
  throw new MillraceError("MR-LAKE-003", {
    what: `${n} of the new rows are not among those that are replaced: ${filterSql(filter)}`,
    where: `table "${table}"`,
    mend: "write such rows alone, or choose what is replaced so that they are among it",
  });
}
