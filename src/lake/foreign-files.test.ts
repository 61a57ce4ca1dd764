import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { commitChange, newSnapshotId } from "./commit.ts";
import { FileIndex } from "./file-index.ts";
import { scratchLake } from "./lake-for-tests.ts";
import { commitEdit } from "./row-change.ts";
import { TableStore } from "./table-store.ts";
import { currentSnapshot } from "./table-metadata.ts";

/** Data files that another engine's manifests name. */
test("a data file outside the lake is not read, whatever form its address has", async () => {
  const { lake, files, state, root } = await scratchLake();
  const outside = join(root, "secret.parquet");
  await writeFile(outside, "secret");
  for (const [i, location] of [outside, `file://${outside}`, `file:${outside}`, `${root}/lake/../secret.parquet`, "s3://other/secret.parquet"].entries()) {
    const table = await lake.openOrCreate(`t${i}`, [{ id: 1, name: "n", required: false, type: "long" }], []);
    const store = new TableStore(table.name, files, state);
    const { pointer } = await store.load();
    await commitChange(store, {
      apply: (base, written) =>
        commitEdit({ store, index: new FileIndex(store) }, base, written, {
          ...{ folder: pointer.folder, snapshotId: newSnapshotId(), parent: currentSnapshot(base), summary: {}, smallManifestsMax: 100 },
          edit: { operation: "append", removed: [], added: [{ specId: 0, file: { content: 0, location, format: "PARQUET", partition: [], records: 1n, bytes: 6n } }] },
        }),
    });
    const error = await table.files().catch((refused) => refused);
    expect([location, error.code ?? error], error.message).toEqual([location, "MR-LAKE-004"]);
    expect(error.message).toContain(location);
  }
  await lake.close();
});
