import { Moment } from "../design/components/moment.tsx";
import { StateBadge } from "../design/components/state-badge.tsx";
import { useLive } from "../live/use-live.ts";
import styles from "./shell.module.css";

/** Whether the page is current, always in sight. */
export function LiveBadge() {
  const { phase } = useLive();
  return <StateBadge state={phase} tone={phase === "live" ? "ok" : phase === "stale" ? "warn" : "wait"} title={phase === "live" ? "What you see is current" : "What you see may be old"} />;
}

/** Says so where nothing is heard from the server, above all that the page shows. */
export function StaleBanner() {
  const { phase, heardAt } = useLive();
  if (phase !== "stale") return null;
  return (
    <div className={styles.stale} role="alert">
      <span>
        {heardAt === null ? "The server does not answer." : <>Not current: the server has not been heard since <Moment at={heardAt} only="time" />, and what you see is from then.</>} Trying again.
      </span>
    </div>
  );
}
