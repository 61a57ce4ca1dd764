import type { ReactNode } from "react";
import styles from "./facts.module.css";

/** `note` stands in small letters below the value. */
type Fact = [title: string, value: ReactNode, note?: ReactNode];

/** Short facts about one thing, each with its name; what is falsy is left out. `figures`: those that a page begins with, larger. */
export function Facts({ facts, look = "plain" }: { facts: (Fact | false | "" | null | undefined)[]; look?: "plain" | "figures" }) {
  return (
    <dl className={styles[look]}>
      {facts.filter((fact): fact is Fact => Array.isArray(fact)).map(([title, value, note]) => (
        <div key={title}>
          <dt className="foreign">{title}</dt>
          <dd className="foreign">
            {value}
            {note !== undefined && <small>{note}</small>}
          </dd>
        </div>
      ))}
    </dl>
  );
}
