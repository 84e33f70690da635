/** TypeScript, in this process: what it says of a folder's files, and the JavaScript that it makes of them. */

import { join, relative } from "node:path";
import ts from "typescript";
import { KIT } from "../../release/pack";

/** What stands in node_modules here is the same for every program of one kind; to read it takes most of the time. */
const parsed = new Map<string, ts.SourceFile | undefined>();
const INSTALLED = join(KIT, "node_modules");

export const STRICT: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  lib: ["lib.es2023.d.ts"],
  strict: true,
  esModuleInterop: true,
  types: ["node"],
};

export interface Compiled {
  /** Of these files and of the kit's declarations, one line each. */
  problems: string[];
  program: ts.Program;
}

export function compile(folder: string, names: readonly string[], more: ts.CompilerOptions): Compiled {
  const options = { ...STRICT, ...more };
  const host = ts.createCompilerHost(options);
  host.getCurrentDirectory = () => folder;
  const read = host.getSourceFile.bind(host);
  host.getSourceFile = (name, ...others) => {
    if (!name.startsWith(INSTALLED)) return read(name, ...others);
    const key = `${String(options.module)} ${name}`;
    if (!parsed.has(key)) parsed.set(key, read(name, ...others));
    return parsed.get(key);
  };
  const roots = names.map((name) => join(folder, name));
  const program = ts.createProgram({ rootNames: roots, options, host });
  const looked = program.getSourceFiles().filter(({ fileName }) => roots.includes(fileName) || isKits(fileName));
  const found = [
    ...program.getOptionsDiagnostics(),
    ...looked.flatMap((file) => [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)]),
  ];
  return { program, problems: found.map((each) => asText(each, folder)) };
}

function isKits(name: string): boolean {
  return name.includes("/service-kit/build/src/") && !name.includes("/codemod/");
}

function asText({ file, start, code, messageText }: ts.Diagnostic, folder: string): string {
  const line = file ? file.getLineAndCharacterOfPosition(start ?? 0).line + 1 : 0;
  const where = file ? `${relative(folder, file.fileName)}:${String(line)}` : "options";
  return `${where}: TS${String(code)}: ${ts.flattenDiagnosticMessageText(messageText, " ")}`;
}
