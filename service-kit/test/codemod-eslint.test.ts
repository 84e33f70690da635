import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { ESLint } from "eslint";

const overrideConfigFile = join(__dirname, "../../eslint/index.cjs");

async function violations(code: string): Promise<[string | null, number][]> {
  const [result] = await new ESLint({ cwd: join(__dirname, "../.."), overrideConfigFile }).lintText(code, {
    filePath: "src/snippet.js",
  });
  return (result?.messages ?? []).map((found) => [found.ruleId, found.severity]);
}

test("a line through the logger is clean", async () => {
  assert.deepEqual(await violations('deps.logger.error("GET / failed", {});\n'), []);
});
test("a console line is an error", async () => {
  assert.deepEqual(await violations('console.error("no");\n'), [["no-console", 2]]);
});
