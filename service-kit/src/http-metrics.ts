/** HTTP and queue metrics with the contract's names; every label has a bounded set of values. */

import { Counter, Gauge, Histogram, type Registry } from "prom-client";
import { guarded, type CallbackOptions } from "./guarded";
import { statusWhenClosed } from "./outcome";
import type { Middleware } from "./request";
import { keepRoute, routeTemplate, type RoutedRequest } from "./route-template";

/** Upper bounds in seconds; a test compares them with catalogue/telemetry.yaml. */
export const DURATION_BUCKETS = [0.1, 0.5, 2.5];
/** The alerts leave these out by their exact label; a test compares them with catalogue/telemetry.yaml, too. */
export const MONITORING_ROUTES = ["/health", "/ready", "/metrics"];
const MONITORING = new RegExp(`^(${MONITORING_ROUTES.join("|")})/?(?:\\?|$)`, "i");
const METHODS = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);

/**
 * Returns a middleware; it must come before all others. A response that is closed before it is finished counts as
 * 499: the client gave up, or something between it and the API did.
 */
export function instrumentHttp(registry: Registry): Middleware {
  const registers = [registry];
  const requests = new Counter({
    name: "sv0_http_requests_total",
    help: "Requests answered, or closed before they were (499)",
    registers,
    labelNames: ["method", "route", "status_code"] as const,
  });
  const duration = new Histogram({
    name: "sv0_http_request_duration_seconds",
    help: "Seconds until the answer was sent or the connection was closed",
    registers,
    labelNames: ["method", "route"] as const,
    buckets: DURATION_BUCKETS,
  });
  const known = new Map<string, (seconds: number) => void>();
  /** prom-client checks and sorts the labels of each call, which costs as much as all else here. */
  const series = (method: string, route: string, status: number) => {
    const key = `${method} ${String(status)} ${route}`;
    const found = known.get(key);
    if (found !== undefined) return found;
    const request = requests.labels({ method, route, status_code: String(status) });
    const took = duration.labels({ method, route });
    const count = (seconds: number) => {
      request.inc();
      took.observe(seconds);
    };
    known.set(key, count);
    return count;
  };
  return (req, res, next) => {
    // Whoever uses it twice, such as in a mounted application, still counts each request once.
    if (!keepRoute(req)) {
      next();
      return;
    }
    const begin = performance.now();
    const method = req.method !== undefined && METHODS.has(req.method) ? req.method : "other";
    const asked = monitoringRoute(req.url);
    let counted = false;
    const count = () => {
      if (counted) return;
      counted = true;
      // A connection that breaks ends what is still to be written, and Node calls that "finish".
      const status = res.writableFinished && !req.socket.destroyed ? res.statusCode : statusWhenClosed(res);
      series(method, asked ?? template(req), status)((performance.now() - begin) / 1_000);
    };
    res.on("finish", count);
    // Also after "finish".
    res.on("close", count);
    next();
  };
}

/** Whether a route, a mounted router or a middleware answers it, and whichever way it is written. */
function monitoringRoute(url = ""): string | undefined {
  return MONITORING.exec(url)?.[1]?.toLowerCase();
}

/** An event's listener must not throw: the error would be uncaught, and end the API. */
function template(req: RoutedRequest): string {
  try {
    return routeTemplate(req);
  } catch {
    return "*";
  }
}

/** Exposes the queue's depth; `depth` is called at each scrape. If it fails or hangs, the sample is left out. */
export function instrumentQueue(
  registry: Registry,
  depth: () => number | Promise<number>,
  options: CallbackOptions = {},
): void {
  const read = guarded("The queue's depth", depth, Number.isFinite, options);
  new Gauge({
    name: "sv0_queue_depth",
    help: "Jobs that wait",
    registers: [registry],
    async collect() {
      const found = await read();
      // Without this the last value would stay, or the 0 with which a gauge begins.
      if (found === undefined) this.remove();
      else this.set(found);
    },
  });
}
