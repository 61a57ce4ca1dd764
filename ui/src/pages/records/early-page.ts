import type { ReadPage, RecordPage } from "./record-pages.ts";

/** First pages of records that were asked for before the page was there that shows them: each good for one reader, and soon for none. */
const early = new Map<string, Promise<RecordPage>>();
const keptMs = 5_000;

/** Reads already now what a reader by the same name will ask for first. */
export function readEarly(name: string, read: ReadPage, query: Parameters<ReadPage>[0]): void {
  const key = keyOf(name, query);
  const page = read(query, new AbortController().signal);
  // Who takes it is told of the error.
  page.catch(() => undefined);
  early.set(key, page);
  setTimeout(() => early.get(key) === page && early.delete(key), keptMs);
}

/** A reader that takes first what was read early for it. */
export const takingEarly = (name: string, read: ReadPage): ReadPage => (query, signal) => {
  const key = keyOf(name, query);
  const page = early.get(key);
  early.delete(key);
  return page ?? read(query, signal);
};

const keyOf = (name: string, query: object): string => JSON.stringify([name, Object.entries(query).filter(([, value]) => value !== undefined).sort(([a], [b]) => (a < b ? -1 : 1))]);
