import { expect, test } from "vitest";
import type { Manifest } from "../../../../src/model/manifest.ts";
import { keptBackOf } from "./kept-back-of.ts";

const stages = { gate: { from: ["orders"], to: { out: "orders.good" } }, write: { from: ["orders.good"], to: {}, table: "sales.orders" }, other: { from: ["x"], to: { out: "y" } } };
const manifest = { stages, tables: { "sales.orders": { from: "orders.good" }, "sales.totals": {} } } as unknown as Manifest;
const letters = ["gate", "write", "other", "gone"].map((stage) => ({ stage, topic: `${stage}.dlq`, records: 1 }));
const said = (dataset: string) => keptBackOf(manifest, dataset, letters).map(({ stage }) => stage);

test("of a topic those that read it, of a table those that lead into it, of what tasks write nobody", () => {
  expect([said("topics.orders"), said("sales.orders"), said("sales.totals"), said("sales.gone")]).toEqual([["gate"], ["gate", "write"], [], []]);
});
