/** The fixtures: what each file becomes, what is left in it, and what the compiler says of it. */

import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { test } from "node:test";
import ts from "typescript";
import { convert, type Converted } from "../src/codemod/convert";
import { Configs, openProject, type Config, type OpenProject } from "../src/codemod/project";
import { FIXTURES, fixtureFiles } from "./support/fixtures";

const configs = new Configs();

interface Group {
  config: Config | undefined;
  project: OpenProject;
  results: Map<string, Converted>;
}

/** Converts all files, each group with its tsconfig.json in one project. */
function converted(): Group[] {
  const paths = ["before", "after"].flatMap(fixtureFiles);
  const owners = new Set(paths.map((path) => configs.of(path)));
  return [...owners].map((config) => {
    const members = paths.filter((path) => configs.of(path) === config);
    const project = openProject(config?.parsed ?? members);
    const results = convert(project, members).map((each) => [relative(FIXTURES, each.path), each] as const);
    return { config, project, results: new Map(results) };
  });
}

function left(name: string): string {
  const path = join(FIXTURES, name, "left.txt");
  return existsSync(path) ? readFileSync(path, "utf8") : "";
}

function listed({ left }: Converted): string {
  return left.map(({ line, reason }) => `${String(line)}: ${reason}\n`).join("");
}

const groups = converted();
const results = new Map(groups.flatMap((group) => [...group.results]));

for (const [path, result] of [...results].filter(([each]) => each.includes("before."))) {
  const name = dirname(path);
  test(`${name}: before becomes after, and what is left is listed`, () => {
    const after = readFileSync(result.path.replace("before.", "after."), "utf8");
    assert.equal(result.text, after.replace(/^\uFEFF/, ""));
    assert.equal(listed(result), left(name));
  });
  test(`${name}: a second run changes nothing, and lists the same`, () => {
    const second = results.get(path.replace("before.", "after."));
    assert.ok(second);
    assert.deepEqual([second.text, second.changed], [result.text, 0]);
    assert.deepEqual(
      second.left.map(({ reason }) => reason),
      result.left.map(({ reason }) => reason),
    );
  });
}

test("each group of fixtures has one project, and JavaScript needs none", () => {
  assert.deepEqual(
    groups.map(({ config }) => config && basename(dirname(config.path))),
    [undefined, "loose", "strict"],
  );
});

/** What `tsc` says of each file; declarations that the codemod has read already are not parsed again. */
function saidOf({ options, fileNames }: ts.ParsedCommandLine, known: ts.Program): Map<string, string[]> {
  const host = ts.createCompilerHost(options);
  const parse = host.getSourceFile.bind(host);
  host.getSourceFile = (name, ...more) => {
    const file = known.getSourceFile(name);
    return file?.isDeclarationFile ? file : parse(name, ...more);
  };
  const program = ts.createProgram(fileNames, options, host);
  const said = fileNames.map((path): [string, string[]] => {
    const file = program.getSourceFile(path);
    const found = [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)];
    return [
      relative(FIXTURES, path),
      found.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, " ")),
    ];
  });
  return new Map(said);
}

for (const { config, project } of groups.filter((group) => group.config !== undefined)) {
  test(`${relative(FIXTURES, config?.path ?? "")}: the compiler accepts all files after the change`, () => {
    assert.ok(config);
    const fileNames = config.parsed.fileNames.filter((path) => !path.includes("before."));
    assert.ok(fileNames.some((path) => path.includes("after.")));
    const said = [...saidOf({ ...config.parsed, fileNames }, project.program())];
    assert.deepEqual(
      said.filter(([, found]) => found.length > 0),
      [],
    );
  });
}
