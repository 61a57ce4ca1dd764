import type { MillraceError } from "../../errors.ts";
import { wordsOf } from "../tasks/user-error.ts";
import { targetText } from "./alert-message.ts";
import { type AlertSender, notSent } from "./alert-sender.ts";

const timeoutMsDefault = 10_000;
/** Worth another try, beside all from 500 on. */
const passing: ReadonlySet<number> = new Set([408, 425, 429]);

/** Posts an alert as JSON. It follows no redirection: what stands in the alert is for the address that was declared. */
export function webhookSender(timeoutMs = timeoutMsDefault): AlertSender<"webhook"> {
  return async (message, to, signal) => {
    const where = targetText(to);
    const { url, authorization } = addressOf(to.url, where);
    const headers = { "content-type": "application/json", "idempotency-key": message.id, "user-agent": "millrace", ...authorization };
    const within = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
    let response: Response;
    let words: string;
    try {
      response = await fetch(url, { method: "POST", redirect: "manual", headers, body: JSON.stringify(message), signal: within });
      words = await firstWords(response);
    } catch (error) {
      const why = error instanceof Error && error.name === "TimeoutError" ? `there was no answer within ${timeoutMs / 1_000} s` : `the request failed: ${wordsOf(error)}`;
      throw notSent(why, where, "look whether the receiver is up and can be reached from here", true, error);
    }
    if (!response.ok) throw refusal(response, words, where);
  };
}

function refusal({ status, statusText }: Response, words: string, where: string): MillraceError {
  if (status >= 300 && status < 400) return notSent(`the answer was ${status}: the receiver is at another address now`, where, "declare the alert with the new address", false);
  const again = status >= 500 || passing.has(status);
  return notSent(`the answer was ${status} ${statusText}${words === "" ? "" : `: ${words}`}`, where, again ? "look whether the receiver is well" : "correct the address: the same alert would be refused again", again);
}

/** A name and a password in an address are sent as a header: a request may not have them in its address. */
function addressOf(text: string, where: string): { url: URL; authorization?: { authorization: string } } {
  const url = URL.parse(text);
  if (url?.protocol !== "http:" && url?.protocol !== "https:") throw notSent("its address is none of http or https", where, "declare the alert with an address as https://host/path", false);
  if (url.username === "" && url.password === "") return { url };
  const words = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  url.username = url.password = "";
  return { url, authorization: { authorization: `Basic ${Buffer.from(words).toString("base64")}` } };
}

/** As much as comes at once; the rest is of no interest and may have no end. */
async function firstWords(response: Response): Promise<string> {
  const reader = response.body?.getReader();
  const { value } = (await reader?.read()) ?? {};
  await reader?.cancel();
  return new TextDecoder().decode(value).trim().slice(0, 300);
}
