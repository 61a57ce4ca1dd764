import type { Answer } from "../../api/types.ts";

export type TaskView = Answer<"/api/v1/runs/{run}/tasks/{task}">;
