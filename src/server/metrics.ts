import { Counter, Histogram, Registry } from "prom-client";

const seconds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** What the server counts of itself. Labels are routes and sources of the project, never anything that a caller made up. */
export class ServerMetrics {
  readonly #registry = new Registry();
  readonly #durations = new Histogram({ name: "millrace_http_request_duration_seconds", help: "Time from a request's headers to the end of its answer.", labelNames: ["route", "method", "status"], buckets: seconds, registers: [this.#registry] });
  readonly #refusals = new Counter({ name: "millrace_http_refused_total", help: "Requests refused at the door, by reason.", labelNames: ["reason"], registers: [this.#registry] });
  readonly #records = new Counter({ name: "millrace_ingest_records_total", help: "Records posted, by source and result.", labelNames: ["source", "result"], registers: [this.#registry] });
  readonly #bytes = new Counter({ name: "millrace_ingest_bytes_total", help: "Bytes of request bodies posted to sources.", labelNames: ["source"], registers: [this.#registry] });
  readonly #appends = new Histogram({ name: "millrace_ingest_append_duration_seconds", help: "Time that the log took to store what was posted.", labelNames: ["source"], buckets: seconds, registers: [this.#registry] });

  /** @param statusClass - `2xx` to `5xx` */
  request(route: string, method: string, statusClass: string, ms: number): void {
    this.#durations.observe({ route, method, status: statusClass }, ms / 1_000);
  }

  refused(reason: "token" | "host" | "origin"): void {
    this.#refusals.inc({ reason });
  }

  ingested(source: string, bytes: number, accepted: number, rejected: number): void {
    this.#bytes.inc({ source }, bytes);
    if (accepted > 0) this.#records.inc({ source, result: "accepted" }, accepted);
    if (rejected > 0) this.#records.inc({ source, result: "rejected" }, rejected);
  }

  appended(source: string, ms: number): void {
    this.#appends.observe({ source }, ms / 1_000);
  }

  /** In Prometheus' text format. */
  text(): Promise<string> {
    return this.#registry.metrics();
  }
}
