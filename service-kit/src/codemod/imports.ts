/** Makes `errorLine` known in a file, in the style of the file's own imports. */

import { existsSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import ts from "typescript";
import { hasModifier, Left, nodesIn, quoteOf, type Edit } from "./site";

export const KIT = "@sv0/service-kit";
const NAME = "errorLine";
const OTHER_NAME = "kitErrorLine";

export interface Imported {
  /** The name in the file; it stands for the same everywhere in it. */
  name: string;
  edit: Edit | undefined;
}

/** Throws `Left` if no name is free, or if an import would change what the file is. */
export function importErrorLine(file: ts.SourceFile): Imported {
  const existing = file.statements.flatMap((each) => namesFrom(each)).find(({ imported }) => imported === NAME);
  const others = nodesIn(file, ts.isIdentifier).filter(({ parent }) => !isMember(parent) && parent !== existing?.node);
  if (existing !== undefined) {
    if (others.some((id) => declares(id, existing.local))) throw new Left(`"${existing.local}" has two meanings here`);
    return { name: existing.local, edit: undefined };
  }
  const name = [NAME, OTHER_NAME].find((each) => !others.some(({ text }) => text === each));
  if (name === undefined) throw new Left(`"${NAME}" and "${OTHER_NAME}" are names of something else here`);
  return { name, edit: added(file, name) };
}

/** A property of this name is no variable. */
function isMember(parent: ts.Node): boolean {
  return ts.isPropertyAccessExpression(parent) || ts.isPropertyAssignment(parent) || ts.isImportSpecifier(parent);
}

function declares(id: ts.Identifier, name: string): boolean {
  return id.text === name && "name" in id.parent && id.parent.name === id;
}

interface FromKit {
  imported: string;
  local: string;
  node: ts.Node;
}

function namesFrom(statement: ts.Statement): FromKit[] {
  const list = listOf(statement);
  if (list === undefined) return [];
  return list.elements.flatMap<FromKit>((node: ts.ImportSpecifier | ts.BindingElement) =>
    ts.isImportSpecifier(node) && node.isTypeOnly
      ? []
      : [{ imported: (node.propertyName ?? node.name).getText(), local: node.name.getText(), node }],
  );
}

/** Returns the names between the braces of an import or a `require` of the kit. */
function listOf(statement: ts.Statement): ts.NamedImports | ts.ObjectBindingPattern | undefined {
  if (ts.isImportDeclaration(statement)) {
    const clause = statement.importClause;
    const named = isKit(statement.moduleSpecifier) && !isTypeOnly(clause) ? clause?.namedBindings : undefined;
    return named && ts.isNamedImports(named) ? named : undefined;
  }
  if (!ts.isVariableStatement(statement)) return undefined;
  const [declaration] = statement.declarationList.declarations;
  const required = declaration?.initializer && requiredBy(declaration.initializer);
  return required && isKit(required) && ts.isObjectBindingPattern(declaration.name) ? declaration.name : undefined;
}

function isTypeOnly(clause: ts.ImportClause | undefined): boolean {
  return clause?.getText().startsWith("type ") ?? false;
}

function isKit(node: ts.Node): boolean {
  return ts.isStringLiteral(node) && node.text === KIT;
}

/** Returns what `require("…")`, also with more after it, requires. */
function requiredBy(node: ts.Node): ts.Expression | undefined {
  if (ts.isPropertyAccessExpression(node)) return requiredBy(node.expression);
  if (!ts.isCallExpression(node)) return undefined;
  const { expression, arguments: given } = node;
  return ts.isIdentifier(expression) && expression.text === "require" ? given[0] : requiredBy(expression);
}

function added(file: ts.SourceFile, name: string): Edit {
  const extended = file.statements.map(listOf).find((list) => list !== undefined && list.elements.length > 0);
  if (extended !== undefined) return extend(extended, name);
  const neighbours = headOf(file).filter((each) => isImport(each) || requireIn(each) !== undefined);
  const neighbour = neighbours.at(-1);
  const text = statementFor(file, name, neighbour);
  return neighbour === undefined ? before(file, text) : after(file, neighbour, text);
}

function extend(list: ts.NamedImports | ts.ObjectBindingPattern, name: string): Edit {
  const last = list.elements[list.elements.length - 1] ?? list;
  const lead = last.getFullText().slice(0, last.getLeadingTriviaWidth());
  const gap = /\n/.test(lead) ? `${lead.includes("\r\n") ? "\r\n" : "\n"}${/[ \t]*$/.exec(lead)?.[0] ?? ""}` : " ";
  const as = ts.isNamedImports(list) ? ` as ${name}` : `: ${name}`;
  return { start: last.getEnd(), end: last.getEnd(), text: `,${gap}${NAME}${name === NAME ? "" : as}` };
}

/** The imports, and what stands between them, until the first statement that does something else after an import. */
function headOf(file: ts.SourceFile): ts.Statement[] {
  const { statements } = file;
  const first = statements.findIndex((each) => isImport(each) || requireIn(each) !== undefined);
  const rest = statements.slice(Math.max(first, 0));
  const end = rest.findIndex((each) => !isImport(each) && requireIn(each) === undefined);
  return rest.slice(0, end === -1 ? rest.length : end);
}

function isImport(statement: ts.Statement): boolean {
  return ts.isImportDeclaration(statement) || ts.isImportEqualsDeclaration(statement);
}

function requireIn(statement: ts.Statement): ts.Expression | undefined {
  if (ts.isExpressionStatement(statement)) return requiredBy(statement.expression);
  if (!ts.isVariableStatement(statement)) return undefined;
  const values = statement.declarationList.declarations.map((each) => each.initializer && requiredBy(each.initializer));
  return values.every((each) => each !== undefined) ? values[0] : undefined;
}

function statementFor(file: ts.SourceFile, name: string, neighbour: ts.Statement | undefined): string {
  const quote = quoteOf(file);
  const from = `${quote}${KIT}${quote}`;
  const semicolon = endsWithSemicolon(neighbour ?? file.statements[0]) || needsSemicolon(file, neighbour) ? ";" : "";
  if (isModule(file)) return `import { ${NAME}${name === NAME ? "" : ` as ${name}`} } from ${from}${semicolon}`;
  const keyword = neighbour && /^var\b/.test(neighbour.getText()) ? "var" : "const";
  return `${keyword} { ${NAME}${name === NAME ? "" : `: ${name}`} } = require(${from})${semicolon}`;
}

function endsWithSemicolon(statement: ts.Statement | undefined): boolean {
  return statement === undefined || (statement.getText().endsWith(";") && endOf(statement) === statement.getEnd());
}

/** In a file without semicolons one at the begin of the next line belongs to the statement, but not to its line. */
function endOf(statement: ts.Statement): number {
  const own = /\n\s*;$/.exec(statement.getText());
  return own === null ? statement.getEnd() : statement.getEnd() - own[0].length;
}

/** Without one, the next line would go on with the call. */
function needsSemicolon(file: ts.SourceFile, neighbour: ts.Statement | undefined): boolean {
  if (neighbour !== undefined && endOf(neighbour) < neighbour.getEnd()) return false;
  const next = neighbour === undefined ? file.statements[0] : file.statements[file.statements.indexOf(neighbour) + 1];
  return next !== undefined && /^[([`+\-/]/.test(next.getText());
}

/** An import in a file without one would make a module of a script, and take its globals from the others. */
function isModule(file: ts.SourceFile): boolean {
  if (ts.isExternalModule(file) && file.statements.some(isModuleSyntax)) return true;
  const { fileName } = file;
  if (/\.mjs$/.test(fileName)) return true;
  if (!/\.c?jsx?$/.test(fileName)) throw new Left("the file has no import or export, so an import would change it");
  const requires = nodesIn(file, ts.isIdentifier).some(({ text }) => /^(require|module|exports)$/.test(text));
  return !requires && !fileName.endsWith(".cjs") && isModulePackage(fileName);
}

function isModuleSyntax(statement: ts.Statement): boolean {
  if (isImport(statement) || ts.isExportDeclaration(statement) || ts.isExportAssignment(statement)) return true;
  return hasModifier(statement, ts.SyntaxKind.ExportKeyword);
}

function isModulePackage(file: string): boolean {
  const path = ts.findConfigFile(dirname(file), existsSync, "package.json");
  return path !== undefined && /"type"\s*:\s*"module"/.test(readFileSync(path, "utf8"));
}

/** After the line of the last import, with the comment at its end. */
function after(file: ts.SourceFile, neighbour: ts.Statement, text: string): Edit {
  const comments = ts.getTrailingCommentRanges(file.text, endOf(neighbour)) ?? [];
  const end = comments.at(-1)?.end ?? endOf(neighbour);
  return { start: end, end, text: `${endOfLine(file)}${text}` };
}

const OF_THE_FILE = /copyright|licen[cs]e|@file|@preserve|eslint|prettier|@ts-|@jest|reference\s/i;

/** Before the first statement and its own comment; what stands for the whole file stays first. */
function before(file: ts.SourceFile, text: string): Edit {
  const first = file.statements.find((each) => !isDirective(each));
  const own = first === undefined ? undefined : ts.getLeadingCommentRanges(file.text, first.getFullStart())?.at(-1);
  const isOwn =
    own !== undefined &&
    !/\n\s*\n/.test(file.text.slice(own.end, first?.getStart())) &&
    !OF_THE_FILE.test(file.text.slice(own.pos, own.end));
  const start = (isOwn ? own.pos : first?.getStart()) ?? file.getEnd();
  return { start, end: start, text: `${text}${endOfLine(file)}` };
}

function isDirective(statement: ts.Statement): boolean {
  return ts.isExpressionStatement(statement) && ts.isStringLiteral(statement.expression);
}

function endOfLine({ text }: ts.SourceFile): string {
  return text.includes("\r\n") ? "\r\n" : "\n";
}
