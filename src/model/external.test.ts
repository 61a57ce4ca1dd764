import { expect, test } from "vitest";
import { postgres } from "../connect/postgres/declare.ts";
import { buildManifest } from "./build-manifest.ts";
import { definitionKind } from "./definition.ts";
import { describeModule } from "./describe-module.ts";
import { externalTable } from "./external-table.ts";
import { jsonSchema } from "./schema-types.ts";
import { seed } from "./models/seed.ts";
import { connection, secret } from "./secret.ts";
import { sql } from "./sql-tag.ts";
import { stage } from "./stage.ts";
import { table } from "./table.ts";
import { topic } from "./topic.ts";

const Row = jsonSchema({ type: "object", properties: { id: { type: "integer" } }, required: ["id"] });
const manifestOf = (exports: Record<string, unknown>, files = new Map<string, string>()) => buildManifest("test", [describeModule("/project", "/project/pipeline.ts", exports)], files);
const said = (work: () => unknown): string => {
  try {
    return `no error, but ${JSON.stringify(work())}`;
  } catch (error) {
    return (error as Error).message;
  }
};

test("tables outside of the lake stand in the manifest, apart from those in it", () => {
  const files = externalTable("raw.files", { at: ["data/*.csv", "/elsewhere/b.csv"], schema: Row, format: { kind: "csv", delimiter: ";" }, onBadRows: "skip-and-tell", tags: ["raw"], columns: { id: "The number." } });
  const shop = postgres("shop", { url: secret("shop-url"), description: "The shop's own." });
  const spent = table("marts.spent", { sql: sql`select * from ${shop.table("Orders Of 2024")} join ${files} using (id)` });
  const manifest = manifestOf({ files, shop, spent });
  expect(manifest.problems).toEqual([]);
  expect(manifest.tables["marts.spent"].model).toMatchObject({ reads: ["shop.Orders Of 2024", "raw.files"], sql: 'select * from "shop"."Orders Of 2024" join "raw"."files" using (id)' });
  expect(Object.keys(manifest.tables)).toEqual(["marts.spent"]);
  expect(manifest.external).toMatchObject({
    "raw.files": { kind: "files", at: ["data/*.csv", "../elsewhere/b.csv"], format: { kind: "csv", delimiter: ";" }, columns: [{ name: "id", type: "integer" }], onBadRows: "skip-and-tell", tags: ["raw"], columnNotes: { id: "The number." } },
    shop: { kind: "postgres", connection: { url: "{{ secrets.shop-url }}" }, schema: "public", statementTimeoutMs: 300_000, rowsMax: 50_000_000 },
  });
  expect(manifestOf({}).external).toBeUndefined();
});

test("a mount that only a model reaches is there; its namespace is its own, and nobody writes outside", () => {
  const shop = postgres("shop", { connection: connection("shop", { host: "db", user: "u", password: secret("p"), note: "not for us" }) });
  const spent = table("marts.spent", { sql: sql`select * from ${shop.table("orders")}` });
  expect(manifestOf({ spent }).external?.shop).toMatchObject({ connection: { host: "db", user: "u", password: "{{ secrets.p }}" } });
  expect(manifestOf({ spent }).external?.shop).not.toHaveProperty("connection.note");
  const taken = manifestOf({ shop, own: table("Shop.own", { sql: sql`select 1 as one` }), rows: table("shop.rows", { schema: Row, writtenBy: "tasks" }), files: externalTable("shop.files", { at: "x" }) });
  expect(taken.problems.map(({ code, where }) => [code, where.split(",")[0]])).toEqual(expect.arrayContaining([["MR-MODEL-003", 'table "Shop.own"'], ["MR-MODEL-003", 'table "shop.rows"'], ["MR-MODEL-003", 'table "shop.files"']]));
  const files = externalTable("raw.files", { at: "data", schema: Row });
  const orders = topic("orders", { schema: Row });
  const copy = stage("copy", { from: orders, to: files, run: (order, emit) => emit(order) });
  expect(manifestOf({ orders, files, copy }).problems.map(({ what }) => what)).toEqual([expect.stringContaining("outside of the lake")]);
});

test("a seed's fingerprint follows its file and what it is read as", () => {
  const print = (digest: string, more = {}) => manifestOf({ codes: seed("ref.codes", { file: "seeds/codes.csv", ...more }) }, new Map([["seeds/codes.csv", digest]])).tables["ref.codes"].model;
  expect(print("a")?.materialize).toEqual({ kind: "seed", file: "seeds/codes.csv", digest: "a" });
  expect(print("a")?.fingerprint).toBe(print("a")?.fingerprint);
  const prints = [print("a"), print("b"), print("a", { schema: Row }), print("a", { format: { kind: "csv" } })].map((model) => model?.fingerprint);
  expect(new Set(prints).size).toBe(4);
  expect(manifestOf({ codes: seed("ref.codes", { file: "seeds/codes.csv" }) }).problems).toMatchObject([{ code: "MR-MODEL-014" }]);
});

test("what cannot be is refused where it is declared", () => {
  expect(said(() => externalTable("raw.a", { at: [] }))).toMatch(/MR-MODEL-001: there are no paths/);
  expect(said(() => externalTable("a", { at: "x" }))).toMatch(/namespace\.table/);
  expect(said(() => externalTable("raw.a", { at: "x", format: { kind: "csv", delimiter: "ab" } }))).toMatch(/delimiter/);
  expect(said(() => externalTable("raw.a", { at: "x", format: { kind: "xls" } as never }))).toMatch(/is no format/);
  expect(said(() => externalTable("raw.a", { at: "x", format: { kind: "json", delimiter: ";" } as never }))).toMatch(/there is no option "delimiter"/);
  expect(said(() => externalTable("raw.a", { at: "x", onBadRows: "ignore" as never }))).toMatch(/onBadRows/);
  for (const file of ["", "/etc/passwd", "../b.csv", "a//b.csv", "./a.csv"]) expect(said(() => seed("ref.a", { file }))).toMatch(/is no file of the project/);
  expect(said(() => seed("ref.a", { file: "a.csv", sql: sql`select 1` } as never))).toMatch(/there is no option "sql"/);
  expect(said(() => postgres("a.b", { url: secret("u") }))).toMatch(/no name for a mount/);
  expect(said(() => postgres("topics", { url: secret("u") }))).toMatch(/no name for a mount/);
  expect(said(() => postgres("shop", {}))).toMatch(/how the database is reached/);
  expect(said(() => postgres("shop", { url: "postgres://u:pw@host/db" }))).toMatch(/password stands in the project/);
  expect(said(() => postgres("shop", { url: "postgres://u:pw@host/db" }))).not.toMatch(/u:pw/);
  expect(said(() => postgres("shop", { connection: connection("c", { host: "h", password: "pw" }) }))).toMatch(/password stands in the project/);
  expect(said(() => postgres("shop", { url: "mysql://host" }))).toMatch(/cannot be read/);
  expect(said(() => postgres("shop", { url: secret("u"), tables: ["orders"] }).table("order"))).toMatch(/not among the mounted/);
  expect(definitionKind(postgres("shop", { url: "postgres://u@host/db" }))).toBe("mount");
});
