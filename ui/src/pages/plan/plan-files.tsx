import { Card } from "../../design/components/card.tsx";
import { countText } from "../../design/format.ts";
import { visibleLine } from "../../design/visible-text.ts";
import type { ReleasePlan } from "./plan-lines.ts";
import { ChangeBadge } from "./change-badge.tsx";
import styles from "./plan-page.module.css";

const shownMax = 50;

/** Files whose content differs: also the code of functions, into which nothing else here looks. */
export function PlanFiles({ files }: { files: ReleasePlan["files"] }) {
  const all = (["removed", "changed", "added"] as const).flatMap((change) => files[change].map((name) => ({ change, name })));
  if (all.length === 0) return undefined;
  return (
    <Card title="Files" flush>
      <ul className={styles.lines}>
        {all.slice(0, shownMax).map(({ change, name }) => (
          <li key={name} className={styles.file}>
            <ChangeBadge change={change} />
            <code className="foreign">{visibleLine(name)}</code>
          </li>
        ))}
      </ul>
      {all.length > shownMax && <p className={styles.more}>{`and ${countText(all.length - shownMax)} more`}</p>}
    </Card>
  );
}
