import { createLogger, installProcessHandlers } from "../../src/index";

const shutdown = process.argv[3] === "hangs" ? () => new Promise<void>(() => undefined) : () => undefined;
installProcessHandlers({ logger: createLogger(), shutdown, timeoutMs: 300 });
setInterval(() => undefined, 1_000);
const fail = () => { throw new Error("boom", { cause: new TypeError("deeper") }); };
if (process.argv[2] === "timer") setTimeout(fail, 1);
else void Promise.resolve().then(fail);
