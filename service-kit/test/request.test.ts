import assert from "node:assert/strict";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import express from "express";
import { createLogger, errorLine, requestIds } from "../src/index";

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** Returns the id that the handler got, and the one in the response. */
async function ids(header?: string): Promise<{ seen: string; answered: string | null }> {
  const app = express().use(requestIds());
  app.get("/", (req, res) => {
    res.json((req as unknown as { requestId: string }).requestId);
  });
  const server = app.listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/`;
  const answer = await fetch(url, header === undefined ? {} : { headers: { "x-request-id": header } });
  const seen = (await answer.json()) as string;
  await new Promise((resolve) => server.close(resolve));
  return { seen, answered: answer.headers.get("x-request-id") };
}

test("a valid request id is kept and returned", async () => {
  assert.deepEqual(await ids("req-1.a:B_2"), { seen: "req-1.a:B_2", answered: "req-1.a:B_2" });
});
for (const [what, header] of [
  ["absent", undefined],
  ["empty", ""],
  ["too long", "a".repeat(129)],
  ["a JSON fragment", '","level":"error'],
  ["with a space", "a b"],
] as const) {
  test(`a request id that is ${what} becomes a UUID`, async () => {
    const { seen, answered } = await ids(header);
    assert.match(seen, UUID);
    assert.equal(answered, seen);
  });
}
for (const [outcome, ending] of [
  [undefined, "failed"],
  ["failed: no owners", "failed: no owners"],
  ["had an error", "had an error"],
] as const) {
  test(`errorLine logs route, request and error with its cause, and ${ending}`, () => {
    const lines: string[] = [];
    const logger = createLogger({ sink: { write: (text) => lines.push(text), flushSync: () => undefined } });
    const req = { requestId: "r1", method: "GET", route: { path: "/entities" }, baseUrl: "" };

    errorLine(logger, req, new Error("no", { cause: new TypeError("deep") }), outcome);

    const line = JSON.parse(lines.join("")) as { error: { name: string; cause: { name: string } } };
    const message = `GET /entities ${ending}`;
    assert.deepEqual(
      { ...line, ts: 0, error: [line.error.name, line.error.cause.name] },
      { ts: 0, level: "error", message, requestId: "r1", error: ["Error", "TypeError"] },
    );
  });
}
