import assert from "node:assert/strict";
import { test } from "node:test";
import { synthetic } from "../dev/synthetic";
import { Replay } from "../src/model/replay";

const page = synthetic(1000);
const run = page.runs[0]!;

/** The same states by the plainest way: from the front, every time. */
function naive(position: number): string[][] {
  const values = run.initial.map((row) => [...row]);
  for (const step of run.steps.slice(0, position)) for (const [e, f, v] of step.writes) values[e]![f] = v;
  return values.map((row) => row.map((value) => run.strings[value]!));
}

test("every state is the one that replaying from the front gives, in any order of asking", () => {
  const replay = new Replay(run, page.properties.length);
  const asked = [0, 1, 2, 999, 1000, 127, 128, 129, 500, 501, 3, 640, 1000, 0];
  for (const position of asked) {
    const state = replay.state(position);
    assert.equal(state.position, position);
    const texts = run.entities.map((one, e) => one.fields.map((_, f) => replay.text(state, e, f)));
    assert.deepEqual(texts, naive(position), `state ${position}`);
  }
});

test("positions outside the run are clamped", () => {
  const replay = new Replay(run, 2);
  assert.equal(replay.state(-5).position, 0);
  assert.equal(replay.state(5000).position, 1000);
});

test("blocked threads, places and verdicts follow their changes", () => {
  const replay = new Replay(run, page.properties.length);
  assert.equal(replay.state(1).blocked[2], "waits for the answer of Work()");
  assert.equal(replay.state(4).blocked[2], "");
  assert.notEqual(replay.state(2).at[1], undefined);
  assert.equal(replay.state(3).at[1], undefined);
  assert.deepEqual(replay.state(999).properties, [0, 2]);
  assert.deepEqual(replay.state(1000).properties, [1, 2]);
});

test("an entity comes, is there, and leaves a ghost", () => {
  const replay = new Replay(run, 2);
  const call = run.entities.findIndex((one) => one.kind === "call");
  assert.equal(replay.life(replay.state(0), call), "later");
  assert.equal(replay.life(replay.state(1), call), "here");
  assert.equal(replay.life(replay.state(4), call), "gone");
});

test("a step beside the run leaves the run's states alone", () => {
  const replay = new Replay(run, 2);
  const state = replay.state(1);
  const before = state.values.slice();
  const beside = replay.after(state, [[0, 0, 3]]);
  assert.notDeepEqual(beside.values, before);
  assert.deepEqual(replay.state(1).values, before);
  assert.equal(replay.changes(state, beside).length, 1);
});

test("the history of a field starts with its first value", () => {
  const replay = new Replay(run, 2);
  const widget = run.entities.findIndex((one) => one.kind === "object");
  assert.deepEqual(replay.history(widget, 1).slice(0, 3), [[0, "1"], [2, "2"], [3, "1"]]);
});
