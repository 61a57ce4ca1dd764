import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parse } from "yaml";

/* compose.yaml, for users: the engines that the suites run against, and reachable from this machine alone. */

interface Service {
  image: string;
  ports: string[];
  healthcheck?: { test: string[] };
  environment: Record<string, string>;
}

const read = (path: string): string => readFileSync(new URL(`../${path}`, import.meta.url), "utf8");
const { services } = parse(read("compose.yaml")) as { services: Record<string, Service> };

test("every engine is of a whole version, listens on loopback, and says when it is well", () => {
  expect(Object.keys(services)).toEqual(["kafka", "postgres", "s3"]);
  for (const { image, ports, healthcheck } of Object.values(services)) {
    expect(image).toMatch(/:v?\d+\.\d+(\.\d+)?$/);
    expect(ports.every((port) => port.startsWith("127.0.0.1:"))).toBe(true);
    expect(healthcheck?.test[0]).toBe("CMD");
  }
});

test("Kafka and the S3 store are of the versions that the suites install", () => {
  expect(services.kafka.image).toBe(`apache/kafka:${/<kafka.version>(.+)<\/kafka.version>/.exec(read("scripts/engines/kafka.pom.xml"))?.[1]}`);
  expect(services.s3.image).toBe(`versity/versitygw:${/^version=(.+)$/m.exec(read("scripts/engines/install-s3.sh"))?.[1]}`);
});

test("no password stands in the file", () => {
  for (const { environment } of Object.values(services)) for (const [name, value] of Object.entries(environment)) if (/PASSWORD|SECRET/.test(name)) expect(value).toMatch(/^\$\{\w+:\?/);
});
