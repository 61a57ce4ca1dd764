import { Dialog } from "../design/components/dialog.tsx";
import { ScrollBox } from "../design/components/scroll-box.tsx";
import styles from "./help-dialog.module.css";
import { places } from "./places.ts";
import { setSingleKeys, useSingleKeys } from "./single-keys.ts";

/** Keys that are pressed together or one after the other, and what they do. */
type Key = [keys: string[], what: string];

const groups: { title: string; keys: Key[] }[] = [
  {
    title: "Everywhere",
    keys: [
      [["Ctrl", "K"], "find or do anything"],
      [["?"], "these keys"],
      [["Esc"], "close what is open"],
      ...places.map(({ key, title }): Key => [["g", key], `to ${title}`]),
    ],
  },
  {
    title: "In a graph",
    keys: [
      [["arrows"], "along the edges, and to the next node"],
      [["Home"], "to the first node, and End to the last"],
      [["Enter"], "open the node"],
    ],
  },
  {
    title: "In grids, lists and charts",
    keys: [
      [["arrows"], "from one to the next"],
      [["Enter"], "open it"],
    ],
  },
  {
    title: "In a calendar",
    keys: [
      [["Enter"], "choose the day"],
      [["Shift", "arrows"], "choose days up to there"],
      [["Esc"], "choose none"],
    ],
  },
  {
    title: "In SQL",
    keys: [
      [["Ctrl", "Enter"], "run the statement at the cursor, or what is selected"],
      [["Ctrl", "Shift", "Enter"], "run all of them"],
      [["Ctrl", "Space"], "complete"],
      [["Ctrl", "C"], "copy the selected cells of a result"],
      [["Shift", "Enter"], "order a result by the column of the cell: up, down, as it came"],
    ],
  },
];

export function HelpDialog({ open, onClose }: { open: boolean; onClose(): void }) {
  const isOn = useSingleKeys();
  return (
    <Dialog open={open} onClose={onClose} title="Keys">
      <ScrollBox label="All keys" className={styles.groups}>
        {groups.map(({ title, keys }) => (
          <section key={title} className={styles.group}>
            <h3>{title}</h3>
            <dl className={styles.keys}>
              {keys.map(([pressed, what]) => (
                <div key={what}>
                  <dt>
                    {pressed.map((key) => (
                      <kbd key={key}>{key}</kbd>
                    ))}
                  </dt>
                  <dd>{what}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </ScrollBox>
      <label className={styles.single}>
        <input type="checkbox" checked={isOn} onChange={({ target }) => setSingleKeys(target.checked)} /> Keys without Ctrl lead to pages too
      </label>
    </Dialog>
  );
}
