/** A part of a flat config. */
declare const config: { name: string; files: string[]; rules: { "no-console": "error" } }[];
export = config;
