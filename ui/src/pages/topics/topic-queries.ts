import { api } from "../../api/client.ts";
import { askEarly } from "../../api/ask-early.ts";
import { readEarly } from "../records/early-page.ts";
import { topicReader } from "../records/read-records.ts";
import { firstQuery } from "../records/record-pages.ts";
import { type RecordsSearch, startOf } from "./records-search.ts";

export const topicQuery = (topic: string) => api.queryOptions("get", "/api/v1/topics/{topic}", { params: { path: { topic } } });

/** What the page of a topic shows first. */
export function askForTopic(topic: string, search: RecordsSearch & { tab?: string }): void {
  askEarly(topicQuery(topic));
  const start = startOf(search);
  // A filter may look at very many records: that is for the page, which says how far it is.
  if ((search.tab ?? "records") === "records" && search.live !== "true" && start.filter === undefined) readEarly(topic, topicReader(topic), firstQuery(start));
}
