/**
 * Measures the throughput of the reference API with the kit, as a share of that without.
 *
 * Each API is a process of its own; runs take turns, so that whatever else the machine does meets both.
 */

import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import autocannon from "autocannon";
import { createLogger } from "../src/index";
import { bare, withKit } from "./app";

const ROUNDS = 24;
const SECONDS = 1;
const CONNECTIONS = 10;
const PATH = "/api/v1/findings";
const KINDS = ["bare", "kit"] as const;
type Kind = (typeof KINDS)[number];

interface Rate {
  /** Requests a second. */
  wall: number;
  /** The same for each second of the server's own CPU: what others take of the machine is left out. */
  cpu: number;
}

interface Api {
  process: ChildProcess;
  port: number;
}

function serve(kind: Kind): void {
  const app = kind === "kit" ? withKit(createLogger()).app : bare();
  const server = app.listen(0, "127.0.0.1", () => process.send?.((server.address() as AddressInfo).port));
  process.on("message", () => process.send?.(cpuSeconds()));
  process.once("disconnect", () => process.exit(0));
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

async function cpuOf({ process: child }: Api): Promise<number> {
  child.send("cpu");
  const [seconds] = (await once(child, "message")) as [number];
  return seconds;
}

async function start(kind: Kind): Promise<Api> {
  const child = fork(__filename, [kind]);
  const [port] = (await once(child, "message")) as [number];
  return { process: child, port };
}

/** Throws when a request was not answered with 200. */
async function load(api: Api): Promise<Rate> {
  const url = `http://127.0.0.1:${String(api.port)}${PATH}`;
  const before = await cpuOf(api);
  const result = await autocannon({ url, connections: CONNECTIONS, duration: SECONDS });
  const cpu = (await cpuOf(api)) - before;
  if (result.non2xx + result.errors > 0) throw new Error("not every request was answered with 200");
  return { wall: result["2xx"] / result.duration, cpu: result["2xx"] / cpu };
}

async function compare(apis: Record<Kind, Api>): Promise<void> {
  for (let warm = 0; warm < 3; warm += 1) for (const kind of KINDS) await load(apis[kind]);
  const rates: Record<Kind, Rate[]> = { bare: [], kit: [] };
  for (let round = 0; round < ROUNDS; round += 1) {
    // Who is first changes: a machine that gets slower would favour one.
    for (const kind of round % 2 ? KINDS : [...KINDS].reverse()) rates[kind].push(await load(apis[kind]));
  }
  tell("requests a second", rates, "wall");
  tell("requests a second of the server's CPU", rates, "cpu");
}

function tell(what: string, rates: Record<Kind, Rate[]>, by: keyof Rate): void {
  const [without, with_] = KINDS.map((kind) => rates[kind].map((rate) => rate[by])) as [number[], number[]];
  const ratios = with_.map((rate, round) => rate / (without[round] ?? NaN));
  console.log(`${what}, over ${String(ROUNDS)} rounds of ${String(SECONDS)} s each:`);
  console.log(`  without the kit ${spread(without, 0)}\n  with the kit    ${spread(with_, 0)}`);
  console.log(`  ratio           ${spread(ratios, 3)}`);
}

/** Returns the median, and the middle half. */
function spread(values: number[], digits: number): string {
  const sorted = [...values].sort((a, b) => a - b);
  const [low, middle, high] = [0.25, 0.5, 0.75].map((share) =>
    (sorted[Math.round(share * (sorted.length - 1))] ?? NaN).toFixed(digits),
  );
  return `${String(middle)} (middle half ${String(low)} to ${String(high)})`;
}

async function main(): Promise<void> {
  const apis = { bare: await start("bare"), kit: await start("kit") };
  try {
    await compare(apis);
  } finally {
    for (const { process: child } of Object.values(apis)) child.disconnect();
  }
}

const kind = KINDS.find((each) => each === process.argv[2]);
if (kind) serve(kind);
else void main();
