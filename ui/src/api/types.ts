import type { paths } from "./paths.ts";

type Get = { [Path in keyof paths]: paths[Path] extends { get: { responses: { 200: { content: { "application/json": infer Answer } } } } } ? Answer : never };

/** What `GET` of an address answers. */
export type Answer<Path extends keyof paths> = Get[Path];

export type ProjectStatus = Answer<"/api/v1/status">;
export type StageStatus = ProjectStatus["stages"][number];
export type TopicStatus = ProjectStatus["topics"][number];
export type TableStatus = ProjectStatus["tables"][number];

type Post = { [Path in keyof paths]: paths[Path] extends { post: { responses: { 200: { content: { "application/json": infer Answer } } } } } ? Answer : never };

/** What `POST` to an address answers. */
export type PostAnswer<Path extends keyof paths> = Post[Path];
