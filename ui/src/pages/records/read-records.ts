import { client } from "../../api/client.ts";
import type { ReadPage, RecordPage, RecordView } from "./record-pages.ts";

/** As long as a text is in a list; the dialog shows more. */
const listTextMax = 300;
const dialogTextMax = 20_000;

export type ReadOne = (place: { partition: number; offset: number; whole: boolean }, signal: AbortSignal) => Promise<RecordView | null>;

/** The records of a topic, as lists and dialogs read them. */
export const topicReader = (topic: string): ReadPage => async (query, signal) => (await client.GET("/api/v1/topics/{topic}/records", { params: { path: { topic }, query: { ...query, textMax: listTextMax } }, signal })).data as RecordPage;

/** The dead letters of a stage. */
export const deadLetterReader = (stage: string): ReadPage => async (query, signal) => (await client.GET("/api/v1/dlq/{stage}/records", { params: { path: { stage }, query: { ...query, textMax: listTextMax } }, signal })).data as RecordPage;

/** One record, by its place. */
export const oneOf = (topic: string): ReadOne => async ({ partition, offset, whole }, signal) => {
  const { data } = await client.GET("/api/v1/topics/{topic}/records", { params: { path: { topic }, query: { partition, offset, limit: 1, ...(!whole && { textMax: dialogTextMax }) } }, signal });
  const [record] = data?.records ?? [];
  return record?.offset === offset ? record : null;
};
