import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { selfSigned } from "../../scripts/engines/self-signed.ts";
import { startTestServer } from "../../test/support/test-server.ts";

/** What the server says before it ends the connection, if it does. */
async function answerTo(port: number, text: string): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  let answer = "";
  socket.on("data", (bytes) => (answer += String(bytes)));
  socket.on("error", () => undefined);
  if (text !== "") socket.write(text);
  await once(socket, "close");
  return answer;
}

/* Ten seconds, by the limits of the server, which Node looks at every thirty. */
test("who connects and does not get as far as a request is let go, with an answer where one can be sent", async () => {
  const folder = mkdtempSync(join(tmpdir(), "mr-hostile-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const { cert, key } = selfSigned(folder);
  const [plain, secure] = await Promise.all([startTestServer(), startTestServer({ tls: { cert: readFileSync(cert), key: readFileSync(key) } })]);
  onTestFinished(() => Promise.all([plain.close(), secure.close()]).then(() => undefined));
  const [plainPort, securePort] = [plain, secure].map(({ url }) => Number(new URL(url).port));
  const answers = await Promise.all([answerTo(securePort, ""), answerTo(securePort, "GET / HTTP/1.1\r\n\r\n"), answerTo(plainPort, "nothing of the kind\r\n\r\n"), answerTo(plainPort, "GET /livez HTTP/1.1\r\nhost: lo")]);
  expect(answers.map((answer) => answer.slice(0, 12))).toEqual(["", "", "HTTP/1.1 400", "HTTP/1.1 408"]);
});
