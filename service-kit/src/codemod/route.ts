/** Which request a `console.error` belongs to: the enclosing handler and the route it says. */

import { Node, type FunctionDeclaration, type FunctionExpression, type ArrowFunction, type MethodDeclaration } from "ts-morph";

type Fn = ArrowFunction | FunctionDeclaration | FunctionExpression | MethodDeclaration;
export interface Route { method: string; path: string }
export interface Handler { request: Node; route: Route | undefined }

const METHODS = new Set(["get", "post", "put", "patch", "delete"]);
const ROUTE = /\b(GET|POST|PUT|PATCH|DELETE) (\/[\w\-./:{}*]*[\w\-/}*]|\/)/;
const GENERIC = /^(an )?((unexpected|unhandled|internal|server|uncaught) )*(error|failure)?( occurred)?$/i;

/** The nearest enclosing function that is registered on a route or has the shape `(req, res)`. */
export function handlerOf(node: Node): Handler | undefined {
  for (const fn of node.getAncestors().filter(isFunction)) {
    const [first, second, ...more] = fn.getParameters();
    if (first === undefined || second === undefined || more.length > 1) continue;
    const route = registeredRoute(fn);
    if (route !== undefined || /^_?req(uest)?$/.test(first.getName()) || /\bRequest\b/.test(first.getTypeNode()?.getText() ?? "")) {
      return { request: first.getNameNode(), route };
    }
  }
  return undefined;
}

/** The route and whatever else the message tells; both are kept. */
export function readMessage(text: string): { route: Route | undefined; detail: string } {
  const found = ROUTE.exec(text);
  const rest = found === null ? text : `${text.slice(0, found.index)} ${text.slice(found.index + found[0].length)}`;
  const detail = rest.replace(/\s+/g, " ").trim().replace(/[\s:.,-]+$/, "").replace(/(^|\s)(in|at|on|for|from|during)$/i, "").trim();
  const route = found === null ? undefined : { method: found[1] ?? "", path: found[2] ?? "" };
  return { route, detail: GENERIC.test(detail) || (route && /^failed$/i.test(detail)) ? "" : detail };
}

/** A mounted router knows only the end of its path. */
export function contradicts(said: Route, registered: Route): boolean {
  const tail = normal(registered.path);
  return said.method !== registered.method || !normal(said.path).endsWith(tail);
}

function normal(path: string): string {
  return path.replace(/\{(\w+)\}/g, ":$1").replace(/\/$/, "");
}

function isFunction(node: Node): node is Fn {
  return Node.isArrowFunction(node) || Node.isFunctionExpression(node)
    || Node.isFunctionDeclaration(node) || Node.isMethodDeclaration(node);
}

function registeredRoute(fn: Fn): Route | undefined {
  const direct = fn.getParent();
  return routeOfCall(direct) ?? (Node.isCallExpression(direct) ? routeOfCall(direct.getParent()) : undefined);
}

function routeOfCall(call: Node | undefined): Route | undefined {
  if (!Node.isCallExpression(call)) return undefined;
  const callee = call.getExpression();
  if (!Node.isPropertyAccessExpression(callee) || !METHODS.has(callee.getName())) return undefined;
  const chained = callee.getExpression();
  const path = Node.isCallExpression(chained) && /\.route$/.test(chained.getExpression().getText())
    ? chained.getArguments()[0] : call.getArguments()[0];
  if (!Node.isStringLiteral(path) || !path.getLiteralText().startsWith("/")) return undefined;
  return { method: callee.getName().toUpperCase(), path: path.getLiteralText() };
}
