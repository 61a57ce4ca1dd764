import { type IncomingMessage, request } from "node:http";

export interface HttpCall {
  method: string;
  headers?: Record<string, string>;
  body?: string;
  signal?: AbortSignal;
  /** Longest silence on the connection, in milliseconds. Absent: none, for an answer may take as long as its statement. */
  idleMs?: number;
}

/**
 * One HTTP request; resolves at the head of the answer. Of `node:http` and not `fetch`: that gives up on an answer after
 * five minutes, and a statement may take ten.
 */
export function httpCall(url: string, { method, headers, body, signal, idleMs }: HttpCall): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    // No agent: a connection that is kept would keep the command from ending.
    const call = request(url, { method, headers: { ...headers, ...(body === undefined ? {} : { "content-length": String(Buffer.byteLength(body)) }) }, agent: false, signal });
    if (idleMs !== undefined) call.setTimeout(idleMs, () => call.destroy(new Error(`no answer within ${idleMs} ms`)));
    call.once("response", resolve).once("error", reject);
    call.end(body);
  });
}

/** The whole body as text. */
export async function bodyText(answer: IncomingMessage): Promise<string> {
  answer.setEncoding("utf8");
  let text = "";
  for await (const part of answer) text += part as string;
  return text;
}
