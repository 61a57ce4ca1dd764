/** The file of each page below `pages`, by its address. Each is a script of its own, loaded when it is first seen. */
export const pageFiles = {
  "/": "overview/overview-page.tsx",
  "/graph": "graph/graph-page.tsx",
  "/stages": "stages/stages-page.tsx",
  "/stages/$stage": "stages/stage-page.tsx",
  "/topics": "topics/topics-page.tsx",
  "/topics/$topic": "topics/topic-page.tsx",
  "/dags": "dags/dags-page.tsx",
  "/dags/$dag": "dags/dag-page.tsx",
  "/runs/$run": "dags/run-page.tsx",
  "/backfills/$backfill": "dags/backfill-page.tsx",
  "/catalog": "catalog/catalog-page.tsx",
  "/catalog/$kind/$entry": "catalog/entry-page.tsx",
  "/sql": "sql/sql-page.tsx",
  "/quality": "quality/quality-page.tsx",
  "/quality/$dataset": "quality/dataset-page.tsx",
  "/plan": "plan/plan-page.tsx",
  "/sign-in": "sign-in/sign-in-page.tsx",
} as const;

export type PageAddress = keyof typeof pageFiles;
