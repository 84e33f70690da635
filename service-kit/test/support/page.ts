/** ADOPTING.md as a program reads it, and what its edits make of a platform whose places are marked. */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { KIT } from "../../release/pack";

export const PAGE = readFileSync(join(KIT, "ADOPTING.md"), "utf8");
const PLATFORM = join(KIT, "test", "fixtures", "platform", "src");

export interface Step {
  number: number;
  edit: string;
  check: string;
}

/** The rows of the table. */
export const STEPS: Step[] = [...PAGE.matchAll(/^\| (\d)\. [^|]*\|((?:\\\||[^|])*)\|((?:\\\||[^|])*)\|$/gm)].map(
  ([, number, edit = "", check = ""]) => ({ number: Number(number), edit, check }),
);

/** Blocks of TypeScript by letter and place, such as `B2`. */
export const BLOCKS = new Map<string, string>();
for (const part of PAGE.split(/^(?=\*\*[A-Z]\*\*|## )/m)) {
  const letter = /^\*\*([A-Z])\*\*/.exec(part)?.[1];
  if (letter === undefined) continue;
  [...part.matchAll(/^```ts\n(.*?)^```/gms)].forEach(([, code = ""], index) => {
    BLOCKS.set(`${letter}${String(index + 1)}`, code.replace(/^.*^\/\/ after[^\n]*\n/ms, ""));
  });
}

/** What stands between backticks. */
export function codes(cell: string): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, code = ""]) => code.replaceAll("\\|", "|"));
}

/** Returns the piece of code that begins so. */
export function codeIn(cell: string, begin: string): string {
  const found = codes(cell).find((code) => code.startsWith(begin));
  if (found === undefined) throw new Error(`ADOPTING.md has no \`${begin}…\` where it is expected`);
  return found;
}

/** Returns the platform's sources, by name, after these steps; `used` gets the names of the blocks. */
export function adopted(done: readonly number[], used = new Set<string>()): Map<string, string> {
  const names = readdirSync(PLATFORM, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"));
  return new Map(names.map((name) => [name, edited(readFileSync(join(PLATFORM, name), "utf8"), done, used)]));
}

/** A place is `// [B2` or `// [step 4 removes`, what the platform has there, and `// ]`. */
function edited(source: string, done: readonly number[], used: Set<string>): string {
  const imports: string[] = [];
  const text = source.replace(
    /^( *)\/\/ \[(.*)\n([^]*?)^ *\/\/ \]\n/gm,
    (_, _indent, place: string, before: string) => {
      const step = stepOf(place);
      if (!done.includes(step.number)) return before;
      const code = codeAt(place, step, used);
      imports.push(...(code.match(/^import [^;]*;$/gm) ?? []));
      return code.replace(/^import [^;]*;\n?/gm, "");
    },
  );
  return [...imports, text].join("\n");
}

function stepOf(place: string): Step {
  const number = /^step (\d)/.exec(place)?.[1];
  const edit = new RegExp(`\\b[Ee]dit ${place.slice(0, 1)}\\b`);
  const found = STEPS.find((step) => (number === undefined ? edit.test(step.edit) : step.number === Number(number)));
  if (found === undefined) throw new Error(`ADOPTING.md has no step for the place ${place}`);
  return found;
}

function codeAt(place: string, { edit }: Step, used: Set<string>): string {
  if (place.endsWith("removes")) return "";
  if (place === "step 4 adds") return codeIn(edit, 'import "');
  if (place === "step 5 adds") {
    return `import { collectDefaultMetrics } from "prom-client";\n${codeIn(edit, "collectDefaultMetrics(")}`;
  }
  used.add(place);
  const code = BLOCKS.get(place);
  if (code === undefined) throw new Error(`ADOPTING.md has no block ${place}`);
  // The codemod adds the import.
  return place === "F1" ? `import { errorLine } from "@sv0/service-kit";\n${code}` : code;
}
