/** Calls to the platform's code at a scrape: whatever it does, `/metrics` answers, and in time. */

import { createLogger, type Logger } from "./logger";

export interface CallbackOptions {
  /** Gets one line when the callback begins to fail, and one when it works again; without it they go to stdout. */
  logger?: Pick<Logger, "info" | "error">;
  /** Milliseconds that a scrape waits for the callback. */
  timeoutMs?: number;
}

const TIMEOUT_MS = 1_000;
/** Calls that may hang at once: each may hold a connection to the database, and a scrape comes every minute. */
const MOST_OPEN = 5;
/** A call that hangs longer is not counted any more, or five lost promises would end the sample for good. */
const FORGOTTEN_MS = 3_600_000;

/**
 * Returns a function that never rejects and never takes longer than the deadline; undefined means that `read`
 * failed, hung, or returned something else than `valid` accepts. `what` is the subject of its log lines.
 */
export function guarded<T>(
  what: string,
  read: () => T | Promise<T>,
  valid: (value: unknown) => boolean,
  { logger = createLogger(), timeoutMs = TIMEOUT_MS }: CallbackOptions,
): () => Promise<T | undefined> {
  const report = changes(what, logger);
  const limited = fewOpen(read);
  return async () => {
    try {
      const value = await withDeadline(limited, timeoutMs);
      if (!valid(value)) throw new TypeError("the value has the wrong type");
      report(undefined);
      return value;
    } catch (error) {
      report({ error });
      return undefined;
    }
  };
}

/** Logs only what differs from the last report; a logger that throws does no harm. */
function changes(
  what: string,
  logger: Pick<Logger, "info" | "error">,
): (failure: { error: unknown } | undefined) => void {
  let failing = false;
  return (failure) => {
    if (failing === (failure !== undefined)) return;
    failing = !failing;
    try {
      if (failure) logger.error(`${what} cannot be read; /metrics leaves it out`, failure);
      else logger.info(`${what} can be read again`);
    } catch {
      // Nothing is left to report it with.
    }
  };
}

function fewOpen<T>(read: () => T | Promise<T>): () => Promise<T> {
  const open = new Set<{ readonly began: number }>();
  return async () => {
    const call = { began: Date.now() };
    for (const each of open) if (call.began - each.began > FORGOTTEN_MS) open.delete(each);
    if (open.size >= MOST_OPEN) throw new Error(`${String(MOST_OPEN)} earlier calls still hang`);
    open.add(call);
    try {
      return await read();
    } finally {
      open.delete(call);
    }
  };
}

async function withDeadline<T>(call: () => Promise<T>, timeoutMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`no result within ${String(timeoutMs)} ms`));
    }, timeoutMs);
  });
  try {
    // A rejection that comes after the deadline is handled here, too: it must not end the process.
    return await Promise.race([call(), late]);
  } finally {
    clearTimeout(timer);
  }
}
