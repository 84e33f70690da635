import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";

const PROGRAM = join(__dirname, "programs", "crash.js");
interface Crash {
  code: number;
  lines: string[];
}

/** Runs the program with stdout through a real pipe, as Docker does. */
function crash(...args: string[]): Promise<Crash> {
  const script = '"$0" "$@" | cat; exit ${PIPESTATUS[0]}';
  return new Promise((resolve) => {
    execFile("bash", ["-c", script, process.execPath, PROGRAM, ...args], { timeout: 10_000 }, (error, out) => {
      resolve({ code: Number(error?.code ?? 0), lines: out.split("\n").filter(Boolean) });
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

test("100 of 100 processes that crash print one parseable line and exit 1", async () => {
  const runs = Array.from({ length: 100 }, (_, index) => index);
  const worker = async () => {
    for (let run = runs.pop(); run !== undefined; run = runs.pop()) {
      const timer = run % 2 === 0;
      await checkCrash(timer ? "timer" : "promise", "ends", timer ? "Uncaught exception" : "Unhandled rejection");
    }
  };
  await Promise.all([worker(), worker(), worker(), worker()]);
});

for (const [way, begins] of [
  ["handler callback", "Uncaught exception: boom"],
  ["handler promise", "Unhandled rejection: boom"],
  ["async handler of Express 4", "Unhandled rejection: boom"],
] as const) {
  test(`a crash in a ${way} prints one parseable line and exits 1`, () => checkCrash(way, "ends", begins));
}

const seconds = async (run: () => Promise<void>) => {
  const begin = performance.now();
  await run();
  return (performance.now() - begin) / 1_000;
};
const uncaught = (shutdown: string, timeoutMs: number) => () =>
  checkCrash("timer", shutdown, "Uncaught exception: boom", String(timeoutMs));

test("a shutdown that hangs ends at the deadline", async () => {
  const took = await seconds(uncaught("hangs", 700));
  // Starting Node takes the rest; on a loaded machine it took 2 s.
  assert.ok(took >= 0.7 && took < 6, `${String(took)} s`);
});
test("a second failure during shutdown ends the process long before the deadline", async () => {
  const took = await seconds(uncaught("fails again", 9_000));
  assert.ok(took < 6, `${String(took)} s`);
});
test("a shutdown that throws ends the process long before the deadline", async () => {
  const took = await seconds(uncaught("throws", 9_000));
  assert.ok(took < 6, `${String(took)} s`);
});
test("installing twice is an error", async () => {
  const { code, lines } = await crash("twice");
  assert.equal(code, 1);
  assert.match(lines.join(), /process handlers are installed already; install them once, in src\/index.ts/);
});
