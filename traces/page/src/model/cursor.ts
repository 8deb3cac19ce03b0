// Where the cursor goes. A position counts the steps that were taken; every function clamps to the run.

import type { Run } from "../data";

/** What a step is: an atomic one, one at a message's boundary, one at a call's boundary. */
export type Size = 0 | 1 | 2;
export const SIZES: readonly { size: Size; name: string }[] = [
  { size: 2, name: "call" },
  { size: 1, name: "message" },
  { size: 0, name: "atomic" },
];

type Direction = 1 | -1;

export function clamp(run: Run, position: number): number {
  return Math.max(0, Math.min(run.steps.length, Math.round(position) || 0));
}

/** The nearest position in a direction whose step satisfies a predicate; nothing if there is none. */
function seek(run: Run, position: number, direction: Direction, wanted: (step: number) => boolean): number | undefined {
  for (let at = position + direction; at >= 1 && at <= run.steps.length; at += direction) {
    if (wanted(at - 1)) return at;
  }
  return undefined;
}

/** One step of a size. The first and the last position are always stopped at. */
export function move(run: Run, position: number, direction: Direction, size: Size): number {
  const found = seek(run, position, direction, (step) => run.steps[step]!.size >= size);
  return found ?? (direction > 0 ? run.steps.length : 0);
}

/** The next or previous step of the thread that acted last; stays where it is if there is none. */
export function sameThread(run: Run, position: number, direction: Direction): number {
  const thread = run.steps[position - 1]?.thread;
  if (thread === undefined) return move(run, position, direction, 0);
  return seek(run, position, direction, (step) => run.steps[step]!.thread === thread) ?? position;
}

export function callBoundary(run: Run, position: number, direction: Direction): number {
  return move(run, position, direction, 2);
}

/** The next or previous step that writes one of these entities. */
export function change(run: Run, position: number, direction: Direction, entities: ReadonlySet<number>): number {
  const writes = (step: number) => run.steps[step]!.writes.some(([entity]) => entities.has(entity));
  return seek(run, position, direction, writes) ?? position;
}

/** The next relevant step, beginning again from the front after the last. */
export function relevant(run: Run, position: number, direction: Direction): number {
  const isRelevant = new Set(run.why.relevant);
  const wanted = (step: number) => isRelevant.has(step) || run.steps[step]!.relevant === true;
  const around = direction > 0 ? 0 : run.steps.length + 1;
  return seek(run, position, direction, wanted) ?? seek(run, around, direction, wanted) ?? position;
}

/** The position at which a property is first violated; the end if no step says so. */
export function violation(run: Run): number {
  const found = run.steps.findIndex((step) => step.properties.some(([, verdict]) => verdict === 1));
  return found < 0 ? run.steps.length : found + 1;
}

/** The positions that a list of this size shows, the last always among them. */
export function rows(run: Run, size: Size): number[] {
  const found: number[] = [];
  run.steps.forEach((step, index) => {
    if (step.size >= size || index === run.steps.length - 1) found.push(index + 1);
  });
  return found;
}

/** A stretch of rows that says the same again and again. */
export interface Repeat {
  /** The first row of the first time. */
  from: number;
  /** Rows of one time. */
  period: number;
  times: number;
}

/** Rows of one time, at the most; times, at the least; rows that folding must save. */
const PERIOD_MAX = 12;
const TIMES_MIN = 3;
const SAVED_MIN = 4;

/** The stretches of a list's rows that repeat, none within another. */
export function repeats(run: Run, rows: readonly number[]): Repeat[] {
  const deeds = rows.map((position) => `${run.steps[position - 1]!.name} ${run.steps[position - 1]!.text}`);
  const found: Repeat[] = [];
  for (let from = 0; from < rows.length; ) {
    let best: Repeat = { from, period: 1, times: 1 };
    for (let period = 1; period <= PERIOD_MAX && from + period < rows.length; period++) {
      let end = from + period;
      while (end < rows.length && deeds[end] === deeds[end - period]) end++;
      const times = Math.floor((end - from) / period);
      if (times >= TIMES_MIN && (times - 1) * period >= SAVED_MIN && times * period > best.times * best.period) best = { from, period, times };
    }
    if (best.times > 1) found.push(best);
    from += best.times * best.period;
  }
  return found;
}

export interface Row {
  position: number;
  /** Smaller steps before it that a list of this size leaves out. */
  smaller: number;
  /** It ends the first of so many times; the others are folded up to this position. */
  times?: number;
  until?: number;
}

/** The rows of a list: the start, then those of its size. What repeats is folded unless the cursor stands in it. */
export function listed(rows: readonly number[], folds: readonly Repeat[], at: number): Row[] {
  const list: Row[] = [{ position: 0, smaller: 0 }];
  let next = 0;
  for (let index = 0; index < rows.length; index++) {
    const position = rows[index]!;
    const row: Row = { position, smaller: position - (rows[index - 1] ?? 0) - 1 };
    list.push(row);
    while (next < folds.length && folds[next]!.from + folds[next]!.period - 1 < index) next++;
    const fold = folds[next];
    if (!fold || fold.from + fold.period - 1 !== index) continue;
    const last = fold.from + fold.period * fold.times - 1;
    if (at > position && at <= rows[last]!) continue;
    row.times = fold.times;
    row.until = rows[last]!;
    index = last;
  }
  return list;
}

/** The row that a position belongs to: the first that is not before it. */
export function rowOf(rows: readonly number[], position: number): number {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (rows[middle]! < position) low = middle + 1;
    else high = middle;
  }
  return Math.min(low, rows.length - 1);
}

/** The steps whose text, effect, name or thread contains all words. */
export function search(run: Run, query: string): number[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return [];
  const found: number[] = [];
  run.steps.forEach((step, index) => {
    const thread = step.thread === undefined ? "" : (run.threads[step.thread]?.name ?? "");
    const text = `${step.text} ${step.effect} ${step.name} ${thread}`.toLowerCase();
    if (words.every((word) => text.includes(word))) found.push(index + 1);
  });
  return found;
}

/** The next match after a position, around the ends. */
export function match(matches: readonly number[], position: number, direction: Direction): number | undefined {
  if (direction > 0) return matches.find((one) => one > position) ?? matches[0];
  return [...matches].reverse().find((one) => one < position) ?? matches[matches.length - 1];
}
