import { expect, test } from "vitest";
import { type PageQuery, RecordPages, type RecordPage, type RecordView } from "./record-pages.ts";

/** A topic of one partition whose records are their offsets; a filter finds each `nth`. */
function topic(count: number, { nth = 1, scan = 1_000 } = {}) {
  const asked: PageQuery[] = [];
  const read = async (query: PageQuery & { limit: number }): Promise<RecordPage> => {
    asked.push(query);
    const { cursor, before, from, limit } = query as { cursor?: string; before?: string; from?: string; limit: number };
    const back = before !== undefined || from === "end";
    const at = Number(cursor ?? before ?? (from === "end" ? count : 0));
    const reach = back ? Array.from({ length: Math.min(scan, at) }, (_, i) => at - 1 - i) : Array.from({ length: Math.min(scan, count - at) }, (_, i) => at + i);
    const found = reach.filter((offset) => offset % nth === 0).slice(0, limit);
    const last = found.length === limit ? found[found.length - 1] : reach[reach.length - 1];
    const records = (back ? found.toReversed() : found).map((offset) => ({ partition: 0, offset }) as RecordView);
    const edge = last === undefined ? at : back ? last : last + 1;
    return { topic: "t", records, next: String(back ? at : edge), previous: String(back ? edge : at), atStart: back ? edge === 0 : at === 0, atEnd: back ? at === count : edge === count, scanned: Math.abs(edge - at) };
  };
  return { asked, read };
}

const offsets = (pages: RecordPages): number[] => pages.state().records.map(({ offset }) => offset);

test("from the newest back, to the first, each once", async () => {
  const pages = new RecordPages(topic(250).read, {});
  await pages.more();
  expect([pages.goesBack, offsets(pages).length, offsets(pages)[0], pages.state().phase]).toEqual([true, 100, 249, "resting"]);
  for (let i = 0; i < 5; i++) await pages.more();
  expect(offsets(pages)).toEqual(Array.from({ length: 250 }, (_, i) => 249 - i));
  expect(pages.state().phase).toBe("done");
});

test("onwards from an offset, and no more than is kept; the cursor goes on from there", async () => {
  const pages = new RecordPages(topic(100_000).read, { partition: 0, offset: 0 }, 300);
  for (let i = 0; i < 5; i++) await pages.more();
  expect([offsets(pages).length, offsets(pages).at(-1), pages.state().phase, pages.state().cursor]).toEqual([300, 299, "full", "300"]);
});

test("a filter is looked for over many pages until enough were found", async () => {
  const { asked, read } = topic(1_000_000, { nth: 500, scan: 1_000 });
  const pages = new RecordPages(read, { filter: "rare", from: "start" });
  await pages.more();
  expect([offsets(pages).length, offsets(pages)[1], pages.state().phase]).toEqual([100, 500, "resting"]);
  expect(asked.length).toBe(50);
  expect(asked[1]).toMatchObject({ cursor: "1000", filter: "rare" });
});

test("it stops when it is told to and goes on later; a failure is told, and tried again", async () => {
  const { read } = topic(1_000_000, { nth: 999_999 });
  let calls = 0;
  let fails = false;
  const pages: RecordPages = new RecordPages(async (query) => {
    if (fails) throw new Error("away");
    if (++calls === 3) pages.stop();
    return read(query);
  }, { filter: "rare" });
  await pages.more();
  expect([pages.state().phase, calls]).toEqual(["resting", 3]);
  const { scanned } = pages.state();
  fails = true;
  await pages.more();
  expect(pages.state()).toMatchObject({ phase: "failed", error: new Error("away"), scanned });
  fails = false;
  await pages.more();
  expect([pages.state().phase, offsets(pages)]).toEqual(["done", [999_999, 0]]);
});

test("read anew, what was there stays until the first page is, and what was under way before counts no more", async () => {
  let { read } = topic(250);
  const waits: (() => void)[] = [];
  const pages = new RecordPages(async (query) => {
    const page = await read(query);
    await new Promise<void>((resolve) => waits.push(resolve));
    return page;
  }, {});
  const first = pages.more();
  await expect.poll(() => waits.length).toBe(1);
  waits[0]();
  await first;
  const late = pages.more();
  await expect.poll(() => waits.length).toBe(2);
  ({ read } = topic(260));
  const anew = pages.anew();
  await expect.poll(() => waits.length).toBe(3);
  waits[1]();
  await late;
  expect([offsets(pages).length, offsets(pages)[0], pages.state().phase]).toEqual([100, 249, "reading"]);
  waits[2]();
  await anew;
  expect([offsets(pages).length, offsets(pages)[0], pages.state().scanned, pages.state().phase]).toEqual([100, 259, 100, "resting"]);
  const more = pages.more();
  await expect.poll(() => waits.length).toBe(4);
  waits[3]();
  await more;
  expect(offsets(pages)).toEqual(Array.from({ length: 200 }, (_, i) => 259 - i));
});

test("news that comes faster than pages cuts none of them off: the page on its way comes, and one more", async () => {
  let { read } = topic(250);
  const waits: (() => void)[] = [];
  const cutOff: boolean[] = [];
  const pages = new RecordPages(async (query, signal) => {
    const page = await read(query);
    const at = waits.length;
    cutOff.push(false);
    const cut = (): boolean => (cutOff[at] = true);
    signal.addEventListener("abort", cut);
    await new Promise<void>((resolve) => waits.push(resolve));
    signal.removeEventListener("abort", cut);
    return page;
  }, {});
  const first = pages.more();
  await expect.poll(() => waits.length).toBe(1);
  waits[0]();
  await first;
  const anew = pages.anew();
  await expect.poll(() => waits.length).toBe(2);
  ({ read } = topic(270));
  for (let i = 0; i < 5; i++) void pages.anew();
  waits[1]();
  await expect.poll(() => waits.length).toBe(3);
  expect(offsets(pages)[0]).toBe(249);
  waits[2]();
  await anew;
  expect([offsets(pages)[0], offsets(pages).length, pages.state().phase, waits.length, cutOff]).toEqual([269, 100, "resting", 3, [false, false, false]]);
});

test("behind the end it goes on when more has come, and only then", async () => {
  let { read } = topic(3);
  const pages = new RecordPages((query) => read(query), { from: "start" });
  await pages.more();
  expect([offsets(pages), pages.state().phase]).toEqual([[0, 1, 2], "done"]);
  await pages.more();
  expect(offsets(pages)).toEqual([0, 1, 2]);
  ({ read } = topic(5));
  await pages.lookOn();
  expect([offsets(pages), pages.state().phase]).toEqual([[0, 1, 2, 3, 4], "done"]);
});
