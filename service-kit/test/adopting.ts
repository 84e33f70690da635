/** ADOPTING.md, done literally on a platform of its time, `test/fixtures/platform`, for each version of Express. */

import assert from "node:assert/strict";
import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test, type TestContext } from "node:test";
import { STRICT, tscEach } from "./support/compile";
import { DEADLINE_MS, eventually } from "./support/api";
import { platform } from "./support/package";
import { adopted, BLOCKS, codeIn, STEPS } from "./support/page";
import shared from "./shared.json";

const ALL = STEPS.map(({ number }) => number);
/** As the page has it for Express 4: what is not wrapped ends the process from step 3 on. */
const ORDER = [2, 8, 3, 4, 5, 6, 7];
const FOUR: Variant = { express: "express4", types: "types-express4" };

interface Variant {
  express: string;
  types: string;
  type?: "commonjs" | "module";
}

interface Program {
  base: string;
  root: string;
  child: ChildProcess;
  /** What it wrote to stdout and stderr, line by line. */
  lines: string[];
  code: Promise<number>;
}

/** Returns the folder of the platform after these steps. */
function written({ express, types, type = "commonjs" }: Variant, done: readonly number[], more = ""): string {
  const root = mkdtempSync(join(platformWith(express, types), "platform-"));
  writeFileSync(join(root, "package.json"), JSON.stringify({ type }));
  const compilerOptions = { ...STRICT, rootDir: "src", outDir: "dist" };
  writeFileSync(join(root, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["src"] }));
  for (const [name, text] of adopted(done)) {
    const path = join(root, "src", name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, name === "index.ts" ? text + more : text);
  }
  return root;
}

const platforms = new Map<string, string>();

/** Returns a folder below which programs find the kit, this Express and all that they need. */
function platformWith(express: string, types: string): string {
  const others = { "prom-client": "prom-client", "sonic-boom": "sonic-boom", "@types/node": "@types/node" };
  const codemod = { typescript: "typescript", diff: "diff" };
  const made = platforms.get(express) ?? platform({ ...codemod, express, "@types/express": types, ...others });
  platforms.set(express, made);
  return made;
}

const EACH_STEP = ORDER.map((_, index) => written(FOUR, ORDER.slice(0, index + 1)));
const CRASHING = written(FOUR, [2, 3], codeIn(STEPS[2]?.check ?? "", "setTimeout").replace("5000", "1"));
const ALL_ON_FOUR = written(FOUR, ALL);
const ALL_ON_FIVE = written({ express: "express", types: "@types/express", type: "module" }, ALL);
/** What is wrong with a folder's types; all are compiled into their `dist`. */
const said = tscEach([...EACH_STEP, CRASHING, ALL_ON_FOUR, ALL_ON_FIVE]);

async function started(t: TestContext, root: string): Promise<Program> {
  assert.deepEqual(said(root), []);
  const child = spawn(process.execPath, ["--no-regexp-optimization", "dist/index.js"], {
    cwd: root,
    env: { ...process.env, PORT: "0", LOG_LEVEL: "debug" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  t.after(() => child.kill("SIGKILL"));
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    let text = "";
    stream.on("data", (bytes: Buffer) => {
      const parts = (text + bytes.toString()).split("\n");
      text = parts.pop() ?? "";
      lines.push(...parts);
    });
  }
  const code = once(child, "close", { signal: AbortSignal.timeout(DEADLINE_MS) }).then(([found]) => found as number);
  const listening = () => lines.map((line) => /listening.*port"?: ?(\d+)/.exec(line)?.[1]).find(Boolean);
  await eventually(() => listening() !== undefined || child.exitCode !== null, "listening");
  assert.ok(listening(), lines.join("\n"));
  return { base: `http://127.0.0.1:${listening() ?? ""}`, root, child, lines, code };
}

/** Runs what the page says. */
function shell({ base, root }: Program, command: string): string {
  return execFileSync("bash", ["-c", command], { cwd: root, env: { ...process.env, BASE: base }, encoding: "utf8" });
}

function curl(program: Program, step: number, begin: string): string {
  return shell(program, codeIn(STEPS[step - 1]?.check ?? "", begin));
}

async function metrics({ base }: Program): Promise<string> {
  return (await fetch(`${base}/metrics`)).text();
}

/** The row "Check", by step. */
const CHECKS: Record<number, (program: Program) => unknown> = {
  1: (program) => {
    assert.match(curl(program, 1, "node -e"), /'createLogger'/);
  },
  2: ({ lines }) => {
    for (const line of lines) assert.match(String((JSON.parse(line) as { ts: unknown }).ts), /^\d{4}-.*Z$/, line);
  },
  3: async ({ base, child, code }) => {
    const answer = fetch(`${base}/api/v1/users/slow`, { headers: { connection: "close" } });
    await new Promise((resolve) => setTimeout(resolve, 300));
    child.kill("SIGTERM");
    assert.equal((await answer).status, 200);
    assert.equal(await code, 0);
  },
  4: (program) => {
    assert.match(curl(program, 4, "curl -si -H 'x-request-id: r1'"), /^x-request-id: r1\r$/im);
    assert.match(curl(program, 4, "curl -si -H 'x-request-id: a b'"), /^x-request-id: [0-9a-f-]{36}\r$/im);
  },
  5: async (program) => {
    await fetch(`${program.base}/api/v1/users/7`);
    assert.match(curl(program, 5, "curl -s $BASE/metrics | grep ^process_start"), /^process_start_time_seconds \d{10}/);
    const counted = curl(program, 5, "curl -s $BASE/metrics | grep sv0_http_requests_total");
    assert.match(counted, /route="\/api\/v1\/users\/:id",status_code="200"/);
    assert.doesNotMatch(counted, /users\/7/);
    assert.match(await metrics(program), /^sv0_queue_depth 3$/m);
  },
  6: async (program) => {
    const ages = () =>
      curl(program, 6, "curl -s")
        .match(/(?<=connector_id="okta"\} )[\d.]+$/m)
        ?.map(Number)[0] ?? NaN;
    const age = ages();
    assert.ok(age >= 2 && age < 3, String(age));
    await new Promise((resolve) => setTimeout(resolve, 100));
    assert.ok(ages() > age);
  },
  7: async (program) => {
    const [line = "", ...others] = await linesOf(program, "/api/v1/entities?tenant=broken", 500);
    assert.deepEqual(others, []);
    assert.match(line, /^error: GET \/api\/v1\/entities failed/);
  },
  8: async (program) => {
    const before = program.lines.length;
    assert.match(curl(program, 8, "curl -s -X POST"), /"error":"Bad Request"/);
    await eventually(() => program.lines.length > before, "a line");
    const [line = "", ...others] = program.lines.slice(before);
    assert.deepEqual(others, []);
    assert.match(line, /POST .* failed|POST without a route failed/);
    assert.doesNotMatch(line, /password/);
    assert.match(String(await linesOf(program, "/api/v1/users/0", 404)), /^warn: GET .*\/users\/:id failed$/);
  },
  9: async (program) => {
    assert.deepEqual(await linesOf(program, "/api/v1/users/0", 404), ["warn: GET /api/v1/users/:id failed"]);
    const text = await metrics(program);
    for (const name of shared.metrics) assert.match(text, new RegExp(`^${name}(_bucket)?[ {]`, "m"), name);
  },
};

/** Level and message of what a request leaves; nothing secret is in it. */
async function linesOf(program: Program, path: string, status: number): Promise<string[]> {
  const before = program.lines.length;
  assert.equal((await fetch(program.base + path)).status, status);
  await eventually(() => program.lines.length > before, "a line");
  const added = program.lines.slice(before);
  assert.doesNotMatch(added.join(), /canary/);
  return added
    .map((line) => JSON.parse(line) as Record<string, string>)
    .map((line) => `${line["level"] ?? ""}: ${line["message"] ?? ""}`);
}

test("the page has a place in the platform for each of its blocks, and a check for each of its steps", () => {
  const used = new Set<string>();
  adopted(ALL, used);
  assert.deepEqual([...used].toSorted(), [...BLOCKS.keys()].toSorted());
  assert.deepEqual(
    STEPS.map(({ number }) => String(number)),
    Object.keys(CHECKS),
  );
});
for (const [index, number] of ORDER.entries()) {
  test(`Express 4: step ${String(number)} fits its types and works without the next ones`, async (t) => {
    await CHECKS[number]?.(await started(t, EACH_STEP[index] ?? ""));
  });
}
test("the error that step 3 adds for its check ends the process with one line", async (t) => {
  const { lines, ...program } = await started(t, CRASHING);
  assert.equal(await program.code, 1);
  assert.equal(
    lines.filter((line) => line.includes('"message":"Uncaught exception: test')).length,
    1,
    lines.join("\n"),
  );
});
test("Express 4: after all steps the codemod finds nothing", () => {
  assert.deepEqual(said(ALL_ON_FOUR), []);
  // npm would make the link of this name.
  const bin = join("..", "node_modules", "@sv0", "service-kit", "build", "src", "codemod", "bin.js");
  const command = codeIn(STEPS[6]?.check ?? "", "npx sv0-codemod").replace("npx sv0-codemod", `node ${bin}`);
  execFileSync("bash", ["-c", command], { cwd: ALL_ON_FOUR, stdio: "pipe" });
});
test("Express 5, in ES modules: after all steps every check holds", async (t) => {
  await all(await started(t, ALL_ON_FIVE));
});

async function all(program: Program): Promise<void> {
  // The check of step 3 ends the process.
  for (const number of [1, 2, 4, 5, 6, 7, 8, 9, 3]) await CHECKS[number]?.(program);
}
