import { getRouteApi } from "@tanstack/react-router";
import { ChevronLeft, ChevronRight } from "lucide-react";
import { Button } from "../../design/components/button.tsx";
import { Loaded } from "../../design/components/page.tsx";
import { BackfillForm } from "./backfill-form.tsx";
import styles from "./calendar-tab.module.css";
import type { DagDetail } from "./dag-page.tsx";
import { DayRuns } from "./day-runs.tsx";
import { isDay, spanOf } from "./month-days.ts";
import { useCalendar } from "./use-calendar.ts";
import { YearCalendar } from "./year-calendar.tsx";

const route = getRouteApi("/shell/dags/$dag");

/** Runs by the day. Days that are painted over can be run again, or for the first time. */
export function CalendarTab({ dag }: { dag: DagDetail }) {
  const { year: asked, from, to } = route.useSearch();
  const navigate = route.useNavigate();
  const newest = dag.lastRun?.interval.start ?? dag.nextRunAt ?? new Date().toISOString();
  const year = Number(/^\d{4}$/.test(asked ?? "") ? asked : isDay(from) ? from.slice(0, 4) : newest.slice(0, 4));
  const query = useCalendar(dag.name, year);
  const span = isDay(from) && isDay(to) ? spanOf(from, to) : undefined;
  const paint = (painted: { from: string; to: string } | undefined): void => void navigate({ search: (now) => ({ ...now, year: String(year), from: painted?.from, to: painted?.to }), replace: true });
  const turn = (years: number): void => void navigate({ search: (now) => ({ ...now, year: String(year + years) }), replace: true });
  return (
    <>
      <div className={styles.bar}>
        <Button icon={<ChevronLeft size={16} />} label="The year before" onClick={() => turn(-1)} />
        <h2 className={styles.year}>{year}</h2>
        <Button icon={<ChevronRight size={16} />} label="The year after" onClick={() => turn(1)} />
        <span className="quiet">
          Days of {dag.timezone}. Drag over days, or hold Shift with the arrows, to run them again.
        </span>
      </div>
      <div className={styles.parts}>
        <Loaded query={query}>{({ days }) => <YearCalendar key={year} year={year} days={days} painted={span} onPaint={paint} />}</Loaded>
        {span && (
          <aside className={styles.aside} aria-label="The days that are painted">
            {span.from === span.to && <DayRuns dag={dag.name} day={span.from} />}
            <BackfillForm key={`${span.from} ${span.to}`} dag={dag.name} from={span.from} to={span.to} onClose={() => paint(undefined)} />
          </aside>
        )}
      </div>
    </>
  );
}
