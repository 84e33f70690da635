/** Serves the reference API on 127.0.0.1, on port `PORT` or a free one; its first log line shows the port. */

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createLogger, installProcessHandlers, isStopping } from "../src/index";
import { withKit } from "./app";

const logger = createLogger();
const { listener, freshness } = withKit(logger, () => !isStopping());
const minutesAgo = (minutes: number) => Date.now() - 60_000 * minutes;
// The platform queries its database here, and listens afterwards.
void freshness.restore(() => Promise.resolve({ entra: minutesAgo(1), okta: minutesAgo(2) }));
const server = createServer(listener).listen(Number(process.env["PORT"] ?? 0), "127.0.0.1", () => {
  logger.info("listening", { port: (server.address() as AddressInfo).port });
});
const shutdown = () =>
  new Promise<void>((resolve) => {
    server.close(() => {
      resolve();
    });
  });
installProcessHandlers({ logger, server, shutdown });
