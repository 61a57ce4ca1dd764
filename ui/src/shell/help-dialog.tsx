import { Dialog } from "../design/components/dialog.tsx";
import styles from "./help-dialog.module.css";
import { places } from "./places.ts";

/** The first key, the one behind it if there is one, and what they do. */
const keys: [first: string, second: string | undefined, what: string][] = [
  ["Ctrl", "K", "find or do anything"],
  ["?", undefined, "these keys"],
  ["Esc", undefined, "close what is open"],
  ...places.map(({ key, title }): [string, string, string] => ["g", key, `to ${title}`]),
];

export function HelpDialog({ open, onClose }: { open: boolean; onClose(): void }) {
  return (
    <Dialog open={open} onClose={onClose} title="Keys">
      <dl className={styles.keys}>
        {keys.map(([first, second, what]) => (
          <div key={what}>
            <dt>
              <kbd>{first}</kbd>
              {second !== undefined && (
                <>
                  {" "}
                  <kbd>{second}</kbd>
                </>
              )}
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
