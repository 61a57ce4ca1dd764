import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { shardConformance } from "./shard-conformance.ts";
import { sqliteShards } from "./sqlite-shards.ts";

const folder = mkdtemp(join(tmpdir(), "millrace-shards-"));
shardConformance("sqlite", async (name) => sqliteShards(join(await folder, `${name}.sqlite`)));
