/** HTTP and queue metrics with the contract's names; every label value comes from a bounded set. */

import type { RequestHandler } from "express";
import { Counter, Gauge, Histogram, type Registry } from "prom-client";

/** Upper bounds in seconds; a test compares them with catalogue/telemetry.yaml. */
export const DURATION_BUCKETS = [0.1, 0.5, 2.5];
const METHODS = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);
const UNMATCHED = "unmatched";

/** Returns a middleware to use before all others. */
export function instrumentHttp(registry: Registry): RequestHandler {
  const registers = [registry];
  const requests = new Counter({
    name: "sv0_http_requests_total",
    help: "Requests answered",
    registers,
    labelNames: ["method", "route", "status_code"] as const,
  });
  const duration = new Histogram({
    name: "sv0_http_request_duration_seconds",
    help: "Seconds until the answer was sent",
    registers,
    labelNames: ["method", "route"] as const,
    buckets: DURATION_BUCKETS,
  });
  return (req, res, next) => {
    const begin = process.hrtime.bigint();
    res.once("finish", () => {
      const template = (req.route as { path?: unknown } | undefined)?.path;
      const route = typeof template === "string" ? `${req.baseUrl}${template}` : UNMATCHED;
      const method = METHODS.has(req.method) ? req.method : "other";
      requests.inc({ method, route, status_code: String(res.statusCode) });
      duration.observe({ method, route }, Number(process.hrtime.bigint() - begin) / 1e9);
    });
    next();
  };
}

/** Exposes the queue's depth, asked at each scrape. */
export function instrumentQueue(registry: Registry, depth: () => number | Promise<number>): void {
  new Gauge({
    name: "sv0_queue_depth",
    help: "Jobs that wait",
    registers: [registry],
    async collect() {
      this.set(await depth());
    },
  });
}
