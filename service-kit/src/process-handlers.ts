/** Handles a crash of the process: one log line, one attempt at a graceful shutdown, exit code 1. */

import type { Logger } from "./logger";

export interface ProcessHandlerOptions {
  logger: Logger;
  /** Stop accepting, drain, disconnect; called once. */
  shutdown?: () => Promise<void> | void;
  exit?: (code: number) => void;
  /** Milliseconds that the shutdown may take. */
  timeoutMs?: number;
}

const INSTALLED = Symbol.for("sv0.service-kit.process-handlers");

/** Installs both handlers. Throws an Error if they are installed already. */
export function installProcessHandlers(options: ProcessHandlerOptions): void {
  const marked = process as unknown as Record<symbol, boolean>;
  if (marked[INSTALLED]) throw new Error("process handlers are installed already; install them once, in src/index.ts");
  marked[INSTALLED] = true;
  const crash = crashHandler(options);
  process.on("uncaughtException", (error) => {
    crash("Uncaught exception", error);
  });
  process.on("unhandledRejection", (reason) => {
    crash("Unhandled rejection", reason);
  });
}

function crashHandler({
  logger,
  shutdown,
  exit = (code) => process.exit(code),
  timeoutMs = 5_000,
}: ProcessHandlerOptions) {
  let crashed = false;
  const end = () => {
    try {
      logger.flush();
    } finally {
      exit(1);
    }
  };
  return (what: string, error: unknown) => {
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
    setTimeout(end, timeoutMs);
    void Promise.resolve()
      .then(() => shutdown?.())
      .then(end, end);
  };
}

function summary(error: unknown): string {
  try {
    return error instanceof Error ? error.message : String(error);
  } catch {
    return "unreadable";
  }
}
