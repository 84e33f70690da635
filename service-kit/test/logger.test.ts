import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { createLogger, type Logger } from "../src/index";

function lines(level: string | undefined, write: (logger: Logger) => void): Record<string, unknown>[] {
  let text = "";
  write(
    createLogger({ ...(level && { level }), sink: { write: (line) => (text += line), flushSync: () => undefined } }),
  );
  return text
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

function written(meta: Record<string, unknown>, message = "hello"): Record<string, unknown> {
  let text = "";
  createLogger({ sink: { write: (line) => (text += line), flushSync: () => undefined } }).info(message, meta);
  assert.equal(text.split("\n").length, 2, "one line, ended");
  return JSON.parse(text) as Record<string, unknown>;
}
const cycle: Record<string, unknown> = {};
cycle["me"] = cycle;

test("a newline in message or meta stays one line", () => {
  assert.equal(written({ a: "x\ny" }, "a\n{}")["a"], "x\ny");
});
test("a getter that throws is marked, and nothing is thrown", () => {
  assert.equal(
    written({
      get x() {
        throw new Error("no");
      },
    })["x"],
    "[unreadable]",
  );
});
test("a BigInt is written", () => {
  assert.equal(written({ n: 1n })["n"], "1");
});
test("a cycle is marked", () => {
  assert.deepEqual(written({ cycle })["cycle"], { me: "[circular]" });
});
test("no key stands twice in a line, whatever meta and a child's bindings hold", () => {
  const own = { ts: 1, level: "error", message: "x", a: 1 };
  const texts: string[] = [];
  createLogger({ sink: { write: (line) => texts.push(line), flushSync: () => undefined } })
    .child(own)
    .child({ a: 2 })
    .info("hello", own);
  assert.match(texts.join(), /^\{"ts":"[^"]+","level":"info","message":"hello","a":1\}\n$/);
});
test("the first line of a process does not wait until all expressions are compiled", () => {
  const program = `
    const { createLogger } = require(${JSON.stringify(require.resolve("../src/logger"))});
    const logger = createLogger();
    const begin = process.cpuUsage();
    logger.error("Uncaught exception: getaddrinfo ENOTFOUND mongo", { error: new Error("boom") });
    const { user, system } = process.cpuUsage(begin);
    process.exitCode = Math.min(255, Math.round((user + system) / 1_000));`;
  const { status, stdout } = spawnSync(process.execPath, ["-e", program], { encoding: "utf8" });
  assert.match(stdout, /ENOTFOUND/);
  assert.ok((status ?? 255) < 100, `${String(status)} ms`);
});
test("credentials are redacted by key and by pattern", () => {
  const line = written({ apiToken: "canary-1", url: "mongodb://u:canary-2@h/db", h: "Bearer canary-3-long" });
  assert.doesNotMatch(JSON.stringify(line), /canary/);
});
test("a credential across the cut of a long text is not shown", () => {
  const line = written({
    text: `${"x ".repeat(2_040)}mongodb://user:canary${"a".repeat(500)}@host/db ${"y".repeat(9_000)}`,
  });
  assert.doesNotMatch(JSON.stringify(line), /canary/);
});
test("half a credential is not shown when the redaction of another moves it before the cut", () => {
  const text = `password=${"p".repeat(2_000)} ${"x ".repeat(1_540)}mongodb://user:canary${"a".repeat(2_000)}@host/db`;
  assert.doesNotMatch(JSON.stringify(written({ text })), /canary/);
});
test("a credential in a query is redacted", () => {
  assert.equal(written({ url: "/x?token=canary&a=1" })["url"], "/x?token=[redacted]&a=1");
});
test("a huge object stays one line below Docker's 16 KiB, and says that it was cut", () => {
  const wide = (depth: number): unknown =>
    depth === 0
      ? "\u0001".repeat(5_000)
      : Object.fromEntries(Array.from({ length: 300 }, (_, key) => [`k${String(key)}`, wide(depth - 1)]));
  const line = written({ wide: wide(2) }, "m".repeat(1_000_000));
  assert.ok(Buffer.byteLength(JSON.stringify(line)) < 16_384);
  assert.ok((line["cut"] as { bytes: number }).bytes > 16_384);
});
/** Of CPU, because other work of the machine does not count. */
function seconds(run: () => void): number {
  const begin = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(begin);
  return (user + system) / 1_000_000;
}
test("a deep and wide object costs less than a second", () => {
  const nested = Array.from({ length: 5 }).reduce<unknown>((inner) => Array.from({ length: 100 }, () => inner), 1);
  const took = seconds(() => written({ nested }));
  assert.ok(took < 1, String(took));
});
test("a long word costs less than a second", () => {
  const words = { a: "a".repeat(1_000_000), b: "eyJ-".repeat(250_000) };
  const took = seconds(() => written(words, "w".repeat(1_000_000)));
  assert.ok(took < 1, String(took));
});
test("an error with own fields is logged with name, message, stack and cause", () => {
  const error = Object.assign(new Error("no", { cause: new TypeError("deep") }), { code: "E1" });
  const logged = written({ error })["error"] as Record<string, unknown>;
  assert.deepEqual(Object.keys(logged), ["name", "message", "stack", "cause", "code"]);
});
test("a child's bindings are in each of its lines, and a line's own meta has priority", () => {
  const found = lines(undefined, (logger) => {
    const child = logger.child({ a: 1, b: 1 }).child({ b: 2 });
    child.info("x");
    child.info("y", { a: 3 });
    logger.info("z");
  });
  assert.deepEqual(
    found.map(({ a, b }) => [a, b]),
    [
      [1, 2],
      [3, 2],
      [undefined, undefined],
    ],
  );
});
for (const [level, kept] of [
  ["debug", 4],
  ["WARN", 2],
  ["error", 1],
  ["loud", 3],
] as const) {
  test(`LOG_LEVEL=${level} keeps ${String(kept)} of 4 lines`, () => {
    const before = process.env["LOG_LEVEL"];
    process.env["LOG_LEVEL"] = level;
    try {
      const found = lines(undefined, (logger) => {
        for (const each of ["debug", "info", "warn", "error"] as const) logger[each]("x");
      });
      assert.equal(found.length, kept);
    } finally {
      if (before === undefined) delete process.env["LOG_LEVEL"];
      else process.env["LOG_LEVEL"] = before;
    }
  });
}
