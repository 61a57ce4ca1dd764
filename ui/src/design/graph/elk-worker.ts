/* The layout runs beside the page: of a graph of hundreds of nodes it takes longer than a frame. */
import "elkjs/lib/elk-worker.min.js";
