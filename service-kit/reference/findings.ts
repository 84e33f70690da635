/** A page of findings, decoded from BSON as the platform's are by MongoDB's driver. */

import { deserialize, ObjectId, serialize } from "bson";

export const PAGE = 25;
const STORED = Array.from({ length: PAGE }, (_, index) =>
  serialize({
    _id: new ObjectId(),
    title: `Service principal ${String(index)} holds a secret that never expires`,
    description: "The credential was created without an end date. Whoever copies it keeps its rights for ever.",
    severity: index % 3 === 0 ? "high" : "medium",
    status: "open",
    connector_id: "entra-id",
    resource: { type: "service_principal", id: `sp-${String(index)}`, name: `deploy-${String(index)}` },
    owner: { email: `owner-${String(index)}@example.com`, team: "platform" },
    rules: ["secret-without-end", "unused-for-90-days"],
    risk: { score: 71.5, blast_radius: 14, exposed: false },
    first_seen: new Date(1_760_000_000_000),
    last_seen: new Date(1_764_000_000_000),
  }),
);

/** Returns the documents of the page, decoded again. */
export function findings(): unknown[] {
  return STORED.map((document) => deserialize(document));
}
