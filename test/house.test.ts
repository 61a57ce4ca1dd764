import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { allowedFunctions, allowedTableFunctions } from "../src/sql/allowed-functions.ts";
import { readPage, root } from "./markdown-blocks.ts";

const run = promisify(execFile);

test("imports go down, drivers are not reached around, nothing is cyclic, every error code is explained", async () => {
  const { stderr } = await run(process.execPath, ["--disable-warning=ExperimentalWarning", join(root, "scripts/check-house.ts")]).catch((error) => error as { stderr: string });
  expect(stderr).toBe("");
});

/** What only one machine knows. Written so that this file does not hold it itself. */
const foreign = [
  ["a path of one machine", /\/(?:work|home\/\w+|Users\/\w+|tmp\/wt)\//],
  ["a registry's host", /registry\.npm[j]s\.org|npm[m]irror|artifac[t]ory|verdac[c]io/i],
  ["a tool that helped to write it", /clau[d]e|anthro[p]ic|sub-?[a]gent|(?:coding|helper) [s]ession/i],
] as const;

test.skipIf(!existsSync(join(root, ".git")))("no file names a machine's path, a registry's host, or a tool that helped to write it", async () => {
  const { stdout } = await run("git", ["ls-files", "-z"], { cwd: root, maxBuffer: 16 * 1024 * 1024 });
  const found = stdout.split("\0").filter((file) => file !== "" && existsSync(join(root, file))).flatMap((file) => {
    const text = readFileSync(join(root, file), "utf8");
    // Packed data is no text.
    if (text.includes("\0")) return [];
    return foreign.flatMap(([what, pattern]) => {
      const match = pattern.exec(text);
      return match ? [`${file} names ${what}: ${match[0]}`] : [];
    });
  });
  expect(found).toEqual([]);
});

test("the page on SQL names every function that a statement may call, and no other", () => {
  const listed = [...readPage("docs/sql.md").matchAll(/^```text functions\n([\s\S]*?)^```$/gm)].flatMap(([, text]) => text.trim().split(/\s+/));
  const named = [...allowedFunctions, ...allowedTableFunctions].filter((name) => /^[a-z]/.test(name));
  expect(listed.toSorted()).toEqual([...new Set(named)].sort());
});
