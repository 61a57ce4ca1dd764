import { Socket } from "node:net";
import { asMillraceError, MillraceError } from "../../errors.ts";
import { BlockSource } from "../../formats/block-source.ts";
import { withFile } from "../../formats/file-source.ts";
import { recogniseFile } from "../../formats/recognise.ts";
import { MessageChannel } from "../../sql/message-channel.ts";
import type { FileToRecognise, RecogniseReply, RecogniseRequest, ToRecogniser } from "./recognise-messages.ts";

/*
 * The process that looks into files that nobody vouches for. It is started by `recognise-process.ts`, speaks over file
 * descriptor 3, and may die of any of them.
 */

const channel = new MessageChannel<ToRecogniser, RecogniseReply>(new Socket({ fd: 3, readable: true, writable: true }));
await channel.send({ type: "ready" });
for (;;) {
  const received = await channel.receive().catch(() => undefined);
  if (received?.message.type !== "files") break;
  const { files, options } = received.message;
  for (const file of files) await channel.send(await recognised(file, options));
}
process.exit(0);

async function recognised(file: FileToRecognise, options: RecogniseRequest["options"]): Promise<RecogniseReply> {
  const isPath = typeof file === "string";
  try {
    return { type: "found", found: isPath ? await withFile(file, (source) => recogniseFile(source, options)) : await recogniseFile(new BlockSource({ ...file, fetch }), options) };
  } catch (error) {
    return { type: "failed", error: asMillraceError(error, isPath ? file : file.name).toJSON() };
  }
}

/** Of the file at hand. */
async function fetch(start: number, end: number): Promise<Uint8Array> {
  await channel.send({ type: "read", start, end });
  const { message, body } = (await channel.receive()) ?? process.exit(0);
  if (message.type === "refused") throw MillraceError.fromJSON(message.error);
  return body;
}
