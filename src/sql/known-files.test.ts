import { expect, test } from "vitest";
import { KnownFiles } from "./known-files.ts";
import type { FilesSource } from "./query-request.ts";

const source = (...paths: string[]): FilesSource => ({ kind: "files", partitionColumns: [], files: paths.map((path) => ({ path })) });
const file = (path: string, version = "1") => ({ path, version, compression: "none" as const });

test("what a process says of files is kept of those alone that it was given", () => {
  const { files } = new KnownFiles();
  files.learn(source("/a", "/b"), { reading: "r", files: [file("/a"), file("/etc/other")] });
  expect(files.of(source("/a", "/b", "/etc/other"))).toEqual({ reading: "r", files: [file("/a")] });
  expect(files.of(source("/b"))).toBeUndefined();
});

test("the last finding of a file counts, and only those of one way of reading go together", () => {
  const { files } = new KnownFiles();
  files.learn(source("/a", "/b"), { reading: "r", files: [file("/a"), file("/b")] });
  files.learn(source("/b"), { reading: "s", files: [file("/b", "2")] });
  expect(files.of(source("/a", "/b"))).toEqual({ reading: "r", files: [file("/a")] });
  expect(files.of(source("/b", "/a"))).toEqual({ reading: "s", files: [file("/b", "2")] });
});
