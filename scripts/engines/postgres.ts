import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { chownSync, mkdtempSync, writeFileSync } from "node:fs";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { answering } from "./answering.ts";
import { freePort } from "./free-port.ts";
import { stop } from "./stop.ts";

/** Where the programs of PostgreSQL are; Debian has them outside of the path. */
const programs = process.env.MILLRACE_POSTGRES_BIN ?? "/usr/lib/postgresql/15/bin";

/** A PostgreSQL server of one's own, in a folder that goes with it. */
export interface PostgresServer {
  readonly port: number;
  readonly user: string;
  readonly password: string;
  /** Of a database in it, with all that is needed to connect. */
  url(database?: string): string;
  /** Runs a script with `psql`, as the owner of all. */
  run(sql: string, database?: string): string;
  /** Ends it (`SIGINT`: connections are cut and what they have not committed is undone; `SIGKILL`: as by a crash) and starts it again on the same port. */
  restart(signal: "SIGINT" | "SIGKILL"): Promise<void>;
  stop(): Promise<void>;
}

/** It refuses to run as root: then as the user `nobody`. */
const runAs = process.getuid?.() === 0 ? { uid: idOf("-u"), gid: idOf("-g") } : {};

function idOf(option: string): number {
  return Number(execFileSync("id", [option, "nobody"], { encoding: "utf8" }));
}

/** @param fsync - whether what is committed is on disk: not needed where nothing is measured, and the machine does not fail */
export async function startPostgres({ fsync = false }: { fsync?: boolean } = {}): Promise<PostgresServer> {
  const folder = mkdtempSync(join(tmpdir(), "millrace-postgres-"));
  if (runAs.uid !== undefined) chownSync(folder, runAs.uid, runAs.gid);
  const [user, password] = ["owner", "pass word/with:signs"];
  const passwordFile = join(folder, "password");
  writeFileSync(passwordFile, password, { mode: 0o644 });
  const data = join(folder, "data");
  const options = { ...runAs, cwd: folder, env: { PATH: process.env.PATH, LC_ALL: "C.UTF-8", PGPASSWORD: password } };
  execFileSync(join(programs, "initdb"), ["-D", data, "-U", user, "--pwfile", passwordFile, "--auth=scram-sha-256", "--no-sync", "--encoding=UTF8"], { ...options, stdio: "pipe" });
  const port = await freePort();
  const run = (sql: string, database = "postgres"): string => execFileSync(join(programs, "psql"), ["-h", "127.0.0.1", "-p", String(port), "-U", user, "-d", database, "-v", "ON_ERROR_STOP=1", "-qAt"], { ...options, stdio: "pipe", input: sql, encoding: "utf8" });
  const settings = { listen_addresses: "127.0.0.1", unix_socket_directories: folder, fsync: fsync ? "on" : "off" };
  const given = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  const start = (): Promise<ChildProcess> => started(() => spawn(join(programs, "postgres"), ["-D", data, "-p", String(port), ...given], { ...options, stdio: ["ignore", "ignore", "pipe"] }), async () => run("select 1"));
  let server = await start();
  return {
    ...{ port, user, password, run },
    url: (database = "postgres") => `postgresql://${user}:${encodeURIComponent(password)}@127.0.0.1:${port}/${database}`,
    restart: async (signal) => {
      const ended = once(server, "exit");
      server.kill(signal);
      await ended;
      server = await start();
    },
    stop: () => stop(server, folder, "SIGQUIT"),
  };
}

const startsMax = 100;

/** Those that a killed server leaves behind hold its memory until they have noticed: as long as they do, it does not start. */
async function started(start: () => ChildProcess, ask: () => Promise<unknown>): Promise<ChildProcess> {
  for (let n = 1; ; n++) {
    const server = start();
    let said = "";
    server.stderr?.on("data", (text: Buffer) => (said += said.length < 10_000 ? String(text) : ""));
    try {
      await answering(server, "PostgreSQL", ask);
      return server;
    } catch (error) {
      if (n === startsMax || !said.includes("shared memory")) throw new Error(`PostgreSQL does not start: ${said}`, { cause: error });
    }
  }
}
