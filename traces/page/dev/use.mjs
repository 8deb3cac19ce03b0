// Uses the page as people do, with keys, mouse and links, and checks what it shows.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { withBrowser } from "./browser.mjs";
import { serve } from "./live.mjs";
import { synthetic, write } from "./samples.mjs";

const SETTLE_MS = 600;

async function open(context, address) {
  const page = await context.newPage();
  page.on("pageerror", (error) => assert.fail(error.message));
  page.on("console", (message) => message.type() === "error" && !message.text().includes("favicon") && assert.fail(message.text()));
  await page.setViewportSize({ width: 1366, height: 768 });
  await page.goto(address);
  await page.waitForSelector("html.app");
  const text = (selector) => page.textContent(selector);
  return {
    page, text,
    at: async () => Number((await text("header .position b")) ?? "-1"),
    press: async (...keys) => {
      for (const key of keys) await page.keyboard.press(key);
      await page.waitForTimeout(60);
    },
    settle: () => page.waitForTimeout(SETTLE_MS),
  };
}

const checks = {
  async "keys move the one cursor"({ context, address }) {
    const { page, press, at, text } = await open(context, address);
    assert.equal(await at(), 60);
    await press("k", "k");
    assert.equal(await at(), 58);
    assert.equal(await text(".steps [aria-current=step] .number"), "58");
    assert.match(await text("#picture-title + .muted"), /after step 58/);
    await press("Home", "j");
    assert.equal(await at(), 1);
    await press("}");
    assert.equal(await at(), 2);
    await press("z", "j");
    assert.equal(await at(), 4, "the size is now: call");
    await press("e");
    assert.equal(await at(), 60);
    await press(".", ".");
    assert.equal(await at(), 2);
    assert.match(await text("[role=status][aria-live]"), /^Step 2 of 60\. COM, delivers Work\(\)/);
    await page.close();
  },
  async "character keys can be switched off, the others stay"({ context, address }) {
    const { page, press, at } = await open(context, address);
    await page.click("header nav button:has-text('Keys')");
    await press("k");
    assert.equal(await at(), 60);
    await press("ArrowUp");
    assert.equal(await at(), 59);
    await page.click("header nav button:has-text('Keys')");
    await press("k");
    assert.equal(await at(), 58);
    await page.close();
  },
  async "a link leads to the same view, a stale one says what does not fit"({ context, address }) {
    const { page, press, settle } = await open(context, address);
    await press("Home", "j", "j", "j", "r");
    await page.click("svg.picture .k-object");
    await settle();
    const link = page.url();
    const again = await open(context, link);
    assert.equal(await again.at(), 3);
    assert.equal(await again.text("[role=tab][aria-selected=true]"), (await page.textContent("[role=tab][aria-selected=true]")));
    assert.equal(await again.page.locator("svg.picture .k-object.chosen").count(), 1);
    assert.equal(await again.page.locator(".notice").count(), 0);
    const stale = await open(context, link.replace(/d=[^&]*/, "d=other").replace("~host.rpc1", "~host.rpc7"));
    assert.equal(await stale.at(), 2);
    assert.match(await stale.text(".notice"), /step 3, host\.rpc7, does not: here step 3 is host\.rpc1/);
    for (const one of [page, again.page, stale.page]) await one.close();
  },
  async "selection, its changes, and the same thread"({ context, address }) {
    const { page, press, at } = await open(context, address);
    await press("Home");
    await page.click("svg.picture .k-module");
    await press("]");
    assert.equal(await at(), 60, "the module changes at the end only");
    await press("[", "K");
    assert.equal(await at(), 60, "its thread has no other step");
    await press("Escape");
    assert.equal(await page.locator(".chosen").count(), 0);
    await page.close();
  },
  async "what can happen is taken by number, one step beside the run and back"({ context, address }) {
    const { page, press, at, text } = await open(context, address);
    await press("Home", "j", "f", "1");
    assert.match(await text(".beside"), /One step beside the run/);
    assert.match(await text("#picture-title + .muted"), /beside the run/);
    assert.equal(await page.locator("svg.picture .k-module.changed").count(), 1);
    await press("u");
    assert.equal(await page.locator(".beside").count(), 0);
    await press("2");
    assert.equal(await at(), 2, "the second is what the run does");
    assert.match(await text(".refused"), /PING-01/);
    await page.close();
  },
  async "search, and its matches"({ context, address }) {
    const { page, press, at } = await open(context, address);
    await press("Home", "/");
    await page.keyboard.type("delivers");
    await press("Enter");
    assert.equal(await at(), 2);
    await press("Escape", "n", "n");
    assert.equal(await at(), 10);
    await press("N");
    assert.equal(await at(), 6);
    await page.close();
  },
  async "pin and difference"({ context, address }) {
    const { page, press, text } = await open(context, address);
    await press("Home", "j", "p", "j", "d");
    await page.click("button:has-text('pinned step 1')");
    assert.match(await text(".data"), /Sent/);
    assert.match(await text(".data"), /Executing/);
    await page.close();
  },
  async "comparing moves both runs"({ context, address }) {
    const { page, press, at, text } = await open(context, address);
    await press("c");
    assert.match(await text("#pane-picture .pane-head"), /59 common steps, then they part/);
    await press("Home", "j", "j");
    assert.equal(await text(".aligned .current"), "2 COM delivers Work()2 COM delivers Work()");
    await page.click(".aligned li:nth-child(5) button:nth-of-type(2)");
    assert.ok((await at()) > 2);
    await press("Escape");
    assert.equal(await page.locator(".aligned").count(), 0);
    await page.close();
  },
  async "everything is copied and saved"({ context, address }) {
    const { page, press, text } = await open(context, address);
    await press("x");
    await page.click("dialog button[aria-label='Copy Markdown']");
    await page.waitForTimeout(100);
    assert.match(await text("[role=status][aria-live]"), /Copied Markdown/);
    const saved = {};
    for (const name of ["Markdown", "Mermaid", "ITF", "Trace", "Rust test", "Picture, SVG", "Sequence, SVG", "State, JSON", "Story"]) {
      const [download] = await Promise.all([page.waitForEvent("download"), page.click(`dialog button[aria-label='Save ${name}']`)]);
      saved[download.suggestedFilename()] = readFileSync(await download.path(), "utf8");
    }
    assert.equal(JSON.parse(saved["made-up.itf.json"]).states.length, 61);
    assert.equal(JSON.parse(saved["made-up.trace.json"]).steps.length, 60);
    assert.match(saved["made-up.rs"], /assert_violated\("unload_in_use"\)/);
    assert.match(saved["made-up-60.svg"], /^<svg [^>]*xmlns=.*widget_dll/s);
    assert.doesNotMatch(saved["made-up-60.svg"], /class=|var\(/);
    assert.match(saved["made-up-sequence.svg"], /FreeLibrary/);
    await press("Escape");
    assert.equal(await page.locator("dialog").count(), 0);
    await page.close();
  },
  async "regions by F6, tabs by arrows, help by its key"({ context, address }) {
    const { page, press } = await open(context, address);
    const focus = () => page.evaluate(() => document.activeElement.id);
    await press("F6");
    assert.equal(await focus(), "pane-why");
    await press("F6", "F6");
    assert.equal(await focus(), "pane-picture");
    await page.keyboard.press("Shift+F6");
    assert.equal(await focus(), "pane-steps");
    await page.focus("#tab-state");
    await press("ArrowRight", "ArrowRight");
    assert.equal(await focus(), "tab-next");
    await press("?");
    assert.equal(await page.locator("dialog[open]").count(), 1);
    await press("Escape");
    assert.equal(await page.locator("dialog").count(), 0);
    await page.close();
  },
  async "mouse: the chart and the strip move the cursor"({ context, address }) {
    const { page, press, at } = await open(context, address);
    await press("Home");
    await page.locator("svg.chart").click({ position: { x: 300, y: 70 } });
    assert.equal(await at(), 3);
    const strip = await page.locator(".strip").boundingBox();
    await page.mouse.click(strip.x + strip.width / 2, strip.y + strip.height / 2);
    assert.ok(Math.abs((await at()) - 30) <= 2);
    await page.close();
  },
  async "hostile text stays text"({ context }) {
    const mark = '<img src=x onerror="document.title=1"></script><svg onload=alert(1)>';
    const hostile = JSON.parse(JSON.stringify(await synthetic(12), (key, value) => (typeof value === "string" && /^(name|text|effect|who|label|headline|sentence|reason|story|title)$/.test(key) ? `${value}${mark}` : value)));
    hostile.scenario.text = mark.repeat(20);
    const { page, press } = await open(context, write("hostile", hostile));
    for (const key of ["v", "d", "f", "s", "r", "w", "i", "l", "c", "Escape", "k", "k", "x"]) {
      await press(key);
      assert.equal(await page.locator("#page img, #page script").count(), 0, key);
    }
    for (const name of ["Picture, SVG", "Markdown"]) {
      const [download] = await Promise.all([page.waitForEvent("download"), page.click(`dialog button[aria-label='Save ${name}']`)]);
      assert.doesNotMatch(readFileSync(await download.path(), "utf8"), /(?<!\\)<img/);
    }
    await page.close();
  },
  async "damaged data is said to be damaged"({ context, address }) {
    const page = await context.newPage();
    const path = address.replace("file://", "");
    const text = readFileSync(path, "utf8");
    for (const [name, broken] of [["cut", text.replace(/(id="data">.{400})[^<]*/, "$1")], ["no-base64", text.replace(/id="data">/, 'id="data">!!')]]) {
      writeFileSync(path.replace("use.html", `${name}.html`), broken);
      await page.goto(address.replace("use.html", `${name}.html`));
      await page.waitForSelector("[role=alert]");
      assert.match(await page.textContent("[role=alert]"), /cannot show its run/);
      assert.ok(await page.isVisible("#story"), "the story is still there");
    }
    await page.close();
  },
  async "live: take, undo, find, and a changed file"({ context }) {
    const server = await serve(await synthetic(8));
    try {
      const { page, press, at, text, settle } = await open(context, server.address);
      assert.equal(await at(), 0);
      await press("f");
      for (let step = 1; step <= 3; step++) {
        await press("1");
        await page.waitForFunction((wanted) => document.querySelector("header .position b").textContent === String(wanted), step);
      }
      await press("u");
      await settle();
      assert.equal(await at(), 2);
      await settle();
      const again = await open(context, page.url());
      await again.settle();
      assert.equal(await again.at(), 2, "the link is played again");
      await again.page.close();
      await page.fill(".find input", "ended(host.control)");
      await page.click(".find button:has-text('Find')");
      await settle();
      assert.match(await text(".notice"), /4,321 states/);
      await page.click(".find button:has-text('Run')");
      await settle();
      assert.equal(await at(), 8);
      assert.match(await text("header h1"), /violated/);
      await press("k", "k");
      server.change(4, "client.other");
      await page.waitForTimeout(1800);
      assert.match(await text(".notice"), /Step 5 no longer fits/);
      assert.equal(await at(), 4, "as far as it fits");
      await page.close();
    } finally {
      server.close();
    }
  },
};

let failures = 0;
await withBrowser(async (context) => {
  const address = write("use", await synthetic(60));
  for (const [name, check] of Object.entries(checks)) {
    try {
      await check({ context, address });
      console.log(`ok   ${name}`);
    } catch (error) {
      failures += 1;
      console.log(`FAIL ${name}\n     ${error.stack.split("\n").slice(0, 14).join("\n     ")}`);
    }
  }
});
process.exit(failures === 0 ? 0 : 1);
