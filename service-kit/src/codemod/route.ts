/** Finds the request that a `console.error` belongs to: its handler, and the route in its message. */

import {
  Node,
  type FunctionDeclaration,
  type FunctionExpression,
  type ArrowFunction,
  type MethodDeclaration,
} from "ts-morph";

type Fn = ArrowFunction | FunctionDeclaration | FunctionExpression | MethodDeclaration;
export interface Route {
  method: string;
  path: string;
}
export interface Handler {
  request: Node;
  route: Route | undefined;
}

const METHODS = new Set(["get", "post", "put", "patch", "delete"]);
const ROUTE = /\b(GET|POST|PUT|PATCH|DELETE) (\/\S*)/;
const GENERIC = /^(an )?((unexpected|unhandled|internal|server|uncaught) )*(error|failure)?( occurred)?$/i;

/** The nearest enclosing function of the shape `(req, res)` or `(req, res, next)`; others, such as `cache.get("/a", (key, value) => …)`, do not count. */
export function handlerOf(node: Node): Handler | undefined {
  for (const fn of node.getAncestors().filter(isFunction)) {
    const [first, ...more] = fn.getParameters();
    if (first === undefined || more.length < 1 || more.length > 2) continue;
    const typed = /\bRequest\b/.test(first.getTypeNode()?.getText() ?? "");
    const destructured = !Node.isIdentifier(first.getNameNode()) && registeredRoute(fn) !== undefined;
    if (typed || destructured || /^_?req(uest)?$/.test(first.getName()))
      return { request: first.getNameNode(), route: registeredRoute(fn) };
  }
  return undefined;
}

/** The route in the message, and the rest of its text; both are kept. */
export function readMessage(text: string): { route: Route | undefined; detail: string } {
  const found = ROUTE.exec(text);
  if (found === null) return { route: undefined, detail: detailOf(text) };
  const route = { method: found[1] ?? "", path: (found[2] ?? "").replace(/[:.,;)\]"']+$/, "") };
  const end = found.index + route.method.length + 1 + route.path.length;
  const detail = detailOf(`${text.slice(0, found.index)} ${text.slice(end)}`);
  return { route, detail: /^failed$/i.test(detail) ? "" : detail };
}

/** A query or a value in the path would be an unbounded label. */
export function isTemplate(path: string): boolean {
  return /^\/[\w\-./:{}*]*$/.test(path);
}

function detailOf(rest: string): string {
  const bare = rest
    .replace(/\[\s*\]|\(\s*\)|"\s*"|'\s*'/g, " ")
    .replace(/\s+/g, " ")
    .trim()
    .replace(/[\s:.,-]+$/, "");
  const detail = bare.replace(/(^|\s)(in|at|on|for|from|during)$/i, "").trim();
  return GENERIC.test(detail) ? "" : detail;
}

/** A mounted router has only the end of the path. */
export function contradicts(said: Route, registered: Route): boolean {
  const tail = normal(registered.path);
  return said.method !== registered.method || !normal(said.path).endsWith(tail);
}

function normal(path: string): string {
  return path.replace(/\{(\w+)\}/g, ":$1").replace(/\/$/, "");
}

function isFunction(node: Node): node is Fn {
  return (
    Node.isArrowFunction(node) ||
    Node.isFunctionExpression(node) ||
    Node.isFunctionDeclaration(node) ||
    Node.isMethodDeclaration(node)
  );
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
  const path =
    Node.isCallExpression(chained) && /\.route$/.test(chained.getExpression().getText())
      ? chained.getArguments()[0]
      : call.getArguments()[0];
  if (!Node.isStringLiteral(path) || !path.getLiteralText().startsWith("/")) return undefined;
  return { method: callee.getName().toUpperCase(), path: path.getLiteralText() };
}
