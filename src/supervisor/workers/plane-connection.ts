import { request as httpRequest, type ClientRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import type { Socket } from "node:net";
import { type ErrorJson, MillraceError } from "../../errors.ts";
import { workerProtocol } from "../../server/add-workers.ts";
import type { Joined, Joining, WorkerWay } from "../../server/worker-control.ts";
import { cutOff } from "./call-client.ts";

/** Where a control plane is. */
export interface PlaneAddress {
  /** `https://host:port`; `http://` on loopback alone. */
  url: URL;
  /** Certificates of those who may have signed the plane's, in PEM. Absent: those that Node knows. */
  ca?: Buffer;
}

/** Behind a cut line nothing answers: another connection is better than a longer wait. */
const answerMs = 8_000;

/** @throws MillraceError `MR-CLI-001` for an address that would send tokens in the clear */
export function planeAddress(text: string, ca?: Buffer): PlaneAddress {
  const url = URL.parse(text);
  const isLoopback = url !== null && ["127.0.0.1", "localhost", "[::1]"].includes(url.hostname);
  if (url && (url.protocol === "https:" || (url.protocol === "http:" && isLoopback))) return { url, ca };
  throw new MillraceError("MR-CLI-001", { what: `${JSON.stringify(text)} is no address of a control plane`, where: "--join", mend: "write https://host:port" });
}

/** @throws MillraceError what the plane says; `MR-WORKER-004`, retryable, when it cannot be reached */
export async function joinPlane(address: PlaneAddress, token: string, joining: Joining): Promise<Joined> {
  const body = JSON.stringify(joining);
  const call = open(address, "join", token, { "content-type": "application/json", "content-length": String(Buffer.byteLength(body)) }, "POST");
  const answer = new Promise<IncomingMessage>((resolve, reject) => call.once("response", resolve).once("error", reject));
  call.end(body);
  const response = await answer.catch((cause: unknown) => Promise.reject(cutOff(address.url.origin, cause)));
  const text = await textOf(response);
  if (response.statusCode === 200) return JSON.parse(text) as Joined;
  throw refusal(address, response, text);
}

/** A connection to the plane, over which all else goes. @throws as `joinPlane` */
export async function connectPlane(address: PlaneAddress, way: WorkerWay, identity: string): Promise<Socket> {
  const call = open(address, way, identity, { connection: "Upgrade", upgrade: workerProtocol }, "GET");
  const answer = Promise.withResolvers<Socket>();
  call.once("upgrade", (_response, socket, head) => {
    socket.setNoDelay(true);
    socket.setTimeout(0);
    if (head.byteLength > 0) socket.unshift(head);
    answer.resolve(socket);
  });
  call.once("response", (response) => {
    textOf(response).then((text) => answer.reject(refusal(address, response, text)), (cause: unknown) => answer.reject(cutOff(address.url.origin, cause)));
  });
  call.once("error", (cause) => answer.reject(cutOff(address.url.origin, cause)));
  call.end();
  return answer.promise;
}

function open({ url, ca }: PlaneAddress, way: string, token: string, headers: Record<string, string>, method: string): ClientRequest {
  const target = new URL(`/api/v1/worker/${way}`, url);
  const options = { method, headers: { ...headers, authorization: `Bearer ${token}` }, agent: false as const };
  const call = url.protocol === "https:" ? httpsRequest(target, { ...options, ca }) : httpRequest(target, options);
  return call.setTimeout(answerMs, () => call.destroy(new Error(`no answer within ${answerMs / 1_000} s`)));
}

async function textOf(response: IncomingMessage): Promise<string> {
  response.setEncoding("utf8");
  let text = "";
  for await (const part of response) text += part as string;
  return text;
}

function refusal({ url }: PlaneAddress, { statusCode }: IncomingMessage, text: string): MillraceError {
  try {
    const { error } = JSON.parse(text) as { error: ErrorJson };
    if (typeof error.code === "string") return MillraceError.fromJSON(error);
  } catch {
    // No answer of a Millrace: a proxy's, or another program's.
  }
  return cutOff(url.origin, new Error(`status ${statusCode}`));
}
