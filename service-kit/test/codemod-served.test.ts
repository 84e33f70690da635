/** Serves what the codemod made of the fixtures: each line says the whole route, on each version of Express. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { dirname, relative } from "node:path";
import { test, type TestContext } from "node:test";
import type { Router } from "express";
import ts from "typescript";
import * as kit from "../src/index";
import { apiWith, eventually, VERSIONS, type Api, type Module } from "./support/api";
import { FIXTURES, fixtureFiles } from "./support/fixtures";

const ANSWER_MS = 20_000;

const down = () => Promise.reject(new Error("down"));
const later = (...given: unknown[]) => {
  setImmediate(given.at(-1) as (error: Error) => void, new Error("down"));
};
/** Names that the fixtures use without declaring them; what they still write to the console is of no interest. */
const GLOBALS = { load: down, fetchPage: down, User: { find: later }, console: { error: () => undefined } };

function modulesFor(express: Module, api: Api): Record<string, unknown> {
  const model = { create: down, find: down, findByIdAndRemove: down };
  return {
    express,
    "@sv0/service-kit": { ...kit, createLogger: () => api.logger },
    "../utils/logger": api.logger,
    "../utils/named": { logger: api.logger },
    mongoose: { model: () => model },
    dotenv: { config: () => undefined },
    passport: {
      authenticate: (_name: string, done: (error: Error) => void) => () => {
        done(new Error("down"));
      },
    },
  };
}

type Load = (...given: unknown[]) => void;
const SHARED = { ...GLOBALS, React: { createElement: () => "" } };

/** Returns a file as a function of CommonJS. */
function compiled(file: string): Load {
  const { CommonJS } = ts.ModuleKind;
  const { outputText } = ts.transpileModule(readFileSync(file, "utf8").replace(/^#!.*/, ""), {
    // By .mts and .mjs the compiler would keep the imports.
    fileName: file.replace(/\.\w+$/, file.endsWith("x") ? ".tsx" : ".ts"),
    compilerOptions: { module: CommonJS, target: ts.ScriptTarget.ES2022, esModuleInterop: true, jsx: ts.JsxEmit.React },
  });
  // eslint-disable-next-line typescript/no-implied-eval
  return new Function("require", "module", "exports", ...Object.keys(SHARED), outputText) as Load;
}

function exportsOf(load: Load, modules: Record<string, unknown>): Record<string, unknown> {
  const module = { exports: {} as Record<string, unknown> };
  const needed = (name: string) => modules[name] ?? process.getBuiltinModule(name.replace("node:", "")) ?? {};
  load(needed, module, module.exports, ...Object.values(SHARED));
  return module.exports;
}

/** Registers the routes of a fixture: a router, a function of the application, or one that returns a router. */
function register(router: Router, exported: Record<string, unknown>, deps: object): void {
  const { userRoutes, routes = userRoutes, router: made = routes, default: found = made } = exported;
  const given = (found ?? exported) as ((...args: object[]) => Router) | Router;
  if ("stack" in given) router.use(given);
  else if (given.length === 2) (given as (app: Router, deps: object) => void)(router, deps);
  else router.use((given as (deps: object) => Router)(deps));
}

interface Served {
  /** Such as `strict/callback`. */
  name: string;
  load: Load;
  /** Requests, and the messages that each leaves. */
  expected: [string, string[]][];
}

const converted = fixtureFiles("after");
const served = fixtureFiles("lines").map((path): Served => {
  const [, ...requests] = readFileSync(path, "utf8").split("> ");
  const expected = requests.map((each): [string, string[]] => {
    const [request = "", ...messages] = each.trimEnd().split("\n");
    return [request, messages];
  });
  const after = converted.find((each) => dirname(each) === dirname(path)) ?? "";
  return { name: relative(FIXTURES, dirname(path)), load: compiled(after), expected };
});

async function serve(t: TestContext, version: string): Promise<Api> {
  return apiWith(t, version, (app, express, api) => {
    const users = { find: down, all: down, remove: later };
    const deps = { logger: api.logger, users, mail: { send: down }, db: { query: later } };
    for (const { name, load } of served) {
      const router = express.Router();
      register(router, exportsOf(load, modulesFor(express, api)), deps);
      app.use(`/api/v1/orgs/:org/${name}`, router);
    }
  });
}

/** Returns the messages that the request leaves; those that nobody waits for come after the answer. */
async function messages(api: Api, name: string, request: string, count: number): Promise<unknown[]> {
  const before = api.written.length;
  const [method = "", path = ""] = request.split(" ");
  const signal = AbortSignal.timeout(ANSWER_MS);
  await fetch(`${api.url}/api/v1/orgs/7/${name}${path}`, { method, redirect: "manual", signal }).catch(() => undefined);
  await eventually(() => api.written.length >= before + count, `${String(count)} lines of ${name} ${request}`);
  return api
    .lines()
    .slice(before)
    .map(({ message }) => message);
}

for (const version of VERSIONS) {
  test(`${version}: the line of each converted call has method, whole route and outcome`, async (t) => {
    const api = await serve(t, version);
    for (const { name, expected } of served)
      for (const [request, said] of expected)
        assert.deepEqual(await messages(api, name, request, said.length), said, `${name} ${request}`);
  });
}
