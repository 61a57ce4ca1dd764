import type { DetectRequest } from "../detect-control.ts";
import { goneSignal } from "../gone-signal.ts";
import { type Route, route } from "../route.ts";
import { anything, count, flag, list, object, text, textOrNull } from "../schemas.ts";

/** Data from outside that one request may bring, in bytes as they come. */
const dataBytesMax = 16 * 1024 * 1024;

const name = { type: "string", minLength: 1, maxLength: 512 };
const names = (description: string) => ({ type: "array", items: name, maxItems: 200, description });
const texts = { type: "object", additionalProperties: textOrNull };
const number = { type: "number" };
const parameter = { anyOf: [number, { type: "string", maxLength: 64 }, { type: "boolean" }] };
const score = { anyOf: [number, { enum: ["Infinity", "-Infinity"] }] };

const found = object({ row: count, score, values: { type: "object", additionalProperties: anything }, label: texts, judgedBy: { type: "object", additionalProperties: anything }, neighbours: list(texts) }, ["neighbours"]);
const detection = object({ group: texts, column: text, rows: count, judged: count, outliers: count, threshold: anything, side: { enum: ["both", "above"] }, exact: flag, by: { type: "object", additionalProperties: anything }, found: list(found) }, ["column"]);
const notJudged = object({ group: texts, column: text, rows: count, why: anything }, ["column"]);
const detected = object({ method: text, rows: count, outliers: count, detections: list(detection), notJudged: list(notJudged) });

const request = object(
  {
    dataset: { ...name, description: "As SQL names it: `sales.daily`, `topics.orders`. One of `dataset`, `sql` and `data`." },
    version: { ...name, description: "Of a table of the lake: the id of a snapshot, a tag or a branch. Default: the current one." },
    sql: { type: "string", minLength: 1, maxLength: 64 * 1024, description: "A SELECT whose rows are looked at." },
    data: object({ content: { type: "string", minLength: 1, description: "Data from outside: CSV, JSON, Parquet and others, by their content. Nothing of them is kept." }, encoding: { enum: ["text", "base64"], description: "Of `content`. Default: text." } }, ["encoding"]),
    method: { ...name, description: "zScore, mad, trimmed, iqr, grubbs, esd: each column by itself; rollingMad, holtWinters, stl, cusum, changePoints: each as a series; mahalanobis, mcd, iterativeRemoval, isolationForest, knn, lof: columns together." },
    options: { type: "object", additionalProperties: parameter, maxProperties: 20, description: "Of the method, as threshold." },
    columns: names("The numeric columns. Default: all that are numbers."),
    by: names("Columns whose values make a group; each is judged by itself."),
    label: names("Columns that tell which row an outlier is."),
    order: { ...name, description: "The column of the time, for series." },
  },
  ["dataset", "version", "sql", "data", "options", "columns", "by", "label", "order"],
);

export const detectionRoutes: Route[] = [
  route<{ Body: DetectRequest }>({
    method: "POST",
    path: "/api/v1/detections",
    id: "detectOutliers",
    summary: "Rows that are not like the others: of a dataset, of a statement, or of data that the request brings.",
    permission: "operate",
    body: { schema: request, bytesMax: dataBytesMax },
    responses: { 200: { description: "What was found, group by group, with what it was judged by.", schema: detected } },
    handler: ({ control }, { body }, reply) => control.detections.detect(body, goneSignal(reply)),
  }),
];
