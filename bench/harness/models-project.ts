import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/*
 * One project of fifty models, written twice: for Millrace and for dbt. Statements and files are the same; what differs is
 * how each says which day is built.
 */

type Kind = "view" | "day" | "key" | "table";

interface Model {
  name: string;
  kind: Kind;
  /** `{raw.x}` is a source, `{x}` a model, `{rows of day: x}` those of the day that is built. */
  sql: string;
}

export const sources = ["orders", "lines", "visits", "payments", "shipments"] as const;

/** Two views for each source, fifteen models by day, ten by key, fifteen that are built as a whole: fifty. */
export const models: Model[] = [
  ...sources.flatMap((source): Model[] => [
    { name: `stg_${source}`, kind: "view", sql: `select id, customer, product, amount_cents, happened, lower(status) as status from {raw.${source}} where amount_cents >= 0` },
    { name: `stg_${source}_large`, kind: "view", sql: `select * from {stg_${source}} where amount_cents > 50000` },
  ]),
  ...sources.flatMap((source): Model[] => [
    { name: `daily_${source}`, kind: "day", sql: `select product, count(*) as n, cast(sum(amount_cents) as bigint) as cents from {rows of day: stg_${source}} group by product` },
    { name: `daily_${source}_status`, kind: "day", sql: `select status, count(*) as n, max(amount_cents) as most from {rows of day: stg_${source}} group by status` },
    { name: `daily_${source}_large`, kind: "day", sql: `select customer, product, count(*) as n from {rows of day: stg_${source}_large} group by customer, product` },
  ]),
  ...sources.flatMap((source): Model[] => [
    { name: `customers_${source}`, kind: "key", sql: `select customer as key, max(happened) as last_at, max_by(status, id) as last_status from {rows of day: stg_${source}} group by customer` },
    { name: `products_${source}`, kind: "key", sql: `select product as key, max(happened) as last_at, max(amount_cents) as most from {rows of day: stg_${source}} group by product` },
  ]),
  ...sources.flatMap((source): Model[] => [
    { name: `mart_${source}_by_product`, kind: "table", sql: `select d.product, cast(sum(d.n) as bigint) as n, cast(sum(d.cents) as bigint) as cents, any_value(p.last_at) as last_at from {daily_${source}} as d left join {products_${source}} as p on p.key = d.product group by d.product` },
    { name: `mart_${source}_status`, kind: "table", sql: `select status, cast(sum(n) as bigint) as n, max(most) as most from {daily_${source}_status} group by status` },
    { name: `mart_${source}_customers`, kind: "table", sql: `select c.last_status, count(*) as customers, cast(coalesce(sum(l.n), 0) as bigint) as large from {customers_${source}} as c left join (select customer, sum(n) as n from {daily_${source}_large} group by customer) as l on l.customer = c.key group by c.last_status` },
  ]),
];

/** Those that have rows of their own. */
export const built = models.filter(({ kind }) => kind !== "view");

/** Rows of a source on a day, as SQL: the same each time. */
export function sourceSql(source: number, day: string, count: number): string {
  const digits = (seed: number, below: number) => `cast(hash(i, ${seed}, ${source}, '${day}') % ${below} as bigint)`;
  return `select i + ${source} as id, ${digits(1, 2_000)} as customer, ${digits(2, 300)} as product, ${digits(3, 100_000)} - 100 as amount_cents,
    timestamptz '${day} 00:00:00+00' + to_milliseconds(cast(i * 86400000 // ${count} as bigint)) as happened, ['NEW', 'Paid', 'sent', 'BACK'][${digits(4, 4)} + 1] as status
    from range(${count}) as t(i)`;
}

/** What stands for each kind of name in a statement. */
export interface Reads {
  source(name: string): string;
  model(name: string): string;
  ofDay(name: string): string;
}

export function withReads(sql: string, { source, model, ofDay }: Reads): string {
  return sql.replaceAll(/\{(raw\.|rows of day: )?(\w+)\}/g, (_, kind: string | undefined, name: string) => (kind === undefined ? model(name) : kind === "raw." ? source(name) : ofDay(name)));
}

/** @param raw - the folder of the sources' files */
export function writeMillraceProject(folder: string, repository: string, raw: string): void {
  mkdirSync(join(folder, "node_modules"), { recursive: true });
  symlinkSync(repository, join(folder, "node_modules", "millrace"));
  const place = (name: string): string => `\${${name}}`;
  const options: Record<Kind, string> = { view: 'materialize: "view"', day: 'interval: "day"', key: 'materialize: replaceKeys({ key: "key" })', table: "" };
  const declarations = models.map(({ name, kind, sql }) => {
    const text = withReads(sql, { source: (source) => place(`raw_${source}`), model: place, ofDay: (read) => `(select * from ${place(read)} where happened >= \${interval.start} and happened < \${interval.end})` });
    const uses = text.includes("interval.");
    return `export const ${name} = table("main.${name}", { ${options[kind]}${options[kind] === "" ? "" : ", "}sql: ${uses ? "({ interval }) => " : ""}sql\`${text}\` });`;
  });
  const external = sources.map((source) => `export const raw_${source} = externalTable("raw.${source}", { at: ${JSON.stringify(join(raw, source, "*.parquet"))} });`);
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  writeFileSync(join(folder, "pipeline.ts"), `import { externalTable, replaceKeys, sql, table } from "millrace";\n${[...external, ...declarations].join("\n")}\n`);
}

export function writeDbtProject(folder: string, database: string, raw: string): void {
  mkdirSync(join(folder, "models"), { recursive: true });
  const write = (file: string, text: string) => writeFileSync(join(folder, file), text);
  write("dbt_project.yml", "name: bench\nversion: '1.0'\nprofile: bench\nmodels:\n  bench:\n    +materialized: table\n");
  write("profiles.yml", `bench:\n  target: dev\n  outputs:\n    dev: { type: duckdb, path: ${JSON.stringify(database)}, threads: 2, settings: { TimeZone: UTC } }\n`);
  write("models/sources.yml", `sources:\n  - name: raw\n    meta: { external_location: ${JSON.stringify(`read_parquet('${raw}/{name}/*.parquet')`)} }\n    tables: [${sources.map((source) => `{ name: ${source} }`).join(", ")}]\n`);
  const config: Record<Kind, string> = { view: "materialized='view'", day: "materialized='incremental', incremental_strategy='delete+insert', unique_key='day'", key: "materialized='incremental', incremental_strategy='delete+insert', unique_key='key'", table: "materialized='table'" };
  for (const { name, kind, sql } of models) {
    const text = withReads(sql, { source: (source) => `{{ source('raw', '${source}') }}`, model: (read) => `{{ ref('${read}') }}`, ofDay: (read) => `(select * from {{ ref('${read}') }} where happened >= timestamptz '{{ var("start") }}' and happened < timestamptz '{{ var("end") }}')` });
    write(`models/${name}.sql`, `{{ config(${config[kind]}) }}\nselect ${kind === "day" ? `timestamptz '{{ var("start") }}' as day, ` : ""}* from (\n${text}\n)\n`);
  }
}
