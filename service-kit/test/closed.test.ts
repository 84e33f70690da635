import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import type { RequestHandler, Response } from "express";
import { MONITORING_ROUTES } from "../src/http-metrics";
import { apiWith, eventually, VERSIONS } from "./support/api";
import { assertLeaves, ROWS, statusesIn } from "./support/leaves";
import shared from "./shared.json";

const ROUTE = "/api/v1/findings/:id";
const LARGE = Buffer.alloc(8 << 20, "x");

/** Returns an API with one route, and the responses that its handler got. */
async function withRoute(t: TestContext, express: string, handler: RequestHandler) {
  const entered: Response[] = [];
  const api = await apiWith(t, express, (app, module) => {
    const router = module.Router();
    router.get("/findings/:id", (req, res, next) => {
      entered.push(res);
      return handler(req, res, next);
    });
    app.use("/api/v1", router);
  });
  return { api, entered };
}

for (const express of VERSIONS) {
  for (const [what, handler] of Object.entries<RequestHandler>({
    "a route that hangs": () => undefined,
    "a response that has begun and is not finished": (_req, res) => void res.write("x"),
    "a route that answers when the client has gone": (req, res) => {
      for (const event of ["aborted", "close"]) req.on(event, () => res.end("late"));
    },
    "a large response of which the client reads nothing": (_req, res) => void res.end(LARGE),
  })) {
    test(`${express}: ${what} counts as 499 once the client closes, without a line`, async (t) => {
      const { api, entered } = await withRoute(t, express, handler);
      const client = await api.send("GET /api/v1/findings/7");
      client.pause();
      await eventually(() => entered.length === 1, "the request arrives");
      assert.deepEqual(await api.counted(), {});
      client.destroy();
      await eventually(() => entered[0]?.destroyed === true, "the response is closed");
      assert.deepEqual([await api.counted(), api.written], [{ [`GET ${ROUTE} 499`]: 1 }, []]);
    });
  }
  for (const [what, waited, within, duration] of [
    ["The client leaves at once", 0, 1, "within 2.5 s"],
    ["A route hangs, and the client gives up", 3_000, 0, "after more than 2.5 s"],
  ] as const) {
    test(`${express}: how long the client waited is in the histogram: ${what}`, async (t) => {
      const { api, entered } = await withRoute(t, express, () => undefined);
      const client = await api.send("GET /api/v1/findings/7");
      await eventually(() => entered.length === 1, "the request arrives");
      const now = performance.now.bind(performance);
      t.mock.method(performance, "now", () => now() + waited);
      client.destroy();
      await eventually(async () => Object.keys(await api.counted()).length > 0, "it is counted");
      const text = await api.registry.metrics();
      // The alerts take a request for one that hangs if it is a 499 and not in this bucket.
      const labels = `method="GET",route="${ROUTE}"`;
      assert.match(text, new RegExp(`_bucket\\{le="2.5",${labels}\\} ${String(within)}$`, "m"));
      assert.match(text, new RegExp(`_count\\{${labels}\\} 1$`, "m"));
      assertLeaves(what, `${statusesIn(text)} ${duration}`, api.messages());
    });
  }
  test(`${express}: an upload that the client breaks off counts as 499, with one line`, async (t) => {
    const api = await apiWith(t, express, (app, module) => {
      app.use(module.json());
    });
    const client = await api.send("POST /a", 'content-type: application/json\r\ncontent-length: 99\r\n\r\n{"a');
    await new Promise(setImmediate);
    client.end();
    await eventually(async () => Object.keys(await api.counted()).length > 0, "it is counted");
    assert.deepEqual(await api.counted(), { "POST unmatched 499": 1 });
    await eventually(() => api.written.length > 0, "the line");
    assert.deepEqual(api.messages(), ["warn: POST without a route failed"]);
  });
  test(`${express}: a finished response counts once, with its own status`, async (t) => {
    const { api } = await withRoute(t, express, (_req, res) => void res.status(201).json({}));
    await (await fetch(`${api.url}/api/v1/findings/7`)).text();
    const client = await api.send("GET /api/v1/findings/7");
    await new Promise((resolve) => client.once("data", resolve));
    client.destroy();
    await eventually(() => client.closed, "the connection is closed");
    assert.deepEqual(await api.counted(), { [`GET ${ROUTE} 201`]: 2 });
  });
  test(`${express}: monitoring has the labels that the alerts leave out, however it is answered`, async (t) => {
    const ok: RequestHandler = (_req, res) => void res.send("ok");
    const api = await apiWith(t, express, (app, module) => {
      app.use("/metrics", ok);
      app.use("/ready", module.Router().get("/", ok));
      app.use(module().get("/health", ok));
      app.get("/healthy/:id", ok);
    });
    const paths = ["/metrics", "/metrics?a=1", "/ready", "/ready/", "/health", "/HEALTH", "/healthy/1", "/metrics/a"];
    for (const path of paths) await (await fetch(`${api.url}${path}`)).text();
    assert.deepEqual(await api.counted(), {
      "GET /metrics 200": 2,
      "GET /ready 200": 2,
      "GET /health 200": 2,
      "GET /healthy/:id 200": 1,
      "GET unmatched 200": 1,
    });
  });
}
test("the monitoring routes are those of the contract", () => {
  assert.deepEqual(MONITORING_ROUTES, shared.monitoring_routes);
});
test("ADOPTING.md says what each failure leaves, and a test holds each row", () => {
  const tests = readdirSync(__dirname).filter((name) => name.endsWith(".test.js"));
  const text = tests.map((name) => readFileSync(join(__dirname, name), "utf8")).join("\n");
  const unheld = [...ROWS.keys()].filter((what) => !text.includes(JSON.stringify(what)));
  assert.deepEqual([ROWS.size > 9, unheld], [true, []]);
});
