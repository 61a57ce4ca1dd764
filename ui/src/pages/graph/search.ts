import { texts } from "../../search.ts";

/**
 * What the address of the page holds. `focus`: the node that is open; `around`: the picture shows what is before (`before`),
 * behind (`after`) or on both sides (`both`) of it alone, `depth` steps far; `zoom`: `system`, `parts` or `columns`, with
 * `column` the one that is followed; `q`: what is searched for; `hidden`: whether what Millrace makes for itself is shown; `as`: `list` in place of the picture.
 */
export const graphSearch = texts("focus", "around", "depth", "zoom", "column", "q", "hidden", "as");

export type GraphSearch = ReturnType<typeof graphSearch>;
