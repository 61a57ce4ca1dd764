import type { StageStatus } from "../../api/types.ts";
import { api } from "../../api/client.ts";
import { Card } from "../../design/components/card.tsx";
import { ErrorBox } from "../../design/components/error-box.tsx";
import { ApiError } from "../../api/api-error.ts";
import { Facts } from "../../design/components/facts.tsx";
import { Loaded } from "../../design/components/page.tsx";
import { Switcher } from "../../design/components/switcher.tsx";
import { TimeChart } from "../../design/components/time-chart.tsx";
import { bytesText, countText, durationText, rateText, shortCount } from "../../design/format.ts";
import { useStatus } from "../../live/use-status.ts";
import { costText, workText } from "../overview/work-text.ts";
import { InstanceTable } from "./instance-table.tsx";
import styles from "./now-tab.module.css";

const spans = [{ value: "10", title: "10 min" }, { value: "60", title: "1 h" }, { value: "360", title: "6 h" }];
const coresText = (cores: number): string => String(Number(cores.toPrecision(2)));

/** How the stage does, now and over the last hours. */
export function NowTab({ stage, span = "10" }: { stage: StageStatus; span?: string }) {
  const prices = useStatus().data?.prices ?? null;
  const minutes = spans.some(({ value }) => value === span) ? Number(span) : 10;
  const query = api.useQuery("get", "/api/v1/stages/{stage}/figures", { params: { path: { stage: stage.name }, query: { minutes } } }, { refetchInterval: minutes === 10 ? 2_000 : 10_000 });
  const { today, scale, instances, deadLetters, lateRecords, warnedRecords, lastError } = stage;
  return (
    <>
      {stage.state === "paused" && <p className={`${styles.reason} foreign`}>Paused: {stage.reason}</p>}
      {lastError && <ErrorBox error={new ApiError(0, lastError)} at={lastError.at} />}
      <Facts
        look="figures"
        facts={[
          ["In", rateText(stage.recordsInPerSecond), `${countText(stage.recordsIn)} in all`],
          ["Out", rateText(stage.recordsOutPerSecond), `${countText(stage.recordsOut)} since the start`],
          ["Lag", countText(stage.lagRecords), "records"],
          ["Dead letters", countText(deadLetters), `${countText(lateRecords)} late, ${countText(warnedRecords)} warned of`],
          ["Processes", countText(instances.length), `${scale.min} to ${scale.max}`],
          [prices ? "Cost today" : "Used today", costText(today, prices), prices ? `${workText(today)}, since midnight UTC` : "since midnight UTC"],
        ]}
      />
      <Card title="Over time" aside={<Switcher label="Span" name="span" options={spans} current={span} />}>
        <Loaded query={query}>
          {({ at, stepMs, recordsIn, recordsOut, lag, latencyP50Ms, latencyP99Ms, cores, memoryBytes }) => (
            <div className={styles.charts}>
              <TimeChart label="Throughput, records a second" at={at} stepMs={stepMs} series={[{ label: "In", values: recordsIn }, { label: "Out", values: recordsOut }]} text={rateText} />
              <TimeChart label="Lag, records" at={at} stepMs={stepMs} series={[{ label: "Lag", values: lag }]} text={shortCount} />
              <TimeChart label="Latency from a record's arrival in the log to the commit behind it" at={at} stepMs={stepMs} series={[{ label: "Latency of half the records", values: latencyP50Ms }, { label: "of 99 %", values: latencyP99Ms }]} text={durationText} />
              <TimeChart label="Processors in use" at={at} stepMs={stepMs} series={[{ label: "Processors", values: cores }]} text={coresText} />
              <TimeChart label="Memory of its processes" at={at} stepMs={stepMs} series={[{ label: "Memory", values: memoryBytes }]} text={bytesText} />
            </div>
          )}
        </Loaded>
      </Card>
      <InstanceTable stage={stage} />
    </>
  );
}
