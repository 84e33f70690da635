/** The reference API with the usual middleware, set up as their pages say; `make bench-kit` installs it. */

import type { RequestListener } from "node:http";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { RequestHandler } from "express";
import { api } from "./app";

const PACKAGES = join(__dirname, "..", "..", "bench", "package.json");

/** Returns the API with a metric and a log line for each request. */
export function usual(): RequestListener {
  // No import: `npm ci` of the kit does not install them.
  const installed = createRequire(PACKAGES);
  const promBundle = installed("express-prom-bundle") as (options: object) => RequestHandler;
  const pinoHttp = installed("pino-http") as () => RequestHandler;
  const measured = { includeMethod: true, includePath: true, includeStatusCode: true };
  return api([promBundle(measured), pinoHttp()]);
}
