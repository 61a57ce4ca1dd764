import type { Socket } from "node:net";

/*
 * A message between the log service and its clients: u32 bytes of the rest | u32 bytes of the header | header, JSON | body.
 * The body carries batches as they stand in frames; the header says their lengths.
 */

export interface Message<H = unknown> {
  header: H;
  body: Uint8Array;
}

/** More than a message may have: a length beyond it is an error of the sender, and is not allocated. */
export const messageBytesMax = 256 * 1024 * 1024;

const noBody = new Uint8Array(0);

export function sendMessage(socket: Socket, header: unknown, parts: Uint8Array[] = []): void {
  const json = Buffer.from(JSON.stringify(header), "utf8");
  const body = parts.reduce((sum, part) => sum + part.byteLength, 0);
  const head = Buffer.allocUnsafe(8 + json.byteLength);
  head.writeUInt32LE(4 + json.byteLength + body, 0);
  head.writeUInt32LE(json.byteLength, 4);
  json.copy(head, 8);
  if (parts.length === 0) {
    socket.write(head);
    return;
  }
  socket.cork();
  socket.write(head);
  for (const part of parts) socket.write(part);
  socket.uncork();
}

/** Cuts a stream of bytes into messages. `onError` when a peer sends what is no message; nothing is read after that. */
export function receiveMessages(socket: Socket, onMessage: (message: Message) => void, onError: (error: Error) => void): void {
  let chunks: Buffer[] = [];
  let have = 0;
  let want = 4;
  let broken = false;
  socket.on("data", (chunk: Buffer) => {
    if (broken) return;
    chunks.push(chunk);
    have += chunk.byteLength;
    while (have >= want) {
      const all = chunks.length === 1 ? chunks[0] : Buffer.concat(chunks, have);
      const bytes = all.readUInt32LE(0);
      if (bytes < 4 || bytes > messageBytesMax) {
        broken = true;
        onError(new Error(`a message of ${bytes} bytes`));
        return;
      }
      if (have < 4 + bytes) {
        chunks = [all];
        want = 4 + bytes;
        return;
      }
      const rest = all.subarray(4 + bytes);
      const message = parse(all.subarray(4, 4 + bytes));
      if (!message) {
        broken = true;
        onError(new Error("a message that is not JSON"));
        return;
      }
      chunks = rest.byteLength > 0 ? [rest] : [];
      have = rest.byteLength;
      want = 4;
      onMessage(message);
    }
  });
}

function parse(bytes: Buffer): Message | undefined {
  const headerBytes = bytes.readUInt32LE(0);
  if (4 + headerBytes > bytes.byteLength) return undefined;
  try {
    const header: unknown = JSON.parse(bytes.toString("utf8", 4, 4 + headerBytes));
    const body = bytes.subarray(4 + headerBytes);
    return { header, body: body.byteLength > 0 ? body : noBody };
  } catch {
    return undefined;
  }
}
