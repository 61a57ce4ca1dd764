import type { AddressInfo } from "node:net";
import { SMTPServer, type SMTPServerOptions } from "smtp-server";
import { expect, onTestFinished, test } from "vitest";
import { anAlert } from "../../state/run-rows-for-tests.ts";
import { alertMessage } from "./alert-message.ts";
import { deafPort, errorOf } from "./alerts-for-tests.ts";
import { mailSender } from "./send-mail.ts";

interface Mail {
  from: string;
  to: string[];
  user: string | undefined;
  text: string;
}

/** A real mail server without encryption. */
async function mailServer(options: SMTPServerOptions = {}): Promise<{ port: number; mails: Mail[] }> {
  const mails: Mail[] = [];
  const server = new SMTPServer({
    ...{ authOptional: true, allowInsecureAuth: true, disabledCommands: ["STARTTLS"] },
    onData(stream, { envelope, user }, done) {
      const chunks: Buffer[] = [];
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("end", () => {
        mails.push({ from: envelope.mailFrom ? envelope.mailFrom.address : "", to: envelope.rcptTo.map(({ address }) => address), user: user as string | undefined, text: Buffer.concat(chunks).toString("utf8") });
        done();
      });
    },
    ...options,
  });
  server.on("error", () => undefined);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => new Promise<void>((resolve) => server.close(() => resolve())));
  return { port: (server.server.address() as AddressInfo).port, mails };
}

const message = alertMessage(anAlert("a1", { task: "load", text: "it failed, and why", count: 1 }));
const send = (url: string, env: NodeJS.ProcessEnv = {}) => mailSender({ MILLRACE_SMTP_URL: url, MILLRACE_MAIL_FROM: "millrace@example.com", ...env })(message, { kind: "email", address: "ada@example.com" }, new AbortController().signal);
const refuse = (responseCode: number, text: string) => Object.assign(new Error(text), { responseCode });

test("a mail arrives in plain text, under the alert's id", async () => {
  const { port, mails } = await mailServer();
  await send(`smtp://127.0.0.1:${port}`);
  expect(mails).toMatchObject([{ from: "millrace@example.com", to: ["ada@example.com"], user: undefined }]);
  const [{ text }] = mails;
  for (const line of ["From: millrace@example.com", "To: ada@example.com", "Subject: [millrace] daily: failure", "Message-ID: <a1@millrace>", "Auto-Submitted: auto-generated", "X-Millrace-Alert: failure"]) expect(text.split("\r\n")).toContain(line);
  expect(text).toMatch(/^Content-Type: text\/plain/m);
  expect(text.replaceAll("\r", "")).toContain("it failed, and why\n\nDAG: daily\nrun: r\ninterval: 1970-01-01T00:00:01.000Z to 1970-01-01T00:00:02.000Z\ntask: load\n");
});

test("a name and a password are given to a server that asks for them; wrong ones are refused for good", async () => {
  const { port, mails } = await mailServer({ authOptional: false, onAuth: ({ username, password }, _, done) => (username === "mi@ll" && password === "s:cret" ? done(null, { user: username }) : done(refuse(535, "bad name or password"))) });
  await send(`smtp://mi%40ll:s%3Acret@127.0.0.1:${port}`);
  expect(mails).toMatchObject([{ user: "mi@ll" }]);
  const error = await errorOf(send(`smtp://mi%40ll:wr0ng@127.0.0.1:${port}`));
  expect(error).toMatchObject({ code: "MR-ALERT-001", retryable: false, what: expect.stringContaining("535"), where: "mail to ada@example.com" });
  expect(JSON.stringify(error)).not.toContain("wr0ng");
  expect(mails).toHaveLength(1);
});

test("a password does not leave the machine without encryption", async () => {
  let asked = 0;
  const { port, mails } = await mailServer({ onAuth: (_, __, done) => (asked++, done(null, { user: "x" })) });
  // The same server, by a name that is not known to be this machine's own.
  expect(await errorOf(send(`smtp://name:secret@0.0.0.0:${port}`))).toMatchObject({ code: "MR-ALERT-001", what: expect.stringMatching(/TLS/i) });
  expect([asked, mails]).toEqual([0, []]);
});

test.each([
  [550, false], [554, false],
  [421, true], [450, true], [451, true],
])("a refusal with %i: tried again is %s", async (code, retryable) => {
  const { port, mails } = await mailServer({ onRcptTo: (_, __, done) => done(refuse(code, "not this one")) });
  expect(await errorOf(send(`smtp://127.0.0.1:${port}`))).toMatchObject({ code: "MR-ALERT-001", retryable, what: expect.stringContaining("not this one") });
  expect(mails).toEqual([]);
});

test("a refusal of what the mail says is one too", async () => {
  const drained = (code: number): SMTPServerOptions["onData"] => (stream, _, done) => void stream.resume().on("end", () => done(refuse(code, "not that")));
  expect(await errorOf(send(`smtp://127.0.0.1:${(await mailServer({ onData: drained(552) })).port}`))).toMatchObject({ retryable: false });
  expect(await errorOf(send(`smtp://127.0.0.1:${(await mailServer({ onData: drained(452) })).port}`))).toMatchObject({ retryable: true });
});

test("a server that is not there may come", async () => {
  expect(await errorOf(send(`smtp://127.0.0.1:${await deafPort()}`))).toMatchObject({ code: "MR-ALERT-001", retryable: true, what: expect.stringContaining("ECONNREFUSED") });
});

test.each([
  ["", {}, "MILLRACE_SMTP_URL is not set"],
  ["http://example.com", {}, "MILLRACE_SMTP_URL is no address of a mail server"],
  ["smtp://127.0.0.1", { MILLRACE_MAIL_FROM: "nobody" }, "MILLRACE_MAIL_FROM is no address of mail"],
])("settings that are missing or wrong are told, and may be mended: %s %j", async (url, env, what) => {
  expect(await errorOf(send(url, env))).toMatchObject({ code: "MR-ALERT-001", retryable: true, what: expect.stringContaining(what), mend: expect.stringContaining("MILLRACE_SMTP_URL=") });
});
