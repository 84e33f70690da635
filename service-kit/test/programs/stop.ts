/**
 * Serves `/ready` and `/slow` until a signal comes. The first argument names the version of Express, the second how
 * the platform's shutdown behaves, the third is the deadline in milliseconds. Each line of stdout is the logger's.
 */

import { createServer, type RequestListener, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { mock } from "node:test";
import { Registry } from "prom-client";
import { createLogger, installProcessHandlers, instrumentHttp, isStopping, requestIds } from "../../src/index";

const [name = "express", shutdown = "phases", timeoutMs = "60000"] = process.argv.slice(2);
const logger = createLogger();
const registry = new Registry();
const waiting: ServerResponse[] = [];

const closed = (server: Server) => new Promise((resolve) => server.close(resolve));
/** The platform's, of the seed plan: stop accepting, stop the worker, drain, disconnect. */
async function phases(): Promise<void> {
  logger.info("phase 1", { ready: !isStopping() });
  const drained = closed(server);
  logger.info("phase 2");
  await drained;
  logger.info("phase 3");
  // Node closes a response a moment after its connection.
  await new Promise(setImmediate);
  logger.info("phase 4", { counted: await registry.getSingleMetricAsString("sv0_http_requests_total") });
}
const SHUTDOWNS: Readonly<Record<string, () => Promise<void> | void>> = {
  phases,
  // The four fifths of the deadline pass at once, and the rest never does.
  "phases, late": () => {
    setImmediate(() => {
      mock.timers.tick(0.8 * Number(timeoutMs));
    });
    return phases();
  },
  "does not drain": () => undefined,
  hangs: () => new Promise<void>(() => undefined),
  fails: () => Promise.reject(new Error("no database")),
  crashes: () => {
    setTimeout(() => {
      throw new Error("boom");
    }, 1);
    return phases();
  },
};

async function listener(): Promise<RequestListener> {
  const { default: express } = (await import(name)) as { default: typeof import("express") };
  const app = express();
  app.use(instrumentHttp(registry), requestIds());
  app.get("/ready", (_req, res) => {
    res.status(isStopping() ? 503 : 200).end();
    // What the slow requests wait for comes while the process stops.
    if (isStopping()) for (const each of waiting) each.end("whole");
  });
  app.get("/slow", (_req, res) => {
    waiting.push(res);
    logger.info("in flight");
  });
  return app as RequestListener;
}

const server = createServer();
if (shutdown === "phases, late") mock.timers.enable({ apis: ["setTimeout"] });
installProcessHandlers({
  logger,
  server,
  timeoutMs: Number(timeoutMs),
  ...(SHUTDOWNS[shutdown] && { shutdown: SHUTDOWNS[shutdown] }),
});
void listener().then((app) => {
  server.on("request", app).listen(0, "127.0.0.1", () => {
    logger.info("listening", { port: (server.address() as AddressInfo).port });
  });
});
