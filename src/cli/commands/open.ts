import { spawn } from "node:child_process";
import { type CliContext, printJson } from "../context.ts";
import { signInLink } from "../sign-in-link.ts";
import { withClient } from "../with-client.ts";

/** Opens the web interface in this machine's browser, signed in; where there is none, the link is printed all the same. */
export async function open(context: CliContext, _args: [], { print = false }: { print?: boolean }): Promise<void> {
  await withClient(context, "running", async ({ client, url }) => {
    const { secret, expiresAt } = await client.invite();
    const link = signInLink(url, secret);
    if (context.options.json) return printJson(context, { link, expiresAt });
    await context.print(`${link}\n`);
    context.note("The link is good once, and for ten minutes.");
    if (!print && process.stdout.isTTY) openBrowser(link);
  });
}

const openers: Partial<Record<NodeJS.Platform, string[]>> = { darwin: ["open"], win32: ["rundll32", "url.dll,FileProtocolHandler"] };

function openBrowser(link: string): void {
  const [command, ...args] = openers[process.platform] ?? ["xdg-open"];
  const child = spawn(command, [...args, link], { stdio: "ignore", detached: true });
  // A machine without a browser has the link on its screen.
  child.once("error", () => undefined);
  child.unref();
}
