/** The command: which files it takes, what it prints, how it ends. Its projects hold no library, to be fast. */

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test, type TestContext } from "node:test";
import { run } from "../src/codemod/cli";

const KIT = join(__dirname, "../..");
const TYPES = `export interface Logger { error(message: string, meta?: object): void }
export declare function errorLine(logger: Logger, req: object, error: unknown, outcome?: string): void;
`;
const GLOBALS = `interface Array<T> { length: number } interface Boolean {} interface CallableFunction {} interface Function {}
interface IArguments {} interface NewableFunction {} interface Number {} interface Object {} interface RegExp {} interface String {}
declare const console: { error(...given: unknown[]): void; log(text: string): void };
interface Request { method: string; baseUrl: string; originalUrl: string; headers: object }
interface Response { sendStatus(code: number): void }
`;
const OPTIONS = { noLib: true, types: [], strict: true, module: "preserve", target: "es2022", noEmit: true };
const HANDLER = `import type { Deps } from "./deps";
export const show = (deps: Deps) => (req: Request, res: Response) => {
  try {
    res.sendStatus(200);
  } catch (error) {
    console.error("show", error);
    res.sendStatus(500);
  }
};
`;
const CONVERTED = HANDLER.replace(`"./deps";`, `"./deps";\nimport { errorLine } from "@sv0/service-kit";`).replace(
  `console.error("show", error)`,
  `errorLine(deps.logger, req, error, "failed: show")`,
);
const JAVASCRIPT = `module.exports = (deps) => (req, res) => {
  deps.logger.info("made");
  try { res.sendStatus(200); } catch (error) { console.error(error); res.sendStatus(500); }
};
`;
const DEPS = `import type { Logger } from "@sv0/service-kit";\nexport interface Deps { logger: Logger }\n`;
const LEFT = HANDLER.replace("deps: Deps", "given: Deps");

type Files = Record<string, string | object | Buffer>;
const PROJECT: Files = {
  "tsconfig.json": { compilerOptions: OPTIONS, include: ["src"] },
  "src/globals.d.ts": GLOBALS,
  "src/deps.ts": DEPS,
  "node_modules/@sv0/service-kit/index.d.ts": TYPES,
  "node_modules/@sv0/service-kit/package.json": { name: "@sv0/service-kit", types: "index.d.ts" },
};

/** Makes a folder with the files, and makes it the current one. */
function workplace(t: TestContext, files: Files): string {
  const dir = mkdtempSync(join(tmpdir(), "codemod-"));
  const before = process.cwd();
  t.after(() => {
    process.chdir(before);
    rmSync(dir, { recursive: true });
  });
  for (const [path, content] of Object.entries({ ...PROJECT, ...files })) {
    mkdirSync(join(dir, dirname(path)), { recursive: true });
    const isText = typeof content === "string" || Buffer.isBuffer(content);
    writeFileSync(join(dir, path), isText ? content : JSON.stringify(content));
  }
  process.chdir(dir);
  return dir;
}

/** Runs the command in this process. */
function codemod(...args: string[]) {
  const printed = { stdout: "", stderr: "" };
  const status = run(args, {
    stdout: (text) => (printed.stdout += text),
    stderr: (text) => (printed.stderr += text),
  });
  return { status, ...printed };
}

const read = (path: string) => readFileSync(path, "utf8");

test("a dry run writes nothing, and its diff, applied by git, is what --write does", (t) => {
  const crlf = HANDLER.replaceAll("\n", "\r\n");
  workplace(t, { "src/a.ts": crlf });
  const dry = codemod("console-error", "src");
  assert.deepEqual([dry.status, dry.stderr], [0, "1 call in 1 file can be converted, 0 left, 0 skipped\n"]);
  assert.equal(read("src/a.ts"), crlf);
  const git = spawnSync("git", ["apply", "-"], { input: dry.stdout, encoding: "utf8" });
  assert.deepEqual([git.status, git.stderr], [0, ""]);
  assert.equal(read("src/a.ts"), CONVERTED.replaceAll("\n", "\r\n"));
});

test("--write writes once, keeps the mode, leaves nothing beside, and then has nothing to do", (t) => {
  workplace(t, { "src/a.ts": HANDLER });
  chmodSync("src/a.ts", 0o775);
  assert.deepEqual(codemod("console-error", "src", "--write"), {
    status: 0,
    stdout: "src/a.ts: written\n",
    stderr: "1 call in 1 file converted, 0 left, 0 skipped\n",
  });
  assert.deepEqual([read("src/a.ts"), statSync("src/a.ts").mode & 0o777], [CONVERTED, 0o775]);
  assert.deepEqual(readdirSync("src").sort(), ["a.ts", "deps.ts", "globals.d.ts"]);
  const summary = "0 calls in 0 files converted, 0 left, 0 skipped\n";
  assert.deepEqual(codemod("console-error", "src", "--write"), { status: 0, stdout: "", stderr: summary });
});

test("--check ends with 1 while something is left, also what could be converted", (t) => {
  workplace(t, { "src/a.ts": HANDLER });
  assert.equal(codemod("console-error", "src", "--check").status, 1);
  assert.equal(codemod("console-error", "src", "--check", "--write").status, 0);
  assert.equal(codemod("console-error", "src", "--check").status, 0);
  writeFileSync("src/b.ts", LEFT);
  const left =
    "src/b.ts:6: no deps.logger or logger in scope\n0 calls in 0 files can be converted, 1 left, 0 skipped\n";
  assert.deepEqual(codemod("console-error", "src", "--check"), { status: 1, stdout: "", stderr: left });
  assert.equal(codemod("console-error", "src").status, 0);
});

test("what is skipped is listed with the reason, and --check ends with 1 if it matters", (t) => {
  const dir = workplace(t, {
    "src/a.ts": "export const a = 1;\n",
    "src/dist/a.js": "console.error(1);\n",
    "src/vendor.min.js": "console.error(1);\n",
    "src/node_modules/x/a.js": "console.error(1);\n",
    "src/.cache/a.js": "console.error(1);\n",
  });
  symlinkSync(join(dir, "src/a.ts"), join(dir, "src/link.ts"));
  const skipped = `src/dist: skipped: by its name a folder of built files
src/link.ts: skipped: no ordinary file
src/vendor.min.js: skipped: minified
0 calls in 0 files can be converted, 0 left, 3 skipped
`;
  assert.deepEqual(codemod("console-error", "src", "--check"), { status: 0, stdout: "", stderr: skipped });
  writeFileSync("src/latin1.ts", Buffer.from("// \xe9 console.error\n", "latin1"));
  mkdirSync("other");
  writeFileSync("other/b.ts", HANDLER);
  const both = codemod("console-error", "src", "other", "--check");
  assert.equal(both.status, 1);
  assert.match(both.stderr, /^other\/b\.ts: skipped: no tsconfig\.json includes it, so its types are not known$/m);
  assert.match(both.stderr, /^src\/latin1\.ts: skipped: not UTF-8$/m);
});

test("other methods of console are counted, and left to ESLint", (t) => {
  workplace(t, { "src/a.ts": `console.log("a");\nexport {};\n` });
  const { stderr } = codemod("console-error", "src");
  assert.equal(
    stderr,
    "0 calls in 0 files can be converted, 0 left, 0 skipped, 1 call of other methods of console not looked at\n",
  );
});

for (const [what, files] of [
  [
    "extends",
    { "base.json": { compilerOptions: OPTIONS }, "tsconfig.json": { extends: "./base.json", include: ["src"] } },
  ],
  [
    "references",
    {
      "tsconfig.json": { files: [], references: [{ path: "./tsconfig.app.json" }, { path: "./other" }] },
      "tsconfig.app.json": { compilerOptions: { ...OPTIONS, composite: true }, include: ["src"] },
      "other/tsconfig.json": { compilerOptions: { ...OPTIONS, composite: true }, files: ["b.ts"] },
      "other/b.ts": "export {};\n",
    },
  ],
  [
    "paths",
    {
      "tsconfig.json": {
        compilerOptions: { ...OPTIONS, paths: { "@app/*": ["./lib/*"] } },
        include: ["src"],
      },
      "lib/deps.ts": DEPS,
      "src/a.ts": HANDLER.replace("./deps", "@app/deps"),
    },
  ],
  ["comments", { "tsconfig.json": `// why\n${JSON.stringify({ compilerOptions: OPTIONS, include: ["src"] })}` }],
] as const) {
  test(`a tsconfig.json with ${what} is understood`, (t) => {
    workplace(t, { "src/a.ts": HANDLER, ...files });
    assert.match(codemod("console-error", "src/a.ts", "--write").stderr, /^1 call in 1 file converted, 0 left/);
  });
}

test("types of a referenced project that is not built are known", (t) => {
  workplace(t, {
    "tsconfig.json": { compilerOptions: OPTIONS, include: ["src"], references: [{ path: "./lib" }] },
    "lib/tsconfig.json": { compilerOptions: { ...OPTIONS, composite: true, noEmit: false, outDir: "built" } },
    "lib/deps.ts": DEPS,
    "src/a.ts": HANDLER.replace("./deps", "../lib/deps"),
  });
  assert.match(codemod("console-error", "src").stderr, /^1 call in 1 file can be converted, 0 left/);
});

test("--project takes the configuration that is named", (t) => {
  workplace(t, { "src/a.ts": HANDLER, "tsconfig.json": { files: [] }, "ts.json": PROJECT["tsconfig.json"] ?? "" });
  assert.match(codemod("console-error", "src").stderr, /no tsconfig\.json includes it/);
  assert.match(codemod("console-error", "src", "--project", "ts.json").stderr, /^1 call in 1 file can be converted/);
});

for (const [what, config, problem] of [
  ["no JSON", "{ compilerOptions", /tsconfig\.json: .*expected/],
  ["a missing base", { extends: "./absent.json" }, /tsconfig\.json: Cannot read file '.*absent\.json'/],
  ["an unknown option", { compilerOptions: { strickt: true } }, /tsconfig\.json: Unknown compiler option 'strickt'/],
] as const) {
  test(`a tsconfig.json with ${what} ends with exit code 2`, (t) => {
    workplace(t, { "src/a.ts": HANDLER, "tsconfig.json": config });
    const { status, stdout, stderr } = codemod("console-error", "src", "--write");
    assert.deepEqual([status, stdout, read("src/a.ts")], [2, "", HANDLER]);
    assert.match(stderr, problem);
  });
}

test("without the kit's types in reach nothing is converted", (t) => {
  const dir = workplace(t, {
    "src/a.ts": HANDLER,
    "src/b.js": JAVASCRIPT,
    "src/deps.ts": "export interface Deps { logger: any }\n",
  });
  rmSync(join(dir, "node_modules"), { recursive: true });
  const { stdout, stderr } = codemod("console-error", "src");
  assert.equal(stdout, "");
  assert.match(stderr, /a\.ts:6: @sv0\/service-kit is not installed where the file is\nsrc\/b\.js:3: @sv0/);
});

test("JavaScript beside TypeScript is converted, though the tsconfig.json does not include it", (t) => {
  workplace(t, { "src/a.ts": HANDLER, "src/b.js": JAVASCRIPT });
  assert.match(codemod("console-error", "src", "--write").stderr, /^2 calls in 2 files converted, 0 left/);
  assert.match(read("src/b.js"), /^const \{ errorLine \} = require\("@sv0\/service-kit"\);\nmodule/);
});

test("an ES module is one by its package, if nothing in it shows it", (t) => {
  const script = JAVASCRIPT.replace("module.exports = (deps) =>", "globalThis.show = (deps) =>");
  workplace(t, { "package.json": { type: "module" }, "src/b.js": script });
  codemod("console-error", "src", "--write");
  assert.match(read("src/b.js"), /^import \{ errorLine \} from "@sv0\/service-kit";\nglobalThis/);
});

test("pino takes the object first, and would drop the error", (t) => {
  workplace(t, {
    "node_modules/pino/index.d.ts": "export interface Logger { error(message: string, ...given: unknown[]): void }\n",
    "src/deps.ts": `import type { Logger } from "pino";\nexport interface Deps { logger: Logger }\n`,
    "src/a.ts": HANDLER,
  });
  assert.match(codemod("console-error", "src").stderr, /deps\.logger\.error does not take \(message, meta\)/);
});

test("a call that is broken off by a failing write leaves the file as it was, and nothing beside it", (t) => {
  workplace(t, { "src/a.ts": HANDLER });
  mkdirSync("src/a.ts.sv0-codemod");
  const { status, stderr } = codemod("console-error", "src", "--write");
  assert.deepEqual(
    [status, stderr, read("src/a.ts")],
    [2, "sv0-codemod: src/a.ts: cannot be written (EISDIR)\n", HANDLER],
  );
});

const USAGE = "usage: sv0-codemod console-error <path>... [--write] [--check] [--project <tsconfig.json>]\n";
for (const [args, problem] of [
  [[], "no codemod is named"],
  [["loops", "."], '"loops" is no codemod'],
  [["console-error"], "no file or directory is named"],
  [["console-error", "absent"], '"absent" does not exist'],
  [["console-error", ".", "--project", "absent"], '"absent" does not exist'],
  [["console-error", "/dev/null"], '"/dev/null" is no file and no directory'],
  [["console-error", ".", "--wirte"], "Unknown option '--wirte'"],
] as const) {
  test(`wrong usage is one sentence: ${problem}`, () => {
    assert.deepEqual(codemod(...args), { status: 2, stdout: "", stderr: `sv0-codemod: ${problem}; ${USAGE}` });
  });
}

test("--help says what it does and how it ends", () => {
  const { status, stdout } = codemod("--help");
  assert.equal(status, 0);
  assert.match(stdout, /^usage: sv0-codemod[^]*Exit codes: 0 done, 1 with --check/);
});

test("with packages of other versions it says what to install", (t) => {
  const dir = workplace(t, {
    "kit/node_modules/typescript/package.json": { version: "7.0.1" },
    "kit/node_modules/diff/package.json": { version: "5.2.0" },
  });
  cpSync(join(KIT, "build/src/codemod/bin.js"), join(dir, "kit/build/src/codemod/bin.js"));
  const { status, stdout, stderr } = spawnSync(process.execPath, ["kit/build/src/codemod/bin.js"], {
    encoding: "utf8",
  });
  const expected = "sv0-codemod: packages are missing; run: npm install --no-save typescript@6 diff@9\n";
  assert.deepEqual([status, stdout, stderr], [2, "", expected]);
});

test("the command itself ends with the exit code of what it did", () => {
  const { status, stdout } = spawnSync(process.execPath, [join(KIT, "build/src/codemod/bin.js"), "loops"]);
  assert.deepEqual([status, String(stdout)], [2, ""]);
});
