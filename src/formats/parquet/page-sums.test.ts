import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { expect, onTestFinished, test } from "vitest";
import { withFile } from "../file-source.ts";
import { checkPageSums } from "./page-sums.ts";

/** What the tests write: numbers, structs by their fields' ids, lists of structs. */
type Value = number | { [id: number]: Value } | Value[];

/** In Thrift's compact protocol. */
function thrift(struct: { [id: number]: Value }): Buffer {
  const parts: Buffer[] = [];
  let last = 0;
  for (const [id, value] of Object.entries(struct)) {
    const type = typeof value === "number" ? 6 : Array.isArray(value) ? 9 : 12;
    parts.push(Buffer.from([((Number(id) - last) << 4) | type]), typeof value === "number" ? varint(value) : Array.isArray(value) ? Buffer.concat([Buffer.from([(value.length << 4) | 12]), ...value.map((each) => thrift(each as { [id: number]: Value }))]) : thrift(value));
    last = Number(id);
  }
  return Buffer.concat([...parts, Buffer.from([0])]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (let rest = (BigInt(value) << 1n) ^ (BigInt(value) >> 63n); ; rest >>= 7n) {
    if (rest < 0x80n) return Buffer.from([...bytes, Number(rest)]);
    bytes.push(Number(rest & 0x7fn) | 0x80);
  }
}

const page = (bytes: Buffer): Buffer => Buffer.concat([thrift({ 1: 0, 2: bytes.length, 3: bytes.length, 4: crc32(bytes) | 0 }), bytes]);

/** A file of one column with these pages: as much of the format as the check looks at. */
function file(pages: Buffer[], more = 0): Buffer {
  const data = Buffer.concat(pages);
  const footer = thrift({ 1: 2, 4: [{ 1: [{ 2: 4, 3: { 7: data.length + more, 9: 4 } }] }] });
  const length = Buffer.alloc(4);
  length.writeUInt32LE(footer.length);
  return Buffer.concat([Buffer.from("PAR1"), data, footer, length, Buffer.from("PAR1")]);
}

function check(bytes: Buffer): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), "millrace-pages-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, "a.parquet");
  writeFileSync(path, bytes);
  return withFile(path, checkPageSums);
}

const pages = [page(Buffer.from("one page of values")), page(Buffer.alloc(3 << 20, "x")), page(Buffer.alloc(0))];

test("pages are held against their checksums, whatever their length", async () => {
  expect(await check(file(pages))).toBe(3);
});

test("a bit that is flipped in any page is found, with the place of the page", async () => {
  const [first, second] = [4, 4 + pages[0].length];
  for (const [at, of] of [[second - 1, first], [second + 100, second], [second + pages[1].length - 1, second]]) {
    const bytes = file(pages);
    bytes[at] ^= 16;
    await expect(check(bytes)).rejects.toMatchObject({ code: "MR-FORMAT-006", parts: { where: expect.stringContaining(`the page at byte ${of}`) } });
  }
});

test("a file whose writer makes no checksums is left to the engine", async () => {
  const plain = Buffer.concat([thrift({ 1: 0, 2: 3, 3: 3 }), Buffer.from("abc")]);
  expect(await check(file([plain, plain]))).toBe(0);
});

test.each([
  ["a page that is longer than its column", file([page(Buffer.from("abc")).subarray(0, -1)])],
  ["a header that is none", file([Buffer.alloc(40, 0xff)])],
  ["a column that goes past the file", file([page(Buffer.from("abc"))], 1_000)],
])("%s is damage, and no crash", async (_title, bytes) => {
  await expect(check(bytes)).rejects.toMatchObject({ code: "MR-FORMAT-006" });
});
