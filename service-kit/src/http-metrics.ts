/** HTTP and queue metrics with the contract's names; every label has a bounded set of values. */

import { Counter, Gauge, Histogram, type Registry } from "prom-client";
import type { Middleware } from "./in-front";
import { routeTemplate } from "./route-template";

/** Upper bounds in seconds; a test compares them with catalogue/telemetry.yaml. */
export const DURATION_BUCKETS = [0.1, 0.5, 2.5];
const METHODS = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);

/** Returns a middleware; it must come before all others. */
export function instrumentHttp(registry: Registry): Middleware {
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
    const begin = performance.now();
    const method = req.method !== undefined && METHODS.has(req.method) ? req.method : "other";
    res.on("finish", () => {
      const route = routeTemplate(req);
      requests.inc({ method, route, status_code: String(res.statusCode) });
      duration.observe({ method, route }, (performance.now() - begin) / 1_000);
    });
    next();
  };
}

/** Exposes the queue's depth; `depth` is called at each scrape. */
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
