/** Finds `console` in a file, and the calls of `console.error` among its uses. */

import ts from "typescript";
import { Left, nodesIn } from "./site";

/** Returns each use of `console` that needs a decision: another method of it needs none. */
export function consoleUses(file: ts.SourceFile): ts.Identifier[] {
  return nodesIn(file, ts.isIdentifier).filter((id) => isConsole(id) && !isOtherMethod(id));
}

/** Returns how often methods other than `error` are called, which the codemod leaves. */
export function otherCalls(file: ts.SourceFile): number {
  return nodesIn(file, ts.isIdentifier).filter((id) => isConsole(id) && isOtherMethod(id)).length;
}

/** Returns the call `console.error(…)` that the identifier begins. */
export function errorCall(id: ts.Identifier, checker: ts.TypeChecker): ts.CallExpression {
  const access = id.parent;
  if (!ts.isPropertyAccessExpression(access) || access.name === id || access.questionDotToken)
    throw new Left("console is not used as plain console.error(…)");
  const call = access.parent;
  if (!ts.isCallExpression(call) || call.expression !== access)
    throw new Left("console.error is handed on, not called");
  if (isOwn(checker.getSymbolAtLocation(id))) throw new Left("console is not the global one here");
  if (hasComment(call)) throw new Left("a comment inside the call would be lost");
  return call;
}

function isOtherMethod(id: ts.Identifier): boolean {
  const access = id.parent;
  return ts.isPropertyAccessExpression(access) && access.name !== id && access.name.text !== "error";
}

function isConsole(id: ts.Identifier): boolean {
  if (id.text !== "console") return false;
  const { parent } = id;
  if (ts.isPropertyAccessExpression(parent) && parent.name === id)
    return /^(global(This)?|window)$/.test(parent.expression.getText());
  return !declares(parent, id);
}

/** A declaration, a key or a type named console needs no decision; each call through it is examined. */
function declares(parent: ts.Node, id: ts.Identifier): boolean {
  if (ts.isImportClause(parent) || ts.isImportSpecifier(parent) || ts.isTypeQueryNode(parent)) return true;
  return "name" in parent && parent.name === id && !ts.isShorthandPropertyAssignment(parent);
}

function isOwn(symbol: ts.Symbol | undefined): boolean {
  return (symbol?.declarations ?? []).some((each) => !each.getSourceFile().isDeclarationFile);
}

function hasComment(call: ts.CallExpression): boolean {
  const scanner = ts.createScanner(ts.ScriptTarget.Latest, false, ts.LanguageVariant.Standard, call.getText());
  for (let kind = scanner.scan(); kind !== ts.SyntaxKind.EndOfFileToken; kind = scanner.scan()) {
    if (kind === ts.SyntaxKind.SingleLineCommentTrivia || kind === ts.SyntaxKind.MultiLineCommentTrivia) return true;
  }
  return false;
}
