/** The fixtures: what each file becomes, what is left in it, and what the compiler says of it. */

import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { basename, dirname, isAbsolute, join, relative } from "node:path";
import { test } from "node:test";
import { convert, type Converted } from "../src/codemod/convert";
import { Configs, openProject, type Config } from "../src/codemod/project";
import { tsc } from "./support/compile";
import { FIXTURES, fixtureFiles } from "./support/fixtures";

const configs = new Configs();

interface Group {
  config: Config | undefined;
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
    return { config, results: new Map(results) };
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

for (const { config, results } of groups.filter((group) => group.config !== undefined)) {
  test(`${relative(FIXTURES, config?.path ?? "")}: the compiler accepts all files after the change`, () => {
    const folder = dirname(config?.path ?? "");
    const said = tsc(folder, ["--listFiles", "-p", "tsconfig.after.json"]).trim().split("\n");
    assert.deepEqual(
      said.filter((line) => !isAbsolute(line)),
      [],
    );
    const after = [...results.keys()].filter((path) => path.includes("after."));
    assert.deepEqual(
      after.map((path) => join(FIXTURES, path)).filter((path) => !said.includes(path)),
      [],
    );
  });
}
