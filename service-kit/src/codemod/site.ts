/** What the parts of the codemod share: a call of `console.error`, and why it may be left as it is. */

import ts from "typescript";

/** Why a call is left as it is. */
export class Left extends Error {}

export interface Edit {
  start: number;
  end: number;
  text: string;
}

/** A call, and what knows the types around it. */
export interface Site {
  call: ts.CallExpression;
  checker: ts.TypeChecker;
}

/** Returns what a name stands for at a place. */
export function symbolAt(at: ts.Node, name: string, checker: ts.TypeChecker): ts.Symbol | undefined {
  const { Value, Alias } = ts.SymbolFlags;
  return checker.getSymbolsInScope(at, (Value | Alias) as ts.SymbolFlags).find((found) => found.name === name);
}

/** Returns the variable that an identifier stands for; in `{ error }` that is not the property. */
export function symbolOf(id: ts.Identifier, checker: ts.TypeChecker): ts.Symbol | undefined {
  return ts.isShorthandPropertyAssignment(id.parent)
    ? checker.getShorthandAssignmentValueSymbol(id.parent)
    : checker.getSymbolAtLocation(id);
}

export function isAny(type: ts.Type): boolean {
  return (type.flags & ts.TypeFlags.Any) !== 0;
}

/** Returns all nodes below a node for which the check holds. */
export function nodesIn<T extends ts.Node>(root: ts.Node, check: (node: ts.Node) => node is T): T[] {
  const found: T[] = [];
  const visit = (node: ts.Node): void => {
    if (check(node)) found.push(node);
    ts.forEachChild(node, visit);
  };
  visit(root);
  return found;
}

export function ancestors(node: ts.Node): ts.Node[] {
  return ts.isSourceFile(node.parent) ? [] : [node.parent, ...ancestors(node.parent)];
}

/** Returns the expression without parentheses, `as`, `satisfies` and `!`. */
export function bare(node: ts.Expression): ts.Expression {
  const wrapped =
    ts.isParenthesizedExpression(node) ||
    ts.isAsExpression(node) ||
    ts.isSatisfiesExpression(node) ||
    ts.isTypeAssertionExpression(node) ||
    ts.isNonNullExpression(node);
  return wrapped ? bare(node.expression) : node;
}

export function hasModifier(node: ts.Node, wanted: ts.SyntaxKind): boolean {
  return ts.canHaveModifiers(node) && !!ts.getModifiers(node)?.some(({ kind }) => kind === wanted);
}

export type Fn = ts.ArrowFunction | ts.FunctionDeclaration | ts.FunctionExpression | ts.MethodDeclaration;

export function isFn(node: ts.Node): node is Fn {
  return (
    ts.isArrowFunction(node) ||
    ts.isFunctionExpression(node) ||
    ts.isFunctionDeclaration(node) ||
    ts.isMethodDeclaration(node)
  );
}

/** Returns the parameters that a caller fills; TypeScript's `this` is none. */
export function parametersOf(fn: Fn): ts.ParameterDeclaration[] {
  return fn.parameters.filter((each) => each.name.getText() !== "this");
}

/** Returns the sign around strings at a node, or else in its file. */
export function quoteOf(node: ts.Node): string {
  const literal = nodesIn(node, ts.isStringLiteral).find((each) => !ts.isExpressionStatement(each.parent));
  if (literal === undefined && !ts.isSourceFile(node)) return quoteOf(node.getSourceFile());
  return literal?.getText().startsWith("'") ? "'" : '"';
}
