import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import type { AlertMessage } from "../src/supervisor/alerts/alert-message.ts";
import type { AlertView, RunView } from "../src/server/dag-control.ts";
import { MillraceProcess, until } from "./support/millrace-process.ts";
import { temporaryProject } from "./support/temporary-project.ts";

const pipeline = (url: string) => `
import { dag } from "millrace";
export const nightly = dag("nightly", { alerts: [{ on: "failure", to: { webhook: ${JSON.stringify(url)} } }] }, ({ task }) => {
  task("load", async () => { throw new Error("no such airport"); });
});
export const fine = dag("fine", { alerts: [{ on: "failure", to: { webhook: ${JSON.stringify(url)} } }] }, ({ task }) => { task("load", async () => 1); });
`;

interface Received {
  key: string | undefined;
  body: AlertMessage;
}

/** A receiver that takes nothing until it is told to. */
async function receiver(): Promise<{ url: string; received: Received[]; take(): void }> {
  const received: Received[] = [];
  let takes = false;
  const read = async (request: IncomingMessage): Promise<string> => (await request.setEncoding("utf8").toArray()).join("");
  const server = createServer(async (request, response) => {
    const body = JSON.parse(await read(request)) as AlertMessage;
    received.push({ key: request.headers["idempotency-key"] as string | undefined, body });
    response.writeHead(takes ? 204 : 503).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`, received, take: () => (takes = true) };
}

test("the webhook of a DAG that fails arrives, though its receiver was down and Millrace was killed meanwhile", async () => {
  const { url, received, take } = await receiver();
  const project = temporaryProject({ "pipeline.ts": pipeline(url) });
  let millrace = await MillraceProcess.start(project.folder, project.data);
  onTestFinished(async () => {
    await millrace.killAll().catch(() => undefined);
    project.remove();
  });
  const trigger = async (dag: string): Promise<RunView> => (await (await millrace.post(`/api/v1/dags/${dag}/runs`, {})).json()) as RunView;
  await trigger("fine");
  const run = await trigger("nightly");
  await until(() => received.length > 0);
  await millrace.killAll();
  take();
  millrace = await MillraceProcess.start(project.folder, project.data);

  const alerts = async (): Promise<AlertView[]> => ((await (await millrace.request("/api/v1/alerts")).json()) as { alerts: AlertView[] }).alerts;
  await until(async () => (await alerts()).every(({ state }) => state === "sent"));
  // Of the task, and of its run.
  const told = new Map(received.map(({ body }) => [body.id, body]));
  expect([...told.values()].map(({ kind, dag, task, attempt }) => ({ kind, dag, task, attempt })).sort((a, b) => (a.task ?? "").localeCompare(b.task ?? ""))).toEqual([
    { kind: "failure", dag: "nightly", task: null, attempt: null },
    { kind: "failure", dag: "nightly", task: "load", attempt: 1 },
  ]);
  for (const { key, body } of received) expect([key, body.run]).toEqual([body.id, run.id]);
  expect([...told.values()].find(({ task }) => task === "load")?.text).toContain("no such airport");
  expect((await alerts()).map(({ id }) => id).sort()).toEqual([...told.keys()].sort());
});
