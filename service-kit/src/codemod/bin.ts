#!/usr/bin/env node
/** Starts the codemod. Its packages are optional peers, so that production installs no compiler. */

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

const NEEDED = ["ts-morph", "diff"];

function installed(name: string): boolean {
  return module.paths.some((folder) => existsSync(join(folder, name)));
}

function missing(): string {
  const { peerDependencies } = JSON.parse(readFileSync(join(__dirname, "../../../package.json"), "utf8")) as {
    peerDependencies: Record<string, string>;
  };
  return NEEDED.map((name) => `${name}@${peerDependencies[name] ?? ""}`).join(" ");
}

if (NEEDED.every(installed)) {
  void import("./cli.js");
} else {
  process.stderr.write(`codemod: two packages are not installed; run: npm install --no-save ${missing()}\n`);
  process.exitCode = 2;
}
