import { Socket } from "node:net";
import { asMillraceError } from "../../errors.ts";
import { withFile } from "../../formats/file-source.ts";
import { recogniseFile } from "../../formats/recognise.ts";
import { MessageChannel } from "../../sql/message-channel.ts";
import type { RecogniseReply, RecogniseRequest } from "./recognise-messages.ts";

/*
 * The process that looks into files that nobody vouches for. It is started by `recognise-process.ts`, speaks over file
 * descriptor 3, and may die of any of them.
 */

const channel = new MessageChannel<RecogniseRequest, RecogniseReply>(new Socket({ fd: 3, readable: true, writable: true }));
await channel.send({ type: "ready" });
for (;;) {
  const received = await channel.receive().catch(() => undefined);
  if (!received) break;
  const { paths, options } = received.message;
  for (const path of paths) await channel.send(await recognised(path, options));
}
process.exit(0);

async function recognised(path: string, options: RecogniseRequest["options"]): Promise<RecogniseReply> {
  try {
    return { type: "found", found: await withFile(path, (source) => recogniseFile(source, options)) };
  } catch (error) {
    return { type: "failed", error: asMillraceError(error, path).toJSON() };
  }
}
