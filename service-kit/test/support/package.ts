/** The kit as the platform has it: unpacked from the file that npm makes. */

import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after } from "node:test";
import { KIT, pack, type Packed } from "../../release/pack";

/** Returns an empty folder outside the kit, which is removed when the file's tests have ended. */
export function folder(): string {
  const made = mkdtempSync(join(tmpdir(), "service-kit-"));
  after(() => {
    rmSync(made, { recursive: true, force: true });
  });
  return made;
}

/** The kit as npm packs it, once for all tests of a process. */
export const PACKED: Packed & { file: string; unpacked: string } = packed();

function packed() {
  const into = folder();
  const made = pack(KIT, into);
  const file = join(into, made.filename);
  execFileSync("tar", ["-xzf", file, "-C", into]);
  return { ...made, file, unpacked: join(into, "package") };
}

/** Makes a folder in which a program finds the packed kit, and these of the kit's own dependencies by these names. */
export function platform(links: Readonly<Record<string, string>>): string {
  const root = folder();
  const kit = join(root, "node_modules", "@sv0", "service-kit");
  cpSync(PACKED.unpacked, kit, { recursive: true });
  for (const [name, target] of Object.entries(links)) {
    const link = join(root, "node_modules", name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(join(KIT, "node_modules", target), link);
  }
  return root;
}
