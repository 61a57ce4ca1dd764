import { Card } from "../../design/components/card.tsx";
import { Empty } from "../../design/components/empty.tsx";
import { Moment } from "../../design/components/moment.tsx";
import { StateBadge } from "../../design/components/state-badge.tsx";
import { visibleLine } from "../../design/visible-text.ts";
import { ChangeBadge } from "./change-badge.tsx";
import { LineDifference } from "./line-difference.tsx";
import { planLines, type ReleasePlan } from "./plan-lines.ts";
import styles from "./plan-page.module.css";

/** What applying the folder would do, a line for each thing. */
export function PlanChanges({ plan }: { plan: ReleasePlan }) {
  const lines = planLines(plan);
  const files = Object.values(plan.files).flat().length;
  return (
    <Card title="What would change" flush>
      {lines.length === 0 && <Empty title={files === 0 ? "The folder is what runs" : "Nothing is declared differently"}>{files === 0 ? <p>Change the project’s files, then look again.</p> : <p>{files === 1 ? "One file holds" : `${files} files hold`} other code; new runs get it.</p>}</Empty>}
      <ul className={styles.lines}>
        {lines.map(({ change, kind, name, details }) => (
          <li key={`${kind} ${name} ${change}`} className={styles.line}>
            <ChangeBadge change={change} />
            <span className={styles.kind}>{kind}</span>
            <div>
              <span className={`${styles.name} foreign`}>{visibleLine(name)}</span>
              <ul className={styles.details}>
                {details.map(({ text, lines, moments = [], breaks }) => (
                  <li key={text} className="foreign">
                    {visibleLine(text)}
                    {moments.map((at) => (
                      <span key={at} className={styles.moment}>
                        <Moment at={at} />
                      </span>
                    ))}
                    {lines !== undefined && <LineDifference label={text} lines={lines} />}
                    {breaks !== undefined && <p className={styles.breaks}><StateBadge state="breaks" tone="bad" /> {visibleLine(breaks)}</p>}
                  </li>
                ))}
              </ul>
            </div>
          </li>
        ))}
      </ul>
    </Card>
  );
}
