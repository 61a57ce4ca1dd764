import "uplot/dist/uPlot.min.css";
import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from "react";
import uPlot from "uplot";
import { lastKnown, type Values, withGaps } from "../chart-data.ts";
import { bytesText } from "../format.ts";
import { type Theme, useTheme } from "../theme.ts";
import { Moment } from "./moment.tsx";
import styles from "./time-chart.module.css";

export interface Series {
  label: string;
  values: Values;
}

interface TimeChartProps {
  /** What it shows, for those who do not see it. */
  label: string;
  /** Milliseconds since 1970, the oldest first. */
  at: number[];
  stepMs: number;
  /** One or two: colours say states, and lines are ink. */
  series: Series[];
  text(value: number): string;
}

const heightPx = 130;
const colour = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(name);

/** Figures over time, in the viewer's zone. The line above tells the values of the newest point, or of the one that the mouse or the arrow keys are at. */
export function TimeChart({ label, at, stepMs, series, text }: TimeChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  const theme = useTheme();
  const [chosen, setChosen] = useState<number | undefined>();
  const data = useMemo(() => withGaps(at, series.map(({ values }) => values), stepMs), [at, series, stepMs]);
  const labels = series.map((each) => each.label).join("\n");
  useEffect(() => {
    if (!place.current) return;
    const made = new uPlot(optionsFor(place.current.clientWidth, labels.split("\n"), text, theme, setChosen), [[]], place.current);
    plot.current = made;
    const sizes = new ResizeObserver(([{ contentRect }]) => made.setSize({ width: contentRect.width, height: heightPx }));
    sizes.observe(place.current);
    return () => {
      sizes.disconnect();
      made.destroy();
    };
  }, [labels, text, theme]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a chart that was made anew has nothing yet
  useEffect(() => {
    plot.current?.setData([data.at.map((ms) => ms / 1_000), ...data.series] as uPlot.AlignedData);
  }, [data, labels, text, theme]);

  const newest = Math.max(-1, ...data.series.map(lastKnown));
  const shown = chosen !== undefined && chosen < data.at.length ? chosen : newest;
  const onKey = (event: KeyboardEvent): void => {
    const step = { ArrowLeft: -1, ArrowRight: 1, Home: -Infinity, End: Infinity }[event.key];
    if (event.key === "Escape") setChosen(undefined);
    if (step === undefined) return;
    event.preventDefault();
    setChosen(Math.max(0, Math.min(data.at.length - 1, shown + step)));
  };
  useEffect(() => {
    if (!plot.current || chosen === undefined || chosen >= data.at.length) return;
    plot.current.setCursor({ left: plot.current.valToPos(data.at[chosen] / 1_000, "x"), top: 10 }, false);
  }, [chosen, data]);
  return (
    <div className={styles.chart}>
      <p className={styles.readout} aria-live="off">
        {series.map((each, i) => (
          <span key={each.label}>
            <span className={styles.swatch} data-second={i > 0} aria-hidden />
            {each.label} <b>{valueText(data.series[i][shown], text)}</b>
          </span>
        ))}
        <span className={styles.when}>{shown >= 0 && <Moment at={data.at[shown]} only="time" />}</span>
      </p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: the arrow keys move through its values */}
      <div ref={place} className={styles.plot} role="img" aria-label={`${label}. ${series.map((each, i) => `${each.label}: ${valueText(data.series[i][shown], text)}`).join(", ")}. Arrow keys move through the values.`} tabIndex={0} onKeyDown={onKey} onBlur={() => setChosen(undefined)} />
    </div>
  );
}

/** Round in KiB, MiB and GiB; tens are not. */
const bytesSteps = Array.from({ length: 50 }, (_, power) => 2 ** power);

const valueText = (value: number | null | undefined, text: (value: number) => string): string => (value === null || value === undefined ? "–" : text(value));

function optionsFor(width: number, labels: string[], text: (value: number) => string, _theme: Theme, onChosen: (at: number | undefined) => void): uPlot.Options {
  const axis = { stroke: colour("--ink-3"), grid: { stroke: colour("--line"), width: 1 }, ticks: { show: false }, font: `11px ${colour("--sans")}` };
  return {
    ...{ width, height: heightPx, legend: { show: false }, padding: [8, 8, 0, 0] },
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 6 } },
    scales: { x: { time: true }, y: { range: (_, _low, high) => [0, high > 0 ? high * 1.1 : 4] } },
    axes: [{ ...axis, space: 70, size: 26, values: (_, splits) => splits.map(timeText) }, { ...axis, size: 62, space: 34, ...(text === bytesText && { incrs: bytesSteps }), values: (_, splits) => splits.map(text) }],
    series: [{}, ...labels.map((label, i) => ({ label, stroke: colour(i === 0 ? "--ink" : "--ink-3"), width: 1.5, dash: i === 0 ? undefined : [5, 4], points: { show: false } }))],
    hooks: { setCursor: [({ cursor, root }) => root.matches(":hover") && onChosen(cursor.idx ?? undefined)] },
  };
}

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const clockWithSeconds = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
const timeText = (seconds: number): string => (seconds % 60 === 0 ? clock : clockWithSeconds).format(seconds * 1_000);
