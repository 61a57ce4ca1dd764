import { useEffect } from "react";
import { ErrorBox } from "../design/components/error-box.tsx";
import { Page } from "../design/components/page.tsx";
import { ScriptNotLoaded } from "../api/script-not-loaded.ts";

const everyMs = 2_000;
/** A page that cannot be loaded from a server that answers is not asked for all the time. */
const againMs = 30_000;
const loadedAtKey = "millrace.loadedAnewAt";

/** In place of a page that could not be shown. One whose script did not come is loaded anew, from what the server is by then. */
export function PageFailed({ error }: { error: unknown }) {
  const isMissing = error instanceof ScriptNotLoaded;
  useEffect(() => {
    if (!isMissing) return undefined;
    const timer = setInterval(() => void loadAnew(), everyMs);
    return () => clearInterval(timer);
  }, [isMissing]);
  return (
    <Page title={isMissing ? "Not loaded" : "This page failed"}>
      <ErrorBox error={error} />
    </Page>
  );
}

/** Once the server answers, and not before: a browser that finds nobody there would show its own page. */
async function loadAnew(): Promise<void> {
  if (Date.now() - Number(sessionStorage.getItem(loadedAtKey)) < againMs) return;
  const answer = await fetch("/livez").catch(() => undefined);
  if (answer?.ok !== true) return;
  sessionStorage.setItem(loadedAtKey, String(Date.now()));
  location.reload();
}
