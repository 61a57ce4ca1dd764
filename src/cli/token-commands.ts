import type { Command } from "commander";
import { type Define, group } from "./define-command.ts";
import { duration, wholeNumber } from "./parse-options.ts";

/** Looking after the tokens of those who read marts. */
export function tokenCommand(program: Command, define: Define): void {
  const tokens = group(program, "token", "let audiences read their marts", ['millrace token create --for finance-team --name "Power BI" --expires 90d', "millrace token list"]);
  define(
    tokens,
    "create",
    "make a token for an audience of marts; it is told once",
    ['millrace token create --for finance-team --name "Power BI"', 'millrace token create --for audit --name "audit 2026" --expires 30d --json | jq -r .secret'],
    async () => (await import("./commands/tokens.ts")).createToken,
    (command) => command.requiredOption("--for <audience>", "what marts name as their readers").requiredOption("--name <name>", "what it is for").option("--expires <duration>", "how long it is good for (default: until it is revoked)", duration),
  );
  define(tokens, "list", "list tokens: for whom, until when, when last used", ["millrace token list"], async () => (await import("./commands/tokens.ts")).listTokens);
  define(tokens, "revoke <token>", "end a token at once and for good", ["millrace token revoke 3f9c2a1b7d40"], async () => (await import("./commands/tokens.ts")).revokeToken);
  define(
    tokens,
    "audit",
    "list what was done with tokens and refused to them, the newest first",
    ["millrace token audit", "millrace token audit --limit 100 --json"],
    async () => (await import("./commands/tokens.ts")).listTokenEvents,
    (command) => command.option("--limit <events>", "most events", wholeNumber(1, 1_000), 20).option("--before <event>", "those before this one"),
  );
}
