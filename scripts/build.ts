/* Compiles src into dist and builds the web interface into dist/ui, from nothing: what a removed file left behind would be shipped. */
import { spawnSync } from "node:child_process";
import { chmodSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync } from "node:zlib";

const root = fileURLToPath(new URL("../", import.meta.url));
rmSync(`${root}dist`, { recursive: true, force: true });
run("tsc", ["-p", "tsconfig.build.json"]);
chmodSync(`${root}dist/cli/main.js`, 0o755);
run("vite", ["build", "ui", "--logLevel", "warn"]);
for (const entry of readdirSync(`${root}dist/ui`, { recursive: true, withFileTypes: true })) if (entry.isFile() && /\.(js|css|html|svg)$/.test(entry.name)) compress(join(entry.parentPath, entry.name));

function run(command: string, args: string[]): void {
  const { status } = spawnSync(command, args, { cwd: root, stdio: "inherit", shell: process.platform === "win32" });
  if (status !== 0) process.exit(status ?? 1);
}

/** Once here, and not for each reader. */
function compress(path: string): void {
  writeFileSync(`${path}.br`, brotliCompressSync(readFileSync(path)));
}
