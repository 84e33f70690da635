/** The request's id, and the log line of a route handler that fails. */

import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Logger } from "./logger";
import { routeTemplate, UNMATCHED, type RoutedRequest } from "./route-template";

/** For `app.use`, whatever the version of Express and of its types. */
export type Middleware = (req: IncomingMessage, res: ServerResponse, next: () => void) => void;

/** An id that needs no escaping in a log line, a header or a search. */
const VALID_ID = /^[\w.:-]{1,128}$/;

/**
 * Returns a middleware; it must come before all others except the metrics. It sets `req.requestId` to
 * `x-request-id`, or to a UUID if that is missing or invalid, and returns the id in the response.
 */
export function requestIds(): Middleware {
  return (req, res, next) => {
    const requestId = validId(req.headers["x-request-id"]);
    // The platform declares the property itself; a second declaration here could contradict it.
    (req as { requestId?: unknown }).requestId = requestId;
    // Setting a header after the head was sent would throw.
    if (!res.headersSent) res.setHeader("x-request-id", requestId);
    next();
  };
}

/**
 * Logs `<method> <route template> <outcome>` with the request's id and the error. A handler that goes on after the
 * line has not failed, and says what happened instead: `had an error: …`.
 */
export function errorLine(logger: Pick<Logger, "error">, req: object, error: unknown, outcome = "failed"): void {
  logger.error(`${whatOf(req)} ${outcome}`, { requestId: requestIdOf(req), error });
}

/** Undefined without the middleware. */
export function requestIdOf(req: object): unknown {
  return (req as { requestId?: unknown }).requestId;
}

/** Returns method and route template; the path stays out, because it may hold names or tokens. */
export function whatOf(req: RoutedRequest | object): string {
  const { method = "request" } = req as RoutedRequest;
  const route = routeTemplate(req as RoutedRequest);
  return route === UNMATCHED ? `${method} without a route` : `${method} ${route}`;
}

function validId(header: unknown): string {
  return typeof header === "string" && VALID_ID.test(header) ? header : randomUUID();
}
