import type { ProjectStatus } from "../../server/control-plane.ts";
import { type CliContext, printJson } from "../context.ts";
import { statusText } from "../output/status-text.ts";
import { withClient } from "../with-client.ts";

export async function status(context: CliContext): Promise<void> {
  await withClient(context, "stored", async ({ client, url, dataFolder, running }) => {
    const found: ProjectStatus = await client.status();
    if (context.options.json) return printJson(context, { running, ...(running ? { url } : {}), dataFolder, ...found });
    const how = running ? `running at ${url}` : "not running; this is what is stored";
    await context.print(`${statusText(found, { style: context.style, width: context.width, how, dataFolder })}`);
  });
}
