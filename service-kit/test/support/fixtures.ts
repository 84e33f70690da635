/** The files before and after the codemod, each pair in a folder of its own. */

import { readdirSync } from "node:fs";
import { basename, join } from "node:path";

export const FIXTURES = join(__dirname, "../../../test/fixtures/codemod");

/** Returns the paths of all files that are named so, whatever their extension. */
export function fixtureFiles(name: string): string[] {
  const paths = readdirSync(FIXTURES, { recursive: true, encoding: "utf8" }).sort();
  return paths.filter((path) => basename(path).startsWith(`${name}.`)).map((path) => join(FIXTURES, path));
}
