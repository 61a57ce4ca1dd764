import { Link } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import styles from "./tabs.module.css";

/** Parts of a page as links, so that the address says which one is seen. The search parameter `tab` holds the name; the first is the default. */
export function Tabs({ tabs, current }: { tabs: { name: string; title: string }[]; current: string }) {
  const bar = useRef<HTMLElement>(null);
  // On a phone there are more than the bar shows. The page itself stays where it is.
  useEffect(() => {
    const tab = bar.current?.querySelector<HTMLElement>(`[data-tab="${current}"]`);
    if (tab) bar.current?.scrollTo({ left: tab.offsetLeft - (bar.current.offsetLeft + (bar.current.clientWidth - tab.offsetWidth) / 2) });
  }, [current]);
  return (
    <nav ref={bar} className={styles.tabs} aria-label="Parts of this page">
      {tabs.map(({ name, title }, index) => (
        <Link key={name} to="." search={((search: object) => ({ ...search, tab: index === 0 ? undefined : name })) as never} replace activeOptions={{ exact: true, explicitUndefined: true }} className={styles.tab} data-tab={name} aria-current={name === current ? "page" : undefined}>
          {title}
        </Link>
      ))}
    </nav>
  );
}
