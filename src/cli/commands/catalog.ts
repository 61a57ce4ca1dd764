import type { CatalogColumn, CatalogEntry, Said } from "../../catalog/catalog-entry.ts";
import type { Voice } from "../../catalog/history.ts";
import type { NoteChange } from "../../catalog/people-notes.ts";
import type { EntrySummary } from "../client.ts";
import { type CliContext, printJson } from "../context.ts";
import { labelledText } from "../output/labelled-text.ts";
import { bytesText, countText } from "../output/number-text.ts";
import { plainText } from "../output/plain-text.ts";
import { tableText } from "../output/table-text.ts";
import { usageError } from "../report-error.ts";
import { withClient } from "../with-client.ts";

interface KindOptions {
  kind: string;
}

interface NoteOptions extends KindOptions {
  column?: string;
  description?: string;
  owner?: string;
  tag?: string[];
  personal?: string;
  by?: string;
}

export async function listCatalog(context: CliContext, _args: [], { kind }: Partial<KindOptions>): Promise<void> {
  await withClient(context, "stored", async ({ client }) => {
    const entries = await client.catalog(kind);
    if (context.options.json) return printJson(context, { entries });
    await context.print(entriesText(entries, context));
  });
}

export async function searchCatalog(context: CliContext, words: [string[]], { kind, limit }: Partial<KindOptions> & { limit: number }): Promise<void> {
  await withClient(context, "stored", async ({ client }) => {
    const entries = await client.searchCatalog(words[0].join(" "), limit, kind);
    if (context.options.json) return printJson(context, { entries });
    for (const [word, near] of Object.entries(entries[0]?.corrected ?? {})) context.note(`Nothing has "${plainText(word)}"; it was taken for "${plainText(near)}".`);
    if (entries.length === 0) return context.note("Nothing has all these words.");
    await context.print(entriesText(entries, context));
  });
}

function entriesText(entries: readonly EntrySummary[], context: CliContext): string {
  const right = { align: "right" as const };
  const isSearch = entries.some(({ found }) => found);
  const columns = [{ title: "kind" }, { title: "name" }, { title: "of" }, { title: "columns", ...right }, { title: "rows", ...right }, { title: "bytes", ...right }, { title: "personal data" }, ...(isSearch ? [{ title: "found in" }] : []), { title: "description" }];
  const rows = entries.map(({ kind, name, form, columns, facts, personal, found, description }) => [
    ...[kind, name, facts.deprecated ? `${form}, deprecated` : kind === "database" && form !== "mart" ? "" : form, columns === 0 ? "" : countText(columns)],
    ...[typeof facts.rows === "number" ? countText(facts.rows) : "", facts.bytes === undefined ? "" : bytesText(facts.bytes), personal.join(", ")],
    ...(isSearch ? [(found ?? []).join(", ")] : []),
    description ?? "",
  ]);
  return tableText(columns, rows, context);
}

export async function showEntry(context: CliContext, [name]: [string], { kind }: KindOptions): Promise<void> {
  await withClient(context, "stored", async ({ client }) => {
    const entry = await client.catalogEntry(kind, name);
    if (context.options.json) return printJson(context, entry);
    await context.print(entryText(entry, context));
  });
}

function entryText({ kind, name, form, description, owner, tags, columns, facts }: CatalogEntry, context: CliContext): string {
  const values: [string, string | undefined][] = [
    ["description", description ? saidText(description) : undefined],
    ["owner", owner ? saidText(owner) : undefined],
    ["tags", tags.length > 0 ? tags.map(({ value }) => value).join(", ") : undefined],
    ["format", facts.format],
    ["at", facts.location],
    ["files", facts.files === undefined ? undefined : `${countText(facts.files)}, ${bytesText(facts.bytes ?? 0)}`],
    ["rows", typeof facts.rows === "number" ? countText(facts.rows) : undefined],
    ["partitions", facts.partitionColumns?.map((column) => `${column.name}: ${column.type}`).join(", ") || undefined],
    ["quality", facts.quality && `score ${facts.quality.score ?? "unknown"}${facts.quality.broken.length > 0 ? `, ${facts.quality.broken.join(", ")} not holding` : ""}`],
    ["readers", facts.readers && (facts.readers.join(", ") || "nobody")],
    ["crawler", facts.crawler],
    ["deprecated", facts.deprecated],
  ];
  const heading = `${context.style.bold(plainText(name))}  ${kind}${kind === "database" && form !== "mart" ? "" : `, ${form}`}`;
  const titles = [{ title: "column" }, { title: "type" }, { title: "personal data" }, { title: "tags" }, { title: "description" }];
  return `${labelledText(heading, values, context.style)}\n${columns.length === 0 ? "" : tableText(titles, columns.map(columnRow), context)}`;
}

function columnRow({ name, type, personal, tags, description }: CatalogColumn): string[] {
  const found = personal ? `${personal.value.kind}${personal.value.confidence === undefined ? "" : ` (${Math.round(personal.value.confidence * 100)} %)`}, ${voiceText(personal.by)}` : "";
  return [name, type ? saidText(type, false) : "", found, tags.map(({ value }) => value).join(", "), description?.value ?? ""];
}

/** With whose word it is, and what others say instead. */
function saidText({ value, by, others = [] }: Said<string>, always = true): string {
  const instead = others.map((other) => `${voiceText(other.by)}: ${other.value}`).join("; ");
  if (!always && instead === "") return value;
  return `${value} (${voiceText(by)}${instead === "" ? "" : `; ${instead}`})`;
}

const voiceText = ({ kind, name }: Voice): string => (kind === "person" ? (name ?? "a person") : kind === "crawler" && name !== undefined ? `crawler ${name}` : kind);

export async function listVersions(context: CliContext, [name]: [string], { kind }: KindOptions): Promise<void> {
  await withClient(context, "stored", async ({ client }) => {
    const versions = await client.entryVersions(kind, name);
    if (context.options.json) return printJson(context, { versions });
    const columns = [{ title: "at (UTC)" }, { title: "by" }, { title: "changes" }];
    await context.print(tableText(columns, versions.map(({ at, by, changes }) => [at.slice(0, 19).replace("T", " "), voiceText(by), changes.join("; ")]), context));
  });
}

export async function noteEntry(context: CliContext, [name]: [string], options: NoteOptions): Promise<void> {
  const change = changeOf(options);
  await withClient(context, "stored", async ({ client }) => {
    const entry = await client.noteEntry(options.kind, name, { ...change, ...(options.by !== undefined && { by: options.by }) });
    if (context.options.json) return printJson(context, entry);
    await context.print(entryText(entry, context));
  });
}

function changeOf({ column, description, owner, tag, personal }: NoteOptions): NoteChange {
  const texts = { ...(description !== undefined && { description: description || null }), ...(tag && { tags: tag.filter((each) => each !== "") }) };
  if (column === undefined && personal !== undefined) throw usageError("personal data is said of a column", "millrace catalog note", "name it with --column");
  if (column !== undefined && owner !== undefined) throw usageError("a column has no owner of its own", "millrace catalog note", "leave out --column or --owner");
  const change = column === undefined ? { ...texts, ...(owner !== undefined && { owner: owner || null }) } : { columns: { [column]: { ...texts, ...(personal !== undefined && { personal: personal || null }) } } };
  const said = column === undefined ? change : change.columns?.[column];
  if (Object.keys(said ?? {}).length > 0) return change;
  throw usageError("it does not say what to note", "millrace catalog note", "give --description, --owner, --tag or --personal");
}
