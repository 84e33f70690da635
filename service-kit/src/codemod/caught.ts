/** Says whether a variable holds the error: of a catch, a rejection, a callback or an error middleware. */

import ts from "typescript";
import { isErrorMiddleware } from "./handler";
import { isAny, isFn, nodesIn, parametersOf, symbolOf, type Fn } from "./site";

export const ERROR_NAME = /^_?(e|ex|reason|cause)$|(err|error|exception)$/i;
/** These call their first argument for each element, which may be named `error` and was not caught. */
const OF_LISTS = /^(forEach|map|flatMap|filter|find\w*|some|every|reduce\w*|sort|from)$/;
const EVENTS = /^(on|once|addListener|prependListener)$/;

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
  const ofList = OF_LISTS.test(name) && call.arguments[0] === fn;
  return isRejection(name, call, fn) || (!ofList && isOfCallback(parameter, checker));
}

function isRejection(name: string, call: ts.CallExpression, fn: Fn): boolean {
  const [first, second] = call.arguments;
  if (EVENTS.test(name)) return first !== undefined && ts.isStringLiteralLike(first) && first.text === "error";
  return (name === "catch" && first === fn) || (name === "then" && second === fn);
}

/** `(err, data) => …`: named like an error, and typed as one where it has a type. */
function isOfCallback(parameter: ts.ParameterDeclaration, checker: ts.TypeChecker): boolean {
  return ERROR_NAME.test(parameter.name.getText()) && isErrorType(checker.getTypeAtLocation(parameter), checker);
}

function isErrorType(type: ts.Type, checker: ts.TypeChecker): boolean {
  if (isAny(type) || type.flags & ts.TypeFlags.Unknown) return true;
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
