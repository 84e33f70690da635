/** `codemod console-error <dir> [--write]`: exit code 0 if all is done, 1 if undecided calls are left, 2 for wrong usage. */

import { isUtf8 } from "node:buffer";
import { readdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { createTwoFilesPatch, FILE_HEADERS_ONLY } from "diff";
import { consoleError, type Result } from "./console-error";

const USAGE = "usage: codemod console-error <dir> [--write]";
const SKIPPED = /^(node_modules|dist|build|\..*)$/;

interface Found extends Result {
  path: string;
  before: string;
}

function main(args: readonly string[]): number {
  const problem = usageProblem(args);
  if (problem !== undefined) {
    process.stderr.write(`codemod: ${problem}; ${USAGE}\n`);
    return 2;
  }
  const found = sources(args.filter((arg) => arg !== "--write")[1] ?? "").map(examined);
  for (const file of found.filter((each) => each.changed > 0)) (args.includes("--write") ? replace : show)(file);
  const undecided = found.flatMap((file) =>
    file.undecided.map(({ line, reason }) => `${file.path}:${String(line)}: ${reason}\n`),
  );
  process.stderr.write(undecided.join(""));
  return undecided.length > 0 ? 1 : 0;
}

function usageProblem(args: readonly string[]): string | undefined {
  const unknown = args.find((arg) => arg.startsWith("-") && arg !== "--write");
  if (unknown !== undefined) return `unknown option "${unknown}"`;
  const [codemod, dir, ...more] = args.filter((arg) => arg !== "--write");
  if (codemod !== "console-error") return codemod === undefined ? "no codemod named" : `unknown codemod "${codemod}"`;
  if (dir === undefined || more.length > 0) return "exactly one directory is needed";
  return statSync(dir, { throwIfNoEntry: false })?.isDirectory() ? undefined : `"${dir}" is not a directory`;
}

function sources(dir: string): string[] {
  return readdirSync(dir, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(dir, entry.name);
      if (entry.isDirectory()) return SKIPPED.test(entry.name) ? [] : sources(path);
      return entry.isFile() && /(?<!\.d)\.[mc]?tsx?$/.test(entry.name) ? [path] : [];
    });
}

function examined(file: string): Found {
  const path = relative(process.cwd(), file);
  const bytes = readFileSync(file);
  const before = bytes.toString("utf8");
  // Other bytes would be lost when the file is written as UTF-8.
  if (!isUtf8(bytes))
    return { path, before, text: before, changed: 0, undecided: [{ line: 1, reason: "the file is not UTF-8" }] };
  // Parsing is slow, and most files do not use console at all.
  if (!before.includes("console")) return { path, before, text: before, changed: 0, undecided: [] };
  return { path, before, ...consoleError(file, before) };
}

function show({ path, before, text }: Found): void {
  process.stdout.write(
    createTwoFilesPatch(`a/${path}`, `b/${path}`, before, text, "", "", {
      context: 3,
      headerOptions: FILE_HEADERS_ONLY,
    }),
  );
}

function replace({ path, text }: Found): void {
  writeFileSync(`${path}.codemod`, text, { mode: statSync(path).mode });
  renameSync(`${path}.codemod`, path);
  process.stdout.write(`${path}: written\n`);
}

process.exitCode = main(process.argv.slice(2));
