/** Says whether a handler certainly fails after a statement. Where that is not certain, the line must not say so. */

import ts from "typescript";
import type { Handler } from "./handler";
import { bare, isFn, nodesIn } from "./site";

/** `passed`: the next statement runs. */
type End = "failed" | "went on" | "passed";

/** True if each way from the call ends with an error answer, `throw`, or `next(error)`. */
export function failsAfter(call: ts.CallExpression, handler: Handler): boolean {
  let node: ts.Node = call;
  while (!ts.isSourceFile(node)) {
    if (isFn(node)) return false;
    const end = ts.isStatement(node) ? endFrom(node, handler) : "passed";
    if (end !== "passed") return end === "failed";
    node = node.parent;
  }
  return false;
}

/** What the statements after this one in its block come to; a `return` of the call itself ends the handler. */
function endFrom(statement: ts.Statement, handler: Handler): End {
  if (ts.isReturnStatement(statement)) return "went on";
  const { parent } = statement;
  if (ts.isIterationStatement(parent, false)) return "went on";
  if (!ts.isBlock(parent) && !ts.isCaseOrDefaultClause(parent)) return "passed";
  return endOf(parent.statements.slice(parent.statements.indexOf(statement) + 1), handler);
}

function endOf(statements: readonly ts.Statement[], handler: Handler): End {
  for (const statement of statements) {
    const end = endOfOne(statement, handler);
    if (end !== "passed") return end;
  }
  return "passed";
}

function endOfOne(statement: ts.Statement, handler: Handler): End {
  if (ts.isThrowStatement(statement)) return isCaughtAbove(statement, handler) ? "went on" : "failed";
  if (ts.isReturnStatement(statement)) return ofExpression(statement.expression, handler, "went on");
  if (ts.isExpressionStatement(statement)) return ofExpression(statement.expression, handler, "passed");
  if (ts.isBlock(statement)) return endOf(statement.statements, handler);
  if (ts.isIfStatement(statement)) return endOfIf(statement, handler);
  if (ts.isTryStatement(statement)) return endOf(statement.tryBlock.statements, handler);
  return nodesIn(statement, ts.isReturnStatement).length > 0 || answers(statement, handler) ? "went on" : "passed";
}

/** One way that goes on is enough; a way that fails says nothing about the others. */
function endOfIf({ thenStatement, elseStatement }: ts.IfStatement, handler: Handler): End {
  const ends = [endOfOne(thenStatement, handler), elseStatement ? endOfOne(elseStatement, handler) : "passed"];
  if (ends.includes("went on")) return "went on";
  return ends.every((end) => end === "failed") ? "failed" : "passed";
}

function ofExpression(node: ts.Expression | undefined, handler: Handler, otherwise: End): End {
  if (node === undefined) return otherwise;
  const inner = bare(node);
  if (ts.isAwaitExpression(inner) || ts.isVoidExpression(inner))
    return ofExpression(inner.expression, handler, otherwise);
  if (isFailure(inner, handler)) return "failed";
  return answers(inner, handler) ? "went on" : otherwise;
}

/** `next(error)`, `res.status(500).json(…)`, `res.sendStatus(500)` or `res.statusCode = 500`. */
function isFailure(node: ts.Expression, handler: Handler): boolean {
  const { response } = handler;
  if (ts.isBinaryExpression(node)) return node.left.getText() === `${response ?? ""}.statusCode` && isError(node.right);
  if (!ts.isCallExpression(node)) return false;
  const [first] = node.arguments;
  if (ts.isIdentifier(node.expression)) return node.expression.text === nextOf(handler) && isErrorForNext(first);
  if (!ts.isPropertyAccessExpression(node.expression)) return false;
  const { name, expression } = node.expression;
  if (expression.getText() === response && /^(status|sendStatus|writeHead)$/.test(name.text)) return isError(first);
  return isFailure(expression, handler);
}

function nextOf({ fn, response }: Handler): string | undefined {
  const last = fn.parameters.at(-1)?.name.getText();
  return response === undefined || last === response ? undefined : last;
}

/** Express takes `next("route")` and `next("router")` for no errors. */
function isErrorForNext(first: ts.Expression | undefined): boolean {
  return first !== undefined && !(ts.isStringLiteral(first) && /^router?$/.test(first.text));
}

/** A status that is not written as a number, in a branch for an error, is that of an error. */
function isError(status: ts.Expression | undefined): boolean {
  return status !== undefined && (!ts.isNumericLiteral(status) || Number(status.text) >= 400);
}

/** True if the response, or `next`, is used at all, also by a helper. */
function answers(node: ts.Node, handler: Handler): boolean {
  const names = [handler.response, nextOf(handler)];
  return nodesIn(node, ts.isIdentifier).some(({ text }) => names.includes(text));
}

/** Another `try`, or the caller of a helper, may catch what is thrown. */
function isCaughtAbove(statement: ts.Node, { fn, response }: Handler): boolean {
  if (response === undefined) return true;
  for (let node = statement; node !== fn; node = node.parent) {
    if (node !== statement && isFn(node)) return true;
    if (ts.isTryStatement(node.parent) && node === node.parent.tryBlock && node.parent.catchClause) return true;
  }
  return false;
}
