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
