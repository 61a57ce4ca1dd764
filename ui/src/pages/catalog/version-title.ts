import { counted } from "../../design/format.ts";
import type { Snapshot } from "./catalog-entry.ts";

const moment = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });

/** A version in a choice of some. */
export const versionTitle = ({ id, at, rows }: Snapshot): string => `${moment.format(new Date(at))} · ${counted(rows, "row")} · ${id}`;
