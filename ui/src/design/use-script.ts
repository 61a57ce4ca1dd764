import { useEffect, useState } from "react";
import { loaded } from "../api/script-not-loaded.ts";

const come = new WeakMap<() => Promise<object>, object>();

/**
 * A script that comes when it is first needed; undefined until then.
 *
 * React's own `lazy` would hold it back: what was waited for is shown no sooner than 300 ms after the sign of waiting was, for calm. These are beside us, and
 * there within a few.
 * @param load - the same function at each call
 * @throws ScriptNotLoaded where it did not come
 */
export function useScript<Script extends object>(load: () => Promise<Script>): Script | undefined {
  const [script, setScript] = useState(come.get(load) as Script | undefined);
  const [failed, setFailed] = useState<{ error: unknown }>();
  useEffect(() => {
    if (come.has(load)) return;
    loaded(load)().then(
      (exports) => {
        come.set(load, exports);
        setScript(exports);
      },
      (error: unknown) => setFailed({ error }),
    );
  }, [load]);
  if (failed) throw failed.error;
  return script;
}
