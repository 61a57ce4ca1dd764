import type { ReactNode } from "react";
import styles from "./facts.module.css";

/** Short facts about one thing, each with its name. What is falsy is left out. */
export function Facts({ facts }: { facts: ([title: string, value: ReactNode] | false | "" | null | undefined)[] }) {
  return (
    <dl className={styles.facts}>
      {facts.filter((fact) => fact !== false && fact !== "" && fact !== null && fact !== undefined).map(([title, value]) => (
        <div key={title}>
          <dt>{title}</dt>
          <dd className="foreign">{value}</dd>
        </div>
      ))}
    </dl>
  );
}
