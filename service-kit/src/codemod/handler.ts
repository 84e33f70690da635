/** Finds the request that a call belongs to: the parameter of the nearest function around it that has one. */

import ts from "typescript";
import { ancestors, isAny, isFn, Left, parametersOf, symbolAt, type Fn, type Site } from "./site";

/** What only Express adds to a request; those of Fastify, Koa and plain Node have no `baseUrl`. */
const OF_EXPRESS = ["baseUrl", "originalUrl", "headers", "method"];
const REQUEST = /^_?req(uest)?$/;
const RESPONSE = /^_?res(p|ponse)?$/;

export interface Handler {
  fn: Fn;
  request: string;
  /** The name of the response; a helper with a request alone has none. */
  response: string | undefined;
}

/** Returns the handler with a name of the request that means the request at the call, too. */
export function handlerOf({ call, checker }: Site): Handler {
  for (const fn of ancestors(call).filter(isFn)) {
    const parameters = parametersOf(fn);
    const request = parameters.find((each) => isRequest(each, checker));
    if (request === undefined) continue;
    requireName(request, call, checker);
    const response = parameters[parameters.indexOf(request) + 1];
    const answering = response !== undefined && isResponse(response, checker);
    return { fn, request: request.name.getText(), response: answering ? response.name.getText() : undefined };
  }
  throw new Left("not inside a route handler (req, res) of Express, so no request to name");
}

/** Says whether the function is an error middleware of Express: four parameters, the second is the request. */
export function isErrorMiddleware(fn: Fn, checker: ts.TypeChecker): boolean {
  const [, request, , next] = parametersOf(fn);
  return request !== undefined && next !== undefined && isRequest(request, checker);
}

function isRequest(parameter: ts.ParameterDeclaration, checker: ts.TypeChecker): boolean {
  const type = checker.getApparentType(checker.getTypeAtLocation(parameter));
  // Without types a destructured parameter is an object of what it takes out.
  if (isAny(type) || (ts.isObjectBindingPattern(parameter.name) && !parameter.type)) return isNamedSo(parameter);
  return OF_EXPRESS.every((name) => checker.getPropertyOfType(type, name) !== undefined);
}

function isResponse(parameter: ts.ParameterDeclaration, checker: ts.TypeChecker): boolean {
  const type = checker.getApparentType(checker.getTypeAtLocation(parameter));
  if (isAny(type)) return RESPONSE.test(parameter.name.getText());
  return checker.getPropertyOfType(type, "sendStatus") !== undefined;
}

/** Without types the names decide, of the request and of the response after it. */
function isNamedSo(parameter: ts.ParameterDeclaration): boolean {
  const all = parametersOf(parameter.parent as Fn);
  const response = all[all.indexOf(parameter) + 1]?.name.getText() ?? "";
  return (REQUEST.test(parameter.name.getText()) || !ts.isIdentifier(parameter.name)) && RESPONSE.test(response);
}

function requireName(request: ts.ParameterDeclaration, call: ts.Node, checker: ts.TypeChecker): void {
  const name = request.name.getText();
  if (ts.getDecorators(request)?.length) throw new Left("its request comes from a decorator, not from Express");
  if (!ts.isIdentifier(request.name)) throw new Left("the handler's request parameter is destructured");
  if (symbolAt(call, name, checker)?.valueDeclaration !== request)
    throw new Left(`"${name}" is not the handler's request here`);
}
