import assert from "node:assert/strict";
import { test } from "node:test";
import { synthetic } from "../dev/synthetic";
import { itf, markdown, mermaid, rustTest, stateJson } from "../src/model/export";
import { Replay } from "../src/model/replay";
import { brief, chartSummary, headline, pictureItems, pictureSummary, stepSentence, waitsSummary } from "../src/model/describe";

const page = synthetic(9);
const run = page.runs[0]!;
const replay = new Replay(run, page.properties.length);

test("Markdown has a row for each step and survives hostile text", () => {
  const hostile = { ...run, steps: [{ ...run.steps[0]!, text: "a | b\n<img src=x onerror=alert(1)> `c`" }] };
  const text = markdown(page, hostile);
  assert.equal(text.split("\n").filter((line) => /^\| \d/.test(line)).length, 1);
  assert.match(text, /a \\\| b \\<img/);
  assert.match(markdown(page, run, { 3: "why *here*?" }), /^- Step 3: why \\\*here\\\*\?$/m);
});

test("Mermaid draws calls as arrows and folds long runs", () => {
  const text = mermaid(run);
  assert.match(text, /^sequenceDiagram\n {2}box host\n/);
  assert.match(text, /T2->>T1: 1 w->Work\(\)\n/);
  assert.match(text, /T1-->>T2: 4 /);
  assert.match(mermaid(synthetic(500).runs[0]!), /and 300 more steps/);
  const hostile = { ...run, steps: [{ ...run.steps[1]!, text: "a;b#c\nend" }] };
  assert.match(mermaid(hostile), /Note over T1: 1 a#59;b#35;c end\n/);
});

test("ITF has every state whole, and the run for replay", () => {
  const states = [{ "#meta": { index: 0 }, a: 1, b: { "#map": [] } }, { "#meta": { index: 1 }, a: 2 }, { "#meta": { index: 2 } }];
  const document = JSON.parse(itf(page, { ...run, itf: states })) as { states: object[]; vars: string[]; rundown: { schema: string; steps: object[] } };
  assert.deepEqual(document.states[2], { "#meta": { index: 2 }, a: 2, b: { "#map": [] } });
  assert.deepEqual(document.vars, ["a", "b"]);
  assert.equal(document.rundown.schema, "rundown-trace/1");
  assert.equal(document.rundown.steps.length, 9);
  assert.equal("rundown" in (JSON.parse(itf(page, { ...run, property: "", itf: states })) as object), false, "nothing could be checked");
});

test("the Rust test quotes what it is given", () => {
  const odd = { ...page, scenario: { ...page.scenario, name: 'a "b".scn' } };
  const text = rustTest(odd, run);
  assert.match(text, /fn a_b_breaks_unload_in_use\(\)/);
  assert.match(text, /from_file\("tests\/a \\"b\\"\.scn"\)/);
  assert.equal(text.match(/^ {8}"/gm)!.length, 9);
  assert.match(rustTest(page, page.runs[1]!), /assert_holds/);
});

test("a state as JSON names the step", () => {
  assert.equal((JSON.parse(stateJson(replay, replay.state(3))) as { step: number }).step, 3);
});

test("the words of the other pictures", () => {
  const state = replay.state(1);
  assert.match(pictureSummary(replay, state, new Set([0])), /^Picture after step 1: 2 processes, .*Changed in this step: host\.$/);
  assert.match(chartSummary(run, state), /client\.main is blocked: waits for the answer of Work\(\)/);
  assert.equal(waitsSummary(run, state), "client.main waits for the answer of Work(): host.rpc1.");
  assert.equal(waitsSummary(run, replay.state(0)), "Nobody waits for anybody.");
  assert.equal(headline({ ...run, headline: "unload_in_use: it broke" }), "it broke");
});

test("the pictures in words", () => {
  const items = pictureItems(replay, replay.state(1), new Set());
  assert.deepEqual(items.map((item) => item.text.split(":")[0]), ["process host", "process client", "call call 1"]);
  assert.equal(brief(replay, replay.state(2), run.entities.findIndex((one) => one.kind === "object"), true), "Alive, references 2");
  assert.equal(brief(replay, replay.state(2), run.entities.findIndex((one) => one.kind === "object"), false), "references 2");
  assert.match(stepSentence(run, 9), /End of the run: host\.control freed/);
});
