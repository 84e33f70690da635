/**
 * Measures how much the kit lowers the throughput of the reference API, and what a log line costs.
 *
 * It measures the server's CPU time per request. One process uses one core, so its throughput is the
 * inverse, and other work of the machine does not count. Two processes of the same program differ by
 * up to 9 % (memory layout, compiler choices), so it compares many, and also a program with itself.
 */

import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { openSync } from "node:fs";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { SonicBoom } from "sonic-boom";
import { createLogger, type Logger } from "../src/index";
import { bare, withKit } from "./app";
import { Connections } from "./load";

const PROCESSES = 8;
const WARM = 3_000;
const ROUNDS = 30;
const REQUESTS = 150;
/** A page of 25 documents, and an empty response: the kit costs the same, but its share differs. */
const PATHS = ["/api/v1/findings", "/health"];
const LINES = 20_000;

/** Twice, because a difference between these two is not caused by the kit. */
const WITHOUT = ["without the kit", "without it, again"];
const KINDS: Readonly<Record<string, () => RequestListener>> = {
  ...Object.fromEntries(WITHOUT.map((kind) => [kind, bare])),
  "with the kit": () => withKit(createLogger()).listener,
};

/** Microseconds of CPU per request, in the program and in the kernel. */
interface Cost {
  user: number;
  system: number;
}

interface Api {
  kind: string;
  process: ChildProcess;
  connections: Connections;
  costs: Cost[];
}

function serve(listener: RequestListener): void {
  const server = createServer(listener);
  // Between two rounds a connection is idle for longer than the 5 s after which Node closes it.
  server.keepAliveTimeout = 0;
  server.listen(0, "127.0.0.1", () => process.send?.((server.address() as AddressInfo).port));
  process.on("message", () => process.send?.(process.cpuUsage()));
  process.once("disconnect", () => process.exit(0));
}

async function start(kind: string, path: string): Promise<Api> {
  const child = fork(__filename, [kind]);
  const [port] = (await once(child, "message")) as [number];
  return { kind, process: child, connections: await Connections.open(port, path), costs: [] };
}

async function cpuOf(api: Api): Promise<Cost> {
  api.process.send("cpu");
  const [microseconds] = (await once(api.process, "message")) as [Cost];
  return microseconds;
}

async function measure(api: Api): Promise<void> {
  const before = await cpuOf(api);
  await api.connections.send(REQUESTS);
  const after = await cpuOf(api);
  api.costs.push({
    user: (after.user - before.user) / REQUESTS,
    system: (after.system - before.system) / REQUESTS,
  });
}

/** Returns the costs of one process of each kind. */
async function oneOfEach(path: string): Promise<Record<string, Cost>> {
  const apis = await Promise.all(Object.keys(KINDS).map((kind) => start(kind, path)));
  try {
    for (const api of apis) await api.connections.send(WARM);
    // In random order: a process that follows itself has warm caches.
    for (let round = 0; round < ROUNDS; round += 1) for (const api of shuffled(apis)) await measure(api);
  } finally {
    for (const { process: child } of apis) child.disconnect();
  }
  return Object.fromEntries(
    apis.map(({ kind, costs }) => [
      kind,
      { user: median(costs.map(({ user }) => user)), system: median(costs.map(({ system }) => system)) },
    ]),
  );
}

function shuffled<T>(all: readonly T[]): T[] {
  return all
    .map((one) => ({ one, at: Math.random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ one }) => one);
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? NaN;
}

async function compare(path: string): Promise<void> {
  const runs: Record<string, Cost>[] = [];
  while (runs.length < PROCESSES) {
    runs.push(await oneOfEach(path));
    process.stderr.write(`\r${path}: ${String(runs.length)} of ${String(PROCESSES)} processes of each kind`);
  }
  process.stderr.write("\n");
  const of = (kind: string, part: keyof Cost) => median(runs.map((run) => run[kind]?.[part] ?? NaN));
  const sum = (kind: string) => of(kind, "user") + of(kind, "system");
  const base = WITHOUT.map(sum).reduce((a, b) => a + b) / WITHOUT.length;
  console.log(`${path}:`);
  for (const kind of Object.keys(KINDS)) {
    const parts = `${of(kind, "user").toFixed(0)} µs in the program, ${of(kind, "system").toFixed(0)} µs in the kernel`;
    console.log(`  ${kind.padEnd(18)} ${parts} a request; throughput ${(base / sum(kind)).toFixed(3)}`);
  }
}

function lines(): void {
  const logger = createLogger({ sink: new SonicBoom({ fd: openSync("/dev/null", "w"), sync: true }) });
  const failure = { requestId: "r1", error: new Error("no", { cause: new TypeError("deeper") }) };
  const ways: Readonly<Record<string, (log: Logger) => void>> = {
    "a log line": (log) => {
      log.info("synced", { connector: "okta", entities: 17 });
    },
    "one with an error": (log) => {
      log.error("GET /api/v1/entities failed", failure);
    },
  };
  for (const [what, write] of Object.entries(ways)) {
    const begin = performance.now();
    for (let line = 0; line < LINES; line += 1) write(logger);
    console.log(`${what.padEnd(18)} ${(((performance.now() - begin) * 1_000) / LINES).toFixed(0)} µs`);
  }
}

async function main(): Promise<void> {
  for (const path of PATHS) await compare(path);
  lines();
}

const kind = KINDS[process.argv[2] ?? ""];
if (kind) serve(kind());
else void main();
