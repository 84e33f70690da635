/** The last words of a process: one line, one try at a graceful shutdown, exit code 1. */

import type { Logger } from "./logger";

export interface ProcessHandlerOptions {
  logger: Logger;
  /** Stop accepting, drain, disconnect; tried once. */
  shutdown?: () => Promise<void> | void;
  exit?: (code: number) => void;
  /** Milliseconds that the shutdown may take. */
  timeoutMs?: number;
}

const INSTALLED = Symbol.for("sv0.service-kit.process-handlers");

/** Installs both handlers. Throws an Error when they are installed already. */
export function installProcessHandlers(options: ProcessHandlerOptions): void {
  const marked = process as unknown as Record<symbol, boolean>;
  if (marked[INSTALLED]) throw new Error("process handlers are installed already; install them once, in src/index.ts");
  marked[INSTALLED] = true;
  const die = dying(options);
  process.on("uncaughtException", (error) => {
    die("Uncaught exception", error);
  });
  process.on("unhandledRejection", (reason) => {
    die("Unhandled rejection", reason);
  });
}

function dying({ logger, shutdown, exit = (code) => process.exit(code), timeoutMs = 5_000 }: ProcessHandlerOptions) {
  let dead = false;
  const end = () => {
    try {
      logger.flush();
    } finally {
      exit(1);
    }
  };
  return (what: string, error: unknown) => {
    if (dead) {
      end();
      return;
    }
    dead = true;
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
