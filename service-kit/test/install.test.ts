/**
 * What ADOPTING.md's step 1 asks for, with npm itself, and then as an image is built: only package.json, the lock file
 * and `vendor/` are copied into an empty folder, and npm has nothing in its cache. Nothing is downloaded.
 */

import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { KIT, pack } from "../release/pack";
import { PAGE } from "./support/page";
import { folder, PACKED } from "./support/package";

const { file, filename, version, integrity } = PACKED;
const NEXT = "99.0.0";

/** All that the kit needs at run time, as npm installed it here. */
const REGISTRY = ["prom-client", "@opentelemetry/api", "tdigest", "bintrees", "sonic-boom", "atomic-sleep"];

/** What the page's Dockerfile copies before `npm ci`. */
const COPIED = [...PAGE.matchAll(/^COPY (.*) \S+$/gm)].flatMap(([, names = ""]) => names.split(" "));

/** Returns what npm says. */
function npm(cwd: string, ...args: string[]): string {
  const flags = ["--cache", folder(), "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
  const { stdout, stderr } = spawnSync("npm", [...args, ...flags], { cwd, encoding: "utf8", timeout: 300_000 });
  return stdout + stderr;
}

function write(file: string, content: object): void {
  writeFileSync(file, JSON.stringify(content));
}

/** What Node does not load; without it npm writes a third of the files, five times. */
const NOT_LOADED = /\/(node_modules|test)$|\.(d\.[cm]?ts|mjs|map)$/;

/** Puts the folder into a file that npm can install. */
function archive(from: string, file: string): void {
  const parent = folder();
  cpSync(from, join(parent, "package"), {
    recursive: true,
    filter: (path) => path === from || !NOT_LOADED.test(path),
  });
  execFileSync("tar", ["-czf", file, "-C", parent, "package"]);
}

/** A platform that does not have the kit yet; what it needs of the registry is in `vendor/`, too. */
function platform(): string {
  const root = folder();
  const vendor = join(root, "vendor");
  mkdirSync(vendor);
  // Express itself would bring 65 packages, 3 s of CPU for each installation; npm reads no more of a peer than this.
  const express = folder();
  write(join(express, "package.json"), { name: "express", version: "5.3.0" });
  const dependencies: Record<string, string> = {};
  for (const name of ["express", ...REGISTRY]) {
    dependencies[name] = `file:vendor/${name.replace("/", "-")}.tgz`;
    archive(name === "express" ? express : join(KIT, "node_modules", name), join(root, dependencies[name].slice(5)));
  }
  write(join(root, "package.json"), { name: "platform", version: "1.0.0", private: true, dependencies });
  return root;
}

/** Returns the folder in which the lines of the Dockerfile end, and what npm said. */
function built(root: string): { image: string; said: string } {
  const image = folder();
  for (const name of COPIED) cpSync(join(root, name), join(image, name), { recursive: true });
  return { image, said: npm(image, "ci") };
}

function versionIn(image: string): string {
  const code =
    'require("@sv0/service-kit").createLogger(); console.log(require("@sv0/service-kit/package.json").version)';
  return execFileSync(process.execPath, ["-e", code], { cwd: image, encoding: "utf8" }).trim();
}

function locked(root: string) {
  const { packages } = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")) as {
    packages: Record<string, { version: string; integrity: string }>;
  };
  const kit = packages["node_modules/@sv0/service-kit"];
  return [kit?.version, kit?.integrity];
}

test("npm packs the same bytes whenever and wherever the same files are packed", () => {
  assert.equal(pack(PACKED.unpacked).integrity, integrity);
});
test("an image is built with the kit, with the next version of it, and not with other bytes of a version", () => {
  const root = platform();
  const vendor = join(root, "vendor");
  cpSync(file, join(vendor, filename));
  npm(root, "install", `./vendor/${filename}`);
  assert.deepEqual(locked(root), [version, integrity]);
  const first = built(root);
  assert.equal(versionIn(first.image), version, first.said);

  const unpacked = folder();
  cpSync(PACKED.unpacked, unpacked, { recursive: true });
  const manifest = JSON.parse(readFileSync(join(unpacked, "package.json"), "utf8")) as object;
  write(join(unpacked, "package.json"), { ...manifest, version: NEXT });
  const next = `sv0-service-kit-${NEXT}.tgz`;
  archive(unpacked, join(vendor, next));
  rmSync(join(vendor, filename));
  npm(root, "install", `./vendor/${next}`);
  assert.equal(locked(root)[0], NEXT);
  const second = built(root);
  assert.equal(versionIn(second.image), NEXT, second.said);

  // What `make kit-pack` rejects, because of this.
  archive(PACKED.unpacked, join(vendor, next));
  assert.match(built(root).said, /EINTEGRITY/);
});
test("its dependencies and peers are what it imports", () => {
  const { dependencies, peerDependencies } = JSON.parse(readFileSync(join(KIT, "package.json"), "utf8")) as Record<
    string,
    Record<string, string>
  >;
  const sources = readdirSync(join(KIT, "src"), { recursive: true, encoding: "utf8" }).filter((n) => n.endsWith(".ts"));
  const imported = sources.flatMap((name) => [
    ...readFileSync(join(KIT, "src", name), "utf8").matchAll(/from "([^."][^":]*)"/g),
  ]);
  const declared = Object.keys({ ...dependencies, ...peerDependencies }).filter((name) => !name.startsWith("@types/"));
  assert.deepEqual([...new Set(imported.map(([, name]) => name))].toSorted(), declared.toSorted());
});
