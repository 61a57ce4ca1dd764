import { expect, test } from "vitest";
import { files } from "../connect/files/declare.ts";
import { buildManifest } from "./build-manifest.ts";
import { crawler } from "./crawler.ts";
import { describeModule } from "./describe-module.ts";
import { externalTable } from "./external-table.ts";
import { sourceFolder } from "./onboarding/source-folder.ts";
import { jsonSchema } from "./schema-types.ts";
import { connection, secret } from "./secret.ts";
import { topic } from "./topic.ts";

const settings = { endpoint: "https://s3.example.com", accessKeyId: "reader", secretAccessKey: secret("raw-key") };
const raw = connection("raw", settings);
const said = (work: () => unknown): string => {
  const made = work() as { faults?: Error[] };
  return made?.faults?.[0]?.message ?? `no error, but ${JSON.stringify(made)}`;
};
const thrown = (work: () => unknown): string => {
  try {
    return said(work);
  } catch (error) {
    return (error as Error).message;
  }
};

test("what is declared over buckets stands in the manifest with addresses and the names of secrets", () => {
  const exports = {
    logs: crawler("logs", { at: "s3://company/logs", connection: raw }),
    jira: sourceFolder("jira", { at: "s3://company/raw/jira/*" }),
    clicks: externalTable("raw.clicks", { at: ["s3://company/clicks/*.csv", "more/*.csv"], connection: raw }),
  };
  const { dags, external, problems } = buildManifest("test", [describeModule("/project", "/project/pipeline.ts", exports)], new Map());
  expect(problems).toEqual([]);
  expect(dags.logs.tasks[0].settings).toMatchObject({ at: "s3://company/logs", connection: settings });
  const [crawl, changes] = dags.jira.tasks;
  expect([crawl.settings, changes.settings]).toMatchObject([{ at: "s3://company/raw/jira", tableLevel: 2 }, { at: "s3://company/raw/jira" }]);
  expect(crawl.settings).not.toHaveProperty("connection");
  expect(external?.["raw.clicks"]).toMatchObject({ at: ["s3://company/clicks/*.csv", "more/*.csv"], connection: settings });
});

test.each([
  ["an address that names no bucket", "s3://Company_Raw/x", raw, "names no bucket"],
  ["no bucket at all", "s3:///x", raw, "names no bucket"],
  ["a store that speaks otherwise", "gs://company/x", undefined, "there is no way to"],
  ["a connection for a folder", "data/raw", raw, "reads folders of this machine"],
  ["what is no connection", "s3://company/x", settings, "`connection` is no connection"],
  ["a key in the project", "s3://company/x", connection("raw", { ...settings, secretAccessKey: "AbC" }), "secretAccessKey stands in the project"],
  ["half of a key", "s3://company/x", connection("raw", { accessKeyId: "reader" }), "is missing"],
  ["an endpoint that is none", "s3://company/x", connection("raw", { endpoint: "s3.example.com" }), "the endpoint cannot be read"],
  ["a setting of another kind", "s3://company/x", connection("raw", { pathStyle: "yes" }), "pathStyle is"],
  ["a setting that there is not", "s3://company/x", connection("raw", { acessKeyId: "reader" }), 'write "accessKeyId"'],
])("%s is refused where it is declared", (_, at, given, message) => {
  const options = { at, ...(given !== undefined && { connection: given as typeof raw }) };
  for (const declare of [() => crawler("logs", options), () => sourceFolder("logs", options), () => externalTable("raw.logs", options)]) expect(thrown(declare)).toContain(message);
});

test("a replay of files reads buckets by the same rules", () => {
  const orders = topic("orders", { schema: jsonSchema({ type: "object", properties: { id: { type: "integer" } }, required: ["id"] }) });
  expect(files("replay", { to: orders, path: "s3://company/orders/*.csv", connection: raw })).toMatchObject({ settings: { paths: ["s3://company/orders/*.csv"], format: "csv", connection: settings } });
  expect(thrown(() => files("replay", { to: orders, path: "data/*.csv", connection: raw }))).toContain("reads folders of this machine");
});
