// Looks at the page as people do: every sample in dark and light, wide and narrow, through axe; a long run against the clock.
// Fails on a serious finding, on a page that scrolls, on an error in the console, or when stepping is slow.
import { mkdirSync, readFileSync } from "node:fs";
import { withBrowser } from "./browser.mjs";
import { samples, synthetic, write } from "./samples.mjs";

const AXE = readFileSync("node_modules/axe-core/axe.min.js", "utf8");
const SHOTS = process.env.SHOTS ?? "build/shots";
const FIRST_PAINT_MS_MAX = 2000;
const STEP_MS_MAX = 100;
const LONG_STEPS = 10_000;

let failures = 0;
const fail = (text) => {
  failures += 1;
  console.log(`FAIL ${text}`);
};

async function open(context, name, address, size, scheme) {
  const page = await context.newPage();
  page.on("pageerror", (error) => fail(`${name}: ${error.message}`));
  page.on("console", (message) => message.type() === "error" && fail(`${name}: ${message.text()}`));
  await page.setViewportSize(size);
  await page.emulateMedia({ colorScheme: scheme });
  await page.goto(address);
  await page.waitForSelector("html.app");
  await page.waitForTimeout(100);
  return page;
}

/** Serious findings of axe. It is given to the page over the debugging line, which the page's policy does not bind. */
async function axe(page, name) {
  const found = await page.evaluate(async (source) => {
    (0, eval)(source);
    const result = await globalThis.axe.run(document, { resultTypes: ["violations"] });
    return result.violations.map((one) => ({ id: one.id, impact: one.impact, help: one.help, nodes: one.nodes.slice(0, 3).map((node) => node.html.slice(0, 140)) }));
  }, AXE);
  for (const one of found) {
    const text = `${name}: axe ${one.impact} ${one.id}: ${one.help}\n     ${one.nodes.join("\n     ")}`;
    if (one.impact === "serious" || one.impact === "critical") fail(text);
    else console.log(`note ${text}`);
  }
}

async function scrolls(page, name) {
  const over = await page.evaluate(() => {
    const root = document.scrollingElement;
    return [root.scrollWidth - root.clientWidth, root.scrollHeight - root.clientHeight];
  });
  if (over[0] > 0 || over[1] > 0) fail(`${name}: the page scrolls by ${over.join(" and ")} pixels`);
}

async function look(context, name, data) {
  const address = write(name, data);
  for (const scheme of ["light", "dark"]) {
    for (const size of [{ width: 1366, height: 768 }, { width: 400, height: 760 }]) {
      const label = `${name}-${scheme}-${size.width}`;
      const page = await open(context, label, address, size, scheme);
      const keys = size.width > 900 ? ["v", "d", "f", "s", "r", "w", "i", "l", "c", "g", "?"] : [];
      await axe(page, label);
      await scrolls(page, label);
      await page.screenshot({ path: `${SHOTS}/${label}.png` });
      for (const key of keys) {
        await page.keyboard.press(key);
        await page.waitForTimeout(40);
        if (scheme === "dark" && name !== "sample") continue;
        await axe(page, `${label} after ${key}`);
        await page.screenshot({ path: `${SHOTS}/${label}-${key === "?" ? "help" : key}.png` });
      }
      if (size.width < 900) {
        for (const pane of ["Steps", "Picture", "Sequence", "Details"]) {
          await page.click(`nav.panes button:has-text("${pane}")`);
          await axe(page, `${label} ${pane}`);
          await scrolls(page, `${label} ${pane}`);
          await page.screenshot({ path: `${SHOTS}/${label}-${pane.toLowerCase()}.png` });
        }
      }
      await page.close();
    }
  }
}

/** A long run: first paint, and the slowest of many steps up to the next frame. */
async function clock(context) {
  const address = write("long", await synthetic(LONG_STEPS));
  const page = await open(context, "long", address, { width: 1366, height: 768 }, "light");
  const paint = await page.evaluate(() => performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? Infinity);
  const ready = await page.evaluate(() => performance.getEntriesByType("mark").find((one) => one.name === "shown")?.startTime ?? Infinity);
  // the renderer's own time: a busy machine must not fail the page
  const line = await context.newCDPSession(page);
  await line.send("Performance.enable", { timeDomain: "threadTicks" });
  const spent = async () => (await line.send("Performance.getMetrics")).metrics.find((one) => one.name === "TaskDuration").value * 1000;
  const before = await spent();
  const times = await page.evaluate(async () => {
    const found = [];
    const keys = [...Array(40).fill("k"), "Home", ...Array(40).fill("j"), "End", "K", "{", "[", ".", "Home", "e"];
    for (const key of keys) {
      const start = performance.now();
      document.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
      await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
      found.push(performance.now() - start);
    }
    return found.sort((a, b) => a - b);
  });
  const own = ((await spent()) - before) / times.length;
  const [median, worst] = [times[times.length >> 1], times[times.length - 1]];
  const elements = await page.evaluate(() => document.querySelectorAll("*").length);
  console.log(`long: ${LONG_STEPS} steps; painted after ${Math.round(paint)} ms, shown after ${Math.round(ready)} ms; a step takes ${own.toFixed(1)} ms of the renderer, up to the next frame ${median.toFixed(1)} ms, at the most ${worst.toFixed(1)} ms; ${elements} elements`);
  if (ready > FIRST_PAINT_MS_MAX) fail(`long: shown after ${ready} ms`);
  if (Math.max(own, median) > STEP_MS_MAX) fail(`long: a step takes ${own} ms, ${median} ms to the next frame`);
  await page.screenshot({ path: `${SHOTS}/long.png` });
  await page.close();
}

mkdirSync(SHOTS, { recursive: true });
await withBrowser(async (context) => {
  for (const [name, data] of Object.entries(samples())) await look(context, name, data);
  await look(context, "synthetic", await synthetic(60));
  await clock(context);
});
console.log(failures === 0 ? "nothing serious found" : `${failures} findings`);
process.exit(failures === 0 ? 0 : 1);
