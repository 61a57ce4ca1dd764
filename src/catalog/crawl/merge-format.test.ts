import { expect, test } from "vitest";
import type { FileFormat } from "../../formats/file-format.ts";
import { mergeFormats } from "./merge-format.ts";

const plain: FileFormat = { kind: "csv", compression: "none", encoding: "utf-8", delimiter: ",", quote: "", escape: "", comment: "", skipLines: 0, header: true, decimal: ".", shortRows: "misfit" };
const quoted: FileFormat = { ...plain, quote: '"', escape: '"', shortRows: "null" };

test("a file without quotes is read as one with them, either way round", () => {
  expect(mergeFormats(plain, quoted)).toEqual(quoted);
  expect(mergeFormats(quoted, plain)).toEqual(quoted);
  expect(mergeFormats(plain, plain)).toEqual(plain);
});

test.for([
  ["delimiter", { delimiter: ";" }], ["header", { header: false }], ["decimal", { decimal: "," }], ["encoding", { encoding: "utf-16le" }], ["quote", { quote: "'", escape: "'" }],
] as const)("another %s is another format", ([, change]) => {
  expect(mergeFormats(quoted, { ...quoted, ...change } as FileFormat)).toBeUndefined();
});

test("files that are packed in another way are one table", () => {
  expect(mergeFormats(quoted, { ...plain, compression: "gzip" })).toEqual(quoted);
  expect(mergeFormats({ ...plain, compression: "zstd" }, { ...quoted, compression: "zstd" })).toEqual({ ...quoted, compression: "zstd" });
});

test("other formats are the same or not", () => {
  const json: FileFormat = { kind: "json", layout: "lines", path: [], records: "object", encoding: "utf-8", compression: "none" };
  expect(mergeFormats(json, { ...json })).toEqual(json);
  expect(mergeFormats(json, { ...json, layout: "array" })).toBeUndefined();
  expect(mergeFormats(json, plain)).toBeUndefined();
});
