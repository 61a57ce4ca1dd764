import { files } from "millrace";
import { dataset, flights } from "../../../examples/flights/pipeline.ts";

export * from "../../../examples/flights/pipeline.ts";

/** The half year in 150 s, so that whatever is killed meanwhile is killed at work. */
export const replay = files("flights-replay", { to: flights, path: dataset("flights-3m.parquet"), orderBy: "date", speed: 104_000 });
