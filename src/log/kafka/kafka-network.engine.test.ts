import { expect, test } from "vitest";
import { startKafka } from "../../../scripts/engines/kafka.ts";
import { TcpProxy } from "../../../test/support/tcp-proxy.ts";
import { startFlow } from "./kafka-flow-for-tests.ts";
import { stallMs } from "../../../test/support/stall.ts";

test("the network between Kafka and all others is silent for 30 s", async () => {
  const proxies: TcpProxy[] = [];
  const kafka = await startKafka({
    reachedBy: async (port) => {
      proxies.push(await TcpProxy.before(port));
      return proxies[0].port;
    },
  });
  const [net] = proxies;
  const flow = await startFlow(kafka.brokers);
  await flow.goesOn();
  net.fault = () => "silence";
  await new Promise((resolve) => setTimeout(resolve, 30_000));
  net.fault = () => "pass";
  net.heal();
  const healed = performance.now();
  await flow.goesOn();
  expect(performance.now() - healed).toBeLessThan(15_000 + stallMs);
  await flow.end();
  net.stop();
  await kafka.stop();
}, 300_000);
