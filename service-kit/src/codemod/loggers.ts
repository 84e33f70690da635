/** Finds the logger at a call: `deps.logger`, `logger`, or those of `this`, if the type has it. */

import ts from "typescript";
import { ancestors, hasModifier, isAny, Left, nodesIn, symbolAt, symbolOf, type Site } from "./site";

/** These take the object before the message, and drop what comes after a message. */
const OBJECT_FIRST = /node_modules\/(@types\/)?(pino|bunyan)\//;
const METHOD = /^(error|warn|info|debug)$/;

/** Returns the logger as code. Throws `Left` if none is in scope whose type has `error(message, meta)`. */
export function loggerAt(site: Site): string {
  const problems: string[] = [];
  for (const found of [ofDeps, ofName, ofThis]) {
    try {
      const logger = found(site);
      if (logger !== undefined) return logger;
    } catch (error) {
      if (!(error instanceof Left)) throw error;
      problems.push(error.message);
    }
  }
  throw new Left(problems[0] ?? "no deps.logger or logger in scope");
}

function ofDeps({ call, checker }: Site): string | undefined {
  const deps = valueAt(call, "deps", checker);
  if (deps === undefined) return undefined;
  const type = checker.getTypeOfSymbolAtLocation(deps, call);
  if (isAny(type)) return requireUse("deps.logger", { call, checker }, deps);
  return requireMember(type, "deps", { call, checker });
}

function ofName({ call, checker }: Site): string | undefined {
  const logger = valueAt(call, "logger", checker);
  if (logger === undefined) return undefined;
  const type = checker.getTypeOfSymbolAtLocation(logger, call);
  if (isAny(type)) return requireUse("logger", { call, checker }, logger);
  requireError(type, "logger", checker);
  return "logger";
}

function ofThis({ call, checker }: Site): string | undefined {
  const instance = thisAt(call);
  if (instance === undefined) return undefined;
  const type = checker.getTypeAtLocation(instance);
  const deps = checker.getPropertyOfType(type, "deps");
  if (deps !== undefined)
    return requireMember(checker.getTypeOfSymbolAtLocation(deps, call), "this.deps", { call, checker });
  return checker.getPropertyOfType(type, "logger") && requireMember(type, "this", { call, checker });
}

/** What is imported as a type has no value. */
function valueAt(call: ts.Node, name: string, checker: ts.TypeChecker): ts.Symbol | undefined {
  const found = symbolAt(call, name, checker);
  return found?.declarations?.some(ts.isTypeOnlyImportOrExportDeclaration) ? undefined : found;
}

function requireMember(type: ts.Type, owner: string, { call, checker }: Site): string {
  const logger = checker.getPropertyOfType(checker.getApparentType(checker.getNonNullableType(type)), "logger");
  if (logger === undefined) throw new Left(`${owner} has no logger`);
  requireError(checker.getTypeOfSymbolAtLocation(logger, call), `${owner}.logger`, checker);
  return `${owner}.logger`;
}

function requireError(type: ts.Type, name: string, checker: ts.TypeChecker): void {
  if (isAny(type)) return;
  const error = checker.getPropertyOfType(checker.getNonNullableType(type), "error");
  if (error === undefined) throw new Left(`${name} has no method error`);
  const files = (error.declarations ?? []).map((each) => each.getSourceFile().fileName);
  if (files.some((file) => OBJECT_FIRST.test(file)))
    throw new Left(`${name}.error does not take (message, meta): it would drop the error`);
}

/** Without a type, only its use elsewhere in the file shows that it is a logger: `logger` may be that of morgan. */
function requireUse(logger: string, site: Site, symbol: ts.Symbol): string {
  const calls = nodesIn(site.call.getSourceFile(), ts.isCallExpression).filter(({ expression: access }) => {
    if (!ts.isPropertyAccessExpression(access) || !METHOD.test(access.name.text)) return false;
    const owner = ts.isPropertyAccessExpression(access.expression) ? access.expression.expression : access.expression;
    return access.expression.getText() === logger && ts.isIdentifier(owner) && symbolOf(owner, site.checker) === symbol;
  });
  if (calls.length === 0) throw new Left(`the type of ${logger} is not known, and nothing else in the file uses it`);
  if (calls.some(({ arguments: [first] }) => first !== undefined && ts.isObjectLiteralExpression(first)))
    throw new Left(`${logger} is used with the object before the message: it would drop the error`);
  return logger;
}

/** Returns the class of `this`; in a method that does not use it, `this` may be unbound. */
function thisAt(call: ts.Node): ts.Node | undefined {
  const owner = ancestors(call).find((node) => !ts.isArrowFunction(node) && (ts.isFunctionLike(node) || isField(node)));
  if (owner === undefined || !ts.isClassLike(owner.parent) || hasModifier(owner, ts.SyntaxKind.StaticKeyword))
    return undefined;
  const uses = nodesIn(owner, (node): node is ts.Node => node.kind === ts.SyntaxKind.ThisKeyword);
  return isField(owner) || uses.length > 0 ? owner.parent : undefined;
}

function isField(node: ts.Node): node is ts.PropertyDeclaration {
  return ts.isPropertyDeclaration(node);
}
