import assert from "node:assert/strict";
import { test } from "node:test";
import { createLogger } from "../src/index";

function said(meta: Record<string, unknown>, message = "hello"): Record<string, unknown> {
  let text = "";
  createLogger({ sink: { write: (line) => (text += line), flushSync: () => undefined } }).info(message, meta);
  assert.equal(text.split("\n").length, 2, "one line, ended");
  return JSON.parse(text) as Record<string, unknown>;
}
const cycle: Record<string, unknown> = {};
cycle["me"] = cycle;

test("a newline in message or meta stays one line", () => { assert.equal(said({ a: "x\ny" }, "a\n{}")["a"], "x\ny"); });
test("a getter that throws is told, not thrown", () => {
  assert.equal(said({ get x() { throw new Error("no"); } })["x"], "[unreadable]");
});
test("a BigInt is written", () => { assert.equal(said({ n: 1n })["n"], "1"); });
test("a cycle is named", () => { assert.deepEqual(said({ cycle })["cycle"], { me: "[circular]" }); });
test("meta cannot pose as level, time or message", () => { assert.equal(said({ level: "error" })["level"], "info"); });
test("credentials are redacted by key and by pattern", () => {
  const line = said({ apiToken: "canary-1", url: "mongodb://u:canary-2@h/db", h: "Bearer canary-3-long" });
  assert.doesNotMatch(JSON.stringify(line), /canary/);
});
