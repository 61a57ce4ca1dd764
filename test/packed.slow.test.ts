import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test } from "vitest";
import type { SqlResult } from "../src/server/control-plane.ts";
import { until } from "./support/millrace-process.ts";
import { UpProcess } from "./support/up-process.ts";

const root = fileURLToPath(new URL("../", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "millrace-packed-"));
let millrace: UpProcess | undefined;
afterAll(async () => {
  await millrace?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** What `npm install millrace` would leave in `node_modules`: the package as it is published, and what it depends on. */
function install(): { files: string[] } {
  const [{ filename, files }] = JSON.parse(execFileSync("npm", ["pack", "--json", "--pack-destination", folder], { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] })) as { filename: string; files: { path: string }[] }[];
  const modules = join(folder, "node_modules");
  mkdirSync(join(modules, "millrace"), { recursive: true });
  execFileSync("tar", ["-xzf", join(folder, filename), "--strip-components=1", "-C", join(modules, "millrace")]);
  for (const name of readdirSync(join(root, "node_modules"))) if (name !== "millrace" && !name.startsWith(".")) symlinkSync(join(root, "node_modules", name), join(modules, name));
  return { files: files.map(({ path }) => path) };
}

test("the package as it is published runs a project and serves its pages, built", async () => {
  const { files } = install();
  expect(files.filter((path) => /\.test\.|^(src|ui|test|bench|scripts)\//.test(path))).toEqual([]);
  writeFileSync(join(folder, "package.json"), '{ "name": "shop", "type": "module" }');
  writeFileSync(
    join(folder, "pipeline.ts"),
    `import { http, table, topic } from "millrace";
import { z } from "zod";
export const orders = topic("orders", { schema: z.object({ amount: z.number() }) });
export const intake = http("intake", { to: orders });
export const kept = table("shop.orders", { from: orders });
`,
  );
  millrace = await UpProcess.start(folder, join(folder, "data"), [join(folder, "node_modules/millrace/dist/cli/main.js")]);
  const { url } = millrace;
  const page = await (await fetch(`${url}/`, { headers: { accept: "text/html" } })).text();
  const assets = [...page.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(([, path]) => path);
  expect(assets.some((path) => path.endsWith(".js"))).toBe(true);
  for (const path of assets) {
    const answer = await fetch(url + path, { headers: { "accept-encoding": "br" } });
    expect([path, answer.status, /\.(js|css)$/.test(path) ? answer.headers.get("content-encoding") : "br"]).toEqual([path, 200, "br"]);
  }
  await millrace.request("/ingest/intake", [{ amount: 3 }, { amount: 4 }]);
  const total = async (): Promise<unknown> => ((await (await (millrace as UpProcess).request("/api/v1/sql", { sql: "select sum(amount) from shop.orders" })).json()) as SqlResult).rows?.[0]?.[0];
  await until(async () => Number(await total()) === 7);
});
