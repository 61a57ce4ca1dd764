import { crawl } from "./crawl.ts";
import { entitiesLink } from "./entities-link.ts";
import { etlFlatten } from "./etl-flatten.ts";
import type { Benchmark } from "./harness/benchmark.ts";
import { hopLatency } from "./hop-latency.ts";
import { hopPassthrough } from "./hop-passthrough.ts";
import { idle } from "./idle.ts";
import { kills } from "./kills.ts";
import { lakeCommit } from "./lake-commit.ts";
import { lakeScan } from "./lake-scan.ts";
import { logAppend } from "./log-append.ts";
import { logRead } from "./log-read.ts";
import { modelsIncremental } from "./models-incremental.ts";
import { recovery } from "./recovery.ts";
import { schedChain } from "./sched-chain.ts";
import { schedFanout } from "./sched-fanout.ts";
import { schedThroughput } from "./sched-throughput.ts";
import { schedHistory } from "./sched-history.ts";
import { schedIdle } from "./sched-idle.ts";
import { schedTick } from "./sched-tick.ts";
import { sqlLatency } from "./sql-latency.ts";
import { stageMap } from "./stage-map.ts";
import { stageWindow } from "./stage-window.ts";
import { visible } from "./visible.ts";

/** Every benchmark that `npm run bench` knows. */
export const benchmarks: Benchmark[] = [logAppend, logRead, hopPassthrough, stageMap, stageWindow, hopLatency, recovery, kills, visible, idle, schedChain, schedFanout, schedThroughput, schedHistory, schedTick, schedIdle, lakeScan, lakeCommit, sqlLatency, etlFlatten, entitiesLink, crawl, modelsIncremental];
