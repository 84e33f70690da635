/** Which files the codemod looks at, and which it skips and why. */

import { isUtf8 } from "node:buffer";
import { readdirSync, readFileSync, statSync, type Dirent } from "node:fs";
import { basename, join, resolve } from "node:path";

export interface Source {
  path: string;
  /** As read, with a byte order mark if there is one. */
  text: string;
}
export interface Skipped {
  path: string;
  reason: string;
  /** Somebody should look: a call of console.error may be in it. */
  matters: boolean;
}
export interface Sources {
  found: Source[];
  skipped: Skipped[];
}

const SOURCE = /(?<!\.d|\.d\.\w+)\.[mc]?[jt]sx?$/;
const BUILT = /^(dist|build|out|coverage)$/;
/** Packages of others, and what belongs to tools; nobody expects it to be looked at. */
const FOREIGN = /^(node_modules|\..*)$/;

/** Reads all source files below the paths; files that do not hold the word `console` are left out. */
export function sourcesIn(paths: readonly string[]): Sources {
  const sources: Sources = { found: [], skipped: [] };
  for (const path of new Set(paths.map((each) => resolve(each)))) {
    if (statSync(path).isDirectory()) walk(path, sources);
    else read(path, sources);
  }
  return sources;
}

function walk(dir: string, sources: Sources): void {
  for (const entry of entriesOf(dir, sources)) {
    const path = join(dir, entry.name);
    if (entry.isDirectory()) enter(path, sources);
    else if (!SOURCE.test(entry.name)) continue;
    else if (entry.isFile()) read(path, sources);
    else sources.skipped.push({ path, reason: "no ordinary file", matters: false });
  }
}

function entriesOf(dir: string, { skipped }: Sources): Dirent[] {
  try {
    return readdirSync(dir, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (error) {
    skipped.push({ path: dir, reason: unreadable(error), matters: true });
    return [];
  }
}

function enter(path: string, sources: Sources): void {
  if (FOREIGN.test(basename(path))) return;
  if (BUILT.test(basename(path)))
    sources.skipped.push({ path, reason: "by its name a folder of built files", matters: false });
  else walk(path, sources);
}

function read(path: string, { found, skipped }: Sources): void {
  try {
    const bytes = readFileSync(path);
    if (!bytes.includes("console")) return;
    // Other bytes would be lost when the file is written as UTF-8.
    if (!isUtf8(bytes)) skipped.push({ path, reason: "not UTF-8", matters: true });
    else if (/\.min\.[mc]?js$/.test(path)) skipped.push({ path, reason: "minified", matters: false });
    else found.push({ path, text: bytes.toString("utf8") });
  } catch (error) {
    skipped.push({ path, reason: unreadable(error), matters: true });
  }
}

function unreadable(error: unknown): string {
  return `cannot be read (${(error as NodeJS.ErrnoException).code ?? "unknown"})`;
}
