import { type ReactNode, useId, useRef } from "react";
import { useOverflow } from "../use-overflow.ts";
import styles from "./card.module.css";

/** One thing of a page, with its title. `flush`: what is in it brings its own margins, as a table does. */
export function Card({ title, aside, flush = false, children }: { title?: ReactNode; aside?: ReactNode; flush?: boolean; children: ReactNode }) {
  const id = useId();
  return (
    <section className={styles.card} aria-labelledby={title === undefined ? undefined : id}>
      {title !== undefined && (
        <header className={styles.head}>
          <h2 id={id}>{title}</h2>
          {aside}
        </header>
      )}
      {flush ? <Flush>{children}</Flush> : <div className={styles.body}>{children}</div>}
    </section>
  );
}

/** A table that is wider than a phone scrolls in it, by keys too. */
function Flush({ children }: { children: ReactNode }) {
  const box = useRef<HTMLDivElement>(null);
  const scrolls = useOverflow(box);
  return (
    <div ref={box} className={styles.flush} tabIndex={scrolls ? 0 : undefined}>
      {children}
    </div>
  );
}
