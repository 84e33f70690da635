import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { DEADLINE_MS, eventually, VERSIONS, type Line } from "./support/api";
import { assertLeaves, statusesIn } from "./support/leaves";

const PROGRAM = join(__dirname, "programs", "stop.js");

/** Starts the program and returns its lines, which grow, and its exit code. */
async function started(t: TestContext, ...args: string[]) {
  const child = spawn(process.execPath, ["--no-warnings", PROGRAM, ...args], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  t.after(() => child.kill("SIGKILL"));
  const lines: Line[] = [];
  const code = once(child, "close", { signal: AbortSignal.timeout(DEADLINE_MS) }).then(([found]) => found as number);
  let text = "";
  child.stdout.on("data", (bytes: Buffer) => {
    const parts = (text + bytes.toString()).split("\n");
    text = parts.pop() ?? "";
    lines.push(...parts.map((line) => JSON.parse(line) as Line));
  });
  const said = (message: string) => eventually(() => lines.some((line) => line["message"] === message), message);
  await said("listening");
  return { process: child, lines, code, said, port: Number(lines[0]?.["port"]) };
}

type Program = Awaited<ReturnType<typeof started>>;
interface Client {
  socket: Socket;
  text: string;
}

async function client({ port }: Program, text: string): Promise<Client> {
  const socket = connect(port, "127.0.0.1");
  const opened: Client = { socket, text: "" };
  socket.on("data", (bytes) => (opened.text += bytes.toString())).on("error", () => undefined);
  await once(socket, "connect");
  socket.write(text);
  return opened;
}

async function inFlight(program: Program): Promise<Client> {
  const slow = await client(program, "GET /slow HTTP/1.1\r\nhost: a\r\n\r\n");
  await program.said("in flight");
  return slow;
}

/** Without those before the signal. */
function messages({ lines }: Program): string[] {
  const all = lines.map(({ level, message }) => `${String(level)}: ${String(message)}`);
  return all.slice(all.indexOf("info: Stopping on SIGTERM") + 1);
}

/** Checks what is left of `/slow`, and the kit's own lines. */
function leaves(what: string, program: Program): void {
  const counted = String(program.lines.find(({ message }) => message === "phase 4")?.["counted"]);
  const slow = counted.split("\n").filter((line) => line.includes('route="/slow"'));
  const own = messages(program).filter((line) => !PHASES.includes(line));
  assertLeaves(what, statusesIn(slow.join("\n")), ["info: Stopping on SIGTERM", ...own]);
}

const PHASES = ["info: phase 1", "info: phase 2", "info: phase 3", "info: phase 4"];

for (const express of VERSIONS) {
  test(`${express}: SIGTERM flips readiness, the request in flight gets its response, the four phases run once, exit code 0`, async (t) => {
    const program = await started(t, express);
    const slow = await inFlight(program);
    // A half request keeps its connection, so that it can be ended when no new connection is accepted.
    const ready = await client(program, "GET /ready HTTP/1.1\r\nhost: a\r\n\r\nGET /ready HTTP/1.1\r\n");
    await eventually(() => ready.text.includes(" 200 OK"), "ready before");
    for (const signal of ["SIGTERM", "SIGTERM", "SIGTERM"] as const) program.process.kill(signal);
    await program.said("phase 2");
    assert.equal(slow.text, "");
    ready.socket.write("host: a\r\n\r\n");
    assert.equal(await program.code, 0);
    await eventually(() => slow.text.endsWith("whole") && ready.text.includes(" 503 "), "both responses");
    assert.deepEqual(messages(program), [...PHASES, "info: Stopped"]);
    leaves("SIGTERM comes while a request is in flight", program);
  });
}
test("requests that do not end by the deadline are cut off, one line says how many, and the phases go on: exit code 0", async (t) => {
  const all = VERSIONS.map(async (express) => {
    const program = await started(t, express, "phases, late");
    const slow = await inFlight(program);
    program.process.kill("SIGTERM");
    assert.equal(await program.code, 0, express);
    const cut = "warn: Requests were cut off by the shutdown";
    assert.deepEqual(messages(program), [...PHASES.slice(0, 2), cut, ...PHASES.slice(2), "info: Stopped"]);
    assert.equal(program.lines.find(({ level }) => level === "warn")?.["connections"], 1);
    assert.equal(slow.text, "");
    leaves("SIGTERM comes, and a request in flight does not end in time", program);
  });
  await Promise.all(all);
});
test("a shutdown that does not wait for requests does not cut them off", async (t) => {
  const program = await started(t, "express", "does not drain");
  const slow = await inFlight(program);
  const ready = await client(program, "GET /ready HTTP/1.1\r\nhost: a\r\n\r\nGET /ready HTTP/1.1\r\n");
  await eventually(() => ready.text.includes(" 200 OK"), "ready before");
  program.process.kill("SIGTERM");
  await program.said("Stopping on SIGTERM");
  ready.socket.write("host: a\r\n\r\n");
  assert.equal(await program.code, 0);
  await eventually(() => slow.text.endsWith("whole"), "the response");
});
for (const [what, how, timeoutMs, last] of [
  ["hangs", "hangs", "200", "error: The shutdown did not end within 200 ms"],
  ["fails", "fails", "60000", "error: The shutdown failed"],
] as const) {
  test(`a shutdown that ${what} ends with exit code 1 and one line that says so`, async (t) => {
    const program = await started(t, "express", how, timeoutMs);
    program.process.kill("SIGTERM");
    assert.equal(await program.code, 1);
    assert.deepEqual(messages(program), [last]);
  });
}
test("a crash while the process stops has its line, and ends with exit code 1 after the phases", async (t) => {
  const program = await started(t, "express", "crashes");
  const slow = await inFlight(program);
  program.process.kill("SIGTERM");
  await program.said("Uncaught exception: boom");
  slow.socket.destroy();
  assert.equal(await program.code, 1);
  assert.deepEqual(messages(program), [...PHASES.slice(0, 2), "error: Uncaught exception: boom", ...PHASES.slice(2)]);
});
test("SIGINT does the same", async (t) => {
  const program = await started(t, "express");
  program.process.kill("SIGINT");
  assert.equal(await program.code, 0);
  assert.ok(program.lines.some(({ message }) => message === "Stopping on SIGINT"));
});
