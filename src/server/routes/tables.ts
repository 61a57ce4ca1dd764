import type { PartitionsRequest, TagRequest } from "../control-plane.ts";
import { type PageRequest, pageByName } from "../page.ts";
import { type Route, route } from "../route.ts";
import { anyObject, amount, count, flag, list, moment, momentOrNull, object, paging, text, textOrNull } from "../schemas.ts";

const statusProperties = { name: text, rows: count, snapshot: textOrNull, files: count, newestAt: { ...momentOrNull, description: "When the current snapshot was committed." } };

export const tableStatus = object(statusProperties);

const column = object({ name: text, type: text, nullable: flag, optional: flag }, ["optional"]);
const partitionField = object({ column: text, transform: text, parameter: count }, ["parameter"]);
const snapshot = object({ id: text, at: moment, operation: text, rows: count, files: count, summary: anyObject });

const ref = object({ name: text, kind: { type: "string", enum: ["tag", "branch"] }, snapshot: text });
const tagName = { type: "string", minLength: 1, maxLength: 256 };
const bytesMax = 16 * 1024;

const tableInfo = object({ ...statusProperties, columns: list(column), partitionBy: list(partitionField), bytes: amount, snapshots: list(snapshot), refs: list(ref) });

const partition = object({ spec: { ...count, description: "Id of the partition spec that it was written by." }, values: { type: "object", additionalProperties: textOrNull, description: "By name of the partition field; of one whose transform is not known, as it is kept." }, rows: { ...count, description: "In its files, those among them that were deleted since and not yet taken out." }, files: count, bytes: amount });
const tablePartitions = object({ by: list(object({ name: text, column: text, transform: text })), deletedRows: { ...count, description: "Of all partitions together: rows that were deleted and stand in the files until they are compacted." }, count, partitions: list(partition), next: { ...textOrNull, description: "`after` of the next page, which is of the same version; null on the last." } });

export const tableRoutes: Route[] = [
  route<{ Querystring: PageRequest }>({
    method: "GET",
    path: "/api/v1/tables",
    id: "listTables",
    summary: "All tables, by name.",
    permission: "read",
    query: paging,
    responses: { 200: { description: "A page of tables.", schema: object({ tables: list(tableStatus), next: textOrNull }) } },
    handler: async ({ control }, { query }) => {
      const { items, next } = pageByName(await control.tables(), query);
      return { tables: items, next };
    },
  }),
  route<{ Params: { table: string } }>({
    method: "GET",
    path: "/api/v1/tables/:table",
    id: "getTable",
    summary: "One table: columns, partitions, snapshots, tags and branches.",
    permission: "read",
    responses: { 200: { description: "The table.", schema: tableInfo } },
    handler: ({ control }, { params }) => control.table(params.table),
  }),
  route<{ Params: { table: string }; Querystring: PartitionsRequest }>({
    method: "GET",
    path: "/api/v1/tables/:table/partitions",
    id: "listPartitions",
    summary: "What lies in each partition of a table, the greatest values first.",
    permission: "read",
    query: { ...paging, version: { ...tagName, description: "Id of a snapshot, a tag or a branch. Default: the table as it is." } },
    responses: { 200: { description: "A page of partitions, and how many there are.", schema: tablePartitions } },
    handler: ({ control }, { params, query }) => control.partitions(params.table, query),
  }),
  route<{ Params: { table: string }; Body: TagRequest }>({
    method: "POST",
    path: "/api/v1/tables/:table/tag",
    id: "tagTable",
    summary: "Gives a version of a table a name: it stays for as long as it has it.",
    permission: "operate",
    body: { schema: object({ tag: tagName, version: { ...tagName, description: "Id of a snapshot, a tag or a branch. Default: the table as it is." }, keepFor: { ...text, maxLength: 32, description: "A duration, counted from the version's own time. Default: for ever." } }, ["version", "keepFor"]), bytesMax },
    responses: { 200: { description: "The table after the change.", schema: tableInfo } },
    handler: ({ control }, { params, body }) => control.tag(params.table, body),
  }),
  route<{ Params: { table: string }; Body: { tag: string } }>({
    method: "POST",
    path: "/api/v1/tables/:table/untag",
    id: "untagTable",
    summary: "Takes the name of a version back; the version stays until it is old.",
    permission: "operate",
    body: { schema: object({ tag: tagName }), bytesMax },
    responses: { 200: { description: "The table after the change.", schema: tableInfo } },
    handler: ({ control }, { params, body }) => control.untag(params.table, body.tag),
  }),
];
