import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { Answer } from "../../api/types.ts";
import { Ago } from "../../design/components/ago.tsx";
import { Card } from "../../design/components/card.tsx";
import { Loaded } from "../../design/components/page.tsx";
import { StateBadge } from "../../design/components/state-badge.tsx";
import { countText } from "../../design/format.ts";
import type { Tone } from "../../design/tone.ts";
import { visibleText } from "../../design/visible-text.ts";
import styles from "./attention.module.css";
import { attentionQuery } from "./overview-queries.ts";
import { placeOf } from "./place-of.ts";

type Item = Answer<"/api/v1/attention">["items"][number];

const titles: Record<Item["kind"], string> = { problem: "problem", stage: "stage", "dead-letters": "dead letters", check: "check", run: "run", approval: "approval", alert: "alert" };
const shownMax = 50;
const textMax = 500;

/** What needs a person now, the gravest first, each with the way to where it is mended. */
export function Attention() {
  const query = useQuery({ ...attentionQuery(), refetchInterval: 3_000 });
  const items = query.data?.items;
  return (
    <Card title="Needs you" aside={items && items.length > 0 && <span className="quiet">{countText(items.length)}</span>} flush>
      <Loaded query={query}>{({ items }) => (items.length === 0 ? <p className={styles.calm}>Nothing needs you: no failures, no dead letters, nothing to approve.</p> : <Items items={items} />)}</Loaded>
    </Card>
  );
}

function Items({ items }: { items: Item[] }) {
  return (
    <ul className={styles.list}>
      {items.slice(0, shownMax).map((item) => (
        <li key={`${item.kind} ${item.name} ${item.run} ${item.task} ${item.text}`}>
          <span>
            <StateBadge state={titles[item.kind]} tone={item.tone as Tone} />
          </span>
          <Link to={placeOf(item)} className={`${styles.name} foreign`} title={visibleText(item.name)}>
            {visibleText(item.name)}
          </Link>
          <span className={`${styles.text} foreign`}>{visibleText(item.text.slice(0, textMax))}</span>
          <span className="quiet">{item.at !== null && <Ago at={item.at} />}</span>
        </li>
      ))}
      {items.length > shownMax && <li className="quiet">and {countText(items.length - shownMax)} more</li>}
    </ul>
  );
}
