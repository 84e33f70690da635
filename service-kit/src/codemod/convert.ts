/** Converts the files of one project: what the project's own compiler would then complain of is left as it was. */

import ts from "typescript";
import { consoleUses, errorCall, otherCalls } from "./console";
import { failsAfter } from "./ending";
import { handlerOf } from "./handler";
import { importErrorLine, KIT, type Imported } from "./imports";
import { loggerAt } from "./loggers";
import { readMessage, type Detail, type Message } from "./message";
import { complaints, type Complaint, type OpenProject } from "./project";
import { Left, type Edit } from "./site";

export interface Listed {
  line: number;
  reason: string;
}
export interface Converted {
  path: string;
  text: string;
  /** How many calls were converted. */
  changed: number;
  left: Listed[];
  /** How many calls of other methods of console are in the file. */
  others: number;
}

/** A file on its way: what is to be edited in it. */
interface Draft {
  file: ts.SourceFile;
  imported: Imported | undefined;
  edits: Edit[];
  left: Listed[];
}

export function convert(project: OpenProject, paths: readonly string[]): Converted[] {
  const program = project.program();
  const drafts = paths.map((path) => draftOf(project, program, path));
  const open = new Set(drafts.filter(({ edits }) => edits.length > 0));
  while (open.size > 0) {
    for (const { file, ...draft } of open) project.change(file.fileName, applied(file.text, editsOf(draft)));
    const now = project.program();
    for (const draft of [...open].filter((each) => !withdrawn(each, program, now))) open.delete(draft);
  }
  return drafts.map(({ file, ...draft }) => ({
    path: file.fileName,
    text: applied(file.text, editsOf(draft)),
    changed: draft.edits.length,
    left: draft.left.sort((a, b) => a.line - b.line),
    others: otherCalls(file),
  }));
}

function draftOf(project: OpenProject, program: ts.Program, path: string): Draft {
  const file = program.getSourceFile(path);
  if (file === undefined) throw new Error(`${path} is not in its project`);
  const draft: Draft = { file, imported: undefined, edits: [], left: [] };
  const [broken] = program.getSyntacticDiagnostics(file);
  if (broken) draft.left.push({ line: lineOf(file, broken.start), reason: "the file does not parse" });
  else for (const use of consoleUses(file)) decide(draft, use, project, program.getTypeChecker());
  return draft;
}

function decide(draft: Draft, use: ts.Identifier, project: OpenProject, checker: ts.TypeChecker): void {
  try {
    const site = { call: errorCall(use, checker), checker };
    const handler = handlerOf(site);
    const message = readMessage(site, handler.request);
    const logger = loggerAt(site);
    if (!project.resolves(KIT, draft.file.fileName)) throw new Left(`${KIT} is not installed where the file is`);
    draft.imported ??= importErrorLine(draft.file);
    const outcome = outcomeOf(message, failsAfter(site.call, handler));
    const given = [logger, handler.request, message.error, ...outcome].join(", ");
    draft.edits.push({
      start: site.call.getStart(),
      end: site.call.getEnd(),
      text: `${draft.imported.name}(${given})`,
    });
  } catch (error) {
    if (!(error instanceof Left)) throw error;
    draft.left.push({ line: lineOf(draft.file, use.getStart()), reason: error.message });
  }
}

/** Nothing for what `errorLine` says by itself: that the request failed. */
function outcomeOf({ detail, quote }: Message, fails: boolean): string[] {
  const outcome = fails ? "failed" : "had an error";
  if (detail === undefined) return fails ? [] : [`${quote}${outcome}${quote}`];
  const text = `${outcome}: ${detail.text}`;
  return [text.includes("\0") ? template({ ...detail, text }) : literal(text, quote)];
}

function literal(text: string, quote: string): string {
  return quote === "'" && !/['\\\p{C}]/u.test(text) ? `'${text}'` : JSON.stringify(text);
}

function template({ text, values }: Detail): string {
  const parts = text.split("\0");
  return `\`${parts.map((part, index) => (index % 2 === 0 ? escaped(part) : value(values[Number(part)]))).join("")}\``;
}

function escaped(text: string): string {
  return JSON.stringify(text)
    .slice(1, -1)
    .replaceAll('\\"', '"')
    .replace(/`|\$(?=\{)/g, "\\$&");
}

function value(node: ts.Expression | undefined): string {
  return `\${${node?.getText() ?? ""}}`;
}

/** Takes back what the compiler complains of. Says whether the rest has to be looked at again. */
function withdrawn(draft: Draft, before: ts.Program, now: ts.Program): boolean {
  const { fileName } = draft.file;
  const found = complaints(now, fileName);
  // Checking a file is slow, and most have nothing to complain of.
  const known = found.length > 0 ? complaints(before, fileName).map(({ text }) => text) : [];
  const added = found.filter(({ text }) => !removed(known, text));
  if (added.length > 0) takeBack(draft, added);
  return added.length > 0 && draft.edits.length > 0;
}

function removed(texts: string[], text: string): boolean {
  const at = texts.indexOf(text);
  if (at !== -1) texts.splice(at, 1);
  return at !== -1;
}

/** Where no complaint is at the place of a call, they are of the import, and no call can be converted. */
function takeBack(draft: Draft, added: readonly Complaint[]): void {
  const edits = editsOf(draft);
  const blamed = draft.edits.map((edit) => {
    const begin = edit.start + edits.filter((each) => each.start < edit.start).reduce(grown, 0);
    return added.find(({ start }) => start >= begin && start < begin + edit.text.length);
  });
  const none = blamed.every((complaint) => complaint === undefined);
  draft.edits = draft.edits.filter((edit, index) => {
    const complaint = none ? added[0] : blamed[index];
    const reason = `the compiler would say "${complaint?.text ?? ""}"`;
    if (complaint !== undefined) draft.left.push({ line: lineOf(draft.file, edit.start), reason });
    return complaint === undefined;
  });
}

function grown(sum: number, { start, end, text }: Edit): number {
  return sum + text.length - (end - start);
}

function editsOf({ imported, edits }: Pick<Draft, "imported" | "edits">): Edit[] {
  const first = edits.length > 0 && imported?.edit ? [imported.edit] : [];
  return [...first, ...edits].sort((a, b) => a.start - b.start);
}

function applied(text: string, edits: readonly Edit[]): string {
  return [...edits].reverse().reduce((now, edit) => now.slice(0, edit.start) + edit.text + now.slice(edit.end), text);
}

function lineOf(file: ts.SourceFile, start = 0): number {
  return file.getLineAndCharacterOfPosition(start).line + 1;
}
