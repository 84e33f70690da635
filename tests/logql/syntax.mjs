// Reads a JSON list of queries; prints for each where its first syntax error begins, or null.
import { readFileSync } from "node:fs";
import { parser } from "@grafana/lezer-logql";

function firstError(query) {
  let place = null;
  parser.parse(query).iterate({
    enter: (node) => {
      if (node.type.isError) place ??= node.from;
    },
  });
  return place;
}

console.log(JSON.stringify(JSON.parse(readFileSync(0, "utf8")).map(firstError)));
