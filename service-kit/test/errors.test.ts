import assert from "node:assert/strict";
import { test } from "node:test";
import type { ErrorRequestHandler, NextFunction, Request, Response } from "express";
import { asyncHandler, errorHandler } from "../src/index";
import { Api, apiWith, DEADLINE_MS, VERSIONS, type Module } from "./support/api";
import { assertLeaves, statusesIn } from "./support/leaves";

const TEAPOT = () => Object.assign(new Error("no tea"), { status: 418 });
const WAYS: Readonly<Record<string, (req: Request, res: Response, next: NextFunction) => unknown>> = {
  thrown: () => {
    throw new Error("boom");
  },
  rejected: () => Promise.reject(new Error("boom")),
  "next(err)": (_req, _res, next) => {
    next(new Error("boom"));
  },
  "next(err) later": (_req, _res, next) =>
    void setImmediate(() => {
      next(new Error("boom"));
    }),
};

/** Two routers whose routes have the same template, mounted where a platform mounts them. */
function users(express: Module, handler: (req: Request, res: Response, next: NextFunction) => unknown) {
  const inner = () => express.Router().get("/:id", asyncHandler(handler));
  const v1 = express.Router().use("/users", inner()).use("/findings", inner()).use("/orgs/:org", inner());
  return express.Router().use("/v1", v1);
}

async function answered(
  api: Api,
  path: string,
  init: { method?: string; body?: string; headers?: Record<string, string> } = {},
) {
  const headers = { "x-request-id": "r1", ...init.headers };
  const answer = await fetch(`${api.url}${path}`, { ...init, headers, signal: AbortSignal.timeout(DEADLINE_MS) });
  return { status: answer.status, body: await answer.text() };
}

for (const express of VERSIONS) {
  for (const [way, handler] of Object.entries(WAYS)) {
    test(`${express}: an error that is ${way} counts under the whole route, and leaves one line`, async (t) => {
      const api = await apiWith(t, express, (app, module) => app.use("/api", users(module, handler)));
      const answer = await answered(api, "/api/v1/users/7");
      for (const path of ["/api/v1/findings/7", "/api/v1/orgs/9/7"]) await answered(api, path);
      assert.deepEqual(answer, { status: 500, body: '{"error":"Internal Server Error","requestId":"r1"}' });
      const routes = ["/api/v1/users/:id", "/api/v1/findings/:id", "/api/v1/orgs/:org/:id"];
      assert.deepEqual(await api.counted(), Object.fromEntries(routes.map((route) => [`GET ${route} 500`, 1])));
      assert.deepEqual(
        api.lines().map(({ level, message, requestId, status }) => [level, message, requestId, status]),
        routes.map((route) => ["error", `GET ${route} failed`, "r1", 500]),
      );
      const what = "A handler throws, rejects (on Express 4 in `asyncHandler`), or calls `next(error)`";
      assertLeaves(what, statusesIn(await api.registry.metrics()), api.messages().slice(0, 1));
    });
  }
  test(`${express}: an error that a router between handles, and a request that goes on to no route, keep the route`, async (t) => {
    // Express counts the parameters.
    const handled: ErrorRequestHandler = (_error, _req, res, _next) => void res.status(409).end();
    const api = await apiWith(t, express, (app, module) => {
      const failing = module.Router().get("/:id", (_req, _res, next) => {
        next(new Error("no"));
      });
      app.use("/api", module.Router().use("/users", failing, handled));
      const passing = module.Router().get("/:id", (_req, _res, next) => {
        next();
      });
      app.use("/api/passed", passing);
    });
    for (const path of ["/api/users/7", "/api/passed/7"]) await answered(api, path);
    assert.deepEqual(await api.counted(), { "GET /api/users/:id 409": 1, "GET /api/passed/:id 404": 1 });
  });
  test(`${express}: an error of a mounted application shows no value`, async (t) => {
    const api = await apiWith(t, express, (app, module) =>
      app.use("/o/:org", module().use(users(module, () => Promise.reject(TEAPOT())))),
    );
    await answered(api, "/o/7/v1/users/1");
    await answered(api, "/o/7/v1/orgs/2/1");
    assert.ok(
      Object.keys(await api.counted()).every((key) => key.startsWith("GET */:id ")),
      String(api.written),
    );
  });
  for (const [what, error, status, level] of [
    ["the error's status", TEAPOT(), 418, "warn"],
    ["the error's statusCode", Object.assign(new Error("x"), { statusCode: 503 }), 503, "error"],
    ["500 instead of a status that is none", Object.assign(new Error("x"), { status: 200 }), 500, "error"],
    ["500 instead of a status that cannot be read", unreadable(), 500, "error"],
    ["500 for what is no error", "text", 500, "error"],
    ["500 for a status of a system error", Object.assign(new Error("x"), { status: "ECONNREFUSED" }), 500, "error"],
  ] as const) {
    test(`${express}: the answer has ${what}`, async (t) => {
      const api = await apiWith(t, express, (app) => {
        app.get("/a", (_req, res, next) => {
          res.set({ etag: "x", "content-length": "7", "content-encoding": "gzip" });
          next(error);
        });
      });
      const answer = await answered(api, "/a");
      assert.deepEqual(
        [answer.status, Object.keys(JSON.parse(answer.body) as object)],
        [status, ["error", "requestId"]],
      );
      assert.deepEqual(
        api.lines().map((line) => [line["level"], line["message"], line["status"]]),
        [[level, "GET /a failed", status]],
      );
      const leaves = "An error has a status below 500";
      if (status < 500) assertLeaves(leaves, statusesIn(await api.registry.metrics()), api.messages());
    });
  }
  test(`${express}: what the handler had set is kept, and an unknown path leaves no line`, async (t) => {
    const api = await apiWith(t, express, (app) => {
      app.get("/a", (_req, res, next) => {
        res.status(404);
        next(new Error("no such user"));
      });
    });
    assert.deepEqual([(await answered(api, "/a")).status, (await answered(api, "/b")).status], [404, 404]);
    assert.deepEqual(await api.counted(), { "GET /a 404": 1, "GET unmatched 404": 1 });
    assert.equal(api.written.length, 1);
  });
  for (const body of [
    '{"user": "canary", "password": canary }',
    '{"user": "canary@example.com", "pin": "canary" "x"}',
    "canary",
    '"canary"',
    "{\ncanary\n at canary\n}",
    '{"canary": "canary',
  ]) {
    test(`${express}: nothing of a login that is no JSON is logged or answered: ${JSON.stringify(body)}`, async (t) => {
      const api = await apiWith(t, express, (app, module) => {
        app.use(module.json());
      });
      const printed = t.mock.method(console, "error", () => undefined);
      const answer = await answered(api, "/login", {
        method: "POST",
        body,
        headers: { "content-type": "application/json" },
      });
      assert.deepEqual(answer, { status: 400, body: '{"error":"Bad Request","requestId":"r1"}' });
      const [line, ...more] = api.written;
      assert.deepEqual([more, printed.mock.callCount()], [[], 0]);
      assert.doesNotMatch(line ?? "", /canar|anary/);
      assert.equal((api.lines()[0]?.["error"] as { type: string }).type, "entity.parse.failed");
    });
  }
  test(`${express}: credentials in an error are redacted`, async (t) => {
    const api = await apiWith(t, express, (app) => {
      app.get("/a", () => {
        throw new Error("no answer of mongodb://user:canary@host/db", { cause: { password: "canary" } });
      });
    });
    await answered(api, "/a");
    assert.doesNotMatch(api.written.join(), /canary/);
  });
  test(`${express}: an error after the response has begun breaks it off, counts as 500, and is on stderr nowhere`, async (t) => {
    const printed = t.mock.method(console, "error", () => undefined);
    const api = await apiWith(t, express, (app) => {
      app.get("/a", (_req, res) => {
        res.status(200).write("half");
        throw new Error("boom");
      });
    });
    await assert.rejects(answered(api, "/a"));
    assert.deepEqual([await api.counted(), printed.mock.callCount()], [{ "GET /a 500": 1 }, 0]);
    const what = "An error comes after the response has begun";
    assertLeaves(what, statusesIn(await api.registry.metrics()), api.messages());
  });
  test(`${express}: an error after the response was sent changes nothing for the client`, async (t) => {
    const api = await apiWith(t, express, (app) => {
      app.get("/a", (_req, res) => {
        res.send("whole");
        throw new Error("boom");
      });
    });
    assert.deepEqual(await answered(api, "/a"), { status: 200, body: "whole" });
    assert.deepEqual([await api.counted(), api.written.length], [{ "GET /a 200": 1 }, 1]);
  });
  for (const [what, answer, expected] of [
    [
      "in its own form",
      ((_e, _q, res) => void res.json({ code: res.statusCode })) as ErrorRequestHandler,
      '{"code":418}',
    ],
    ["and fails", () => Promise.reject(new Error("no")), `{"error":"I'm a Teapot","requestId":"r1"}`],
  ] as const) {
    test(`${express}: the platform answers an error ${what}`, async (t) => {
      const { default: module } = (await import(express)) as { default: Module };
      const api = new Api();
      const app = module().get("/a", (_req, _res, next) => {
        next(TEAPOT());
      });
      app.use(withId, errorHandler(api.logger, answer));
      await api.serve(t, app);
      assert.deepEqual(await answered(api, "/a"), { status: 418, body: expected });
    });
  }
}

const withId: ErrorRequestHandler = (error, req, _res, next) => {
  Object.assign(req, { requestId: "r1" });
  next(error);
};

function unreadable(): Error {
  return Object.defineProperty(new Error("x"), "status", {
    get() {
      throw new Error("no");
    },
  });
}

test("asyncHandler hands on what an Express 5 handler would, and the types of request and response", async (t) => {
  const handed: unknown[] = [];
  const no = new Error("no");
  const api = await apiWith(t, "express4", (app) => {
    app.get(
      "/rejected/:id",
      asyncHandler(async () => Promise.reject(no)),
    );
    app.get(
      "/without",
      asyncHandler(() => Promise.reject(undefined as unknown as Error)),
    );
    app.get(
      "/answers/:id",
      asyncHandler(async (req, res) => {
        res.json(await Promise.resolve(req.params["id"]));
      }),
    );
    const keep: ErrorRequestHandler = (error: unknown, _req, _res, next) => {
      handed.push(error);
      next(error);
    };
    app.use(keep);
  });
  for (const path of ["/rejected/7", "/without"]) await answered(api, path);
  assert.deepEqual([handed[0], (handed[1] as Error).message], [no, "rejected without a reason"]);
  assert.deepEqual(await answered(api, "/answers/7"), { status: 200, body: '"7"' });
});
