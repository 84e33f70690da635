/** Says whether a variable holds the error: of a catch, a rejection, a callback or an error middleware. */

import ts from "typescript";
import { isErrorMiddleware } from "./handler";
import { isAny, isFn, nodesIn, parametersOf, symbolOf, type Fn } from "./site";

export const ERROR_NAME = /^_?(e|ex|reason|cause)$|(err|error|exception)$/i;
/** Without a type `e` may be an event. */
const CERTAIN_NAME = /(err|error)$/i;
/** These call their function for each element, which may be named `error` and was not caught. */
const OF_LISTS = /^(each|forEach|map|flatMap|filter|some|every|reduce\w*|sort|from)$/;
/** Those of a list take the function first; those of a database take a callback after the query. */
const FINDING = /^find\w*$/;
const EVENTS = /^(on|once|addListener|prependListener|addEventListener)$/;

/** True only for a variable that nothing else is assigned to. */
export function isCaught(id: ts.Identifier, checker: ts.TypeChecker): boolean {
  const symbol = symbolOf(id, checker);
  const declaration = symbol?.valueDeclaration;
  if (symbol === undefined || declaration === undefined) return false;
  const caught = ts.isCatchClause(declaration.parent) || (ts.isParameter(declaration) && isGiven(declaration, checker));
  return caught && !isAssigned(symbol, declaration.parent, checker);
}

function isGiven(parameter: ts.ParameterDeclaration, checker: ts.TypeChecker): boolean {
  const fn = parameter.parent;
  if (!isFn(fn) || parametersOf(fn)[0] !== parameter || !ts.isIdentifier(parameter.name)) return false;
  if (isErrorMiddleware(fn, checker)) return true;
  const call = fn.parent;
  if (!ts.isCallExpression(call) || ts.isMethodDeclaration(fn)) return false;
  const name = ts.isPropertyAccessExpression(call.expression) ? call.expression.name.text : "";
  if (EVENTS.test(name)) return isEventError(call);
  if (OF_LISTS.test(name) || (FINDING.test(name) && call.arguments[0] === fn)) return false;
  return isRejection(name, call, fn) || isOfCallback(parameter, checker);
}

function isEventError({ arguments: [event] }: ts.CallExpression): boolean {
  return event !== undefined && ts.isStringLiteralLike(event) && event.text === "error";
}

function isRejection(name: string, call: ts.CallExpression, fn: Fn): boolean {
  const [first, second] = call.arguments;
  return (name === "catch" && first === fn) || (name === "then" && second === fn);
}

/** `(err, data) => …`: named like an error, and typed as one where it has a type. */
function isOfCallback(parameter: ts.ParameterDeclaration, checker: ts.TypeChecker): boolean {
  const type = checker.getTypeAtLocation(parameter);
  const untyped = isAny(type) || (type.flags & ts.TypeFlags.Unknown) !== 0;
  return (
    (untyped ? CERTAIN_NAME : ERROR_NAME).test(parameter.name.getText()) && (untyped || isErrorType(type, checker))
  );
}

function isErrorType(type: ts.Type, checker: ts.TypeChecker): boolean {
  const filled = checker.getNonNullableType(type);
  const kinds = filled.isUnion() ? filled.types : [filled];
  return kinds.every((kind) => ["name", "message"].every((key) => checker.getPropertyOfType(kind, key)));
}

function isAssigned(symbol: ts.Symbol, scope: ts.Node, checker: ts.TypeChecker): boolean {
  return nodesIn(scope, ts.isBinaryExpression).some(
    ({ left, operatorToken: { kind } }) =>
      kind >= ts.SyntaxKind.FirstAssignment &&
      kind <= ts.SyntaxKind.LastAssignment &&
      ts.isIdentifier(left) &&
      checker.getSymbolAtLocation(left) === symbol,
  );
}
