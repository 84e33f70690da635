/** `sv0-codemod console-error <path>… [--write] [--check] [--project <tsconfig>]`. */

import { chmodSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { relative } from "node:path";
import { parseArgs } from "node:util";
import { createTwoFilesPatch, FILE_HEADERS_ONLY } from "diff";
import { convert, type Converted } from "./convert";
import { ConfigError, Configs, openProject, type Config } from "./project";
import { sourcesIn, type Skipped, type Source } from "./sources";

const USAGE = "usage: sv0-codemod console-error <path>... [--write] [--check] [--project <tsconfig.json>]";
const HELP = `${USAGE}

Replaces console.error(...) in Express handlers by errorLine(logger, req, error) of @sv0/service-kit.
Shows the changes as a diff, and lists the calls that it leaves with the reason.

  --write    change the files
  --check    end with exit code 1 if calls are left, or would be changed and are not written
  --project  use this tsconfig.json instead of the nearest one that includes a file

Exit codes: 0 done, 1 with --check if anything is left, 2 wrong usage or configuration.
`;

export interface Output {
  stdout(text: string): void;
  stderr(text: string): void;
}
interface Asked {
  paths: string[];
  write: boolean;
  check: boolean;
  project: string | undefined;
}
class UsageError extends Error {}

/** Returns the exit code. */
export function run(args: readonly string[], output: Output): number {
  try {
    if (args.includes("--help")) output.stdout(HELP);
    return args.includes("--help") ? 0 : examine(asked(args), output);
  } catch (error) {
    if (!(error instanceof UsageError || error instanceof ConfigError)) throw error;
    output.stderr(`sv0-codemod: ${error.message}${error instanceof UsageError ? `; ${USAGE}` : ""}\n`);
    return 2;
  }
}

function asked(args: readonly string[]): Asked {
  const { values, positionals } = parsed(args);
  const { write = false, check = false, project } = values;
  const [codemod, ...paths] = positionals;
  if (codemod !== "console-error")
    throw new UsageError(codemod === undefined ? "no codemod is named" : `"${codemod}" is no codemod`);
  if (paths.length === 0) throw new UsageError("no file or directory is named");
  for (const path of [...paths, ...(project === undefined ? [] : [project])]) requireThere(path);
  return { paths, write, check, project };
}

/** Reading a pipe or a device might never end. */
function requireThere(path: string): void {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) throw new UsageError(`"${path}" does not exist`);
  if (!found.isFile() && !found.isDirectory()) throw new UsageError(`"${path}" is no file and no directory`);
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { write: { type: "boolean" }, check: { type: "boolean" }, project: { type: "string" } },
    });
  } catch (error) {
    throw new UsageError((error as Error).message.replace(/\. .*/s, ""));
  }
}

function examine(asked: Asked, output: Output): number {
  const { found, skipped } = sourcesIn(asked.paths);
  const texts = new Map(found.map(({ path, text }) => [path, text]));
  const results = projectsOf(found, new Configs(asked.project), skipped).flatMap(([config, paths]) =>
    convert(openProject(config?.parsed ?? paths), paths),
  );
  const changed = results.filter(({ changed }) => changed > 0).sort((a, b) => (a.path < b.path ? -1 : 1));
  for (const result of changed) {
    const before = texts.get(result.path) ?? "";
    const after = (before.startsWith("\uFEFF") ? "\uFEFF" : "") + result.text;
    if (asked.write) replace(result.path, after, output);
    else output.stdout(patch(shown(result.path), before, after));
  }
  output.stderr(report(results, skipped, asked.write));
  const left = results.some((each) => each.left.length > 0) || skipped.some(({ matters }) => matters);
  return asked.check && (left || (changed.length > 0 && !asked.write)) ? 1 : 0;
}

/** One project for each tsconfig.json, and one without for JavaScript that none includes. */
function projectsOf(found: readonly Source[], configs: Configs, skipped: Skipped[]): [Config | undefined, string[]][] {
  const projects = new Map<Config | undefined, string[]>();
  for (const { path } of found) {
    const config = configs.of(path);
    if (config === undefined && !/\.[mc]?jsx?$/.test(path))
      skipped.push({ path, reason: "no tsconfig.json includes it, so its types are not known", matters: true });
    else projects.set(config, [...(projects.get(config) ?? []), path]);
  }
  return [...projects];
}

function patch(path: string, before: string, after: string): string {
  const options = { context: 3, headerOptions: FILE_HEADERS_ONLY };
  return createTwoFilesPatch(`a/${path}`, `b/${path}`, before, after, "", "", options);
}

/** The new file takes the place of the old one at once, so an interruption leaves one of both. */
function replace(path: string, text: string, output: Output): void {
  const beside = `${path}.sv0-codemod`;
  try {
    writeFileSync(beside, text);
    chmodSync(beside, statSync(path).mode);
    renameSync(beside, path);
  } catch (error) {
    if (statSync(beside, { throwIfNoEntry: false })?.isFile()) rmSync(beside);
    throw new ConfigError(`${shown(path)}: cannot be written (${(error as NodeJS.ErrnoException).code ?? "unknown"})`);
  }
  output.stdout(`${shown(path)}: written\n`);
}

function report(results: readonly Converted[], skipped: readonly Skipped[], write: boolean): string {
  const left = results.flatMap(({ path, left: calls }) =>
    calls.map(({ line, reason }) => `${shown(path)}:${String(line)}: ${reason}\n`),
  );
  const passed = skipped.map(({ path, reason }) => `${shown(path)}: skipped: ${reason}\n`);
  const files = results.filter(({ changed }) => changed > 0).length;
  const calls = sum(results.map(({ changed }) => changed));
  const others = sum(results.map((each) => each.others));
  const summary = [
    `${counted(calls, "call")} in ${counted(files, "file")} ${write ? "converted" : "can be converted"}`,
    `${String(left.length)} left`,
    `${String(passed.length)} skipped`,
    ...(others > 0 ? [`${counted(others, "call")} of other methods of console not looked at`] : []),
  ];
  return `${[...left.sort(byPath), ...passed.sort(byPath)].join("")}${summary.join(", ")}\n`;
}

function byPath(a: string, b: string): number {
  return a.localeCompare(b, "en", { numeric: true });
}

function counted(number: number, what: string): string {
  return `${String(number)} ${what}${number === 1 ? "" : "s"}`;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => a + b, 0);
}

function shown(path: string): string {
  return relative(process.cwd(), path);
}
