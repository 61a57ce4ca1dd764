import type { ReactNode, Ref } from "react";

/** A part of a page that scrolls by itself, and so by keys too. */
export function ScrollBox({ label, className, ref, children }: { label: string; className?: string; ref?: Ref<HTMLElement>; children: ReactNode }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: so that the keys scroll it
    <section ref={ref} className={className} tabIndex={0} aria-label={label}>
      {children}
    </section>
  );
}
