import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";
import { type ErrorJson, MillraceError } from "../../errors.ts";
import type { AlertMessage } from "./alert-message.ts";

export interface Received {
  method: string;
  path: string;
  headers: IncomingHttpHeaders;
  body: AlertMessage;
}

export interface Receiver {
  url: string;
  received: Received[];
}

/** A real server for webhooks. @param answer - given the number of the request, from 1; answers nothing where it does not end it */
export async function receiver(answer: (response: ServerResponse, number: number) => void): Promise<Receiver> {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      received.push({ method: request.method ?? "", path: request.url ?? "", headers: request.headers, body: JSON.parse(Buffer.concat(chunks).toString("utf8")) as AlertMessage });
      answer(response, received.length);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, received };
}

/** A port at which nobody listens. */
export async function deafPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** What a sender throws, as it is stored and shown. */
export async function errorOf(sending: Promise<void>): Promise<ErrorJson> {
  const thrown: unknown = await sending.then(() => "nothing", (error: unknown) => error);
  if (thrown instanceof MillraceError) return thrown.toJSON();
  throw new Error(`no error of ours: ${String(thrown)}`);
}
