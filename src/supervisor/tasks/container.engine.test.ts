import { execFileSync } from "node:child_process";
import { expect, onTestFinished, test, vi } from "vitest";
import type { TaskDecl } from "../../model/dag-manifest.ts";
import { compileCacheFolder } from "../data-folder.ts";
import { SecretVault } from "../secrets/secret-vault.ts";
import { LocalExecutor } from "./local-executor.ts";
import { project, RecordingPort, until } from "./tasks-for-tests.ts";

/*
 * Needs a container engine, and an image with a shell and busybox in it, which MILLRACE_TEST_IMAGE names; MILLRACE_CONTAINERS
 * says which engine. Made from nothing but Debian's busybox-static:
 *
 *     mkdir -p image/bin && cp /bin/busybox image/bin && for name in sh echo cat sleep; do ln -s busybox image/bin/$name; done
 *     tar -C image -c . | podman import --change 'ENV PATH=/bin' - localhost/busybox:test
 */
const image = process.env.MILLRACE_TEST_IMAGE ?? "";
const engine = process.env.MILLRACE_CONTAINERS ?? "docker";

function bed() {
  const { codeFolder, dataFolder } = project({ list: "() => [1, 2, 3]", large: "() => 'x'.repeat(200_000)" });
  const port = new RecordingPort();
  const local = new LocalExecutor({ port, codeFolder: () => codeFolder, dataFolder, compileCache: compileCacheFolder(dataFolder), processes: 1, secrets: new SecretVault({ MILLRACE_SECRET_PW: "hunter-two" }), onLine: () => undefined });
  onTestFinished(() => local.close(0));
  const run = (command: string, settings: object = {}, task: Partial<TaskDecl> = {}, asked: object = {}) =>
    port.run(local, { task: { name: "box", kind: "container", code: false, settings: { image, command: ["sh", "-c", command], ...settings } as never, ...task }, ...asked });
  return { local, port, run };
}

/** Containers of ours that the engine knows, running or not. */
const containers = (): string[] => execFileSync(engine, ["ps", "--all", "--quiet", "--filter", "label=millrace.owner"], { encoding: "utf8" }).split("\n").filter((line) => line !== "");

test.skipIf(image === "")("a container has its facts, inputs and secrets; its last line is its result, its exit code its outcome", async () => {
  const { local, port, run } = bed();
  const list = await port.run(local, { task: { name: "list" } });
  const large = await port.run(local, { task: { name: "large" } });
  if (list.kind !== "success" || large.kind !== "success") throw new Error("the inputs were not made");
  const inputs = { list: list.result, large: large.result };
  expect(await run('echo "$MILLRACE_DAG $MILLRACE_TASK $MILLRACE_RUN_ID $ADDED"', { env: { ADDED: "yes" } })).toEqual({ kind: "success", result: { json: '"daily box run-1 yes"' } });
  expect(await run('cat "$MILLRACE_INPUTS_FILE" | busybox wc -c', {}, {}, { inputs })).toEqual({ kind: "success", result: { json: JSON.stringify(String(JSON.stringify({ list: [1, 2, 3], large: "x".repeat(200_000) }).length)) } });
  expect(await run('test "$PW" = hunter-two && echo "it is $PW"', { env: { PW: "{{ secrets.pw }}" } }, { template: true, secrets: ["pw"] })).toEqual({ kind: "success", result: { json: '"it is ***"' } });
  expect(await run("echo about to; exit 3")).toMatchObject({ kind: "failed", error: { what: "the command ended with exit code 3; its last lines: about to" } });
  expect(await run("echo nothing to do; exit 99")).toEqual({ kind: "skipped", note: "nothing to do" });
  expect(containers()).toEqual([]);
});

test.skipIf(image === "")("limits hold, and a stopped container is gone though its client was killed", async () => {
  const { local, port, run } = bed();
  expect(await run("x=a; while true; do x=$x$x$x$x; done", { memory: 64 * 1024 * 1024 })).toMatchObject({ kind: "failed", error: { what: expect.stringMatching(/exit code 137|ended by SIGKILL/) } });
  const asleep = run("sleep 100");
  await until(() => containers().length === 1, "the container");
  local.stop(asleep.attempt, "it has taken too long", 500);
  await vi.waitFor(() => expect(containers()).toEqual([]), { timeout: 60_000, interval: 100 });
  await until(() => port.goneWorkers.length === 1, "the end of the attempt");
});
