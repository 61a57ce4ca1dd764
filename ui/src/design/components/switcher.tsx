import { Link } from "@tanstack/react-router";
import styles from "./switcher.module.css";

/** A choice among a few that stands in the address: the search parameter `name`. The first is what no parameter means. */
export function Switcher({ label, name, options, current }: { label: string; name: string; options: { value: string; title: string }[]; current: string | undefined }) {
  return (
    <nav className={styles.switcher} aria-label={label}>
      {options.map(({ value, title }, index) => (
        <Link key={value} to="." search={((search: object) => ({ ...search, [name]: index === 0 ? undefined : value })) as never} replace aria-current={value === (current ?? options[0].value) ? "page" : undefined}>
          {title}
        </Link>
      ))}
    </nav>
  );
}
