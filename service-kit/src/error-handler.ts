/** The last middleware: one line for each error that reaches it, and an answer that shows nothing of it. */

import { STATUS_CODES, type IncomingMessage, type ServerResponse } from "node:http";
import type { NextFunction, Request, RequestHandler, Response } from "express";
import type { Logger } from "./logger";
import { breakOff } from "./outcome";
import { errorLine, requestIdOf, whatOf } from "./request";

/** Express recognises an error middleware by its four parameters. */
export type ErrorMiddleware = (
  error: unknown,
  req: IncomingMessage,
  res: ServerResponse,
  next: (error?: unknown) => void,
) => void;

/** Written as a method, so that it may also take an `Error`, or a request with the platform's own properties. */
export type ErrorAnswer = {
  method(error: unknown, req: Request, res: Response, next: NextFunction): unknown;
}["method"];

/** What a handler set for the answer that it could not give. */
const OF_THE_BODY = ["content-encoding", "content-language", "content-range", "content-length", "etag"];

/**
 * Returns an error middleware; `app.use` it after all routes. `answer`, such as the platform's own error middleware,
 * sends the response in its own form; `res.statusCode` is set already. It is not called once a response has begun:
 * that one is broken off, and counts as 500.
 *
 * The status is Express's: the error's own `status` or `statusCode` from 400 to 599, or else what the handler set, or
 * else 500. Below 500 the line is a warning: the client was wrong.
 */
export function errorHandler(
  logger: Pick<Logger, "warn" | "error">,
  answer: ErrorAnswer = plainAnswer,
): ErrorMiddleware {
  // Never to Express's own handler: it prints the error, with all it carries, to stderr.
  return (error, req, res, next) => {
    const status = statusFor(error, res);
    const line = { requestId: requestIdOf(req), status, error };
    logger[status < 500 ? "warn" : "error"](`${whatOf(req)} failed`, line);
    if (!res.headersSent) res.statusCode = status;
    respond(answer, [error, req, res, next]).catch((failure: unknown) => {
      errorLine(logger, req, failure, "failed, and so did its error answer");
      void respond(plainAnswer, [error, req, res, next]);
    });
  };
}

/** Rejects if the answer does, which must not become an unhandled rejection. */
async function respond(answer: ErrorAnswer, [error, req, res, next]: Parameters<ErrorMiddleware>): Promise<void> {
  if (res.writableEnded) return;
  if (res.headersSent) breakOff(res);
  else await answer(error, req as Request, res as Response, next);
}

/**
 * Returns the handler with its rejection passed to `next`, as Express 5 does by itself. In Express 4 a rejection is
 * an unhandled one, and ends the process. Parameters of a route are texts, as they always are in Express 4.
 */
export function asyncHandler<
  P = Record<string, string>,
  ResBody = unknown,
  ReqBody = Request["body"],
  Query = Request["query"],
  Locals extends Response["locals"] = Response["locals"],
>(
  handler: (...args: Parameters<RequestHandler<P, ResBody, ReqBody, Query, Locals>>) => unknown,
): RequestHandler<P, ResBody, ReqBody, Query, Locals> {
  return (req, res, next) => {
    // Express takes a falsy error for none, and goes on to the next handler.
    const failed = (error: unknown) => {
      next(error || new Error("rejected without a reason"));
    };
    try {
      void Promise.resolve(handler(req, res, next)).then(undefined, failed);
    } catch (error) {
      failed(error);
    }
  };
}

function plainAnswer(_error: unknown, req: IncomingMessage, res: ServerResponse): void {
  for (const header of OF_THE_BODY) res.removeHeader(header);
  const body = JSON.stringify({ error: STATUS_CODES[res.statusCode] ?? "error", requestId: requestIdOf(req) });
  res.setHeader("content-type", "application/json; charset=utf-8");
  res.setHeader("cache-control", "no-store");
  res.setHeader("content-length", Buffer.byteLength(body));
  res.end(body);
}

function statusFor(error: unknown, res: ServerResponse): number {
  const own = [ownStatus(error, "status"), ownStatus(error, "statusCode")].find(isError);
  return own ?? (isError(res.statusCode) ? res.statusCode : 500);
}

/** Undefined also if the property cannot be read. */
function ownStatus(error: unknown, key: string): unknown {
  try {
    return (error as Record<string, unknown> | undefined)?.[key];
  } catch {
    return undefined;
  }
}

function isError(status: unknown): status is number {
  return Number.isInteger(status) && Number(status) >= 400 && Number(status) < 600;
}
