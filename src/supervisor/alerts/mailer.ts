import { notSent } from "./alert-sender.ts";

export interface Mail {
  from: string;
  to: string;
  subject: string;
  text: string;
  messageId: string;
  headers: { [name: string]: string };
}

/** What is asked of the library that speaks SMTP. */
export interface Mailer {
  sendMail(mail: Mail): Promise<unknown>;
  close(): void;
}

export interface MailSettings {
  host: string;
  port: number;
  secure: boolean;
  requireTLS: boolean;
  auth?: { user: string; pass: string };
  from: string;
}

const where = "the mail settings";
const timeoutMs = 15_000;
/** A name in a variable: the library need not be there, and what builds us does not look for it. */
const library: string = "nodemailer";

/**
 * Where mail goes out: `MILLRACE_SMTP_URL`, as `smtp://name:password@host:587` or `smtps://…`, and `MILLRACE_MAIL_FROM`.
 * @throws MillraceError `MR-ALERT-001`
 */
export function mailSettings(env: NodeJS.ProcessEnv): MailSettings {
  const refuse = (what: string): never => {
    throw notSent(what, where, "start Millrace with MILLRACE_SMTP_URL=smtp://name:password@host:587 and MILLRACE_MAIL_FROM=millrace@example.com in its environment", true);
  };
  if (!env.MILLRACE_SMTP_URL) return refuse("MILLRACE_SMTP_URL is not set, so that there is no way out for mail");
  const url = URL.parse(env.MILLRACE_SMTP_URL);
  if (!url || (url.protocol !== "smtp:" && url.protocol !== "smtps:") || url.hostname === "") return refuse("MILLRACE_SMTP_URL is no address of a mail server");
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
  const from = env.MILLRACE_MAIL_FROM ?? "";
  if (!/^[^\s@]+@[^\s@]+$/.test(from)) return refuse("MILLRACE_MAIL_FROM is no address of mail");
  const secure = url.protocol === "smtps:";
  const auth = url.username === "" ? undefined : { user: decodeURIComponent(url.username), pass: decodeURIComponent(url.password) };
  // A password leaves this machine by an encrypted way or not at all.
  const requireTLS = !secure && auth !== undefined && !/^(localhost|127\..*|::1)$/.test(host);
  return { host, port: url.port === "" ? (secure ? 465 : 587) : Number(url.port), secure, requireTLS, auth, from };
}

/** @throws MillraceError `MR-ALERT-001` when the library is not installed */
export async function openMailer({ from: _, ...settings }: MailSettings): Promise<Mailer> {
  const found = (await import(library).catch((error: unknown) => {
    throw notSent("nodemailer is not installed, and alerts by mail need it", where, "npm install nodemailer", true, error);
  })) as { createTransport?: unknown; default?: unknown };
  const { createTransport } = (found.default ?? found) as { createTransport(options: object): Mailer };
  return createTransport({ ...settings, connectionTimeout: timeoutMs, greetingTimeout: timeoutMs, socketTimeout: timeoutMs, disableFileAccess: true, disableUrlAccess: true });
}
