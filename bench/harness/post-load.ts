import { Agent, request } from "node:http";
import { machineMs } from "./clock.ts";

/*
 * A process that posts records at fixed times, whether or not the answers have come (an open loop): a slow answer delays
 * no later post, and the time that a record carries is when it was due, not when it could be sent.
 */

export interface PostLoad {
  url: string;
  token: string;
  perSecond: number;
  posts: number;
}

function post({ url, token }: PostLoad, agent: Agent, id: number, sent: number): Promise<void> {
  const body = JSON.stringify({ id, sent, customer: `c${id % 1_000}` });
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json", "content-length": Buffer.byteLength(body) };
    const sending = request(url, { method: "POST", agent, headers }, (response) => {
      response.resume();
      response.once("end", () => (response.statusCode === 200 ? resolve() : reject(new Error(`a post was answered with ${response.statusCode}`))));
    });
    sending.once("error", reject);
    sending.end(body);
  });
}

async function run(load: PostLoad): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: 256 });
  const answers: Promise<void>[] = [];
  const startMs = machineMs() + 20;
  while (answers.length < load.posts) {
    const due = Math.min(load.posts, Math.floor(((machineMs() - startMs) * load.perSecond) / 1000) + 1);
    while (answers.length < due) answers.push(post(load, agent, answers.length, startMs + (answers.length * 1000) / load.perSecond));
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await Promise.all(answers);
  agent.destroy();
}

process.once("message", (load: PostLoad) => {
  run(load).then(
    () => process.exit(0),
    (error: Error) => {
      process.stderr.write(`${error.message}\n`);
      process.exit(1);
    },
  );
});
