import assert from "node:assert/strict";
import { test } from "node:test";
import { Registry } from "prom-client";
import { instrumentSyncFreshness } from "../src/index";

const HOUR = 3_600_000;

function setUp() {
  const registry = new Registry();
  const state = { now: 1_000 * HOUR, connectors: ["entra", "okta"] };
  const freshness = instrumentSyncFreshness(registry, { connectors: () => state.connectors, now: () => state.now });
  return { state, freshness, shown: async (line: string) => (await registry.metrics()).split("\n").includes(line) };
}

test("the age grows between syncs and is never frozen", async () => {
  const { state, freshness, shown } = setUp();
  freshness.succeeded("okta");
  state.now += 25 * HOUR;
  assert.ok(await shown('sv0_sync_age_minutes{connector_id="okta"} 1500'));
});
test("a connector that never synced is visible", async () => {
  assert.ok(await setUp().shown('sv0_sync_last_success_timestamp_seconds{connector_id="okta"} 0'));
});
test("a removed connector disappears", async () => {
  const { state, freshness, shown } = setUp();
  freshness.succeeded("okta");
  state.connectors = ["entra"];
  assert.equal(await shown('sv0_sync_last_success_timestamp_seconds{connector_id="okta"} 3600000'), false);
});
test("a restart keeps the last success of the database", async () => {
  const { state, freshness, shown } = setUp();
  await freshness.restore(() => Promise.resolve({ okta: state.now - HOUR }));
  assert.ok(await shown('sv0_sync_age_minutes{connector_id="okta"} 60'));
});
