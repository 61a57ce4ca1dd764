import { Card } from "../../design/components/card.tsx";
import { ForeignText } from "../../design/components/foreign-text.tsx";
import type { DagDetail } from "./dag-page.tsx";
import styles from "./code.module.css";

/** The DAG as the release has it: what the scheduler reads. */
export function DeclarationTab({ dag: { decl } }: { dag: DagDetail }) {
  return (
    <Card title="As it was declared" aside={typeof decl.declaredAt === "string" && <code className="quiet foreign">{decl.declaredAt}</code>}>
      <pre className={styles.code}>
        <ForeignText text={JSON.stringify(decl, null, 2)} charsMax={40_000} />
      </pre>
    </Card>
  );
}
