import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { assertLeaves } from "./support/leaves";

const PROGRAM = join(__dirname, "programs", "crash.js");
/** Only ends what would hang for ever: on a loaded machine one of 100 took more than 10 s (2026-11-28). */
const DEADLINE_MS = 120_000;
/** Nothing that ends "long before" this deadline waits for it. */
const NEVER_MS = "86400000";
interface Crash {
  code: number | string;
  lines: string[];
}

/** Runs the program with stdout through a real pipe, as Docker does. */
function crash(...args: string[]): Promise<Crash> {
  const script = '"$0" "$@" | cat; exit ${PIPESTATUS[0]}';
  return new Promise((resolve) => {
    execFile("bash", ["-c", script, process.execPath, PROGRAM, ...args], { timeout: DEADLINE_MS }, (error, out) => {
      resolve({ code: error?.killed ? "killed" : (error?.code ?? 0), lines: out.split("\n").filter(Boolean) });
    });
  });
}

async function checkCrash(kind: string, shutdown: string, begins: string, ...more: string[]): Promise<void> {
  const { code, lines } = await crash(kind, shutdown, ...more);
  assert.equal(code, 1);
  assert.equal(lines.length, 1, lines.join("\n"));
  const said = JSON.parse(lines[0] ?? "") as { level: string; message: string; error: { cause: { message: string } } };
  assert.deepEqual(Object.keys(said).slice(0, 3), ["ts", "level", "message"]);
  assert.equal(said.level, "error");
  assert.ok(said.message.startsWith(begins), said.message);
  assert.equal(said.error.cause.message, "deeper");
}

test("8 of 8 processes that crash print one parseable line and exit 1", async () => {
  const runs = Array.from({ length: 8 }, (_, index) => index);
  const worker = async () => {
    for (let run = runs.pop(); run !== undefined; run = runs.pop()) {
      const timer = run % 2 === 0;
      await checkCrash(timer ? "timer" : "promise", "ends", timer ? "Uncaught exception" : "Unhandled rejection");
    }
  };
  await Promise.all([worker(), worker(), worker(), worker()]);
});

for (const [way, begins, what] of [
  ["handler callback", "Uncaught exception: boom", "An exception that nothing catches"],
  ["handler promise", "Unhandled rejection: boom", "A rejection that nothing handles"],
  ["async handler of Express 4", "Unhandled rejection: boom", "A rejection that nothing handles"],
] as const) {
  test(`a crash in a ${way} prints one parseable line and exits 1`, async () => {
    await checkCrash(way, "ends", begins);
    assertLeaves(what, "nothing; the process ends", [`error: ${begins}`]);
  });
}

test("a shutdown that hangs ends at the deadline", async () => {
  const begin = performance.now();
  await checkCrash("timer", "hangs", "Uncaught exception: boom", "700");
  assert.ok(performance.now() - begin >= 700);
});
for (const [what, shutdown] of [
  ["a second failure during shutdown", "fails again"],
  ["a shutdown that throws", "throws"],
] as const) {
  test(`${what} ends the process long before the deadline`, () =>
    checkCrash("timer", shutdown, "Uncaught exception: boom", NEVER_MS));
}
test("installing twice is an error", async () => {
  const { code, lines } = await crash("twice");
  assert.equal(code, 1);
  assert.match(lines.join(), /process handlers are installed already; install them once, in src\/index.ts/);
});
