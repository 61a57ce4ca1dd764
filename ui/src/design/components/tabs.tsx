import { Link } from "@tanstack/react-router";
import styles from "./tabs.module.css";

/** Parts of a page as links, so that the address says which one is seen. The search parameter `tab` holds the name; the first is the default. */
export function Tabs({ tabs, current }: { tabs: { name: string; title: string }[]; current: string }) {
  return (
    <nav className={styles.tabs} aria-label="Parts of this page">
      {tabs.map(({ name, title }, index) => (
        <Link key={name} to="." search={((search: object) => ({ ...search, tab: index === 0 ? undefined : name })) as never} replace activeOptions={{ exact: true, explicitUndefined: true }} className={styles.tab} aria-current={name === current ? "page" : undefined}>
          {title}
        </Link>
      ))}
    </nav>
  );
}
