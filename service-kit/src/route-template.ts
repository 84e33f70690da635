/** The template of the route that answered a request: `/orgs/:org/users/:id`, never `/orgs/7/users/1`. */

import type { IncomingMessage } from "node:http";

export const UNMATCHED = "unmatched";
/** Instead of a mount path whose template is not known, such as that of a mounted application. */
const UNKNOWN_MOUNT = "*";
/** Base URLs in the cache; each id makes a new one, and finding its template again is cheap. */
const CACHED_URLS = 1_000;
/** Templates; one from a regular expression, or requested in upper case, contains the requested text. */
const MAX_TEMPLATES = 100;

/** The properties that Express 4 and 5 both add to a request. */
export interface RoutedRequest extends IncomingMessage {
  route?: { path?: unknown };
  baseUrl?: string;
  app?: App;
}

/** Where Express was when it set `req.route`. */
interface Place {
  route: { path?: unknown };
  baseUrl: string | undefined;
  app: App | undefined;
}

/** The same for two copies of the kit. */
const PLACE = Symbol.for("sv0.service-kit.place");
type Placed = RoutedRequest & { [PLACE]?: Place | undefined };

const ROUTE: PropertyDescriptor & ThisType<Placed> = {
  configurable: true,
  enumerable: true,
  get() {
    return this[PLACE]?.route;
  },
  set(route: Place["route"]) {
    this[PLACE] = { route, baseUrl: this.baseUrl, app: this.app };
  },
};

interface App {
  request?: object;
  parent?: App;
  _router?: Router;
  router?: Router;
}

interface Router {
  stack?: readonly Layer[];
}

interface Match {
  path?: string;
  params?: Params;
}

/** Express 4 and 5.0 store the match in the layer; 5.3 returns it. */
interface Layer extends Match {
  handle: Router;
  match(path: string): boolean | Match;
}

type Params = Readonly<Record<string, unknown>>;

interface TemplateCache {
  byBaseUrl: Map<string, string>;
  templates: Set<string>;
}

const caches = new WeakMap<App, TemplateCache>();

/**
 * Keeps where a route is mounted. When an error leaves a router, Express sets `baseUrl` back and lets `route` stand,
 * so `/users/:id` and `/findings/:id` would both count as `/:id`. Returns false if it was called for it before.
 */
export function keepRoute(req: Placed): boolean {
  if (PLACE in req) return false;
  req[PLACE] = undefined;
  const home = req.app?.request;
  // A setter of the request itself would make every later access to it slow.
  if (home === undefined || Reflect.getPrototypeOf(req) !== home) keepIn(req);
  else if (!Object.hasOwn(home, "route")) keepIn(home);
  return true;
}

function keepIn(target: { route?: unknown }): void {
  const { route } = target;
  if (Reflect.defineProperty(target, "route", ROUTE) && route !== undefined) target.route = route;
}

/** Returns the template, or `unmatched` if no route with a string as its path handled the request. */
export function routeTemplate(req: Placed): string {
  const { route, baseUrl = "", app } = req[PLACE] ?? req;
  if (typeof route?.path !== "string") return UNMATCHED;
  return baseUrl === "" ? route.path : `${mountTemplate(baseUrl, app)}${route.path}`;
}

/** Express gives a router's mount path with the values filled in, and each id would be a new series. */
function mountTemplate(baseUrl: string, app: App | undefined): string {
  if (app === undefined || app.parent !== undefined) return UNKNOWN_MOUNT;
  const { byBaseUrl, templates } = cacheOf(app);
  const known = byBaseUrl.get(baseUrl);
  if (known !== undefined) return known;
  const template = mounted(stackOf(app), baseUrl) ?? UNKNOWN_MOUNT;
  if (templates.size < MAX_TEMPLATES) templates.add(template);
  const found = templates.has(template) ? template : UNKNOWN_MOUNT;
  if (byBaseUrl.size < CACHED_URLS) byBaseUrl.set(baseUrl, found);
  return found;
}

function cacheOf(app: App): TemplateCache {
  const cache = caches.get(app) ?? { byBaseUrl: new Map<string, string>(), templates: new Set<string>() };
  if (!caches.has(app)) caches.set(app, cache);
  return cache;
}

/** In Express 4 `router` is a getter that throws. */
function stackOf(app: App): readonly Layer[] {
  return (app._router ?? app.router)?.stack ?? [];
}

function mounted(stack: readonly Layer[], baseUrl: string): string | undefined {
  if (baseUrl === "") return "";
  for (const layer of stack) {
    const match = layer.handle.stack === undefined ? false : layer.match(baseUrl);
    if (match === false) continue;
    const { path = "", params = {} } = match === true ? layer : match;
    const here = templated(path, params);
    const inside = mounted(layer.handle.stack ?? [], baseUrl.slice(path.length));
    if (here !== undefined && inside !== undefined) return `${here}${inside}`;
  }
  return undefined;
}

/** Undefined if a value is not a whole segment of the path, as in `/org-:id`. */
function templated(path: string, params: Params): string | undefined {
  const parts = path.split("/").map(decoded);
  const names = new Map(Object.entries(params).map(([name, value]) => [value, `:${name}`]));
  if ([...names.keys()].some((value) => !parts.includes(value as string))) return undefined;
  return parts.map((part) => names.get(part) ?? part).join("/");
}

/** A regular expression as a mount path also matches invalid encoding; throwing here would end the API. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
