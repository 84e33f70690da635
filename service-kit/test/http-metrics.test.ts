import assert from "node:assert/strict";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import express from "express";
import { Registry } from "prom-client";
import { DURATION_BUCKETS, instrumentHttp, instrumentQueue } from "../src/index";
import shared from "./shared.json";

async function after(...paths: string[]): Promise<string> {
  const registry = new Registry();
  const app = express();
  const middleware = instrumentHttp(registry);
  app.use(middleware);
  app.use("/api", middleware);
  instrumentQueue(registry, () => 7);
  const router = express.Router();
  router.get("/findings/:id", (_req, res) => {
    res.json({});
  });
  app.use("/api/v1", router);
  const server = app.listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as AddressInfo;
  for (const path of paths) await (await fetch(`http://127.0.0.1:${String(port)}${path}`)).text();
  await new Promise((resolve) => server.close(resolve));
  return registry.metrics();
}

test("a mounted route counts once under its template, also where the middleware is used twice", async () => {
  const text = await after("/api/v1/findings/1", "/api/v1/findings/2");
  assert.ok(
    text.includes('sv0_http_requests_total{method="GET",route="/api/v1/findings/:id",status_code="200"} 2'),
    text,
  );
});
test("unknown paths share one label value", async () => {
  const text = await after("/a", "/b");
  assert.ok(text.includes('sv0_http_requests_total{method="GET",route="unmatched",status_code="404"} 2'), text);
});
test("the queue's depth is read at each scrape", async () => {
  assert.ok((await after()).includes("\nsv0_queue_depth 7\n"));
});
test("the buckets are those of the contract", () => {
  assert.deepEqual(DURATION_BUCKETS, shared.buckets);
});
