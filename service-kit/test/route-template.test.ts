import assert from "node:assert/strict";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { Registry } from "prom-client";
import { instrumentHttp } from "../src/index";

type Express = typeof import("express");
type App = ReturnType<Express>;

/** Returns the routes that were counted, in order. */
async function counted(
  name: string,
  build: (express: Express, app: App) => unknown,
  ...paths: string[]
): Promise<string[]> {
  const { default: express } = (await import(name)) as { default: Express };
  const registry = new Registry();
  const app = express().use(instrumentHttp(registry));
  const server = createServer(build(express, app) as RequestListener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const base = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  for (const path of paths) await (await fetch(`${base}${path}`)).text();
  await new Promise((resolve) => server.close(resolve));
  const text = await registry.metrics();
  return [...text.matchAll(/sv0_http_requests_total\{.*route="([^"]*)"/g)].map(([, route]) => route ?? "").sort();
}

function mounted(place: string | RegExp) {
  return (express: Express, app: App) => {
    const users = express.Router().get("/users/:id", (_req, res) => {
      res.end();
    });
    const orgs = express.Router().use(place, users);
    return app.use("/other/:x", express.Router()).use("/api/v1", orgs);
  };
}
const IDS = ["7", "a%20b", "acme"];

for (const express of ["express4", "express50", "express"]) {
  test(`${express}: a router mounted at a parameter counts under its template`, async () => {
    const paths = IDS.map((id) => `/api/v1/orgs/${id}/users/1`);
    assert.deepEqual(await counted(express, mounted("/orgs/:org"), ...paths), ["/api/v1/orgs/:org/users/:id"]);
  });
  test(`${express}: a mount path with part of a segment as a parameter shows no value`, async () => {
    const paths = IDS.map((id) => `/api/v1/org-${id}/users/1`);
    assert.deepEqual(await counted(express, mounted("/org-:org"), ...paths), ["*/users/:id"]);
  });
  test(`${express}: a mounted application shows no value`, async () => {
    const build = (module: Express, app: App) => app.use("/orgs/:org", mounted("/x")(module, module()));
    const paths = IDS.map((id) => `/orgs/${id}/api/v1/x/users/1`);
    assert.deepEqual(await counted(express, build, ...paths), ["*/users/:id"]);
  });
  test(`${express}: matches of a regular expression are limited in number, and invalid encoding does not end the API`, async () => {
    const paths = Array.from({ length: 150 }, (_, id) => `/api/v1/o%ZZ${String(id)}/users/1`);
    const routes = await counted(express, mounted(/^\/o[^/]+/), ...paths);
    assert.deepEqual([routes.length, routes[0]], [101, "*/users/:id"]);
  });
  test(`${express}: a request with an invalid encoding is answered, and counted as unmatched`, async () => {
    const paths = ["/api/v1/orgs/%E0%A4%A/users/1"];
    assert.deepEqual(await counted(express, mounted("/orgs/:org"), ...paths), ["unmatched"]);
  });
}
