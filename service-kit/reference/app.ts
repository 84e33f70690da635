/** A small copy of the platform's API, with the kit and without it. */

import type { RequestListener } from "node:http";
import express, { type Express } from "express";
import { collectDefaultMetrics, Registry } from "prom-client";
import {
  errorHandler,
  inFront,
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
export function withKit(logger: Logger, ready: () => boolean = () => true): Reference {
  const registry = new Registry();
  const app = api(registry, ready);
  app.use(errorHandler(logger));
  instrumentQueue(registry, () => 0);
  const freshness = instrumentSyncFreshness(registry, { connectors: () => ["entra", "okta"] });
  return { listener: inFront(app, instrumentHttp(registry), requestIds()), freshness };
}

/** Returns the same API without the kit, for comparison; it has prom-client and `/metrics`, as the platform does. */
export function bare(): RequestListener {
  return api(new Registry(), () => true);
}

function api(registry: Registry, ready: () => boolean): Express {
  collectDefaultMetrics({ register: registry });
  const app = express();
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
