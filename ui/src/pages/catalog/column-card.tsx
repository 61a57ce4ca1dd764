import type { ReactNode } from "react";
import { countText } from "../../design/format.ts";
import { visibleLine } from "../../design/visible-text.ts";
import styles from "./catalog.module.css";
import type { Profile } from "./catalog-queries.ts";

type ColumnProfile = Profile["columns"][number];

const nameMax = 200;
const valueMax = 80;
const frequentShown = 3;
const shapesShown = 2;
const shortMax = 40;

/** A column by its name, and what is known of it. */
export function ColumnCard({ name, type, children }: { name: string; type?: string; children: ReactNode }) {
  const shown = visibleLine(name.slice(0, nameMax));
  return (
    <section className={styles.column} aria-label={shown}>
      <h3 className="foreign">
        {shown} {type !== undefined && <code>{visibleLine(type.slice(0, nameMax))}</code>}
      </h3>
      {children}
    </section>
  );
}

/** What the values of a column are like. */
export function ColumnFigures({ column }: { column: ColumnProfile }) {
  const bars = column.numbers?.histogram ?? [];
  const highest = Math.max(1, ...bars.map(({ count }) => count));
  return (
    <>
      {bars.length > 0 && (
        <div className={styles.bars} role="img" aria-label={`Histogram of ${bars.length} bars, from ${bars[0].from} to ${bars[bars.length - 1].to}`}>
          {bars.map(({ from, to, count }) => (
            <span key={from} style={{ height: `${(100 * count) / highest}%` }} title={`${from} to ${to}: ${countText(count)}`} />
          ))}
        </div>
      )}
      <dl>
        {factsOf(column).map(([title, value]) => (
          <div key={title} style={{ display: "contents" }}>
            <dt>{title}</dt>
            <dd className="foreign">{visibleLine(value)}</dd>
          </div>
        ))}
      </dl>
    </>
  );
}

function factsOf({ rows, nulls, distinct, min, max, frequent, shapes }: ColumnProfile): [title: string, value: string][] {
  const facts: [string, string | undefined][] = [
    ["nulls", share(nulls, rows)],
    ["different", `${distinct.exact ? "" : "about "}${countText(distinct.value)}`],
    ["least", min?.slice(0, valueMax)],
    ["greatest", max?.slice(0, valueMax)],
    ["most often", frequent?.values.slice(0, frequentShown).map(({ value, count }) => `${value.slice(0, shortMax)} (${share(count, rows)})`).join(", ")],
    ["shape", shapes?.values.slice(0, shapesShown).map(({ shape }) => shape.slice(0, shortMax)).join(", ")],
  ];
  return facts.filter((fact): fact is [string, string] => fact[1] !== undefined);
}

/** Its sign stays beside the figure. */
function share(part: number, of: number): string {
  if (of === 0) return "–";
  const percent = (100 * part) / of;
  if (part > 0 && percent < 0.05) return "under\u00a00.1\u00a0%";
  return `${percent.toFixed(part === 0 || part === of ? 0 : 1)}\u00a0%`;
}
