import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { childExecArgv } from "./model/child-process.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

/** Every module that a fresh process loads for `code`, by URL. */
function modulesLoaded(code: string): string[] {
  const program = `
    import { registerHooks } from "node:module";
    const loaded = [];
    registerHooks({ load: (url, context, next) => { loaded.push(url); return next(url, context); } });
    ${code}
    console.log(JSON.stringify(loaded));`;
  const { stdout, stderr } = spawnSync(process.execPath, [...childExecArgv(), "--input-type=module", "-e", program], { cwd: root, encoding: "utf8" });
  if (stdout === "") throw new Error(stderr);
  return JSON.parse(stdout) as string[];
}

test("a stage's process pays for none of our libraries when it imports millrace", () => {
  const loaded = modulesLoaded('await import("millrace");');
  expect(loaded.some((url) => url.endsWith("/src/index.ts"))).toBe(true);
  expect(loaded.filter((url) => url.includes("/node_modules/"))).toEqual([]);
  expect(loaded.filter((url) => url.startsWith("file:")).length).toBeLessThan(80);
});
