import { useNavigate, useSearch } from "@tanstack/react-router";
import { warmUp } from "../../../../src/quality/watch/warm-up.ts";
import { api } from "../../api/client.ts";
import { Card } from "../../design/components/card.tsx";
import { Empty } from "../../design/components/empty.tsx";
import { Choice } from "../../design/components/field.tsx";
import { Moment } from "../../design/components/moment.tsx";
import { Loaded } from "../../design/components/page.tsx";
import styles from "./quality.module.css";
import type { Anomaly } from "./quality-rows.ts";
import { SeriesChart } from "./series-chart.tsx";
import { metricsOf, seriesPoints } from "./series-points.ts";
import { againMs } from "./use-quality-rows.ts";

/** What the watch measured of each version, with what was not as usual drawn where it was. */
export function AnomalyCard({ dataset, anomalies }: { dataset: string; anomalies: Anomaly[] }) {
  const { metric: chosen } = useSearch({ from: "/shell/quality/$dataset" });
  const navigate = useNavigate();
  const measured = api.useQuery("get", "/api/v1/watch/{dataset}", { params: { path: { dataset } } }, { refetchInterval: againMs });
  return (
    <Loaded query={measured}>
      {({ versions }) => {
        const metrics = metricsOf(versions, anomalies);
        const metric = chosen !== undefined && metrics.includes(chosen) ? chosen : metrics[0];
        return (
          <Card
            title="Versions, as they are watched"
            aside={metric !== undefined && <Choice label="Figure" bare options={metrics.map((name) => ({ value: name, title: name }))} value={metric} onChange={(event) => void navigate({ to: ".", search: ((now: object) => ({ ...now, metric: event.target.value })) as never, replace: true })} />}
          >
            {metric === undefined ? <Empty title="No version was measured yet">The watch looks at each table once a minute.</Empty> : <SeriesChart metric={metric} points={seriesPoints(versions, anomalies, metric)} />}
            <h3>{anomalies.length > 0 ? "Not as usual" : versions.length > warmUp ? "All was as usual" : "What is usual is being learnt"}</h3>
            {anomalies.length === 0 && versions.length <= warmUp && <p>{`From the first ${warmUp} versions: ${versions.length} so far.`}</p>}
            <ul className={styles.anomalies}>
              {anomalies.map(({ at, metric, text }) => (
                <li key={`${at} ${metric}`}>
                  <Moment at={at} />
                  <span className="foreign">{text}</span>
                </li>
              ))}
            </ul>
          </Card>
        );
      }}
    </Loaded>
  );
}
