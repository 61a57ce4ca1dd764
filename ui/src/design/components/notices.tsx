import { X } from "lucide-react";
import { dismiss, useNotices } from "../notices.ts";
import { Button } from "./button.tsx";
import { ErrorBox } from "./error-box.tsx";
import styles from "./notices.module.css";

export function Notices() {
  const notices = useNotices();
  return (
    <div className={styles.stack} role="status" aria-live="polite">
      {notices.map(({ id, text, error }) => (
        <div key={id} className={styles.notice}>
          <div>
            <p className="foreign">{text}</p>
            {error !== undefined && <ErrorBox error={error} />}
          </div>
          <Button look="plain" icon={<X size={14} />} label="Close" onClick={() => dismiss(id)} />
        </div>
      ))}
    </div>
  );
}
