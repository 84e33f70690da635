#!/usr/bin/env node
/** Starts the codemod. Its packages are optional peers, so that production installs no compiler. */

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Major versions of TypeScript that have the interface which the codemod uses. */
const COMPILERS = /^[56]\./;

interface Package {
  version?: string;
  peerDependencies?: Record<string, string>;
}

function read(path: string): Package {
  return JSON.parse(readFileSync(path, "utf8")) as Package;
}

/** Returns the version that the codemod would load. */
function installed(name: string): string | undefined {
  const path = module.paths.map((folder) => join(folder, name, "package.json")).find((each) => existsSync(each));
  return path === undefined ? undefined : read(path).version;
}

function missing(): string[] {
  const wanted = read(join(__dirname, "../../../package.json")).peerDependencies ?? {};
  const compiler = COMPILERS.test(installed("typescript") ?? "") ? [] : ["typescript@6"];
  return installed("diff") === undefined ? [...compiler, `diff@${wanted["diff"] ?? ""}`] : compiler;
}

async function main(): Promise<number> {
  const packages = missing();
  if (packages.length > 0) {
    process.stderr.write(`sv0-codemod: packages are missing; run: npm install --no-save ${packages.join(" ")}\n`);
    return 2;
  }
  const { run } = await import("./cli.js");
  return run(process.argv.slice(2), {
    stdout: (text) => process.stdout.write(text),
    stderr: (text) => process.stderr.write(text),
  });
}

void main().then((code) => {
  process.exitCode = code;
});
