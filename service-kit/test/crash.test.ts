import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";

const PROGRAM = join(__dirname, "programs", "crash.js");
interface Death { code: number; lines: string[] }

/** Runs the program with stdout through a real pipe, as Docker does. */
function die(...args: string[]): Promise<Death> {
  const script = '"$0" "$@" | cat; exit ${PIPESTATUS[0]}';
  return new Promise((resolve) => {
    execFile("bash", ["-c", script, process.execPath, PROGRAM, ...args], { timeout: 10_000 }, (error, out) => {
      resolve({ code: Number(error?.code ?? 0), lines: out.split("\n").filter(Boolean) });
    });
  });
}

async function judge(kind: string, shutdown: string, begins: string): Promise<void> {
  const { code, lines } = await die(kind, shutdown);
  assert.equal(code, 1);
  assert.equal(lines.length, 1, lines.join("\n"));
  const said = JSON.parse(lines[0] ?? "") as { level: string; message: string; error: { cause: { message: string } } };
  assert.deepEqual(Object.keys(said).slice(0, 3), ["ts", "level", "message"]);
  assert.equal(said.level, "error");
  assert.ok(said.message.startsWith(begins), said.message);
  assert.equal(said.error.cause.message, "deeper");
}

test("100 of 100 processes that die print one parseable line and exit 1", async () => {
  const runs = Array.from({ length: 100 }, (_, index) => index);
  const worker = async () => {
    for (let run = runs.pop(); run !== undefined; run = runs.pop()) {
      const timer = run % 2 === 0;
      await judge(timer ? "timer" : "promise", "ends", timer ? "Uncaught exception" : "Unhandled rejection");
    }
  };
  await Promise.all([worker(), worker(), worker(), worker()]);
});

test("a shutdown that hangs ends at the deadline", () => judge("timer", "hangs", "Uncaught exception"));
