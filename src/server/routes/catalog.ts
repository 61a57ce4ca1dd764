import { MillraceError } from "../../errors.ts";
import { nestedFields } from "../../sql/nested-fields.ts";
import { generateMapping } from "../../wrangle/nested/generate-mapping.ts";
import type { CatalogEntry } from "../../catalog/catalog-entry.ts";
import type { NoteChange } from "../../catalog/people-notes.ts";
import type { JsonSchema } from "../../model/manifest.ts";
import type { CrawlCommand } from "../catalog-control.ts";
import { goneSignal } from "../gone-signal.ts";
import { type PageRequest, pageByName } from "../page.ts";
import { entriesOf } from "../reader-entries.ts";
import { type Route, route } from "../route.ts";
import { amount, anyObject, count, errorObject, flag, list, moment, object, orNull, paging, text, textOrNull } from "../schemas.ts";

const kind = { type: "string", enum: ["database", "table", "topic"] };
const countOrNull = orNull(count);
const voice = object({ kind: { type: "string", enum: ["person", "project", "lake", "crawler"] }, name: text }, ["name"]);
const personalClaim = object({ kind: text, confidence: amount }, ["confidence"]);
const said = (value: JsonSchema) => object({ value, by: voice, others: list(object({ value, by: voice })) }, ["others"]);
const facts = object(
  { location: text, format: text, partitionColumns: list(object({ name: text, type: text })), files: count, bytes: amount, rows: countOrNull, crawler: text, deprecated: text, updatedAt: moment, quality: object({ score: { type: ["number", "null"], minimum: 0, maximum: 100 }, at: moment, broken: list(text) }), readers: { ...list(text), description: "Of a mart: the audiences that may read it." } },
  ["location", "format", "partitionColumns", "files", "bytes", "rows", "crawler", "deprecated", "updatedAt", "readers", "quality"],
);
const column = object({ name: text, type: orNull(said(text)), description: orNull(said(text)), tags: list(said(text)), personal: orNull(said(personalClaim)) });
const entryHead = { kind, name: text, form: { type: "string", enum: ["topic", "lake", "model", "external", "mart", "declared"] } };
const entry = object({ ...entryHead, description: orNull(said(text)), owner: orNull(said(text)), tags: list(said(text)), columns: list(column), facts });
const summary = object({
  ...entryHead,
  description: { ...textOrNull, description: "Its first 300 characters; the entry has all of it." },
  owner: textOrNull,
  tags: list(text),
  columns: count,
  personal: list(text),
  facts,
  found: { ...list(text), description: "Where the words that were searched for stand." },
  corrected: { type: "object", additionalProperties: text, description: "What a word was taken for that nothing has." },
}, ["found", "corrected"]);
const version = object({ version: text, at: moment, by: voice, changes: list(text), crawl: text }, ["crawl"]);

const crawlFiles = object({ seen: count, bytes: amount, read: { ...count, description: "Looked into by this crawl; the others were as known." }, readBytes: amount, unreadable: count, leftOut: count });
const crawlHead = { crawl: text, crawler: text, location: text, into: text, startedAt: moment, endedAt: moment, dryRun: flag, files: crawlFiles };
const crawlSummary = object({ ...crawlHead, tables: { type: "object", additionalProperties: count, description: "How many tables each action was taken for." }, conflicts: count });
const tableReport = object({
  ...{ name: text, place: text, action: { type: "string", enum: ["new", "changed", "updated", "unchanged", "deprecated", "removed", "kept"] }, why: list(text), format: text, files: count, bytes: amount, rows: countOrNull, columns: count, partitionColumns: list(text), changes: list(text) },
  ...{ filesAdded: count, filesChanged: count, filesGone: count, warnings: list(text) },
  conflicts: list(object({ column: text, taken: text, found: list(object({ type: text, files: count, example: text })) })),
  personal: list(object({ column: text, kind: text, confidence: amount })),
});
const crawlReport = object({ ...crawlHead, tables: list(tableReport), unreadable: list(object({ path: text, error: errorObject })), leftOut: list(object({ path: text, why: text })) });
const crawler = object({ name: text, at: text, into: text, policy: anyObject, tableLevel: count, combine: flag, classifiers: list(anyObject), exclude: list(text), documents: text, tables: count, last: orNull(crawlSummary) }, ["tableLevel"]);

const words = { type: ["string", "null"], minLength: 1, maxLength: 10_000 };
const tags = { type: ["array", "null"], items: { type: "string", minLength: 1, maxLength: 128 }, maxItems: 1_000 };
const columnNote = object({ description: words, tags, personal: { type: ["string", "null"], minLength: 1, maxLength: 64, description: "A kind of personal data; none: it is no such data, whatever a crawler says." } }, ["description", "tags", "personal"]);
const noteBody = object({ description: words, owner: words, tags, columns: { type: "object", additionalProperties: columnNote, maxProperties: 20_000 }, by: { type: "string", minLength: 1, maxLength: 128, description: "Who says it." } }, ["description", "owner", "tags", "columns", "by"]);

type NoteBody = NoteChange & { by?: string };
type EntryParams = { kind: string; entry: string };

/** Its files may have to be looked through before their columns are known. */
const mappingTimeoutMs = 60_000;

function nameInSql(kind: CatalogEntry["kind"], name: string): string {
  const quoted = (part: string): string => `"${part.replaceAll('"', '""')}"`;
  if (kind === "topic") return `topics.${quoted(name)}`;
  if (kind === "table") return name.split(/\.(.*)/s, 2).map(quoted).join(".");
  throw new MillraceError("MR-HTTP-006", { what: "a database has no columns", where: "the address", mend: "name a table or a topic" });
}

/** Of a description, in a list: a page of long ones would have hundreds of megabytes. */
const descriptionMax = 300;

/** Cut between characters. */
function beginning(text: string | null): string | null {
  if (text === null || text.length <= descriptionMax) return text;
  const isPairCut = /[\uD800-\uDBFF]/.test(text[descriptionMax - 2]);
  return `${text.slice(0, descriptionMax - (isPairCut ? 2 : 1))}…`;
}

function summaryOf({ kind, name, form, description, owner, tags, columns, facts }: CatalogEntry): object {
  const personal = [...new Set(columns.flatMap((column) => column.personal?.value.kind ?? []))].sort();
  return { kind, name, form, description: beginning(description?.value ?? null), owner: owner?.value ?? null, tags: tags.map(({ value }) => value), columns: columns.length, personal, facts };
}

export const catalogRoutes: Route[] = [
  route<{ Querystring: PageRequest & { q?: string; kind?: string; database?: string } }>({
    method: "GET",
    path: "/api/v1/catalog",
    id: "listCatalog",
    summary: "Databases, tables and topics, by kind and name; or those that have some words, the best first.",
    permission: "read",
    readers: true,
    query: { ...paging, q: { type: "string", maxLength: 1_000, description: "Words that each entry must have: in its name, columns, tags, owner or descriptions." }, kind, database: { ...text, maxLength: 256, description: "The tables of this database alone." } },
    responses: { 200: { description: "A page of entries; with `q` the first of them alone.", schema: object({ entries: list(summary), next: textOrNull }) } },
    handler: async ({ control }, { query: { q, kind, database, ...page }, reader }) => {
      const catalog = entriesOf(control, reader);
      const chosen = (each: { kind: string; name: string }): boolean => (kind === undefined || each.kind === kind) && (database === undefined || (each.kind === "table" && each.name.startsWith(`${database}.`)));
      if (q !== undefined) {
        const hits = (await catalog.search(q)).filter(({ entry }) => chosen(entry)).slice(0, page.limit ?? 100);
        return { entries: hits.map(({ entry, found, corrected }) => ({ ...summaryOf(entry), found, ...(corrected && { corrected }) })), next: null };
      }
      const keyed = (await catalog.entries()).filter(chosen).map((entry) => ({ name: `${entry.kind}:${entry.name}`, entry }));
      const { items, next } = pageByName(keyed, page);
      return { entries: items.map(({ entry }) => summaryOf(entry)), next };
    },
  }),
  route<{ Params: EntryParams }>({
    method: "GET",
    path: "/api/v1/catalog/:kind/:entry",
    id: "getCatalogEntry",
    summary: "One entry: what is said of it and its columns, by whom, and who wins.",
    permission: "read",
    readers: true,
    responses: { 200: { description: "The entry.", schema: entry } },
    handler: ({ control }, { params, reader }) => entriesOf(control, reader).entry(params.kind, params.entry),
  }),
  route<{ Params: EntryParams }>({
    method: "GET",
    path: "/api/v1/catalog/:kind/:entry/mapping",
    id: "generateMapping",
    summary: "A mapping of a table or topic to be edited: each field, however deep, as a column of its own.",
    permission: "query",
    responses: { 200: { description: "The mapping, and how a statement names what it reads.", schema: object({ from: text, mapping: list(object({ from: text, fromType: text, to: text, type: text })) }) } },
    handler: async ({ control }, { params }, reply) => {
      const { kind, name } = await control.catalog.entry(params.kind, params.entry);
      const from = nameInSql(kind, name);
      const { columns } = await control.sql({ sql: `select * from ${from} limit 0`, limit: 1, timeoutMs: mappingTimeoutMs, by: "catalog mapping" }, goneSignal(reply));
      return { from, mapping: generateMapping(nestedFields(columns)) };
    },
  }),
  route<{ Params: EntryParams; Body: NoteBody }>({
    method: "PUT",
    path: "/api/v1/catalog/:kind/:entry/notes",
    id: "noteCatalogEntry",
    summary: "Changes what people say of an entry. What is absent stays; null takes it back.",
    permission: "write",
    body: { schema: noteBody, bytesMax: 4 * 1024 * 1024 },
    responses: { 200: { description: "The entry as it is now.", schema: entry } },
    handler: ({ control }, { params, body: { by, ...change } }) => control.catalog.note(params.kind, params.entry, change, by),
  }),
  route<{ Params: EntryParams }>({
    method: "GET",
    path: "/api/v1/catalog/:kind/:entry/versions",
    id: "listCatalogVersions",
    summary: "What an entry's versions changed, when, and who; the newest first.",
    permission: "read",
    responses: { 200: { description: "Those that are kept.", schema: object({ versions: list(version) }) } },
    handler: async ({ control }, { params }) => ({ versions: await control.catalog.versions(params.kind, params.entry) }),
  }),
  route({
    method: "GET",
    path: "/api/v1/crawlers",
    id: "listCrawlers",
    summary: "Crawlers of the project, with how each went last.",
    permission: "read",
    responses: { 200: { description: "All of them.", schema: object({ crawlers: list(crawler) }) } },
    handler: async ({ control }) => ({ crawlers: await control.catalog.crawlers() }),
  }),
  route<{ Querystring: { crawler?: string } }>({
    method: "GET",
    path: "/api/v1/crawls",
    id: "listCrawls",
    summary: "Crawls whose reports are kept, the newest first.",
    permission: "read",
    query: { crawler: { type: "string", maxLength: 4_096 } },
    responses: { 200: { description: "The last fifty of each crawler.", schema: object({ crawls: list(crawlSummary) }) } },
    handler: async ({ control }, { query }) => ({ crawls: await control.catalog.crawls(query.crawler) }),
  }),
  route<{ Body: CrawlCommand }>({
    method: "POST",
    path: "/api/v1/crawls",
    id: "crawl",
    summary: "Crawls a folder, by a crawler of the project or without one.",
    permission: "operate",
    body: {
      schema: object({
        target: { type: "string", minLength: 1, maxLength: 4_096, description: "A crawler's name, or a folder: relative to the project's, or absolute." },
        into: { type: "string", pattern: "^[A-Za-z0-9_][A-Za-z0-9_-]{0,63}$", description: "The database of a folder's tables. Default: the folder's name." },
        dryRun: { type: "boolean", description: "Only say what would be found and changed." },
      }, ["into", "dryRun"]),
      bytesMax: 16 * 1024,
    },
    responses: { 200: { description: "What was found and changed, and why.", schema: crawlReport } },
    handler: ({ control }, { body }, reply) => control.catalog.crawl(body, goneSignal(reply)),
  }),
  route<{ Params: { crawl: string } }>({
    method: "GET",
    path: "/api/v1/crawls/:crawl",
    id: "getCrawl",
    summary: "The report of a crawl.",
    permission: "read",
    responses: { 200: { description: "What was found and changed, and why.", schema: crawlReport } },
    handler: ({ control }, { params }) => control.catalog.report(params.crawl),
  }),
];
