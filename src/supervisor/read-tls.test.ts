import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { selfSigned } from "../../scripts/engines/self-signed.ts";
import { readTls } from "./read-tls.ts";

const folder = mkdtempSync(join(tmpdir(), "mr-tls-"));
afterAll(() => rmSync(folder, { recursive: true }));

test("a certificate says by which names the service is known; one that cannot be used is told before anything listens", () => {
  const one = selfSigned(join(folder, "one"));
  const other = selfSigned(join(folder, "other"));
  expect(readTls(one).names).toEqual(["127.0.0.1", "localhost"]);
  const text = join(folder, "text");
  writeFileSync(text, "no PEM");
  for (const files of [{ cert: one.cert, key: other.key }, { cert: text, key: one.key }, { cert: one.cert, key: text }, { cert: one.cert, key: join(folder, "none") }]) expect(() => readTls(files)).toThrow("MR-HTTP-011");
});
