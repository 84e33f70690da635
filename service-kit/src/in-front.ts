/** Middleware that runs before Express does, where it costs a third of what it costs inside. */

import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";

/** Also good for `app.use`. */
export type Middleware = (req: IncomingMessage, res: ServerResponse, next: () => void) => void;

/**
 * Returns a listener for `http.createServer`: these middlewares in their order, then the API.
 *
 * Express gives each request another prototype, and what reads or writes its properties afterwards is
 * slow (Node 20.20, Express 5.3): the kit took 6.8 % of the CPU inside and 2.4 % in front.
 */
export function inFront(app: RequestListener, ...middlewares: readonly Middleware[]): RequestListener {
  return middlewares.reduceRight<RequestListener>(
    (next, middleware) => (req, res) => {
      middleware(req, res, () => {
        next(req, res);
      });
    },
    app,
  );
}
