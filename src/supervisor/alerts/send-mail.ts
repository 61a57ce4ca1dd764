import type { MillraceError } from "../../errors.ts";
import { wordsOf } from "../tasks/user-error.ts";
import { type AlertMessage, targetText } from "./alert-message.ts";
import { type AlertSender, notSent } from "./alert-sender.ts";
import { type Mail, type MailSettings, mailSettings, openMailer } from "./mailer.ts";

/** Sends an alert as a mail in plain text. A connection serves one mail: alerts are rare. */
export function mailSender(env: NodeJS.ProcessEnv): AlertSender<"email"> {
  return async (message, to, signal) => {
    const settings = mailSettings(env);
    const mailer = await openMailer(settings);
    const close = (): void => mailer.close();
    signal.addEventListener("abort", close, { once: true });
    try {
      await mailer.sendMail(mailOf(message, to.address, settings));
    } catch (error) {
      throw refusal(error, targetText(to), settings);
    } finally {
      signal.removeEventListener("abort", close);
      close();
    }
  };
}

function mailOf({ id, kind, dag, run, interval, task, text, count }: AlertMessage, to: string, { from }: MailSettings): Mail {
  const facts = [`DAG: ${dag}`, `run: ${run}`, `interval: ${interval.start} to ${interval.end}`, ...(task === null ? [] : [`task: ${task}`])];
  return {
    ...{ from, to, subject: `[millrace] ${dag}: ${kind}${count > 1 ? ` (${count})` : ""}`, text: `${text}\n\n${facts.join("\n")}\n` },
    messageId: `<${id}@millrace>`,
    headers: { "Auto-Submitted": "auto-generated", "X-Millrace-Alert": kind },
  };
}

/** A server's answer from 500 on is its last word; everything else may pass. */
function refusal(error: unknown, where: string, { host, port }: MailSettings): MillraceError {
  const { responseCode } = error as { responseCode?: number };
  const final = responseCode !== undefined && responseCode >= 500;
  return notSent(`the mail server ${host}:${port} did not take it: ${wordsOf(error)}`, where, final ? "correct the address, or the name and password in MILLRACE_SMTP_URL" : "look whether the mail server is up and can be reached from here", !final, error);
}
