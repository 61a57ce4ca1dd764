import type { TableInfo } from "../../server/control-plane.ts";
import { type CliContext, printJson } from "../context.ts";
import { bytesText, countText } from "../output/number-text.ts";
import { plainText } from "../output/plain-text.ts";
import { tableText } from "../output/table-text.ts";
import { withClient } from "../with-client.ts";

const right = { align: "right" as const };

export async function listTables(context: CliContext): Promise<void> {
  await withClient(context, "stored", async ({ client }) => {
    const tables = await client.tables();
    if (context.options.json) return printJson(context, { tables });
    if (tables.length === 0) return context.note("There are no tables.");
    const columns = [{ title: "table" }, { title: "rows", ...right }, { title: "files", ...right }, { title: "version" }];
    await context.print(tableText(columns, tables.map(({ name, rows, files, snapshot }) => [name, countText(rows), countText(files), snapshot ?? ""]), context));
  });
}

/** Its newest versions, each with the names that it has. */
export async function showTable(context: CliContext, [name]: [string], { limit }: { limit: number }): Promise<void> {
  await withClient(context, "stored", async ({ client }) => {
    const table = await client.table(name);
    if (context.options.json) return printJson(context, { ...table, snapshots: table.snapshots.slice(0, limit) });
    await context.print(`${context.style.bold(plainText(name))}\n${countText(table.rows)} rows, ${countText(table.files)} files, ${bytesText(table.bytes)}\n\n${versionsText(table, limit, context)}${refsText(table, limit, context)}`);
  });
}

function versionsText({ snapshots, refs }: TableInfo, limit: number, context: CliContext): string {
  const namesOf = (id: string): string => refs.filter(({ snapshot }) => snapshot === id).map(({ name, kind }) => (kind === "tag" ? name : `${name} (branch)`)).join(", ");
  const columns = [{ title: "version" }, { title: "at" }, { title: "by" }, { title: "rows", ...right }, { title: "files", ...right }, { title: "names" }];
  return tableText(columns, snapshots.slice(0, limit).map(({ id, at, operation, rows, files }) => [id, at.slice(0, 19), operation, countText(rows), countText(files), namesOf(id)]), context);
}

/** Names of versions that are not among those shown. */
function refsText({ snapshots, refs }: TableInfo, limit: number, context: CliContext): string {
  const older = refs.filter(({ snapshot }) => !snapshots.slice(0, limit).some(({ id }) => id === snapshot));
  return older.length === 0 ? "" : `\n${tableText([{ title: "name" }, { title: "is" }, { title: "version" }], older.map(({ name, kind, snapshot }) => [name, `a ${kind}`, snapshot]), context)}`;
}

export async function tagTable(context: CliContext, [name, tag]: [string, string], { at, keepFor }: { at?: string; keepFor?: string }): Promise<void> {
  await withClient(context, "running", async ({ client }) => {
    const table = await client.tagTable(name, { tag, version: at, keepFor });
    if (context.options.json) return printJson(context, table);
    const version = table.refs.find((ref) => ref.name === tag)?.snapshot ?? "";
    await context.print(`Version ${version} of ${plainText(name)} is called ${plainText(tag)}.\n`);
  });
}

export async function untagTable(context: CliContext, [name, tag]: [string, string]): Promise<void> {
  await withClient(context, "running", async ({ client }) => {
    const table = await client.untagTable(name, tag);
    if (context.options.json) return printJson(context, table);
    await context.print(`No version of ${plainText(name)} is called ${plainText(tag)} any more.\n`);
  });
}
