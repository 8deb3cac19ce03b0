// Bundles src/ into dist/page.js and dist/page.css. The result is committed; the same sources give the same bytes.
import { build } from "esbuild";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { gzipSync } from "node:zlib";

/** The bytes that the page may have, script and style together. */
const BYTES_MAX = 112 * 1024;

/** With --check nothing is written: the committed bundle must be what the sources give. */
const checking = process.argv.includes("--check");
const { outputFiles } = await build({
  entryPoints: { page: "src/main.tsx" },
  outdir: "dist",
  write: false,
  bundle: true,
  format: "iife",
  target: "es2022",
  minify: true,
  charset: "utf8",
  legalComments: "none",
  logLevel: "warning",
});

// what the bundle was made from, so that a test without node sees when it is old
const sources = readdirSync("src", { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => `${entry.parentPath}/${entry.name}`.replaceAll("\\", "/"))
  .concat(["build.mjs", "package-lock.json"])
  .sort();
const digest = createHash("sha256");
for (const path of sources) digest.update(`${path}\0`).update(readFileSync(path)).update("\0");
outputFiles.push({ path: "dist/sources.sha256", contents: Buffer.from(`${digest.digest("hex")}\n`) });

let total = 0;
let stale = false;
for (const { path, contents: bytes } of outputFiles) {
  const name = basename(path);
  if (!name.endsWith(".sha256")) total += bytes.length;
  if (checking) stale ||= !existsSync(path) || !readFileSync(path).equals(bytes);
  else {
    mkdirSync("dist", { recursive: true });
    writeFileSync(path, bytes);
  }
  console.log(`dist/${name}: ${bytes.length} bytes, ${gzipSync(bytes).length} gzipped`);
}
if (total > BYTES_MAX) {
  console.error(`the page has ${total} bytes; at most ${BYTES_MAX} are wanted`);
  process.exit(1);
}
if (stale) {
  console.error("dist/ is not what the sources give: npm run build");
  process.exit(1);
}
