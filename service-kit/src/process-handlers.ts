/** Handles the end of the process: by a signal (exit code 0), or by a crash (one log line, exit code 1). */

import type { Server } from "node:http";
import type { Logger } from "./logger";
import { withoutJson } from "./plain";

export interface ProcessHandlerOptions {
  /** The kit's own, or one like it; `flush` is called at the end. */
  logger: Pick<Logger, "info" | "warn" | "error"> & Partial<Pick<Logger, "flush">>;
  /** With it, requests in flight are waited for even if `shutdown` does not, and cut off shortly before the deadline. */
  server?: Server;
  /** The platform's own phases: stop accepting, stop the worker, drain, disconnect. Called once. */
  shutdown?: () => Promise<void> | void;
  exit?: (code: number) => void;
  /** Milliseconds that the shutdown may take; requests in flight get four fifths of it. */
  timeoutMs?: number;
}

const INSTALLED = Symbol.for("sv0.service-kit.process-handlers");
/** Both that Docker, a terminal or a process manager sends; either may come several times. */
const SIGNALS = ["SIGTERM", "SIGINT"] as const;
const REQUESTS_SHARE = 0.8;
const SWEEP_MS = 50;

interface Installed {
  stopping: boolean;
}

/** Returns whether a shutdown has begun; `/ready` answers 503 from then on. */
export function isStopping(): boolean {
  return installed()?.stopping ?? false;
}

/** Installs the handlers. Throws an Error if they are installed already. */
export function installProcessHandlers(options: ProcessHandlerOptions): void {
  if (installed()) throw new Error("process handlers are installed already; install them once, in src/index.ts");
  const state: Installed = { stopping: false };
  (process as unknown as Record<symbol, Installed>)[INSTALLED] = state;
  const { crash, stop } = endings(options, state);
  process.on("uncaughtException", (error) => {
    crash("Uncaught exception", error);
  });
  process.on("unhandledRejection", (reason) => {
    crash("Unhandled rejection", reason);
  });
  for (const signal of SIGNALS) process.on(signal, stop);
}

/** On the process, because two copies of the kit are still one process. */
function installed(): Installed | undefined {
  return (process as unknown as Record<symbol, Installed | undefined>)[INSTALLED];
}

function endings(options: ProcessHandlerOptions, state: Installed) {
  const { logger, server, shutdown, exit = (code: number) => process.exit(code), timeoutMs = 5_000 } = options;
  let crashed = false;
  let deadline: NodeJS.Timeout | undefined;
  const end = (code = crashed ? 1 : 0) => {
    clearTimeout(deadline);
    try {
      logger.flush?.();
    } finally {
      exit(code);
    }
  };
  /** A crash has its line already. */
  const failed = (message: string, meta?: { error: unknown }) => {
    if (!crashed) logger.error(message, meta);
    end(1);
  };
  const begin = () => {
    if (state.stopping) return;
    state.stopping = true;
    deadline = setTimeout(() => {
      failed(`The shutdown did not end within ${String(timeoutMs)} ms`);
    }, timeoutMs);
    const drained = drain(server, timeoutMs * REQUESTS_SHARE, (connections) => {
      if (!crashed) logger.warn("Requests were cut off by the shutdown", { connections });
    });
    void Promise.resolve()
      .then(() => shutdown?.())
      .then(drained)
      .then(
        () => {
          if (!crashed) logger.info("Stopped");
          end();
        },
        (error: unknown) => {
          failed("The shutdown failed", { error });
        },
      );
  };
  return {
    stop: (signal: NodeJS.Signals) => {
      if (!state.stopping) logger.info(`Stopping on ${signal}`);
      begin();
    },
    crash: (what: string, error: unknown) => {
      if (crashed) {
        end();
        return;
      }
      crashed = true;
      try {
        logger.error(`${what}: ${summary(error)}`, { error: error instanceof Error ? error : { reason: error } });
      } catch {
        end();
        return;
      }
      begin();
    },
  };
}

/**
 * Waits for the requests in flight, whoever closes the server: it is not closed here before the platform's shutdown
 * had its turn, because `server.close(resolve)` on a closed server resolves at once, before the requests end.
 */
function drain(server: Server | undefined, timeoutMs: number, cut: (connections: number) => void): () => Promise<void> {
  if (!server?.listening) return () => Promise.resolve();
  const closed = new Promise<void>((resolve) => server.once("close", resolve));
  // A kept-alive connection would hold up the close for 5 s after its last response.
  const sweep = setInterval(() => {
    if (!server.listening) server.closeIdleConnections();
  }, SWEEP_MS);
  const late = setTimeout(() => {
    server.getConnections((_error, connections) => {
      if (connections > 0) cut(connections);
      server.closeAllConnections();
    });
  }, timeoutMs);
  void closed.then(() => {
    clearInterval(sweep);
    clearTimeout(late);
  });
  return () => {
    if (server.listening) server.close();
    return closed;
  };
}

function summary(error: unknown): string {
  try {
    return withoutJson(error instanceof Error ? error.message : String(error));
  } catch {
    return "unreadable";
  }
}
