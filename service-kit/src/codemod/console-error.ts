/** `console.error` in Express handlers becomes `deps.logger.error`; only the text of the call changes. */

import { Node, Project, SyntaxKind, ts, type CallExpression, type Identifier } from "ts-morph";
import { contradicts, handlerOf, isTemplate, readMessage, type Handler, type Route } from "./route";

export interface Undecided {
  line: number;
  reason: string;
}
export interface Result {
  text: string;
  changed: number;
  undecided: Undecided[];
}
interface Edit {
  start: number;
  end: number;
  text: string;
}

/** Why a call is not changed. */
class Undecidable extends Error {}

/** Returns the new text; the extension of `name` selects the dialect (`.ts` or `.tsx`). */
export function consoleError(name: string, text: string): Result {
  const mark = text.startsWith("\uFEFF") ? "\uFEFF" : "";
  const body = text.slice(mark.length);
  const project = new Project({
    useInMemoryFileSystem: true,
    skipLoadingLibFiles: true,
    compilerOptions: { noLib: true },
  });
  const file = project.createSourceFile(name, body);
  const [broken] = project.getProgram().getSyntacticDiagnostics(file);
  if (broken)
    return { text, changed: 0, undecided: [{ line: broken.getLineNumber(), reason: "the file does not parse" }] };
  const edits: Edit[] = [];
  const undecided: Undecided[] = [];
  for (const id of file.getDescendantsOfKind(SyntaxKind.Identifier).filter(isConsole)) {
    try {
      edits.push(...editOf(id));
    } catch (error) {
      if (!(error instanceof Undecidable)) throw error;
      undecided.push({ line: id.getStartLineNumber(), reason: error.message });
    }
  }
  return { text: mark + applied(body, edits), changed: edits.length, undecided };
}

function applied(text: string, edits: readonly Edit[]): string {
  return [...edits].reverse().reduce((now, edit) => now.slice(0, edit.start) + edit.text + now.slice(edit.end), text);
}

function isConsole(id: Identifier): boolean {
  if (id.getText() !== "console") return false;
  const parent = id.getParent();
  if (Node.isPropertyAccessExpression(parent) && parent.getNameNode() === id)
    return /^global(This)?$/.test(parent.getExpression().getText());
  return !(Node.isPropertyAssignment(parent) && parent.getNameNode() === id) && !declares(parent, id);
}

/** A declaration or a type named console needs no decision; each call through it is examined. */
function declares(parent: Node, id: Identifier): boolean {
  if (Node.isImportClause(parent) || Node.isImportSpecifier(parent) || Node.isTypeQuery(parent)) return true;
  const named =
    Node.isVariableDeclaration(parent) ||
    Node.isParameterDeclaration(parent) ||
    Node.isBindingElement(parent) ||
    Node.isPropertySignature(parent);
  return named && parent.getNameNode() === id;
}

function editOf(id: Identifier): Edit[] {
  const access = id.getParent();
  if (Node.isPropertyAccessExpression(access) && access.getNameNode() !== id && access.getName() !== "error") return [];
  if (!Node.isPropertyAccessExpression(access) || access.getNameNode() === id || access.hasQuestionDotToken()) {
    throw new Undecidable("console is not used as plain console.error(…)");
  }
  const call = access.getParent();
  if (!Node.isCallExpression(call) || call.getExpression() !== access)
    throw new Undecidable("console.error is handed on, not called");
  if (symbol(id, "console")) throw new Undecidable("console is not the global one here");
  return [{ start: call.getStart(), end: call.getEnd(), text: replacement(call) }];
}

function replacement(call: CallExpression): string {
  const handler = handlerOf(call);
  if (!handler) throw new Undecidable("not inside a route handler (req, res), so no request to name");
  const request = requestName(call, handler);
  const [first, second, ...more] = call.getArguments();
  if (!first || !second || more.length > 0)
    throw new Undecidable("its arguments are not exactly a message and an error");
  const { route, detail } = decided(messageText(first, request, handler.route), handler.route);
  const error = errorName(second);
  requireDeps(call);
  if (hasComment(call)) throw new Undecidable("a comment inside the call would be lost");
  const message = `${route.method} ${route.path} failed${detail && `: ${detail}`}`;
  const meta = `{ requestId: ${request}.requestId, ${error === "error" ? "error" : `error: ${error}`} }`;
  return `deps.logger.error(${quoted(message, first.getText())}, ${meta})`;
}

function decided(text: string, registered: Route | undefined): { route: Route; detail: string } {
  const { route: said, detail } = readMessage(text);
  if (said && !isTemplate(said.path)) throw new Undecidable(`"${said.path}" in the message is no route template`);
  if (said && registered && contradicts(said, registered)) {
    throw new Undecidable(
      `the message says "${said.method} ${said.path}", the handler is "${registered.method} ${registered.path}"`,
    );
  }
  const route = said ?? registered;
  if (!route) throw new Undecidable("no route in the message, and the handler's method and path cannot be read");
  return { route, detail };
}

function requestName(call: CallExpression, { request }: Handler): string {
  const name = request.getText();
  if (!Node.isIdentifier(request)) throw new Undecidable("the handler's request parameter is destructured");
  if (symbol(call, name) !== request.getSymbol()?.compilerSymbol)
    throw new Undecidable(`"${name}" is not the handler's request here`);
  return name;
}

function messageText(node: Node, request: string, route: Route | undefined): string {
  if (Node.isStringLiteral(node) || Node.isNoSubstitutionTemplateLiteral(node)) return node.getLiteralText();
  if (!Node.isTemplateExpression(node)) throw new Undecidable("its first argument is not a text");
  const known = new Map(
    route && [
      [`${request}.method`, route.method],
      [`${request}.path`, route.path],
      [`${request}.originalUrl`, route.path],
    ],
  );
  return node.getTemplateSpans().reduce((text, span) => {
    const part = known.get(span.getExpression().getText());
    if (part === undefined)
      throw new Undecidable(`its message holds \${${span.getExpression().getText()}}, whose value is not known here`);
    return text + part + span.getLiteral().getLiteralText();
  }, node.getHead().getLiteralText());
}

function errorName(node: Node): string {
  const name = node.getText();
  const caught =
    Node.isIdentifier(node) &&
    node
      .getSymbol()
      ?.getDeclarations()
      .some((found) => Node.isCatchClause(found.getParent()));
  if (caught || (Node.isIdentifier(node) && /^(e|reason|cause|\w*(err|error|exception))$/i.test(name))) return name;
  throw new Undecidable("its second argument is not the caught error");
}

function requireDeps(call: CallExpression): void {
  const deps = symbol(call, "deps");
  if (!deps) throw new Undecidable("no deps in scope");
  const checker = call.getProject().getTypeChecker().compilerObject;
  const type = checker.getTypeOfSymbolAtLocation(deps, call.compilerNode);
  if (!(type.flags & ts.TypeFlags.Any) && !type.getProperty("logger")) throw new Undecidable("deps has no logger");
}

function symbol(at: Node, name: string): ts.Symbol | undefined {
  const checker = at.getProject().getTypeChecker().compilerObject;
  return checker
    .getSymbolsInScope(at.compilerNode, ts.SymbolFlags.Value | ts.SymbolFlags.Alias)
    .find((found) => found.name === name);
}

function hasComment(call: CallExpression): boolean {
  const scanner = ts.createScanner(ts.ScriptTarget.Latest, false, ts.LanguageVariant.Standard, call.getText());
  for (let kind = scanner.scan(); kind !== ts.SyntaxKind.EndOfFileToken; kind = scanner.scan()) {
    if (kind === ts.SyntaxKind.SingleLineCommentTrivia || kind === ts.SyntaxKind.MultiLineCommentTrivia) return true;
  }
  return false;
}

function quoted(message: string, original: string): string {
  return original.startsWith("'") && !/['"\\]/.test(message) ? `'${message}'` : JSON.stringify(message);
}
