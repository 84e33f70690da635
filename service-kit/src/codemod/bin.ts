#!/usr/bin/env node
/** Starts the codemod. Its packages are optional peers, so that production installs no compiler. */

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** The versions with the interfaces that the codemod uses, and what to install. */
const NEEDED = [
  { name: "typescript", version: /^[56]\./, install: "typescript@6" },
  { name: "diff", version: /^9\./, install: "diff@9" },
];

/** Returns the version that the codemod would load. */
function installed(name: string): string {
  const path = module.paths.map((folder) => join(folder, name, "package.json")).find((each) => existsSync(each));
  return path === undefined ? "" : (JSON.parse(readFileSync(path, "utf8")) as { version: string }).version;
}

async function main(): Promise<number> {
  const packages = NEEDED.filter(({ name, version }) => !version.test(installed(name))).map(({ install }) => install);
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
