// It sees that it is in a worker, and listens.
import "elkjs/lib/elk-worker.min.js";
