/**
 * The API for the rehearsal: `PUT /state` sets what has happened until a virtual moment, and `/metrics`
 * is the kit's own with the clock of that moment. `argv[2]` selects how syncs set the age: `kit`, or
 * `seed` as in the seed plan. Requests are not sent: the kit's middleware is called for each one, and
 * counts it, because a day with 100 a second would need 9 million.
 */

import { EventEmitter } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import express from "express";
import { Gauge, Registry } from "prom-client";
import { instrumentHttp, instrumentQueue, instrumentSyncFreshness } from "../src/index";

const MINUTE = 60_000;
/** The client closes the connection before there is a response. */
const CLOSED = 499;
const CONTRACT_ROUTE = "/api/v1/findings";

/** Moments in Unix milliseconds. */
interface State {
  now: number;
  depth: number;
  /** Requests since the process started, by status. */
  requests: Readonly<Record<string, number>>;
  /** Those that took longer than usual, or hung until their client gave up. */
  slow: readonly { route: string; status: string; seconds: number; total: number }[];
  /** The last success of each connector that exists; null before the first. */
  connectors: Readonly<Record<string, number | null>>;
}

const registry = new Registry();
let state: State = { now: 0, depth: 0, requests: {}, slow: [], connectors: {} };
/** Milliseconds; it goes on while a slow request runs. */
let elapsed = 0;
performance.now = () => elapsed;
const counted: Record<string, number> = {};
const count = instrumentHttp(registry);
instrumentQueue(registry, () => state.depth);
const synced = process.argv[2] === "seed" ? seed() : kit();

/** The age is computed at each scrape. */
function kit(): (connector: string, at: number) => void {
  const freshness = instrumentSyncFreshness(registry, {
    connectors: () => Object.keys(state.connectors),
    now: () => state.now,
  });
  return (connector, at) => {
    freshness.succeeded(connector, at);
  };
}

/** The seed plan's section 1.3: the gauge is set after each sync. */
function seed(): (connector: string, at: number) => void {
  const syncAgeMinutes = new Gauge({
    name: "sv0_sync_age_minutes",
    help: "Minutes since the last sync",
    labelNames: ["connector_id"],
    registers: [registry],
  });
  const last = new Map<string, number>();
  return (connector_id, at) => {
    if (last.get(connector_id) === at) return;
    last.set(connector_id, at);
    // The age that the seed plan sets is the duration of the sync, which differs a little each time.
    const began = at - 1_000 * (1 + (Math.abs(Math.round(at / MINUTE)) % 7));
    syncAgeMinutes.set({ connector_id }, (at - began) / MINUTE);
  };
}

function countRequest(statusCode: number, path = CONTRACT_ROUTE, seconds = 0): void {
  const writableFinished = statusCode !== CLOSED;
  const res = Object.assign(new EventEmitter(), { statusCode, writableFinished });
  const req = { method: "GET", socket: {}, route: { path } };
  count(req as unknown as IncomingMessage, res as unknown as ServerResponse, () => undefined);
  elapsed += 1_000 * seconds;
  res.emit(writableFinished ? "finish" : "close");
}

function setState(next: State): void {
  state = next;
  for (const [status, total] of Object.entries(state.requests)) {
    for (let done = counted[status] ?? 0; done < total; done += 1) countRequest(Number(status));
    counted[status] = total;
  }
  for (const { route, status, seconds, total } of state.slow) {
    const key = `${route} ${status} ${String(seconds)}`;
    for (let done = counted[key] ?? 0; done < total; done += 1) countRequest(Number(status), route, seconds);
    counted[key] = total;
  }
  for (const [connector, at] of Object.entries(state.connectors)) if (at !== null) synced(connector, at);
}

const app = express();
app.put("/state", express.json(), (req, res) => {
  setState(req.body as State);
  res.status(204).end();
});
app.get("/-/ready", (_req, res) => {
  res.end();
});
app.get("/metrics", async (_req, res) => {
  res.type(registry.contentType).send(await registry.metrics());
});
const server = createServer(app);
server.keepAliveTimeout = 0;
server.listen(0, "127.0.0.1", () => {
  // In the format of Prometheus' log, because the same code starts both.
  console.log(`msg="Listening on" address=127.0.0.1:${String((server.address() as AddressInfo).port)}`);
});
