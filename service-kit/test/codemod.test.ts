import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { consoleError } from "../src/codemod/console-error";

const FIXTURES = join(__dirname, "../../test/fixtures/codemod");
const CLI = join(__dirname, "../src/codemod/bin.js");
const names = readdirSync(FIXTURES, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name);
const read = (name: string, file: string) => readFileSync(join(FIXTURES, name, file), "utf8");
const undecided = (name: string) =>
  existsSync(join(FIXTURES, name, "undecided.txt")) ? read(name, "undecided.txt") : "";
const lines = (result: ReturnType<typeof consoleError>) =>
  result.undecided.map(({ line, reason }) => `${String(line)}: ${reason}\n`).join("");

test("there are at least 20 fixtures, 6 of them unchanged", () => {
  const unchanged = names.filter((name) => read(name, "before.ts") === read(name, "after.ts"));
  assert.ok(names.length >= 20 && unchanged.length >= 6, `${String(names.length)} and ${String(unchanged.length)}`);
});
for (const name of names) {
  test(`${name}: before becomes after, undecided calls are listed, a second run changes nothing`, () => {
    const first = consoleError("before.ts", read(name, "before.ts"));
    assert.equal(first.text, read(name, "after.ts"));
    assert.equal(lines(first), undecided(name));
    const second = consoleError("after.ts", first.text);
    assert.deepEqual(
      [second.text, second.changed, lines(second)],
      [first.text, 0, undecided(name)],
      "after parses and does not change",
    );
  });
}
test("a file that does not parse is left as it is and listed", () => {
  assert.deepEqual(consoleError("a.ts", "console.error(;\n").undecided, [
    { line: 1, reason: "the file does not parse" },
  ]);
});

test("without its packages it says what to install", (t) => {
  const dir = mkdtempSync(join(tmpdir(), "codemod-"));
  t.after(() => {
    rmSync(dir, { recursive: true });
  });
  cpSync(CLI, join(dir, "build/src/codemod/bin.js"));
  cpSync(join(__dirname, "../../package.json"), join(dir, "package.json"));
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(dir, "build/src/codemod/bin.js")], {
    encoding: "utf8",
  });
  const expected = "codemod: two packages are not installed; run: npm install --no-save ts-morph@^28.0.0 diff@^9.0.0\n";
  assert.deepEqual([status, stdout, stderr], [2, "", expected]);
});

function workplace(t: TestContext, name: string): string {
  const dir = mkdtempSync(join(tmpdir(), "codemod-"));
  t.after(() => {
    rmSync(dir, { recursive: true });
  });
  cpSync(join(FIXTURES, name, "before.ts"), join(dir, "src/a.ts"));
  return dir;
}
function run(cwd: string, ...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [CLI, ...args], {
    cwd,
    encoding: "utf8",
    timeout: 120_000,
  });
  return { status, stdout, stderr };
}

test("a dry run writes nothing and its diff, applied by git, is what --write does", (t) => {
  const dir = workplace(t, "crlf");
  const dry = run(dir, "console-error", "src");
  assert.equal(readFileSync(join(dir, "src/a.ts"), "utf8"), read("crlf", "before.ts"));
  const git = spawnSync("git", ["apply", "-"], { cwd: dir, input: dry.stdout, encoding: "utf8" });
  assert.deepEqual([dry.status, git.status, git.stderr], [0, 0, ""]);
  assert.equal(readFileSync(join(dir, "src/a.ts"), "utf8"), read("crlf", "after.ts"));
});
test("--write writes once and then has nothing to do", (t) => {
  const dir = workplace(t, "issue-example");
  assert.deepEqual(run(dir, "console-error", "src", "--write"), {
    status: 0,
    stdout: "src/a.ts: written\n",
    stderr: "",
  });
  assert.equal(readFileSync(join(dir, "src/a.ts"), "utf8"), read("issue-example", "after.ts"));
  assert.deepEqual(run(dir, "console-error", "src", "--write"), { status: 0, stdout: "", stderr: "" });
});
test("undecided calls end with exit code 1", (t) => {
  assert.deepEqual(run(workplace(t, "no-deps"), "console-error", "src"), {
    status: 1,
    stdout: "",
    stderr: "src/a.ts:8: no deps in scope\n",
  });
});
const USAGE = "usage: codemod console-error <dir> [--write]\n";
for (const [args, problem] of [
  [[], "no codemod named"],
  [["loops", "."], 'unknown codemod "loops"'],
  [["console-error"], "exactly one directory is needed"],
  [["console-error", "absent"], '"absent" is not a directory'],
  [["console-error", ".", "--wirte"], 'unknown option "--wirte"'],
] as const) {
  test(`wrong usage is one sentence: ${problem}`, () => {
    assert.deepEqual(run(tmpdir(), ...args), { status: 2, stdout: "", stderr: `codemod: ${problem}; ${USAGE}` });
  });
}
