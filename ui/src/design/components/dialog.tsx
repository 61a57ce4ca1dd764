import { Dialog as Base } from "@base-ui/react/dialog";
import type { ReactNode } from "react";
import styles from "./dialog.module.css";

/** Asks for something before anything happens. Escape and a press beside it close it; focus goes back to where it was. */
export function Dialog({ open, onClose, title, children, actions }: { open: boolean; onClose(): void; title: string; children: ReactNode; actions?: ReactNode }) {
  return (
    <Base.Root open={open} onOpenChange={(is) => !is && onClose()}>
      <Base.Portal>
        <Base.Backdrop className={styles.backdrop} />
        <Base.Popup className={styles.popup}>
          <Base.Title className={styles.title}>{title}</Base.Title>
          {children}
          {actions && <DialogActions>{actions}</DialogActions>}
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}

/** What can be done, at the end of a dialog; for one whose content is a form, which has its buttons inside. */
export function DialogActions({ children }: { children: ReactNode }) {
  return <div className={styles.actions}>{children}</div>;
}
