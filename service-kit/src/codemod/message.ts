/** Reads the arguments of `console.error`: the error, and what the text says beside the route. */

import ts from "typescript";
import { ERROR_NAME, isCaught } from "./caught";
import { bare, isAny, Left, quoteOf, type Site } from "./site";

export interface Message {
  error: string;
  /** What the text says; undefined if it says only that there was an error. */
  detail: Detail | undefined;
  /** The sign around strings here. */
  quote: string;
}
export interface Detail {
  text: string;
  /** The expressions that stand in the text as NUL, number, NUL. */
  values: readonly ts.Expression[];
}
type Part = string | ts.Expression;

const ROUTE = /\b(GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS)\b:?(\s+\/\S*|\s*(?=$|[:\])-]))/;
const GENERIC =
  /^(an? )?((unexpected|unhandled|internal|server|uncaught|some) )*(err|error|failure|failed)?( (occurr?ed|happened))?$/i;
/** What these say of the request, the line says as a template. */
const SAID = /^(method|path|url|originalUrl|baseUrl|route|hostname)$/;
/** Properties that the logger writes of each error. */
const OF_ERRORS = /^(message|stack|name|code|toString)$/;
const TEXT = ts.TypeFlags.StringLike | ts.TypeFlags.NumberLike | ts.TypeFlags.BooleanLike | ts.TypeFlags.BigIntLike;

/** Throws `Left` if not exactly one caught error is among the arguments, or if anything else would be lost. */
export function readMessage(site: Site, request: string): Message {
  const errors = new Set<string>();
  const taken = (node: ts.Expression) => {
    const error = errorIn(node, site.checker);
    if (error !== undefined) errors.add(error);
    return error !== undefined || isSaid(node, request);
  };
  const parts = site.call.arguments.map((each) => partsOf(each, site, taken));
  const [error, another] = errors;
  if (error === undefined) throw new Left(withoutError(site));
  if (another !== undefined) throw new Left(`it names two errors, "${error}" and "${another}"`);
  return { error, detail: detailOf(parts), quote: quoteOf(site.call) };
}

function withoutError({ call, checker }: Site): string {
  const named = call.arguments.map(bare).find((each) => looksCaught(each, checker));
  return named === undefined ? "no caught error is among its arguments" : notCaught(named);
}

function looksCaught(node: ts.Expression, checker: ts.TypeChecker): boolean {
  const likely = () => checker.getPropertyOfType(checker.getTypeAtLocation(node), "message") !== undefined;
  return ts.isIdentifier(node) && (ERROR_NAME.test(node.text) || likely());
}

function notCaught(node: ts.Expression): string {
  return `"${node.getText()}" is not what a catch, a rejection or a callback gave`;
}

type Taken = (node: ts.Expression) => boolean;

function partsOf(argument: ts.Expression, site: Site, taken: Taken): Part[] {
  if (ts.isSpreadElement(argument)) throw new Left("its arguments are spread");
  if (taken(argument)) return [];
  const parts = textParts(argument, taken);
  if (parts.some((part) => typeof part === "string" && /%[sdifjoOc]/.test(part)) && site.call.arguments.length > 1)
    throw new Left("its text is a format with % signs");
  const [only, ...more] = parts;
  if (typeof only !== "string" && only !== undefined && more.length === 0) requireText(only, site);
  return parts;
}

/** An object in a text would be `[object Object]`. */
function requireText(node: ts.Expression, { checker }: Site): void {
  const type = checker.getTypeAtLocation(node);
  const kinds = type.isUnion() ? type.types : [type];
  const plain = !isAny(type) && kinds.every((kind) => kind.flags & TEXT) && !ts.isCallExpression(bare(node));
  if (plain) return;
  if (looksCaught(bare(node), checker)) throw new Left(notCaught(bare(node)));
  const shown = node.getText().replace(/\s+/g, " ");
  throw new Left(`its argument ${shown.length > 40 ? `${shown.slice(0, 40)}…` : shown} would be lost`);
}

function textParts(node: ts.Expression, taken: Taken): Part[] {
  const inner = bare(node);
  if (ts.isStringLiteralLike(inner)) return [inner.text];
  if (ts.isTemplateExpression(inner))
    return [inner.head.text, ...inner.templateSpans.flatMap((each) => span(each, taken))];
  if (isJoined(inner)) return [inner.left, inner.right].flatMap((each) => (taken(each) ? [] : textParts(each, taken)));
  return [node];
}

function span({ expression, literal }: ts.TemplateSpan, taken: Taken): Part[] {
  return taken(expression) ? [literal.text] : [...textParts(expression, taken), literal.text];
}

/** `"text" + value`; without a text it may be a sum. */
function isJoined(node: ts.Expression): node is ts.BinaryExpression {
  if (!ts.isBinaryExpression(node) || node.operatorToken.kind !== ts.SyntaxKind.PlusToken) return false;
  return [node.left, node.right]
    .map(bare)
    .some((each) => ts.isStringLiteralLike(each) || ts.isTemplateExpression(each) || isJoined(each));
}

/** Returns the caught error that the expression shows, if it shows nothing else. */
function errorIn(node: ts.Expression, checker: ts.TypeChecker): string | undefined {
  const inner = bare(node);
  if (ts.isIdentifier(inner)) return isCaught(inner, checker) ? inner.text : undefined;
  if (ts.isPropertyAccessExpression(inner))
    return OF_ERRORS.test(inner.name.text) ? errorIn(inner.expression, checker) : undefined;
  if (ts.isCallExpression(inner)) return errorInCall(inner, checker);
  if (ts.isObjectLiteralExpression(inner)) return errorInObject(inner, checker);
  return errorInChoice(inner, checker);
}

function errorInCall(
  { expression, arguments: [first] }: ts.CallExpression,
  checker: ts.TypeChecker,
): string | undefined {
  if (first === undefined) return ts.isPropertyAccessExpression(expression) ? errorIn(expression, checker) : undefined;
  return /^(String|JSON\.stringify|(util\.)?inspect)$/.test(expression.getText()) ? errorIn(first, checker) : undefined;
}

function errorInObject(node: ts.ObjectLiteralExpression, checker: ts.TypeChecker): string | undefined {
  const shown = node.properties.map((each) => {
    if (ts.isShorthandPropertyAssignment(each)) return errorIn(each.name, checker);
    return ts.isPropertyAssignment(each) ? errorIn(each.initializer, checker) : undefined;
  });
  return sameIn(shown);
}

/** `error instanceof Error ? error.message : "unknown"`, `error.message || error`. */
function errorInChoice(node: ts.Expression, checker: ts.TypeChecker): string | undefined {
  const choices = choicesOf(node).filter((each) => !ts.isStringLiteralLike(bare(each)));
  return sameIn(choices.map((each) => (each === node ? undefined : errorIn(each, checker))));
}

function choicesOf(node: ts.Expression): ts.Expression[] {
  if (ts.isConditionalExpression(node)) return [node.whenTrue, node.whenFalse];
  if (ts.isBinaryExpression(node) && /^(\|\||\?\?|&&)$/.test(node.operatorToken.getText()))
    return [node.left, node.right];
  return [node];
}

function sameIn(errors: readonly (string | undefined)[]): string | undefined {
  const [error, ...more] = errors;
  return more.every((each) => each === error) ? error : undefined;
}

/** `req.method`, `req.originalUrl`: the path stays out of the line, because it may hold names or tokens. */
function isSaid(node: ts.Expression, request: string): boolean {
  const inner = bare(node);
  if (!ts.isPropertyAccessExpression(inner) || !/^(\w+)(\??\.\w+)+$/.test(inner.getText())) return false;
  const [object, property = ""] = inner.getText().split(/\??\./);
  return object === request && SAID.test(property);
}

function detailOf(parts: readonly Part[][]): Detail | undefined {
  const values: ts.Expression[] = [];
  const written = (part: Part) =>
    typeof part === "string" ? part.replaceAll("\0", " ") : `\0${String(values.push(part) - 1)}\0`;
  const text = stripped(parts.map((each) => each.map(written).join("")).join(" "));
  return text === "" || GENERIC.test(text) ? undefined : { text, values };
}

/** Takes the route out, and the words and signs that led to it or to the error. */
function stripped(text: string): string {
  return text
    .replace(ROUTE, " ")
    .replace(/\[\s*\]|\(\s*\)|"\s*"|'\s*'|`\s*`/g, " ")
    .replace(/\s+/g, " ")
    .trim()
    .replace(/^[\s:.,-]+|[\s:.,=>-]+$/g, "")
    .replace(/(^|\s)(in|at|on|for|from|during)$/i, "")
    .replace(/[\s:.,-]+$/, "");
}
