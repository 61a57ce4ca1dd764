import { createHmac, timingSafeEqual } from "node:crypto";

/** A value with a signature: whoever holds the secret knows it for its own, without asking anyone. Anybody can read it. */
export function signJson(value: object, secret: string): string {
  const body = Buffer.from(JSON.stringify(value), "utf8").toString("base64url");
  return `${body}.${signature(body, secret)}`;
}

/** The value, or undefined when it was not signed with this secret; in a time that does not tell how much of it was right. */
export function signedJson<T>(text: string, secret: string): T | undefined {
  const [body = "", given = ""] = text.split(".");
  const wanted = Buffer.from(signature(body, secret));
  const got = Buffer.from(given);
  if (body === "" || wanted.byteLength !== got.byteLength || !timingSafeEqual(wanted, got)) return undefined;
  return JSON.parse(Buffer.from(body, "base64url").toString("utf8")) as T;
}

const signature = (body: string, secret: string): string => createHmac("sha256", secret).update(body).digest("base64url");
