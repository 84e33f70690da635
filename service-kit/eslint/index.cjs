"use strict";

/** Flat config for the platform: a line that does not go through the logger has no level, no request id and no redaction. */
module.exports = [
  {
    name: "@sv0/service-kit/no-console",
    files: ["**/*.{js,cjs,mjs,jsx,ts,cts,mts,tsx}"],
    rules: { "no-console": "error" },
  },
];
