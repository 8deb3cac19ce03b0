// The pages to look at: the real samples, and made-up runs of any length.
import { build } from "esbuild";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { html } from "./html.mjs";

/** A made-up page of some steps. */
export async function synthetic(steps) {
  await build({ entryPoints: ["dev/synthetic.ts"], outfile: "build/synthetic.mjs", bundle: true, format: "esm", platform: "node", logLevel: "warning" });
  const module = await import(resolve("build/synthetic.mjs"));
  return module.synthetic(steps);
}

/** Writes the page of some data; gives its address. */
export function write(name, page) {
  mkdirSync("build/pages", { recursive: true });
  const path = resolve(`build/pages/${name}.html`);
  writeFileSync(path, html(page));
  return `file://${path}`;
}

/** The real samples by name. */
export function samples() {
  return Object.fromEntries(
    readdirSync("sample").filter((name) => name.endsWith(".json")).map((name) => [name.replace(".json", ""), JSON.parse(readFileSync(`sample/${name}`, "utf8"))]),
  );
}
