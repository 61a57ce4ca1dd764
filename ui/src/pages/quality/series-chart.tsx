import { shortCount } from "../../design/format.ts";
import styles from "./quality.module.css";
import type { SeriesPoint } from "./series-points.ts";

const width = 1_000;
const height = 180;
const margin = { left: 56, right: 12, top: 12, bottom: 22 };

const shareText = (share: number): string => `${(100 * share).toFixed(1)} %`;

/** Some hundred points at most, evenly apart: versions come when they come. What was usual where something was not stands behind it as a bar. */
export function SeriesChart({ metric, points }: { metric: string; points: SeriesPoint[] }) {
  const text = metric.startsWith("nulls ") ? shareText : shortCount;
  const values = points.flatMap(({ value, odd }) => [value, ...(odd?.usual ?? [])]);
  const [low, high] = [Math.min(0, ...values), Math.max(...values, metric.startsWith("nulls ") ? 0.01 : 1)];
  const x = (index: number): number => margin.left + (index / Math.max(1, points.length - 1)) * (width - margin.left - margin.right);
  const y = (value: number): number => margin.top + (1 - (value - low) / (high - low)) * (height - margin.top - margin.bottom);
  const odd = points.flatMap((point, index) => (point.odd ? [{ ...point, odd: point.odd, index }] : []));
  const day = (at: number): string => new Date(at).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
  return (
    <svg className={styles.chart} viewBox={`0 0 ${width} ${height}`} role="img" aria-label={`${metric} of ${points.length} versions, from ${text(Math.min(...points.map(({ value }) => value)))} to ${text(Math.max(...points.map(({ value }) => value)))}; ${odd.length} not as usual`}>
      {[low, (low + high) / 2, high].map((value) => (
        <text key={value} className={styles.axis} x={margin.left - 8} y={y(value) + 4} textAnchor="end">
          {text(value)}
        </text>
      ))}
      {odd.map(({ index, odd: { usual } }) => (
        <line key={index} className={styles.band} x1={x(index)} x2={x(index)} y1={y(usual[0])} y2={y(usual[1])} />
      ))}
      <polyline className={styles.line} points={points.map(({ value }, index) => `${x(index)},${y(value)}`).join(" ")} />
      {odd.map(({ index, value, odd: { text: words } }) => (
        <circle key={index} className={styles.odd} cx={x(index)} cy={y(value)} r={6}>
          <title>{words}</title>
        </circle>
      ))}
      {points.length > 0 && (
        <>
          <text className={styles.axis} x={margin.left} y={height - 4}>
            {day(points[0].at)}
          </text>
          <text className={styles.axis} x={width - margin.right} y={height - 4} textAnchor="end">
            {day((points.at(-1) as SeriesPoint).at)}
          </text>
        </>
      )}
    </svg>
  );
}
