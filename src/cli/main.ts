#!/usr/bin/env node
/* The entry of the command line. It looks at Node's version before anything else is loaded: an old one could not even parse the rest. */
import { nodeRefusal } from "./node-version.ts";

const refusal = nodeRefusal(process.versions.node);
if (refusal) {
  if (process.argv.includes("--json")) console.log(JSON.stringify({ error: { ...refusal, retryable: false } }));
  else console.error(`${refusal.code}: ${refusal.what}\n  where: ${refusal.where}\n  mend:  ${refusal.mend}`);
  process.exitCode = 1;
} else {
  const { runCli } = await import("./run-cli.ts");
  await runCli(process.argv.slice(2));
}
