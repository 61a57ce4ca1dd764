/** What draws graphs is more than the rest of a page: it comes when one is asked for. */
export const loadFlowGraph = () => import("./flow-graph.tsx");
