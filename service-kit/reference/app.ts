/** A small copy of the platform's API, with the kit and without it. */

import type { RequestListener } from "node:http";
import express, { type Express, type RequestHandler } from "express";
import { collectDefaultMetrics, Registry } from "prom-client";
import {
  errorHandler,
  instrumentHttp,
  instrumentQueue,
  instrumentSyncFreshness,
  requestIds,
  type Logger,
  type SyncFreshness,
} from "../src/index";
import { findings, PAGE } from "./findings";

export interface Reference {
  listener: RequestListener;
  freshness: SyncFreshness;
}

/** Returns the API with the kit; `ready` returns whether the database is reachable. */
export function withKit(logger: Logger, ready = () => true): Reference {
  const registry = new Registry();
  const app = api([instrumentHttp(registry), requestIds()], registry, ready);
  app.use(errorHandler(logger));
  instrumentQueue(registry, () => 0);
  const freshness = instrumentSyncFreshness(registry, { connectors: () => ["entra", "okta"] });
  return { listener: app, freshness };
}

/** Returns the same API with other middleware or none; it has prom-client and `/metrics`, as the platform does. */
export function api(
  middlewares: readonly RequestHandler[] = [],
  registry = new Registry(),
  ready: () => boolean = () => true,
): Express {
  collectDefaultMetrics({ register: registry });
  const app = express();
  for (const middleware of middlewares) app.use(middleware);
  app.get("/metrics", async (_req, res) => {
    res.type(registry.contentType).send(await registry.metrics());
  });
  routes(app, ready);
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
    res.json({ data: findings(), meta: { total_count: PAGE } });
  });
}
