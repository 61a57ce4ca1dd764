import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { MillraceError } from "../errors.ts";
import { formatsForTests } from "./files-for-tests.ts";
import { typeText } from "./inferred-type.ts";
import { relationOver } from "./relation-sql.ts";

const { recognise, connection, folder, query } = formatsForTests();
const data = new URL("../../node_modules/vega-datasets/data", import.meta.url).pathname;
const names = readdirSync(data).sort();

/** Run with `-u` to write what is found anew; then look at the difference. */
test("what is found in real, dirty, nested files is what it was", async () => {
  const found: Record<string, unknown> = {};
  for (const name of names) {
    try {
      const { format, fields, personal, warnings, certainty } = await recognise(join(data, name));
      found[name] = { ...format, certainty, fields: fields.map((field) => `${field.name}: ${typeText(field.type)}${field.nullTexts ? ` null as ${field.nullTexts.join(", ")}` : ""}`), personal: personal.map(({ path, kind, confidence }) => `${path.join("/")}: ${kind} ${confidence}`), warnings };
    } catch (error) {
      found[name] = (error as MillraceError).parts.what;
    }
  }
  await expect(`${JSON.stringify(found, undefined, 1)}\n`).toMatchFileSnapshot("vega.golden.json");
});

const readers: Record<string, string> = { csv: "read_csv", json: "read_json_auto", parquet: "read_parquet" };

test.for(names.filter((name) => !/\.(png|arrow)$/.test(name)))("%s has as many rows as DuckDB reads from it, none in quarantine", async (name) => {
  const path = join(data, name);
  const { rows: known, format, fields } = await recognise(path);
  const relation = await relationOver(connection(), [path], format, fields, join(folder(), "prepared"));
  const [{ n }] = await query(`SELECT count(*) AS n FROM (${relation.sql})`);
  const [{ n: plain }] = await query(`SELECT count(*) AS n FROM ${readers[format.kind]}('${path}')`);
  expect(relation.quarantined).toBe(0);
  expect(n).toBe(plain);
  if (known !== undefined) expect(String(known)).toBe(plain);
});

test("images and Arrow files are said to be what they are", async () => {
  for (const name of names.filter((name) => /\.(png|arrow)$/.test(name))) {
    const error = await recognise(join(data, name)).catch((error: unknown) => error);
    expect(error).toBeInstanceOf(MillraceError);
    expect((error as MillraceError).code).toBe("MR-FORMAT-001");
  }
});
