// A static page from data, put together as the Rust side does it: hashed script and style, data packed, no network.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const escape = (text) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
const hash = (text) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

/** @param {{ scenario: { title: string }, story: string }} page */
export function html(page) {
  const script = readFileSync("dist/page.js", "utf8");
  const style = readFileSync("dist/page.css", "utf8");
  const data = gzipSync(JSON.stringify(page)).toString("base64");
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src ${hash(script)}; style-src ${hash(style)}; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escape(page.scenario.title)}</title>
<style>${style}</style>
</head>
<body>
<div id="page"></div>
<main id="story"><pre>${escape(page.story)}</pre></main>
<script type="application/octet-stream" id="data">${data}</script>
<script>${script}</script>
</body>
</html>
`;
}
