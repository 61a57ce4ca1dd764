import type { ReactNode } from "react";
import styles from "./facts.module.css";

export interface Fact {
  title: string;
  value: ReactNode;
  /** In small letters below it. */
  note?: ReactNode;
}

/** The figures that a page begins with. */
export function Facts({ facts }: { facts: Fact[] }) {
  return (
    <dl className={styles.facts}>
      {facts.map(({ title, value, note }) => (
        <div key={title} className={styles.fact}>
          <dt>{title}</dt>
          <dd>
            {value}
            {note !== undefined && <small>{note}</small>}
          </dd>
        </div>
      ))}
    </dl>
  );
}
