import { type ReactNode, useCallback, useEffect, useMemo, useRef } from "react";
import { useKeys } from "./use-keys.ts";

interface PaneProps {
  label: string;
  className: string;
  onClose(): void;
  /** @param close - to be called by the button that closes it */
  children(close: () => void): ReactNode;
}

/** What is open beside a page's picture. Escape closes it too; the focus goes back to what opened it, or into the page where that is gone. */
export function Pane({ label, className, onClose, children }: PaneProps) {
  const box = useRef<HTMLElement>(null);
  const opener = useRef<HTMLElement>(undefined);
  const earlier = useRef(label);
  useEffect(() => {
    const { activeElement } = document;
    const isLost = activeElement === null || activeElement === document.body;
    if (activeElement instanceof HTMLElement && !isLost && !box.current?.contains(activeElement)) opener.current = activeElement;
    // What was pressed in it has gone with what was shown before.
    if (isLost && earlier.current !== label) box.current?.focus({ preventScroll: true });
    earlier.current = label;
  }, [label]);
  const leave = useRef(onClose);
  useEffect(() => {
    leave.current = onClose;
  });
  const close = useCallback(() => {
    leave.current();
    (opener.current?.isConnected ? opener.current : document.getElementById("main"))?.focus({ preventScroll: true });
  }, []);
  useKeys(useMemo(() => ({ Escape: close }), [close]));
  return (
    <aside ref={box} className={className} aria-label={label} tabIndex={-1}>
      {children(close)}
    </aside>
  );
}
