/** Packs the built kit for the platform's `vendor/`: `make kit-pack`. */

import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export const KIT = join(__dirname, "../..");

export interface Packed {
  version: string;
  filename: string;
  /** npm's hash of the file, which a lock file holds. */
  integrity: string;
  files: { path: string }[];
}

/** Returns what npm packs of the folder; with `into` it also writes the file there. Throws if npm fails. */
export function pack(kit: string, into?: string): Packed {
  const where = into === undefined ? ["--dry-run"] : ["--pack-destination", into];
  const text = execFileSync("npm", ["pack", "--json", "--ignore-scripts", ...where], {
    cwd: kit,
    encoding: "utf8",
    timeout: 120_000,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [packed] = JSON.parse(text) as Packed[];
  if (packed === undefined) throw new Error("npm pack wrote nothing");
  return packed;
}

/**
 * Returns the hashes by version with this one. Throws if the version has another: a lock file that holds the first
 * ends `npm ci` with EINTEGRITY on the second.
 */
export function noted(
  before: Readonly<Record<string, string>>,
  { version, integrity }: Pick<Packed, "version" | "integrity">,
): Record<string, string> {
  const known = before[version] ?? integrity;
  if (known === integrity) return { ...before, [version]: integrity };
  throw new Error(
    `packed.json: "${version}" was packed before with other contents; raise "version" in package.json, begin ` +
      "CHANGELOG.md with it, and run `make kit-pack` again. If only Node or npm is another one: nothing is to release",
  );
}

function main(): void {
  const record = join(KIT, "packed.json");
  const into = join(KIT, "build", "pack");
  const before = existsSync(record) ? (JSON.parse(readFileSync(record, "utf8")) as Record<string, string>) : {};
  // Before anything is written: nobody takes a rejected file from there.
  const hashes = noted(before, pack(KIT));
  // What is copied from there is one file.
  rmSync(into, { recursive: true, force: true });
  mkdirSync(into, { recursive: true });
  const { filename } = pack(KIT, into);
  writeFileSync(record, `${JSON.stringify(hashes, null, 2)}\n`);
  console.log(`service-kit/build/pack/${filename}: step 1 of service-kit/ADOPTING.md says what to do with it.`);
  console.log("Commit service-kit/packed.json.");
}

if (require.main === module) {
  try {
    main();
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
