import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { definitionKind, type TableDefinition } from "../../model/definition.ts";
import type { FilesSource } from "../../sql/query-request.ts";
import { nestedFields } from "../../sql/nested-fields.ts";
import { SqlRunner } from "../../sql/sql-runner.ts";
import { generateMapping } from "./generate-mapping.ts";
import { mappingModule, mappingSql } from "./print-mapping.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const earthquakes: FilesSource = { kind: "files", dataset: "raw.earthquakes", partitionColumns: [], files: [{ path: join(root, "node_modules/vega-datasets/data/earthquakes.json") }] };

test("what is printed of the earthquakes compiles, and gives as a model and as a statement the rows that are there", async () => {
  const runner = new SqlRunner({ statementsPerProcess: 10 });
  const folder = mkdtempSync(join(tmpdir(), "millrace-mapping-"));
  try {
    const run = (sql: string) => runner.run({ sql, resolve: async (references) => ({ sources: references.map(() => earthquakes), known: [] }) });
    const { columns } = await run('select * from "raw"."earthquakes" limit 0');
    const mapping = generateMapping(nestedFields(columns));
    expect(mapping.map(({ to }) => to)).toEqual(expect.arrayContaining(["type", "metadata_count", "metadata_title", "features"]));

    const use = { from: '"raw"."earthquakes"', into: "raw.earthquakes_flat" };
    const file = join(folder, "flat.ts");
    writeFileSync(file, mappingModule(mapping, use).replace('from "millrace"', `from ${JSON.stringify(join(root, "src/index.ts"))}`));
    writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ extends: join(root, "tsconfig.json"), compilerOptions: { rewriteRelativeImportExtensions: false, allowImportingTsExtensions: true, noEmit: true, typeRoots: [join(root, "node_modules/@types")] }, include: [], files: [file] }));
    expect(spawnSync(join(root, "node_modules/.bin/tsc"), ["--noEmit", "-p", folder], { encoding: "utf8" }).stdout).toBe("");
    const { earthquakes_flat: model } = (await import(file)) as { earthquakes_flat: TableDefinition };
    expect([definitionKind(model), model.name]).toEqual(["table", "raw.earthquakes_flat"]);

    const plain = await run("select type, metadata.count, len(features) from raw.earthquakes");
    const rows = [[plain.rows[0][0], plain.rows[0][1], plain.rows[0][2]]];
    for (const statement of [model.model?.statement(false).text as string, mappingSql(mapping, use).trimEnd().replace(/;$/, "")]) {
      expect((await run(`select type, metadata_count, len(features) from (${statement})`)).rows).toEqual(rows);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
    await runner.close();
  }
});

test("names of all kinds are printed so that they are read back", () => {
  const use = { from: ['"a', "`", "${1}", "\\", '"."b""c"'].join(""), into: "raw.two words-flat" };
  const module = mappingModule([{ from: "x", fromType: "string", to: "x", type: "string" }], use);
  expect(module).toContain("export const twoWordsFlat = table(");
  expect(module).toContain("\\`\\${1}\\\\");
  expect(mappingSql([{ from: "it's", fromType: "string", to: "x", type: "string" }], use)).toContain("['it''s', 'string', 'x', 'string']");
});
