import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { chownSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../../../scripts/engines/free-port.ts";
import { stop } from "../../../scripts/engines/stop.ts";

/** Where the programs of PostgreSQL are; Debian has them outside of the path. */
const programs = process.env.MILLRACE_POSTGRES_BIN ?? "/usr/lib/postgresql/15/bin";

/** A PostgreSQL server of one's own, in a folder that goes with it. */
export interface TestPostgres {
  port: number;
  user: string;
  password: string;
  /** Runs a script with `psql`, as the owner of all. */
  run(sql: string, database?: string): string;
  stop(): Promise<void>;
}

/** It refuses to run as root: then as the user `nobody`. */
const runAs = process.getuid?.() === 0 ? { uid: idOf("-u"), gid: idOf("-g") } : {};

function idOf(option: string): number {
  return Number(execFileSync("id", [option, "nobody"], { encoding: "utf8" }));
}

export async function startPostgres(): Promise<TestPostgres> {
  const folder = mkdtempSync(join(tmpdir(), "millrace-postgres-"));
  if (runAs.uid !== undefined) chownSync(folder, runAs.uid, runAs.gid);
  const [user, password] = ["owner", "pass word/with:signs"];
  const passwordFile = join(folder, "password");
  writeFileSync(passwordFile, password, { mode: 0o644 });
  const data = join(folder, "data");
  const options = { ...runAs, cwd: folder, stdio: "pipe" as const, env: { PATH: process.env.PATH, LC_ALL: "C.UTF-8", PGPASSWORD: password } };
  execFileSync(join(programs, "initdb"), ["-D", data, "-U", user, "--pwfile", passwordFile, "--auth=scram-sha-256", "--no-sync", "--encoding=UTF8"], options);
  const port = await freePort();
  const server = spawn(join(programs, "postgres"), ["-D", data, "-p", String(port), "-c", "listen_addresses=127.0.0.1", "-c", `unix_socket_directories=${folder}`, "-c", "fsync=off"], options);
  const run = (sql: string, database = "postgres"): string => execFileSync(join(programs, "psql"), ["-h", "127.0.0.1", "-p", String(port), "-U", user, "-d", database, "-v", "ON_ERROR_STOP=1", "-qAt"], { ...options, input: sql, encoding: "utf8" });
  await answering(server, () => run("select 1"));
  return {
    ...{ port, user, password, run },
    stop: () => stop(server, folder, "SIGQUIT"),
  };
}

/** Until it says so on its own log. */
async function answering(server: ChildProcess, ask: () => void): Promise<void> {
  let said = "";
  for await (const chunk of server.stderr as NodeJS.ReadableStream) {
    said += String(chunk);
    if (said.includes("ready to accept connections")) break;
  }
  server.stderr?.resume();
  if (server.exitCode !== null) throw new Error(`PostgreSQL has ended: ${said}`);
  ask();
}
