import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { sqliteState } from "../state/sqlite.ts";
import { CatalogHistory } from "./history.ts";

test("of each entry so many versions stay, the newest; all where no number is given", async () => {
  const folder = await mkdtemp(join(tmpdir(), "millrace-history-"));
  const state = await sqliteState(join(folder, "state.db"));
  for (const [keep, left] of [[2, [4, 3]], [undefined, [4, 3, 2, 1, 0]]] as const) {
    const history = new CatalogHistory(state, keep);
    const entry = `table/kept-${keep}`;
    for (let n = 0; n < 5; n++) {
      await state.swapAll([history.swap(entry, { by: { kind: "project" }, changes: [`change ${n}`] })]);
      await history.trim(entry);
    }
    expect((await history.of(entry)).map(({ changes }) => changes)).toEqual(left.map((n) => [`change ${n}`]));
  }
  await state.close();
  await rm(folder, { recursive: true });
});
