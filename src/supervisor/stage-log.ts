import type { StageLog } from "../model/definition.ts";
import { jsonLog } from "./json-log.ts";

export const stageLog = (stage: string, write: (line: string) => void): StageLog => jsonLog({ stage }, write);
