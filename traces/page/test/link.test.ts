import assert from "node:assert/strict";
import { test } from "node:test";
import { synthetic } from "../dev/synthetic";
import { decode, encode, resolve, traceNames, type Link } from "../src/model/link";

const page = synthetic(9);
const names = page.runs[0]!.steps.map((step) => step.name);

test("what is encoded is decoded", () => {
  const links: Link[] = [
    { digest: "abc", names },
    { digest: "", names: [] },
    { digest: "d&=#%", names: ["a~b", "17", "3", "17", "%41", "\u00e4 & b=c", "a~b"], entity: "x & y", tab: "diff", mode: "graph", pin: 4 },
  ];
  for (const link of links) assert.deepEqual(decode(encode(link)), link);
});

test("repeated names are short", () => {
  const long = Array.from({ length: 10_000 }, (_, index) => `some thread with a long name ${index % 7}`);
  assert.ok(encode({ digest: "d", names: long }).length < 21_000);
});

test("a link to a run that is there leads to its step", () => {
  const link = { digest: page.runs[0]!.digest, names: names.slice(0, 4) };
  assert.deepEqual(resolve(page.runs, link), { run: 0, position: 4 });
});

test("a stale link goes as far as it fits and names the step that does not", () => {
  const link = { digest: "other", names: [...names.slice(0, 3), "host.rpc9"] };
  const found = resolve(page.runs, link);
  assert.equal(found.position, 3);
  assert.match(found.stale!, /first 3 steps fit; step 4, host\.rpc9, does not: here step 4 is client\.main/);
});

test("a link of a longer run says that this one ends", () => {
  const found = resolve(page.runs, { digest: "other", names: [...names, "more"] });
  assert.equal(found.position, 9);
  assert.match(found.stale!, /this run ends there/);
});

test("the run that agrees longest is chosen", () => {
  const short = synthetic(2).runs[0]!;
  assert.equal(resolve([short, page.runs[0]!], { digest: "other", names: names.slice(0, 5) }).run, 1);
});

test("an address without names is good for the very same run only", () => {
  const link = decode(encode({ digest: page.runs[0]!.digest, names: [], position: 5 }))!;
  assert.deepEqual(resolve(page.runs, link), { run: 0, position: 5 });
  assert.equal(resolve(page.runs, { ...link, position: 500 }).position, 9);
  assert.match(resolve(page.runs, { ...link, digest: "other" }).stale!, /another run/);
});

test("damaged links are said to be damaged and throw nothing", () => {
  for (const text of ["#n=5", "#n=%zz", "#d=%zz&n=a", "#x", "#&&&", "#n=a~7", "#p=-1&n=a"]) {
    const link = decode(text);
    assert.ok(link);
    resolve(page.runs, link);
  }
  assert.equal(decode(""), undefined);
  assert.equal(decode("#n=5")!.damaged, true);
  assert.match(resolve([], { digest: "d", names: ["a"] }).stale!, /another run/);
});

test("a trace file gives the names of its steps, and anything else nothing", () => {
  const steps = [{ text: "host.main", event: {} }, { text: "deliver call 1", event: {} }];
  assert.deepEqual(traceNames(JSON.stringify({ schema: "rundown-trace/2", steps })), ["host.main", "deliver call 1"]);
  assert.deepEqual(traceNames(JSON.stringify({ states: [], rundown: { steps } })), ["host.main", "deliver call 1"]);
  for (const hostile of ["", "null", "[]", "{", '"x"', '{"steps":1}', '{"steps":[null]}', '{"steps":[{"text":1}]}', '{"rundown":[]}', '{"__proto__":{"steps":[]}}',
    JSON.stringify({ steps: [{ text: "a".repeat(201) }] }), JSON.stringify({ steps: new Array(20_001).fill({ text: "a" }) })]) {
    assert.equal(traceNames(hostile), undefined, hostile.slice(0, 40));
  }
});
