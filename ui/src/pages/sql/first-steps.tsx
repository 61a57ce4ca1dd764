import { Button } from "../../design/components/button.tsx";
import { Empty } from "../../design/components/empty.tsx";
import type { NamedDataset } from "./completions.ts";
import styles from "./sql-page.module.css";

const examplesMax = 3;
const rows = 100;

/** Where nothing was run yet: how to, and something to begin with. */
export function FirstSteps({ datasets, onTry }: { datasets: readonly NamedDataset[]; onTry: (statement: string) => void }) {
  const tables = datasets.filter(({ kind }) => kind === "table");
  const examples = (tables.length > 0 ? tables : datasets).slice(0, examplesMax).map(({ name }) => `select * from ${name} limit ${rows}`);
  return (
    <Empty title="Nothing was run yet">
      <p>Write a statement and press Ctrl Enter. Names are completed as you type; Ctrl Space asks for them.</p>
      {examples.map((statement) => (
        <Button key={statement} className={`${styles.example} foreign`} title="Runs this statement" onClick={() => onTry(statement)}>
          <code>{statement}</code>
        </Button>
      ))}
    </Empty>
  );
}
