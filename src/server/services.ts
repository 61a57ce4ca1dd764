import type { ControlPlane } from "./control-plane.ts";
import type { ServerMetrics } from "./metrics.ts";
import type { LineTails } from "./line-tails.ts";
import type { Live } from "./live.ts";
import type { Sessions } from "./sessions.ts";
import type { Tails } from "./tails.ts";
import type { Writers } from "./writers.ts";

/** What the handlers of routes work with. */
export interface Services {
  control: ControlPlane;
  writers: Writers;
  tails: Tails;
  lineTails: LineTails;
  live: Live;
  sessions: Sessions;
  metrics: ServerMetrics;
  /** The OpenAPI document of this very server. */
  openApi: () => object;
  recordBytesMax: number;
  /** Records that one request may bring. */
  requestRecordsMax: number;
}
