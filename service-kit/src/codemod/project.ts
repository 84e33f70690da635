/** The user's TypeScript project: which files are in it, their types, and what its compiler says of them. */

import { dirname, join, resolve } from "node:path";
import ts from "typescript";

/** A tsconfig.json that cannot be used. */
export class ConfigError extends Error {}

export interface Config {
  path: string;
  parsed: ts.ParsedCommandLine;
}
export interface Complaint {
  text: string;
  start: number;
}

/** Returns what `tsc` says of the file: no more than syntax for a JavaScript file without `checkJs`. */
export function complaints(program: ts.Program, path: string): Complaint[] {
  const file = program.getSourceFile(path);
  const found = [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)];
  return found.map((each) => ({ text: textOf(each), start: each.start ?? 0 }));
}

/** A project whose files can be changed in memory. */
export interface OpenProject {
  program(): ts.Program;
  change(path: string, text: string): void;
  resolves(name: string, from: string): boolean;
}

/** "No inputs were found": the files may be in the projects that it references. */
const NO_INPUTS = [18002, 18003];
/** For JavaScript files that are in no project. */
const JAVASCRIPT: ts.CompilerOptions = {
  allowJs: true,
  checkJs: false,
  module: ts.ModuleKind.NodeNext,
  target: ts.ScriptTarget.ESNext,
  // What a browser adds is large, and no server uses it.
  lib: ["lib.esnext.d.ts"],
  jsx: ts.JsxEmit.Preserve,
  types: [],
  noEmit: true,
};
/** Files of libraries are parsed once, whatever the number of projects. */
const registry = ts.createDocumentRegistry();

/** Finds which tsconfig.json a file belongs to, as an editor does: the nearest that includes it, also by `references`. */
export class Configs {
  private readonly known = new Map<string, Config>();

  /** `only` is the path of the one configuration to use. */
  constructor(private readonly only?: string) {}

  /** Undefined if none includes the file. Throws `ConfigError` if one on the way is broken. */
  of(file: string): Config | undefined {
    if (this.only !== undefined) return this.owner(resolve(this.only), file, []);
    for (let dir = dirname(file); ; dir = dirname(dir)) {
      const path = join(dir, "tsconfig.json");
      const found = ts.sys.fileExists(path) ? this.owner(path, file, []) : undefined;
      if (found !== undefined || dir === dirname(dir)) return found;
    }
  }

  private owner(path: string, file: string, seen: string[]): Config | undefined {
    if (seen.includes(path)) return undefined;
    const config = this.read(path);
    if (config.parsed.fileNames.includes(file)) return config;
    for (const reference of config.parsed.projectReferences ?? []) {
      const found = this.owner(ts.resolveProjectReferencePath(reference), file, [...seen, path]);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  private read(path: string): Config {
    const config = this.known.get(path) ?? { path, parsed: parse(path) };
    this.known.set(path, config);
    return config;
  }
}

function parse(path: string): ts.ParsedCommandLine {
  const problems: ts.Diagnostic[] = [];
  const host = { ...ts.sys, onUnRecoverableConfigFileDiagnostic: (found: ts.Diagnostic) => problems.push(found) };
  const parsed = ts.getParsedCommandLineOfConfigFile(path, { noEmit: true }, host);
  problems.push(...(parsed?.errors ?? []).filter(({ code }) => !NO_INPUTS.includes(code)));
  const [problem] = problems;
  if (parsed === undefined || problem)
    throw new ConfigError(`${path}: ${problem ? textOf(problem) : "it is unusable"}`);
  return parsed;
}

/** Opens the project of a tsconfig.json, or one of JavaScript files alone. */
export function openProject(config: ts.ParsedCommandLine | readonly string[]): OpenProject {
  const parsed = "fileNames" in config ? config : { fileNames: [...config], options: JAVASCRIPT };
  const changed = new Map<string, string[]>();
  const service = ts.createLanguageService(hostOf(parsed, changed), registry);
  return {
    program: () => {
      const program = service.getProgram();
      if (program === undefined) throw new Error("the compiler made no program");
      return program;
    },
    change: (path, text) => {
      changed.set(path, [...(changed.get(path) ?? []), text]);
    },
    resolves: (name, from) => ts.resolveModuleName(name, from, parsed.options, ts.sys).resolvedModule !== undefined,
  };
}

type Parsed = Pick<ts.ParsedCommandLine, "fileNames" | "options" | "projectReferences">;

function hostOf(parsed: Parsed, changed: ReadonlyMap<string, string[]>): ts.LanguageServiceHost {
  const read = (path: string) => changed.get(path)?.at(-1) ?? ts.sys.readFile(path);
  const host = {
    // What it looks for on the disk.
    ...ts.sys,
    readFile: read,
    getScriptFileNames: () => parsed.fileNames,
    getScriptVersion: (path: string) => String(changed.get(path)?.length ?? 0),
    getScriptSnapshot: (path: string) => {
      const text = read(path);
      return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text);
    },
    getCompilationSettings: () => parsed.options,
    getProjectReferences: () => parsed.projectReferences,
    getCurrentDirectory: () => ts.sys.getCurrentDirectory(),
    getDefaultLibFileName: (options: ts.CompilerOptions) => ts.getDefaultLibFilePath(options),
    useCaseSensitiveFileNames: () => ts.sys.useCaseSensitiveFileNames,
    // The referenced projects need not be built.
    useSourceOfProjectReferenceRedirect: () => true,
  };
  return host;
}

/** The first sentence: those after it explain the types. */
function textOf({ messageText }: ts.Diagnostic): string {
  return typeof messageText === "string" ? messageText : messageText.messageText;
}
