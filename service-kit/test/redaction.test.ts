import assert from "node:assert/strict";
import { test } from "node:test";
import { plain, plainText } from "../src/plain";
import shared from "./shared.json";

const LINES = shared.lines;
/** The keys of a log line's own data; the collector and the others see them only in text. */
const SECRET = ["password", "apiToken", "x-api-key", "DB_PASSWORD", "set-cookie", "cookies", "privateKey", "smtp_pass"];
const PLAIN = ["passwordless", "tokenCount", "nextToken", "monkey", "secretary", "cookieConsent", "author"];

test("each line of the shared table is redacted where it is marked", () => {
  const lines = LINES.becomes.map((line) => line.replaceAll("·", ""));
  const found = lines.map((line) => plainText(line.replace(/[⟦⟧]/g, "")));
  assert.deepEqual(
    found,
    lines.map((line) => line.replace(/⟦.*?(⟧|$)/g, "[redacted]")),
  );
});
test("each line that only looks as if it held a credential stays as it is", () => {
  assert.deepEqual(LINES.stays.map(plainText), LINES.stays);
});
test("what is redacted once stays as it is", () => {
  const once = LINES.becomes.map(plainText);
  assert.deepEqual(once.map(plainText), once);
});
for (const key of SECRET) {
  test(`a value named ${key} is redacted, whatever it is`, () => {
    assert.deepEqual(plain({ [key]: { a: "x" } }), { [key]: "[redacted]" });
  });
}
for (const key of PLAIN) {
  test(`a value named ${key} is shown`, () => {
    assert.deepEqual(plain({ [key]: "x" }), { [key]: "x" });
  });
}
test("a number of tokens is shown, and a number that is a password is not", () => {
  assert.deepEqual(plain({ tokens: 12, password: 12 }), { tokens: 12, password: "[redacted]" });
});
