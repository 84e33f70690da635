import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { instrumentQueue, instrumentSyncFreshness } from "../src/index";
import { Api, apiWith, VERSIONS } from "./support/api";
import { assertLeaves } from "./support/leaves";

const HANGS = <T>() => new Promise<T>(() => undefined);
const TIMEOUT_MS = 30;
const FAILING: Readonly<Record<string, () => never | Promise<never>>> = {
  rejects: () => Promise.reject(new Error("no database")),
  throws: () => {
    throw new Error("no database");
  },
  hangs: HANGS,
  "rejects too late": () => new Promise((_, reject) => setTimeout(reject, 2 * TIMEOUT_MS, new Error("no database"))),
  "returns something else": () => Promise.resolve("7" as never),
};
const WORKING = {
  depth: (): number | Promise<number> => 7,
  connectors: (): readonly string[] | Promise<readonly string[]> => ["okta"],
  read: (): Record<string, number> | Promise<Record<string, number>> => ({ okta: 3_600_000 }),
};
/** The series of each callback, the subject of its lines, and how ADOPTING.md calls its failure. */
const SERIES: Readonly<Record<keyof typeof WORKING, readonly [RegExp, string, string]>> = {
  depth: [/^sv0_queue_depth 7$/m, "The queue's depth", "`depth` fails or hangs"],
  connectors: [
    /^sv0_sync_age_minutes\{connector_id="okta"\} 60$/m,
    "The list of connectors",
    "`connectors` fails or hangs",
  ],
  read: [
    /^sv0_sync_last_success_timestamp_seconds\{connector_id="okta"\}/m,
    "The connectors' last successes",
    "What `restore` calls fails or hangs",
  ],
};

function instrument(api: Api, callbacks: typeof WORKING) {
  const options = { logger: api.logger, timeoutMs: TIMEOUT_MS };
  instrumentQueue(api.registry, () => callbacks.depth(), options);
  const freshness = instrumentSyncFreshness(api.registry, {
    ...options,
    connectors: () => callbacks.connectors(),
    now: () => 7_200_000,
  });
  return freshness.restore(() => callbacks.read());
}

async function scraped(t: TestContext, express: string, callbacks: typeof WORKING) {
  const api = await apiWith(t, express, (app, _module, { registry }) => {
    // As documented before: without a wrapper, a rejection here ended the process on Express 4.
    app.get("/metrics", async (_req, res) => {
      res.type("text").send(await registry.metrics());
    });
  });
  await instrument(api, callbacks);
  const scrape = async () => {
    const answer = await fetch(`${api.url}/metrics`);
    assert.equal(answer.status, 200);
    return answer.text();
  };
  return { api, scrape };
}

for (const express of VERSIONS) {
  for (const name of Object.keys(SERIES) as (keyof typeof WORKING)[]) {
    for (const [how, fail] of Object.entries(FAILING)) {
      test(`${express}: a callback ${name} that ${how} leaves only its sample out, with one line until it works again`, async (t) => {
        const callbacks = { ...WORKING, [name]: fail };
        const { api, scrape } = await scraped(t, express, callbacks);
        const [sample, what, leaves] = SERIES[name];
        const without = [await scrape(), await scrape()];
        assert.deepEqual(
          without.map((text) => [sample.test(text), Object.values(SERIES).some(([each]) => each.test(text))]),
          [
            [false, true],
            [false, true],
          ],
        );
        const series = without.map((text) =>
          [...text.matchAll(/^(sv0_\w+)(?:\{.*\})? \d/gm)].map(([, found]) => found),
        );
        const missing = ["sv0_queue_depth", "sv0_sync_age_minutes", "sv0_sync_last_success_timestamp_seconds"];
        const left = missing.filter((each) => !series.flat().includes(each)).map((each) => `\`${each}\``);
        assertLeaves(leaves, `nothing; ${left.join(" and ")} left out`, api.messages());
        Object.assign(callbacks, WORKING);
        assert.match(await scrape(), sample);
        assert.match(await scrape(), sample);
        const lines = [`error: ${what} cannot be read; /metrics leaves it out`, `info: ${what} can be read again`];
        assert.deepEqual(api.messages(), lines);
      });
    }
  }
}

test("a queue that can no longer be read shows neither its last depth nor 0", async () => {
  const [api, callbacks] = [new Api(), { ...WORKING }];
  await instrument(api, callbacks);
  assert.match(await api.registry.metrics(), /^sv0_queue_depth 7$/m);
  callbacks.depth = () => Promise.reject(new Error("no"));
  assert.doesNotMatch(await api.registry.metrics(), /^sv0_queue_depth \d/m);
});
test("a connector is not called never synced while its last success is unknown", async () => {
  const api = new Api();
  await instrument(api, { ...WORKING, read: () => Promise.reject(new Error("no")) });
  assert.doesNotMatch(await api.registry.metrics(), /okta/);
});
test("last successes that come after the deadline are still used", async () => {
  const api = new Api();
  let arrive: (found: Record<string, number>) => void = () => undefined;
  await instrument(api, { ...WORKING, read: () => new Promise((resolve) => (arrive = resolve)) });
  arrive({ okta: 3_600_000 });
  assert.match(await api.registry.metrics(), SERIES.connectors[0]);
});
test("at most five calls of a callback hang at once, and once one ends it is called again", async () => {
  const api = new Api();
  const waiting: ((depth: number) => void)[] = [];
  const callbacks = { ...WORKING, depth: () => new Promise<number>((resolve) => waiting.push(resolve)) };
  await instrument(api, callbacks);
  for (let scrape = 0; scrape < 8; scrape += 1) await api.registry.metrics();
  assert.equal(waiting.length, 5);
  waiting[0]?.(1);
  await new Promise(setImmediate);
  await api.registry.metrics();
  assert.equal(waiting.length, 6);
});
test("a logger that throws does no harm", async () => {
  const api = new Api();
  const logger = {
    ...api.logger,
    error: () => {
      throw new Error("no log");
    },
  };
  instrumentQueue(api.registry, () => Promise.reject(new Error("no")), { logger });
  assert.doesNotMatch(await api.registry.metrics(), /^sv0_queue_depth \d/m);
});
