/** The platform's API as far as the rehearsal needs it: what it serves, with the kit around it. */

import express, { type ErrorRequestHandler, type Express } from "express";
import { collectDefaultMetrics, Registry } from "prom-client";
import {
  errorLine,
  instrumentHttp,
  instrumentQueue,
  instrumentSyncFreshness,
  requestIds,
  type Logger,
  type SyncFreshness,
} from "../src/index";

const FINDINGS = Array.from({ length: 25 }, (_, index) => ({ id: `finding-${String(index)}`, severity: "high" }));

export interface Reference {
  app: Express;
  freshness: SyncFreshness;
}

/** Returns the API with the kit; `ready` answers whether the database does. */
export function withKit(logger: Logger, ready: () => boolean = () => true): Reference {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const app = express();
  app.use(instrumentHttp(registry), requestIds());
  instrumentQueue(registry, () => 0);
  const freshness = instrumentSyncFreshness(registry, { connectors: () => ["entra", "okta"] });
  app.get("/metrics", async (_req, res) => {
    res.type(registry.contentType).send(await registry.metrics());
  });
  routes(app, ready);
  app.use(failed(logger));
  return { app, freshness };
}

/** Returns the same API without the kit, to compare with. */
export function bare(): Express {
  const app = express();
  routes(app, () => true);
  return app;
}

function routes(app: Express, ready: () => boolean): void {
  app.get("/health", (_req, res) => {
    res.json({ status: "ok" });
  });
  app.get("/ready", (_req, res) => {
    res.status(ready() ? 200 : 503).json({ status: ready() ? "ok" : "database unreachable" });
  });
  app.get("/api/v1/findings", (_req, res) => {
    if (!ready()) throw new Error("database unreachable");
    res.json({ data: FINDINGS, meta: { total_count: FINDINGS.length } });
  });
}

function failed(logger: Logger): ErrorRequestHandler {
  return (error: unknown, req, res, next) => {
    errorLine(logger, req, error, `${req.method} ${req.path}`);
    // Express ends an answer that has begun; a second one would throw.
    if (res.headersSent) next(error);
    else res.status(500).json({ error: "internal" });
  };
}
