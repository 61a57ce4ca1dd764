import { useLayoutEffect, useRef, useState } from "react";
import { counted, shortCount } from "../../design/format.ts";
import styles from "./quality.module.css";
import type { SeriesPoint } from "./series-points.ts";

const height = 200;
const margin = { left: 56, right: 14, top: 14, bottom: 26 };
/** With fewer each version is a dot. */
const dotsMax = 60;

const shareText = (share: number): string => `${(100 * share).toFixed(1)} %`;
const moment = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

/** Some hundred points at most, evenly apart: versions come when they come. What was usual where something was not stands behind it as a bar. */
export function SeriesChart({ metric, points }: { metric: string; points: SeriesPoint[] }) {
  const box = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    const watcher = new ResizeObserver(([{ contentRect }]) => setWidth(contentRect.width));
    watcher.observe(box.current as HTMLDivElement);
    return () => watcher.disconnect();
  }, []);
  return (
    <div ref={box} className={styles.chart}>
      {width > 0 && <Drawn metric={metric} points={points} width={width} />}
      <p className={styles.legend}>
        <span className={styles.lineMark} aria-hidden /> {metric} of each version
        {points.some(({ odd }) => odd) && (
          <>
            <span className={styles.oddMark} aria-hidden /> not as usual <span className={styles.bandMark} aria-hidden /> what was expected there
          </>
        )}
      </p>
    </div>
  );
}

function Drawn({ metric, points, width }: { metric: string; points: SeriesPoint[]; width: number }) {
  const isShare = metric.startsWith("nulls ");
  const text = isShare ? shareText : shortCount;
  const values = points.flatMap(({ value, odd }) => [value, ...(odd?.usual ?? [])]);
  const [low, high] = [Math.min(0, ...values), Math.max(...values, isShare ? 0.01 : 1)];
  const inner = width - margin.left - margin.right;
  const x = (index: number): number => margin.left + (points.length === 1 ? inner / 2 : (index / (points.length - 1)) * inner);
  const y = (value: number): number => margin.top + (1 - (value - low) / (high - low)) * (height - margin.top - margin.bottom);
  const odd = points.flatMap((point, index) => (point.odd ? [{ ...point, odd: point.odd, index }] : []));
  const [first, last] = [points[0], points[points.length - 1]];
  return (
    <svg width={width} height={height} role="img" aria-label={`${metric} of ${counted(points.length, "version")}, from ${text(Math.min(...points.map(({ value }) => value)))} to ${text(Math.max(...points.map(({ value }) => value)))}; ${odd.length} not as usual`}>
      {[low, (low + high) / 2, high].map((value) => (
        <g key={value}>
          <line className={styles.grid} x1={margin.left} x2={width - margin.right} y1={y(value)} y2={y(value)} />
          <text className={styles.axis} x={margin.left - 8} y={y(value) + 4} textAnchor="end">
            {text(value)}
          </text>
        </g>
      ))}
      {odd.map(({ index, odd: { usual } }) => (
        <line key={index} className={styles.band} x1={x(index)} x2={x(index)} y1={y(usual[0])} y2={y(usual[1])} />
      ))}
      <polyline className={styles.line} points={points.map(({ value }, index) => `${x(index)},${y(value)}`).join(" ")} />
      {points.length <= dotsMax &&
        points.map(({ at, value }, index) => (
          <circle key={at} className={styles.dot} cx={x(index)} cy={y(value)} r={2.5}>
            <title>{`${moment.format(at)}: ${text(value)}`}</title>
          </circle>
        ))}
      {odd.map(({ index, value, odd: { text: words } }) => (
        <circle key={index} className={styles.odd} cx={x(index)} cy={y(value)} r={6}>
          <title>{words}</title>
        </circle>
      ))}
      <text className={styles.axis} x={points.length === 1 ? x(0) : margin.left} y={height - 6} textAnchor={points.length === 1 ? "middle" : "start"}>
        {moment.format(first.at)}
      </text>
      {points.length > 1 && (
        <text className={styles.axis} x={width - margin.right} y={height - 6} textAnchor="end">
          {moment.format(last.at)}
        </text>
      )}
    </svg>
  );
}
