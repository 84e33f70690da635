import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { test } from "node:test";
import ts from "typescript";
import { KIT, noted } from "../release/pack";
import * as kit from "../src/index";
import { STRICT, tsc, tscEach } from "./support/compile";
import { PACKED, platform } from "./support/package";
// One process for all that needs TypeScript, which costs a second to begin with.
import "./adopting";

const { unpacked, files, filename } = PACKED;
const manifest = JSON.parse(readFileSync(join(unpacked, "package.json"), "utf8")) as {
  version: string;
  exports: Record<string, string | Record<string, string>>;
};
/** The types of Express by its major version. */
const TYPES = { 4: "types-express4", 5: "@types/express" } as const;
const OTHERS = { "prom-client": "prom-client", "sonic-boom": "sonic-boom", "@types/node": "@types/node" };
const ENTRIES = {
  "@sv0/service-kit": "build/src/index.d.ts",
  "@sv0/service-kit/express": "build/src/express.d.ts",
  "@sv0/service-kit/eslint": "eslint/index.d.cts",
};
const RESOLUTIONS: Record<string, ts.CompilerOptions> = {
  node10: {
    module: ts.ModuleKind.CommonJS,
    // eslint-disable-next-line typescript/no-deprecated -- what a platform without `exports` still has
    moduleResolution: ts.ModuleResolutionKind.Node10,
    ignoreDeprecations: "6.0",
  },
  node16: { module: ts.ModuleKind.Node16 },
  nodenext: { module: ts.ModuleKind.NodeNext },
  bundler: { module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler },
};

const PLATFORMS = {
  4: platform({ ...OTHERS, "@types/express": TYPES[4] }),
  5: platform({ ...OTHERS, "@types/express": TYPES[5] }),
};

/** Returns a folder in which a program finds the kit and the types of Express. */
function consumer(version: keyof typeof TYPES = 5): string {
  const root = mkdtempSync(join(PLATFORMS[version], "consumer-"));
  writeFileSync(join(root, "tsconfig.json"), JSON.stringify({ compilerOptions: { ...STRICT, noEmit: true } }));
  return root;
}

test("it holds what is imported, its types and its pages, and nothing else", () => {
  const paths = files.map(({ path }) => path);
  const modules = paths.filter((path) => /^build\/src\/[\w/-]+\.js$/.test(path)).map((path) => path.slice(0, -3));
  const expected = [
    ...["CHANGELOG.md", "LICENSE", "README.md", "package.json", "build/src/redaction.json"],
    ...["eslint/index.cjs", "eslint/index.d.cts"],
    ...modules.flatMap((module) => [`${module}.js`, `${module}.d.ts`]),
  ];
  assert.deepEqual(paths.toSorted(), expected.toSorted());
  const sources = readdirSync(join(KIT, "src"), { recursive: true, encoding: "utf8" }).filter((n) => n.endsWith(".ts"));
  assert.deepEqual(modules.toSorted(), sources.map((name) => `build/src/${name.slice(0, -3)}`).toSorted());
});
test("no file names a source map", () => {
  for (const { path } of files) {
    assert.doesNotMatch(readFileSync(join(unpacked, path), "utf8"), /^\/\/# sourceMappingURL/m, path);
  }
});
test("its file is named for its version, which begins the changelog", () => {
  assert.equal(filename, `sv0-service-kit-${manifest.version}.tgz`);
  const changelog = readFileSync(join(unpacked, "CHANGELOG.md"), "utf8");
  assert.equal(/^## (.*)$/m.exec(changelog)?.[1], manifest.version, "CHANGELOG.md does not begin with the version");
});
test("a version that was packed before is noted again only with the same contents", () => {
  const first = noted({}, { version: "1.0.0", integrity: "a" });
  assert.deepEqual(noted(first, { version: "1.0.0", integrity: "a" }), { "1.0.0": "a" });
  assert.deepEqual(noted(first, { version: "1.0.1", integrity: "b" }), { "1.0.0": "a", "1.0.1": "b" });
  assert.throws(
    () => noted(first, { version: "1.0.0", integrity: "b" }),
    /"1\.0\.0" was packed before.*raise "version"/,
  );
});
test("the readme names every export", () => {
  const readme = readFileSync(join(unpacked, "README.md"), "utf8");
  const names = [
    ...Object.keys(kit),
    ...Object.keys(manifest.exports).map((path) => `@sv0/service-kit${path.slice(1)}`),
  ];
  for (const name of names.filter((each) => !each.endsWith(".json"))) assert.ok(readme.includes(`\`${name}\``), name);
});

/** How a file imports; who resolves as Node 10 did knows no difference, and with one TypeScript reads `exports`. */
const MODES = [ts.ModuleKind.CommonJS, ts.ModuleKind.ESNext] as const;
for (const [name, options] of Object.entries(RESOLUTIONS)) {
  test(`${name}: every entry has types`, () => {
    for (const [entry, types] of Object.entries(ENTRIES)) {
      for (const mode of name === "node10" ? [undefined] : MODES) {
        const from = join(PLATFORMS[5], "own.ts");
        const { resolvedModule } = ts.resolveModuleName(entry, from, options, ts.sys, undefined, undefined, mode);
        assert.equal(
          resolvedModule?.resolvedFileName,
          join(PLATFORMS[5], "node_modules/@sv0/service-kit", types),
          entry,
        );
      }
    }
  });
}
const EVERY_DECLARATION = ["--skipLibCheck", "false"];
for (const [version, compiler, flags] of [
  [4, "typescript7", EVERY_DECLARATION],
  [5, "typescript7", EVERY_DECLARATION],
  [5, "typescript", []],
] as const) {
  test(`Express ${String(version)}, ${compiler}: every export has types`, () => {
    const root = consumer(version);
    cpSync(join(KIT, "test", "fixtures", "consumer"), root, { recursive: true });
    assert.equal(tsc(root, flags, compiler), "");
  });
}
test("every export is used where its types are tried", () => {
  const index = readFileSync(join(unpacked, "build", "src", "index.d.ts"), "utf8");
  const exported = [...index.matchAll(/[{,] (?:type )?(\w+)(?=,| \})/g)].map(([, name = ""]) => name);
  assert.ok(exported.length > Object.keys(kit).length);
  const text = readFileSync(join(KIT, "test", "fixtures", "consumer", "every-export.ts"), "utf8");
  assert.deepEqual(
    exported.filter((name) => !new RegExp(`\\b${name},`).test(text)),
    [],
  );
});

const KIT_ALONE = 'import { requestIds } from "@sv0/service-kit";\nvoid requestIds;\n';
const IMPORTED = 'import "@sv0/service-kit/express";\n';
const USED = 'import type { Request } from "express";\nexport const id = (req: Request) => req.requestId;\n';
const ofPlatform = (type: string) =>
  `declare global { namespace Express { interface Request { requestId${type} } } }\n`;

const REQUEST_ID = ([4, 5] as const).flatMap((version) =>
  (
    [
      ["is unknown to who does not ask for it", KIT_ALONE, /own\.ts\(4,.* TS2339: Property 'requestId' does not exist/],
      ["is known to who imports it", IMPORTED, /^$/],
      ["may be the platform's own", KIT_ALONE + ofPlatform("?: number"), /^$/],
      ["may be both", IMPORTED + ofPlatform(": string"), /^$/],
    ] as const
  ).map(([what, text, expected]) => {
    const root = consumer(version);
    writeFileSync(join(root, "own.ts"), text + USED);
    return { root, title: `Express ${String(version)}: the type of req.requestId ${what}`, expected };
  }),
);
const said = tscEach(REQUEST_ID.map(({ root }) => root));
for (const { root, title, expected } of REQUEST_ID) {
  test(title, () => {
    assert.match(said(root).join(), expected);
  });
}

const NAMES = Object.keys(kit).toSorted().join();
for (const [what, file, text] of [
  ["require", "a.cjs", 'const kit = require("@sv0/service-kit"); require("@sv0/service-kit/express");'],
  [
    "import *",
    "a.mjs",
    'import * as all from "@sv0/service-kit"; import "@sv0/service-kit/express"; const { default: kit } = all; if (!Object.keys(kit).every((name) => name in all)) throw new Error("not by name");',
  ],
] as const) {
  test(`${what} finds every export`, () => {
    const root = consumer();
    writeFileSync(join(root, file), `${text}\nconsole.log(Object.keys(kit).sort().join());`);
    assert.equal(execFileSync(process.execPath, [file], { cwd: root, encoding: "utf8" }).trim(), NAMES);
  });
}
test("its tests need nothing outside its folder", () => {
  for (const folder of ["src", "test", "reference", "release"]) {
    for (const name of readdirSync(join(KIT, folder), { recursive: true, encoding: "utf8" })) {
      if (!name.endsWith(".ts") || name.startsWith("fixtures")) continue;
      const built = resolve(KIT, "build", folder, name, "..");
      const text = readFileSync(join(KIT, folder, name), "utf8");
      const paths = [...text.matchAll(/__dirname, ((?:"[^"]*"(?:, )?)+)/g)].map(
        ([, parts = ""]) => parts.match(/[^", ]+/g) ?? [],
      );
      for (const parts of paths) {
        assert.doesNotMatch(relative(KIT, resolve(built, ...parts)), /^\.\./, `${folder}/${name}: ${parts.join()}`);
      }
    }
  }
});
