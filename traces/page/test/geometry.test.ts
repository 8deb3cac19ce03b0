import assert from "node:assert/strict";
import { test } from "node:test";
import { synthetic } from "../dev/synthetic";
import { chart, positionAt, ROW_PX, rowY, visible, window, within } from "../src/model/chart";
import { align, partner } from "../src/model/compare";
import { circle, edges, threads } from "../src/model/waits";
import type { Run } from "../src/data";

const run = synthetic(9).runs[0]!;

test("blocked spans begin and end where the thread does", () => {
  const lane = chart(run).lanes.find((one) => one.thread === 2)!;
  assert.deepEqual(lane.blocked.map(({ from, to }) => [from, to]), [[1, 4], [5, 8]]);
});

test("a thread that stays blocked is blocked to the end", () => {
  const cut: Run = { ...run, steps: run.steps.slice(0, 2) };
  assert.deepEqual(chart(cut).lanes[2]!.blocked.map(({ from, to }) => [from, to]), [[1, 2]]);
});

test("activations nest by depth", () => {
  const steps = [0, 1, 2, 2, 1, 0, 1].map((depth) => ({ ...run.steps[0]!, thread: 2, depth }));
  const found = chart({ ...run, steps }).lanes[2]!.activations;
  assert.deepEqual(found, [{ from: 2, to: 5, depth: 1 }, { from: 7, to: 7, depth: 1 }, { from: 3, to: 4, depth: 2 }]);
});

test("rows and positions agree", () => {
  for (let position = 0; position <= 9; position++) assert.equal(positionAt(rowY(position), 9), position);
  assert.equal(positionAt(1e9, 9), 9);
  assert.equal(positionAt(-5, 9), 0);
  const seen = visible(100 * ROW_PX, 10 * ROW_PX, 1000);
  assert.ok(seen.first <= 100 && seen.last >= 110 && seen.last - seen.first < 20);
});

test("a list's window covers what is seen and little more", () => {
  assert.deepEqual(window(0, 200, 20, 1000), { first: 0, end: 14 });
  assert.deepEqual(window(1e9, 200, 20, 50), { first: 50, end: 50 });
  assert.deepEqual(window(0, 200, 20, 3), { first: 0, end: 3 });
});

test("spans outside a window are left out", () => {
  const spans = [{ from: 0, to: 3 }, { from: 4, to: 9 }, { from: 12, to: 20 }];
  assert.deepEqual(within(spans, 5, 11), [spans[1]]);
});

function named(...names: string[]): Run {
  return { ...run, steps: names.map((name) => ({ ...run.steps[0]!, name, text: name })) };
}

test("two runs are aligned on what they share, and part at one row", () => {
  const found = align(named("a", "b", "c", "d"), named("a", "c", "x", "d"));
  assert.equal(found.divergence, 1);
  const pairs = found.rows.map((row) => [row.left ?? 0, row.right ?? 0]);
  assert.deepEqual(pairs, [[1, 1], [2, 0], [3, 2], [0, 3], [4, 4]]);
  assert.equal(partner(found, "left", 3), 2);
  assert.equal(partner(found, "left", 2), 1);
  assert.equal(partner(found, "right", 3), 3);
  assert.equal(partner(found, "left", 0), 0);
});

test("the same runs do not part; a prefix parts where it ends", () => {
  assert.equal(align(named("a", "b"), named("a", "b")).divergence, undefined);
  assert.equal(align(named("a"), named("a", "b")).divergence, 1);
  assert.deepEqual(align(named(), named()).rows, []);
});

test("a run followed elsewhere parts where that is said, and deeds are compared, not names alone", () => {
  const right = { ...named("a", "b", "x"), parting: { step: 2, text: "it cannot" } };
  assert.equal(align(named("a", "c", "b", "d"), right).divergence, 3 - 1);
  const other = { ...named("a"), steps: [{ ...run.steps[0]!, text: "something else" }] };
  assert.deepEqual(align(named("a"), other).rows, [{ left: 1 }, { right: 1 }]);
});

test("every step stands in exactly one row, in order", () => {
  const left = named(..."abcabbacbacbbca");
  const right = named(..."cabbacabcabacab");
  const { rows } = align(left, right);
  assert.deepEqual(rows.flatMap((row) => row.left ?? []), left.steps.map((_, index) => index + 1));
  assert.deepEqual(rows.flatMap((row) => row.right ?? []), right.steps.map((_, index) => index + 1));
  for (const row of rows) {
    if (row.left && row.right) assert.equal(left.steps[row.left - 1]!.name, right.steps[row.right - 1]!.name);
  }
});

test("edges on a cycle are told from edges that lead into it", () => {
  const waits = [{ from: 0, to: [1], text: "a" }, { from: 1, to: [2, 3], text: "b" }, { from: 2, to: [1], text: "c" }];
  const found = edges(waits).map((edge) => [edge.from, edge.to, edge.onCycle]);
  assert.deepEqual(found, [[0, 1, false], [1, 2, true], [1, 3, false], [2, 1, true]]);
  assert.deepEqual(threads(waits), [0, 1, 2, 3]);
});

test("places on a circle keep their distance", () => {
  const [first, second] = circle(2, 0, 0, 10);
  assert.deepEqual([Math.round(first!.x), Math.round(first!.y), Math.round(second!.y)], [0, -10, 10]);
});
