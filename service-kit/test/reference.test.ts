import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { withKit } from "../reference/app";
import { createLogger } from "../src/index";

async function get(path: string, ready = true): Promise<{ status: number; body: unknown; lines: string[] }> {
  const lines: string[] = [];
  const logger = createLogger({ sink: { write: (line) => lines.push(line), flushSync: () => undefined } });
  const server = createServer(withKit(logger, () => ready).listener).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const answer = await fetch(`http://127.0.0.1:${String((server.address() as AddressInfo).port)}${path}`, {
    headers: { "x-request-id": "r1" },
  });
  const body: unknown = await answer.json();
  await new Promise((resolve) => server.close(resolve));
  return { status: answer.status, body, lines };
}

for (const path of ["/health", "/ready", "/api/v1/findings"]) {
  test(`${path} answers 200 and writes no line`, async () => {
    const { status, lines } = await get(path);
    assert.deepEqual([status, lines], [200, []]);
  });
}
test("findings come with their count", async () => {
  const { body } = await get("/api/v1/findings");
  assert.equal((body as { meta: { total_count: number } }).meta.total_count, 25);
});
test("without its database it is healthy but not ready", async () => {
  assert.deepEqual([(await get("/health", false)).status, (await get("/ready", false)).status], [200, 503]);
});
test("a handler that fails answers 500 without the reason and writes one line with it", async () => {
  const { status, body, lines } = await get("/api/v1/findings", false);
  assert.deepEqual([status, body, lines.length], [500, { error: "Internal Server Error", requestId: "r1" }, 1]);
  const line = JSON.parse(lines[0] ?? "") as Record<string, unknown>;
  assert.deepEqual([line["level"], line["message"], line["requestId"]], ["error", "GET /api/v1/findings failed", "r1"]);
});
