import type { Command } from "commander";
import { type Define, group } from "./define-command.ts";
import { duration } from "./parse-options.ts";

/** Processes on other machines: being one, and looking after them. */
export function workerCommands(program: Command, define: Define): void {
  define(
    program,
    "worker",
    "run a stage, or tasks of a pool, of a Millrace on another machine",
    ["millrace worker --join https://plane:8443 --token-file /run/secrets/join-token --stage score-orders", "millrace worker --join https://plane:8443 --token-file token --ca ca.pem --pool gpu"],
    async () => (await import("./commands/worker.ts")).worker,
    (command) =>
      command
        .requiredOption("--join <url>", "where the control plane listens: https://host:port")
        .requiredOption("--token-file <path>", "a file with a token of `millrace workers token`")
        .option("--ca <path>", "a file with certificates of those who may have signed the control plane's (default: those that Node knows)")
        .option("--stage <stage>", "the stage that it is for; what it does is the token's to say")
        .option("--pool <pool>", "the pool that it is for")
        .option("--alive-file <path>", "a file that is made when it has joined, and written anew every few seconds"),
  );
  const workers = group(program, "workers", "look after the processes on other machines", ["millrace workers list", "millrace workers token --pool gpu --for 1h"]);
  define(workers, "list", "list workers: what they do, where, and when they were last heard of", ["millrace workers list", "millrace workers list --json"], async () => (await import("./commands/workers.ts")).listWorkers);
  define(
    workers,
    "token",
    "make a token that workers of one stage or one pool join with; it is told once",
    ["millrace workers token --stage score-orders --for 1h > join-token", "millrace workers token --pool gpu"],
    async () => (await import("./commands/workers.ts")).createJoinToken,
    (command) =>
      command
        .option("--stage <stage>", "the stage that they run")
        .option("--pool <pool>", "the pool whose tasks they run")
        .option("--for <duration>", "for how long workers may join with it; those that have stay (default: until it is revoked)", duration),
  );
  define(workers, "tokens", "list the tokens that workers join with", ["millrace workers tokens"], async () => (await import("./commands/workers.ts")).listJoinTokens);
  define(workers, "revoke <token>", "end a token for good, and cut off the workers that have joined with it", ["millrace workers revoke 3f9c2a1b7d40"], async () => (await import("./commands/workers.ts")).revokeJoinToken);
}
