import assert from "node:assert/strict";
import { test } from "node:test";
import { synthetic } from "../dev/synthetic";
import * as cursor from "../src/model/cursor";

const run = synthetic(9).runs[0]!;

test("steps of three sizes stop where they should and never leave the run", () => {
  assert.equal(cursor.move(run, 0, 1, 0), 1);
  assert.equal(cursor.move(run, 2, 1, 1), 3);
  assert.equal(cursor.move(run, 2, 1, 2), 4);
  assert.equal(cursor.move(run, 9, 1, 0), 9);
  assert.equal(cursor.move(run, 1, -1, 2), 0);
  assert.equal(cursor.move(run, 0, -1, 0), 0);
  assert.equal(cursor.move(run, 8, 1, 2), 9, "the end is a stop for every size");
});

test("the same thread's steps", () => {
  assert.equal(cursor.sameThread(run, 1, 1), 4);
  assert.equal(cursor.sameThread(run, 4, -1), 1);
  assert.equal(cursor.sameThread(run, 1, -1), 1);
  assert.equal(cursor.sameThread(run, 0, 1), 1);
});

test("changes of the selection", () => {
  const widget = new Set([run.entities.findIndex((one) => one.kind === "object")]);
  assert.equal(cursor.change(run, 0, 1, widget), 2);
  assert.equal(cursor.change(run, 7, 1, widget), 7);
  assert.equal(cursor.change(run, 7, -1, widget), 6);
});

test("relevant steps go around", () => {
  assert.equal(cursor.relevant(run, 0, 1), 1);
  assert.equal(cursor.relevant(run, 2, 1), 9);
  assert.equal(cursor.relevant(run, 9, 1), 1);
  assert.equal(cursor.relevant(run, 1, -1), 9);
});

test("the violation, rows of a size, and the row of a position", () => {
  assert.equal(cursor.violation(run), 9);
  assert.deepEqual(cursor.rows(run, 2), [1, 2, 4, 5, 6, 8, 9]);
  assert.equal(cursor.rowOf(cursor.rows(run, 2), 3), 2);
  assert.equal(cursor.rowOf([], 3), -1);
});

test("search wants every word; matches go around", () => {
  const found = cursor.search(run, "main work");
  assert.deepEqual(found, [1, 4, 5, 8]);
  assert.equal(cursor.match(found, 8, 1), 1);
  assert.equal(cursor.match(found, 1, -1), 8);
  assert.deepEqual(cursor.search(run, "  "), []);
  assert.equal(cursor.match([], 1, 1), undefined);
});

test("what repeats is folded, but not around the cursor", () => {
  const again = { ...run, steps: Array.from({ length: 30 }, (_, index) => ({ ...run.steps[0]!, name: index < 3 || index > 26 ? `once ${index}` : `step ${index % 4}` })) };
  const rows = cursor.rows(again, 0);
  const folds = cursor.repeats(again, rows);
  assert.deepEqual(folds, [{ from: 3, period: 4, times: 6 }]);
  const shown = cursor.listed(rows, folds, 30);
  assert.deepEqual(shown.map((row) => row.position), [0, 1, 2, 3, 4, 5, 6, 7, 28, 29, 30]);
  assert.deepEqual(shown[7], { position: 7, smaller: 0, times: 6, until: 27 });
  assert.equal(shown[8]!.smaller, 0, "what is folded is not smaller");
  assert.equal(cursor.listed(rows, folds, 20).length, 31);
  assert.equal(cursor.listed(rows, folds, 7).length, 11);
  assert.deepEqual(cursor.repeats(run, cursor.rows(run, 0)), []);
  const two = { ...again, steps: [...again.steps, ...again.steps] };
  assert.equal(cursor.repeats(two, cursor.rows(two, 0)).length, 2);
});
