import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { anAlert } from "../../state/run-rows-for-tests.ts";
import { alertMessage } from "./alert-message.ts";
import { errorOf } from "./alerts-for-tests.ts";
import { commandSender } from "./send-command.ts";

const message = alertMessage(anAlert("a1", { task: "load", index: 3, text: "it failed\0: «ü»\nand more", count: 2 }));

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "millrace-alerts-"));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

const send = (code: string, argv: string[], { timeoutMs, signal = new AbortController().signal }: { timeoutMs?: number; signal?: AbortSignal } = {}) => commandSender(() => code, timeoutMs)(message, { kind: "command", argv }, signal);

test("a command runs in the release's folder, with the alert on its input and in its environment, and no secret of ours", async () => {
  const code = folder();
  writeFileSync(join(code, "notify.sh"), 'cat > input.json\nenv > env.txt\necho "$1" > argument.txt\n');
  process.env.MILLRACE_TEST_SECRET = "s3cret";
  onTestFinished(() => void delete process.env.MILLRACE_TEST_SECRET);
  await send(code, ["sh", "notify.sh", "$HOME; x"]);
  expect(JSON.parse(readFileSync(join(code, "input.json"), "utf8"))).toEqual(message);
  expect(readFileSync(join(code, "argument.txt"), "utf8")).toBe("$HOME; x\n");
  const env = readFileSync(join(code, "env.txt"), "utf8");
  for (const line of ["MILLRACE_ALERT_ID=a1", "MILLRACE_IDEMPOTENCY_KEY=a1", "MILLRACE_ALERT_KIND=failure", "MILLRACE_ALERT_COUNT=2", "MILLRACE_DAG=daily", "MILLRACE_RUN_ID=r", "MILLRACE_TASK=load", "MILLRACE_INDEX=3", "MILLRACE_ALERT_TEXT=it failed: «ü»"]) expect(env).toContain(`${line}\n`);
  expect(env).not.toContain("s3cret");
});

test("a command that fails says how, with its last words, and is tried again", async () => {
  expect(await errorOf(send(folder(), ["sh", "-c", "echo no route to host >&2; exit 3"]))).toMatchObject({ code: "MR-ALERT-001", retryable: true, what: "the command ended with exit code 3; its last lines: no route to host", where: "command sh" });
  expect(await errorOf(send(folder(), ["no-such-program-anywhere"]))).toMatchObject({ code: "MR-ALERT-001", mend: "install the program, or give its whole path" });
});

test("a command that does not read its input is fine", async () => {
  await send(folder(), ["true"]);
});

test("a command that takes too long, or is called off, is ended with all that it has started", async () => {
  const code = folder();
  const script = "sleep 1000 & echo $! > child.txt; wait";
  expect(await errorOf(send(code, ["sh", "-c", script], { timeoutMs: 300 }))).toMatchObject({ retryable: true, what: expect.stringContaining("took longer than 0.3 s") });
  expect(isThere(code)).toBe(false);
  const stop = new AbortController();
  rmSync(join(code, "child.txt"));
  const sending = send(code, ["sh", "-c", script], { signal: stop.signal });
  await expect.poll(() => existsSync(join(code, "child.txt")) && readFileSync(join(code, "child.txt"), "utf8").endsWith("\n")).toBe(true);
  stop.abort();
  expect(await errorOf(sending)).toMatchObject({ code: "MR-ALERT-001" });
  expect(isThere(code)).toBe(false);
});

/** Whether the process of which the number is in the file still runs. */
function isThere(code: string): boolean {
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${readFileSync(join(code, "child.txt"), "utf8").trim()}/stat`, "utf8"));
  } catch {
    return false;
  }
}
