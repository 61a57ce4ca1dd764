import { useEffect, useState } from "react";

/** The time, again every so often, for what tells how long ago something was. @param everyMs - null: it is not looked at any more */
export function useNow(everyMs: number | null = 1_000): number {
  const [now, setNow] = useState(Date.now);
  const [known, setKnown] = useState(everyMs);
  if (known !== everyMs) {
    setKnown(everyMs);
    setNow(Date.now());
  }
  useEffect(() => {
    if (everyMs === null) return;
    const timer = setInterval(() => setNow(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
}
