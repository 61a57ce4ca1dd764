import type { Route } from "./route.ts";
import { alertRoutes } from "./routes/alerts.ts";
import { backfillRoutes } from "./routes/backfills.ts";
import { catalogRoutes } from "./routes/catalog.ts";
import { dagRoutes } from "./routes/dags.ts";
import { detectionRoutes } from "./routes/detections.ts";
import { dlqRoutes } from "./routes/dlq.ts";
import { ingestRoutes } from "./routes/ingest.ts";
import { liveRoutes } from "./routes/live.ts";
import { modelRoutes } from "./routes/models.ts";
import { poolRoutes } from "./routes/pools.ts";
import { produceRoutes } from "./routes/produce.ts";
import { profileRoutes } from "./routes/profiles.ts";
import { projectRoutes } from "./routes/project.ts";
import { qualityRoutes } from "./routes/quality.ts";
import { queryRoutes } from "./routes/queries.ts";
import { releaseRoutes } from "./routes/releases.ts";
import { runRoutes } from "./routes/runs.ts";
import { savedQueryRoutes } from "./routes/saved-queries.ts";
import { sessionRoutes } from "./routes/sessions.ts";
import { sqlRoutes } from "./routes/sql.ts";
import { stageRoutes } from "./routes/stages.ts";
import { tableRoutes } from "./routes/tables.ts";
import { tokenRoutes } from "./routes/tokens.ts";
import { topicRoutes } from "./routes/topics.ts";
import { workerRoutes } from "./routes/workers.ts";

/** Every route of the server. What is not here does not exist. */
export const routes: readonly Route[] = [...projectRoutes, ...liveRoutes, ...sessionRoutes, ...stageRoutes, ...topicRoutes, ...produceRoutes, ...dlqRoutes, ...tableRoutes, ...sqlRoutes, ...queryRoutes, ...savedQueryRoutes, ...dagRoutes, ...runRoutes, ...backfillRoutes, ...releaseRoutes, ...poolRoutes, ...modelRoutes, ...profileRoutes, ...detectionRoutes, ...catalogRoutes, ...qualityRoutes, ...alertRoutes, ...tokenRoutes, ...workerRoutes, ...ingestRoutes];
