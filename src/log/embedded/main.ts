import { createInterface } from "node:readline";
import { asMillraceError } from "../../errors.ts";
import { lockFolder } from "./lock.ts";
import { serveLog } from "./server.ts";
import { LogService } from "./service.ts";

async function main(settings: { folder: string; socket: string; secret: string }): Promise<void> {
  const lock = await lockFolder(settings.folder, "log", 5_000);
  const service = new LogService({ folder: settings.folder });
  const server = await serveLog(service, settings.socket, settings.secret);
  const leave = async (): Promise<void> => {
    server.close();
    await service.close();
    lock.release();
    process.exit(0);
  };
  process.on("SIGTERM", () => void leave());
  process.stdin.on("end", () => void leave());
  process.stdin.on("close", () => void leave());
  process.stdout.write('{"ready":true}\n');
}

process.on("SIGINT", () => undefined);
createInterface({ input: process.stdin }).once("line", (line) => {
  main(JSON.parse(line)).catch((error: unknown) => {
    process.stderr.write(`${JSON.stringify({ level: 60, time: Date.now(), msg: "the log service cannot run", error: asMillraceError(error, "the log service").toJSON() })}\n`);
    process.exit(1);
  });
});
