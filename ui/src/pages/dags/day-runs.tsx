import { Link } from "@tanstack/react-router";
import { api } from "../../api/client.ts";
import { Card } from "../../design/components/card.tsx";
import { Moment } from "../../design/components/moment.tsx";
import { Loaded } from "../../design/components/page.tsx";
import { StateBadge } from "../../design/components/state-badge.tsx";
import { dayAfter } from "./month-days.ts";
import styles from "./backfill-form.module.css";

const runsMax = 100;

/** The runs of one day. */
export function DayRuns({ dag, day }: { dag: string; day: string }) {
  const query = api.useQuery("get", "/api/v1/dags/{dag}/runs", { params: { path: { dag }, query: { from: day, to: dayAfter(day, 1), limit: runsMax } } });
  return (
    <Card title={`Runs of ${day}`}>
      <Loaded query={query}>
        {({ runs }) =>
          runs.length === 0 ? (
            <p className="quiet">There are none.</p>
          ) : (
            <ul className={styles.list}>
              {runs.map(({ id, state, interval }) => (
                <li key={id}>
                  <Link to="/runs/$run" params={{ run: id }}>
                    <Moment at={interval.start} />
                  </Link>
                  <StateBadge state={state} />
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
    </Card>
  );
}
