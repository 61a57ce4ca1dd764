import { goneSignal } from "../gone-signal.ts";
import type { CompareRequest, DataRequest, ProfileRequest } from "../profile-control.ts";
import { type Route, route } from "../route.ts";
import { amount, anything, count, flag, list, moment, object, orNull, text, textOrNull } from "../schemas.ts";

/** Data from outside that one request may bring, in bytes as they come. */
const dataBytesMax = 16 * 1024 * 1024;

const dataset = { type: "string", minLength: 1, maxLength: 512, description: 'As SQL names it: `sales.daily`, `topics.orders`.' };
const version = { type: "string", minLength: 1, maxLength: 256, description: "Of a table of the lake: the id of a snapshot, a tag or a branch. Default: the current one." };

const number = { type: "number" };
const share = { type: "number", minimum: 0, maximum: 1 };
const figure = object({ value: amount, exact: flag, method: text }, ["method"]);
const quantiles = object({ values: list(number), exact: flag, method: text }, ["method"]);
const numbers = object({ count: amount, mean: number, deviation: orNull(number), skewness: orNull(number), kurtosis: orNull(number), quantiles, histogram: list(object({ from: number, to: number, count })) });
const frequent = object({ values: list(object({ value: text, count })), complete: flag, missingMax: count });
const shapes = object({ values: list(object({ shape: text, share })), of: { enum: ["rows", "sampled texts"] } });

const column = object({
  name: text,
  path: list(text),
  type: text,
  kind: text,
  rows: count,
  nulls: count,
  notNumbers: count,
  infinities: count,
  empty: count,
  distinct: figure,
  min: textOrNull,
  max: textOrNull,
  numbers: orNull(numbers),
  lengths: orNull(object({ min: count, max: count, mean: amount })),
  frequent: orNull(frequent),
  shapes: orNull(shapes),
  meaning: orNull(object({ kind: text, share })),
  nature: textOrNull,
  personal: textOrNull,
});

const finding = object({ kind: text, column: text, text, rows: figure, values: list(text) }, ["rows"]);
const correlation = object({ a: text, b: text, pearson: orNull(number), spearman: orNull(number) });
const relations = object({ keys: list(list(text)), dependencies: list(object({ from: text, to: text })), references: list(object({ from: text, table: text, to: text, values: count })), correlations: list(correlation), sampledRows: count, notes: list(text) }, ["references"]);

const profile = object(
  { dataset: text, snapshot: textOrNull, partitions: list(text), at: moment, rows: count, files: object({ all: count, read: count }), notes: list(text), columns: list(column), columnsLeftOut: count, findings: list(finding), relations },
  ["partitions", "notes", "relations"],
);

const side = object({ snapshot: textOrNull, at: moment, rows: count });
const columnComparison = object({ name: text, changes: list(object({ figure: text, before: anything, after: anything })), newValues: list(text), goneValues: list(text), drift: object({ measure: text, value: amount, says: text }) }, ["drift"]);
const comparison = object({ dataset: text, before: side, after: side, added: list(text), removed: list(text), columns: list(columnComparison) });

export const profileRoutes: Route[] = [
  route<{ Body: ProfileRequest }>({
    method: "POST",
    path: "/api/v1/profiles",
    id: "profileDataset",
    summary: "What the values of a dataset are like: of a table of the lake by its files, of which only those are read that were not before.",
    permission: "operate",
    body: {
      schema: object(
        {
          dataset,
          version,
          partitions: { type: "array", items: { type: "string", minLength: 1, maxLength: 512 }, minItems: 1, maxItems: 1_000, description: "Of a table of the lake: `field=value` each; rows in any of them. Default: all." },
          exact: { type: "boolean", description: "Count different values where they were estimated: all rows are read for it. Not with `partitions`." },
          relations: { type: "boolean", description: "Also look for keys, dependencies and correlations. Not with `partitions`." },
        },
        ["version", "partitions", "exact", "relations"],
      ),
      bytesMax: 256 * 1024,
    },
    responses: { 200: { description: "The profile.", schema: profile } },
    handler: ({ control }, { body }, reply) => control.profiles.profile(body, goneSignal(reply)),
  }),
  route<{ Body: CompareRequest }>({
    method: "POST",
    path: "/api/v1/profiles/compare",
    id: "compareProfiles",
    summary: "How the values of two versions of a table differ.",
    permission: "operate",
    body: { schema: object({ dataset, version, against: { ...version, description: "The version that is held against: as `version`." } }, ["version"]), bytesMax: 16 * 1024 },
    responses: { 200: { description: "The columns that differ, and in what.", schema: comparison } },
    handler: ({ control }, { body }, reply) => control.profiles.compare(body, goneSignal(reply)),
  }),
  route<{ Body: DataRequest }>({
    method: "POST",
    path: "/api/v1/profiles/data",
    id: "profileData",
    summary: "A profile of data that the request brings; nothing of them is kept.",
    permission: "operate",
    body: {
      schema: object({ content: { type: "string", minLength: 1, description: "The data: CSV, JSON, Parquet and others, by their content." }, encoding: { enum: ["text", "base64"], description: "Of `content`. Default: text." } }, ["encoding"]),
      bytesMax: dataBytesMax,
    },
    responses: { 200: { description: "The profile.", schema: profile } },
    handler: ({ control }, { body }, reply) => control.profiles.profileData(body, goneSignal(reply)),
  }),
];
