import { Dialog as Base } from "@base-ui/react/dialog";
import type { ReactNode } from "react";
import styles from "./dialog.module.css";

interface DialogProps {
  open: boolean;
  onClose(): void;
  title: string;
  children: ReactNode;
  actions?: ReactNode;
}

/**
 * Asks for something before anything happens. Escape and a press beside it close it; focus goes back to where it was. It has the
 * focus, and is gone again, with no frame between: keys that are typed at once are never taken by what they are not meant for.
 */
export function Dialog({ open, onClose, title, children, actions }: DialogProps) {
  if (!open) return null;
  return (
    <Base.Root open onOpenChange={(is) => !is && onClose()}>
      <Base.Portal>
        <Base.Backdrop className={styles.backdrop} />
        <Base.Popup className={styles.popup} initialFocus={false} ref={focusFirst}>
          <Base.Title className={styles.title}>{title}</Base.Title>
          {children}
          {actions && <DialogActions>{actions}</DialogActions>}
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}

const takesFocus = "a[href], button:not(:disabled), input:not(:disabled), select:not(:disabled), textarea:not(:disabled), summary, [contenteditable=true], [tabindex='0']";

/** Gives the focus to the first part of a dialog that takes it, as soon as the dialog itself has noted where the focus was before. */
function focusFirst(popup: HTMLElement | null): void {
  queueMicrotask(() => {
    if (!popup || popup.contains(document.activeElement)) return;
    const first = [...popup.querySelectorAll<HTMLElement>(takesFocus)].find((part) => part.checkVisibility());
    (first ?? popup).focus();
  });
}

/** What can be done, at the end of a dialog; for one whose content is a form, which has its buttons inside. */
export function DialogActions({ children }: { children: ReactNode }) {
  return <div className={styles.actions}>{children}</div>;
}
