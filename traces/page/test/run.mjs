// Bundles each *.test.ts (node 20 does not read TypeScript) and runs them with node's own test runner.
import { build } from "esbuild";
import { readdirSync, rmSync } from "node:fs";
import { spawnSync } from "node:child_process";

const tests = readdirSync("test").filter((name) => name.endsWith(".test.ts"));
rmSync("build/test", { recursive: true, force: true });
await build({
  entryPoints: tests.map((name) => `test/${name}`),
  outdir: "build/test",
  outExtension: { ".js": ".mjs" },
  bundle: true,
  format: "esm",
  platform: "node",
  target: "node20",
  sourcemap: "inline",
  logLevel: "warning",
});
const files = tests.map((name) => `build/test/${name.replace(/\.ts$/, ".mjs")}`);
const ended = spawnSync(process.execPath, ["--enable-source-maps", "--test", ...files], { stdio: "inherit" });
process.exit(ended.status ?? 1);
