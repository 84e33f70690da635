/** The request's id, and the one line that a route handler writes when it fails. */

import { randomUUID } from "node:crypto";
import type { Middleware } from "./in-front";
import type { Logger } from "./logger";

/** An id that stands in a line, a header and a search unescaped. */
const SANE = /^[\w.:-]{1,128}$/;

/**
 * Returns a middleware that goes before all others but the metrics: it sets `req.requestId` from
 * `x-request-id`, or to a UUID when that is absent or odd, and answers with it.
 */
export function requestIds(): Middleware {
  return (req, res, next) => {
    const requestId = saneId(req.headers["x-request-id"]);
    // The platform declares the property itself; a second declaration here could contradict it.
    (req as { requestId?: unknown }).requestId = requestId;
    res.setHeader("x-request-id", requestId);
    next();
  };
}

/** Logs "<what> failed" with the request's id and the error; `what` is method and route template. */
export function errorLine(logger: Logger, req: object, error: unknown, what: string): void {
  logger.error(`${what} failed`, { requestId: (req as { requestId?: unknown }).requestId, error });
}

function saneId(asked: unknown): string {
  return typeof asked === "string" && SANE.test(asked) ? asked : randomUUID();
}
