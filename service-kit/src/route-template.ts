/** The template of the route that answered a request: `/orgs/:org/users/:id`, never `/orgs/7/users/1`. */

import type { IncomingMessage } from "node:http";

const UNMATCHED = "unmatched";
/** Stands for a place of which no template is known, such as a mounted application's. */
const SOMEWHERE = "*";
/** Base URLs; each id makes one, and finding a template again is cheap. */
const REMEMBERED = 1_000;
/** A place that is an expression, or is asked for in upper case, shows what was asked; so many times at most. */
const PLACES = 100;

/** What Express 4 and 5 both add to a request, and keep of each `use` and route. */
export interface RoutedRequest extends IncomingMessage {
  route?: { path?: unknown };
  baseUrl?: string;
  app?: App;
}

interface App {
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

/** Express 4 and 5.0 keep what matched in the layer; 5.3 returns it. */
interface Layer extends Match {
  handle: Router;
  match(path: string): boolean | Match;
}

type Params = Readonly<Record<string, unknown>>;

interface Memory {
  byBaseUrl: Map<string, string>;
  places: Set<string>;
}

const memories = new WeakMap<App, Memory>();

/** Returns the template, or `unmatched` where no route with a text as its path answered. */
export function routeTemplate({ route, baseUrl = "", app }: RoutedRequest): string {
  if (typeof route?.path !== "string") return UNMATCHED;
  return baseUrl === "" ? route.path : `${place(baseUrl, app)}${route.path}`;
}

/** Express tells where a router is mounted with the values in it, and each id would be a series. */
function place(baseUrl: string, app: App | undefined): string {
  if (app === undefined || app.parent !== undefined) return SOMEWHERE;
  const { byBaseUrl, places } = memoryOf(app);
  const known = byBaseUrl.get(baseUrl);
  if (known !== undefined) return known;
  const template = mounted(stackOf(app), baseUrl) ?? SOMEWHERE;
  if (places.size < PLACES) places.add(template);
  const found = places.has(template) ? template : SOMEWHERE;
  if (byBaseUrl.size < REMEMBERED) byBaseUrl.set(baseUrl, found);
  return found;
}

function memoryOf(app: App): Memory {
  const memory = memories.get(app) ?? { byBaseUrl: new Map<string, string>(), places: new Set<string>() };
  if (!memories.has(app)) memories.set(app, memory);
  return memory;
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

/** Nothing where a value is not a whole part of the path, as in `/org-:id`. */
function templated(path: string, params: Params): string | undefined {
  const parts = path.split("/").map(decoded);
  const names = new Map(Object.entries(params).map(([name, value]) => [value, `:${name}`]));
  if ([...names.keys()].some((value) => !parts.includes(value as string))) return undefined;
  return parts.map((part) => names.get(part) ?? part).join("/");
}

/** An expression as a place lets through what is wrongly encoded; throwing here would end the API. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
