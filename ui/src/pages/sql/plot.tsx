import { useEffect, useRef } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { countText, shortCount } from "../../design/format.ts";
import { useTheme } from "../../design/theme.ts";
import { visibleLine } from "../../design/visible-text.ts";
import type { ChartData, ChartKind } from "./chart-data.ts";
import styles from "./result-chart.module.css";

const height = 360;
/** Lines are told apart by how they are broken: colours are for states. */
const dashes = [[], [8, 4], [2, 3], [10, 3, 2, 3], [14, 6], [5, 2]];

const short = (text: string): string => visibleLine(text.length > 24 ? `${text.slice(0, 23)}…` : text);

function optionsOf(data: ChartData, kind: ChartKind, width: number, ink: (name: string) => string): uPlot.Options {
  const paths = kind === "bars" ? uPlot.paths.bars?.({ size: [0.7, 60] }) : kind === "points" ? () => null : undefined;
  const axis = { stroke: ink("--ink-3"), grid: { stroke: ink("--line"), width: 1 }, ticks: { stroke: ink("--line"), width: 1 } };
  const { labels } = data;
  return {
    width,
    height,
    tzDate: (seconds) => (data.time === "clock" ? uPlot.tzDate(new Date(seconds * 1_000), "Etc/UTC") : new Date(seconds * 1_000)),
    scales: { x: { time: data.time !== undefined, ...(labels && { range: (_: uPlot, min: number, max: number): [number, number] => [min - 0.5, max + 0.5] }) } },
    series: [
      { label: "at", ...(labels && { value: (_: uPlot, at: number) => short(labels[at] ?? "–") }) },
      ...data.series.map(({ name }, i) => ({
        label: short(name),
        stroke: ink("--ink"),
        width: 1.5,
        dash: dashes[i],
        fill: kind === "bars" ? ink("--wait-fill") : undefined,
        points: { show: kind === "points", size: 4 + 2 * i },
        value: (_: uPlot, value: number | null) => (value === null ? "–" : Number.isInteger(value) ? countText(value) : String(value)),
        ...(paths && { paths }),
      })),
    ],
    axes: [{ ...axis, ...(labels && { values: (_: uPlot, places: number[]) => places.map((at) => (Number.isInteger(at) && labels[at] !== undefined ? short(labels[at]) : "")) }) }, { ...axis, size: 64, values: (_: uPlot, values: number[]) => values.map((value) => shortCount(value)) }],
    legend: { live: true },
  };
}

/** Points in a picture. @param label - what it shows, in words */
export function Plot({ data, kind, label }: { data: ChartData; kind: ChartKind; label: string }) {
  const box = useRef<HTMLDivElement>(null);
  const theme = useTheme();
  // biome-ignore lint/correctness/useExhaustiveDependencies: another theme has other inks
  useEffect(() => {
    const at = box.current as HTMLDivElement;
    const inks = getComputedStyle(at);
    const plot = new uPlot(optionsOf(data, kind, at.clientWidth, (name) => inks.getPropertyValue(name).trim()), [data.x, ...data.series.map(({ values }) => values)], at);
    const watcher = new ResizeObserver(() => plot.setSize({ width: at.clientWidth, height }));
    watcher.observe(at);
    return () => {
      watcher.disconnect();
      plot.destroy();
    };
  }, [data, kind, theme]);
  return <div ref={box} className={styles.plot} role="img" aria-label={label} />;
}
