import { Moment } from "../design/components/moment.tsx";
import { StateBadge } from "../design/components/state-badge.tsx";
import { useLive } from "../live/use-live.ts";
import { useNotRenewed } from "../live/use-not-renewed.ts";
import styles from "./shell.module.css";

/** Whether the page is current, always in sight. */
export function LiveBadge() {
  const { phase } = useLive();
  const isOld = useNotRenewed() !== null;
  if (phase === "live" && isOld) return <StateBadge state="partly stale" tone="warn" title="Part of what you see may be old" />;
  return <StateBadge state={phase} tone={phase === "live" ? "ok" : phase === "stale" ? "warn" : "wait"} title={phase === "live" ? "What you see is current" : "What you see may be old"} />;
}

/** Says so where nothing is heard from the server, or where part of the page could not be had anew, above all that the page shows. */
export function StaleBanner() {
  const { phase, heardAt } = useLive();
  const old = useNotRenewed();
  if (phase !== "stale" && old === null) return null;
  return (
    <div className={styles.stale} role="alert">
      {phase === "stale" ? (
        <span>{heardAt === null ? "The server does not answer." : <>Not current: the server has not been heard since <Moment at={heardAt} only="time" />, and what you see is from then.</>} Trying again.</span>
      ) : (
        <span>
          Partly not current: something that you see is from <Moment at={old?.since} only="time" />, and has not come anew{old?.error ? <>: <span className="foreign">{old.error.message}</span></> : "."} Trying again.
        </span>
      )}
    </div>
  );
}
