/** What a failure leaves behind, as ADOPTING.md says it: each row of its last table is held by the test that it names. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";

const PAGE = readFileSync(join(__dirname, "../../../ADOPTING.md"), "utf8");
const HEADING = "## What a failure leaves";

/** The cells "Requests count as" and "Log lines" of each row, by what happens. */
export const ROWS: ReadonlyMap<string, readonly string[]> = new Map(
  PAGE.slice(PAGE.indexOf(HEADING))
    .split("\n")
    .filter((line) => line.startsWith("| "))
    .slice(2)
    .map((line) => {
      const [what = "", ...cells] = line.split("|").slice(1, -1);
      return [what.trim(), cells.map((cell) => cell.trim()).slice(0, 2)];
    }),
);

/** Fails unless this is what the page says of it; a line is `level: message`. */
export function assertLeaves(what: string, metric: string, lines: readonly string[]): void {
  assert.deepEqual([metric, lines.map((line) => `\`${line}\``).join(", ") || "none"], ROWS.get(what), what);
}

/** Returns the cell for requests that were counted, such as `500`, from the text of /metrics. */
export function statusesIn(metrics: string): string {
  const found = metrics.matchAll(/^sv0_http_requests_total\{.*status_code="(\d+)"\} [1-9]/gm);
  return [...new Set([...found].map(([, status]) => `\`${String(status)}\``))].join(", ");
}
