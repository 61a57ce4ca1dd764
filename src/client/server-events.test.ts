import { expect, test } from "vitest";
import { type ServerEvent, serverEvents } from "./server-events.ts";

async function* parts(...texts: string[]): AsyncGenerator<string> {
  yield* texts;
}

async function all(...texts: string[]): Promise<ServerEvent[]> {
  const events: ServerEvent[] = [];
  for await (const event of serverEvents(parts(...texts))) events.push(event);
  return events;
}

test("events however the stream is cut", async () => {
  const text = ": open\n\nevent: record\nid: 0:1,1:4\ndata: {\"a\":1}\n\ndata: two\r\ndata:  lines\r\n\r\nevent: open";
  const wanted = [{ event: "record", id: "0:1,1:4", data: '{"a":1}' }, { event: "message", data: "two\n lines" }];
  expect(await all(text)).toEqual(wanted);
  expect(await all(...text)).toEqual(wanted);
});

test("what is not finished is left out", async () => {
  expect(await all("data: half")).toEqual([]);
  expect(await all("data: whole\n")).toEqual([]);
  expect(await all()).toEqual([]);
});
