/** Crashes in the way that the first argument names; the second selects the shutdown. */

import type { AddressInfo } from "node:net";
// Not the index: loading prom-client and express would take a third of each run.
import { createLogger } from "../../src/logger";
import { installProcessHandlers } from "../../src/process-handlers";

const fail = (): never => {
  throw new Error("boom", { cause: new TypeError("deeper") });
};
const hangs = () => new Promise<void>(() => undefined);
const later = () => {
  setTimeout(fail, 1);
};
const SHUTDOWNS: Record<string, () => Promise<void> | void> = {
  ends: () => undefined,
  hangs,
  throws: fail,
  "fails again": () => {
    later();
    return hangs();
  },
};
const WAYS: Record<string, () => unknown> = {
  timer: later,
  promise: () => void Promise.resolve().then(fail),
  "handler callback": () => request("express", later),
  "handler promise": () => request("express", () => void Promise.resolve().then(fail)),
  "async handler of Express 4": () => request("express4", () => Promise.resolve().then(fail)),
  twice: () => {
    installProcessHandlers({ logger: createLogger() });
  },
};

async function request(name: string, handler: () => unknown): Promise<void> {
  const { default: express } = (await import(name)) as { default: typeof import("express") };
  const app = express();
  app.get("/", handler);
  const server = app.listen(0, "127.0.0.1", () => {
    fetch(`http://127.0.0.1:${String((server.address() as AddressInfo).port)}/`).catch(() => undefined);
  });
}

const [way = "", shutdown = "ends", timeoutMs = "300"] = process.argv.slice(2);
installProcessHandlers({
  logger: createLogger(),
  timeoutMs: Number(timeoutMs),
  ...(SHUTDOWNS[shutdown] && { shutdown: SHUTDOWNS[shutdown] }),
});
setInterval(() => undefined, 1_000);
WAYS[way]?.();
