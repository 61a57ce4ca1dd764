import { Dialog } from "../design/components/dialog.tsx";
import styles from "./help-dialog.module.css";
import { places } from "./places.ts";

const others = [
  ["Ctrl K", "find or do anything"],
  ["?", "these keys"],
  ["Esc", "close what is open"],
];

export function HelpDialog({ open, onClose }: { open: boolean; onClose(): void }) {
  return (
    <Dialog open={open} onClose={onClose} title="Keys">
      <dl className={styles.keys}>
        {[...others, ...places.map(({ key, title }) => [`g ${key}`, `to ${title}`])].map(([keys, what]) => (
          <div key={keys}>
            <dt>
              {keys.split(" ").map((key, at) => (
                <kbd key={`${at} ${key}`}>{key}</kbd>
              ))}
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
