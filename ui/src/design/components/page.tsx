import { type ReactNode, useEffect } from "react";
import { ErrorBox } from "./error-box.tsx";
import styles from "./page.module.css";

/** The frame of a page: one heading, what can be done with all of it, and the rest below. `title` also names the window. */
export function Page({ title, heading, actions, children }: { title: string; heading?: ReactNode; actions?: ReactNode; children: ReactNode }) {
  useEffect(() => {
    document.title = `${title} · Millrace`;
  }, [title]);
  return (
    <div className={styles.page}>
      <header className={styles.head}>
        <h1 className="foreign">{heading ?? title}</h1>
        {actions}
      </header>
      {children}
    </div>
  );
}

interface Loading<T> {
  data: T | undefined;
  error: unknown;
}

/** What a query answers once it is there; until then says so, and why not where it failed. What was there before stays while it is asked for anew. */
export function Loaded<T>({ query, children }: { query: Loading<T>; children(data: T): ReactNode }) {
  if (query.data !== undefined) return children(query.data);
  if (query.error) return <ErrorBox error={query.error} />;
  return <Waiting />;
}

export function Waiting() {
  return (
    <p className={styles.loading} role="status">
      Loading…
    </p>
  );
}
