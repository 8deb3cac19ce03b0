// The geometry of the sequence chart: rows, activations and blocked spans of each thread, computed once for a run.

import type { Run } from "../data";

/** Pixels of a row; one row for each step, below one for the initial state. */
export const ROW_PX = 20;

export interface Span {
  /** Positions; the span reaches from the row of `from` to the row of `to`. */
  from: number;
  to: number;
  text: string;
}

export interface Activation {
  from: number;
  to: number;
  depth: number;
}

export interface Lane {
  thread: number;
  x: number;
  /** Where there is a thread at all. */
  alive: Span[];
  blocked: Span[];
  activations: Activation[];
}

export interface Chart {
  lanes: Lane[];
  height: number;
}

export function rowY(position: number): number {
  return position * ROW_PX + ROW_PX / 2;
}

export function positionAt(y: number, length: number): number {
  return Math.max(0, Math.min(length, Math.floor(y / ROW_PX)));
}

/** The positions whose rows a window shows. */
export function visible(top: number, height: number, length: number): { first: number; last: number } {
  return { first: positionAt(top - ROW_PX, length), last: positionAt(top + height + ROW_PX, length) };
}

export function chart(run: Run): Chart {
  const lanes = run.picture.lifelines.map((line): Lane => {
    const { thread, x } = line;
    return { thread, x, alive: aliveSpans(run, thread), blocked: blockedSpans(run, thread), activations: activations(run, thread) };
  });
  return { lanes, height: (run.steps.length + 1) * ROW_PX };
}

/** The spans between changes of a text; while it is empty there is none. */
function spansOf(changes: readonly [position: number, text: string][], end: number): Span[] {
  const spans: Span[] = [];
  changes.forEach(([from, text], index) => {
    if (text !== "") spans.push({ from, to: changes[index + 1]?.[0] ?? end, text });
  });
  return spans;
}

function blockedSpans(run: Run, thread: number): Span[] {
  const changes: [number, string][] = [];
  const meet = (position: number, blocked: readonly [number, string][]) => {
    for (const [who, text] of blocked) if (who === thread) changes.push([position, text]);
  };
  meet(0, run.start.blocked);
  run.steps.forEach((step, index) => meet(index + 1, step.blocked));
  return spansOf(changes, run.steps.length);
}

/** A thread whose entity has no lifecycle is there from the start to the end. */
function aliveSpans(run: Run, thread: number): Span[] {
  const number = run.threads[thread]?.entity ?? -1;
  const phase = (value: number | undefined) => {
    const text = run.strings[value ?? -1] ?? "";
    return text === "Absent" || text === "Ended" ? "" : text;
  };
  if (run.entities[number]?.lifecycle === undefined) return [{ from: 0, to: run.steps.length, text: "Running" }];
  const changes: [number, string][] = [[0, phase(run.initial[number]?.[0])]];
  run.steps.forEach((step, index) => {
    for (const [entity, field, value] of step.writes) {
      if (entity === number && field === 0) changes.push([index + 1, phase(value)]);
    }
  });
  return spansOf(changes, run.steps.length);
}

/** Nested bars: one is open at depth d from the first step at that depth to the last before the thread is less deep. */
function activations(run: Run, thread: number): Activation[] {
  const done: Activation[] = [];
  const open: Activation[] = [];
  let last = 0;
  run.steps.forEach((step, index) => {
    if (step.thread !== thread) return;
    while (open.length > step.depth) done.push({ ...open.pop()!, to: last });
    while (open.length < step.depth) open.push({ from: index + 1, to: index + 1, depth: open.length + 1 });
    last = index + 1;
  });
  while (open.length > 0) done.push({ ...open.pop()!, to: last });
  return done.sort((a, b) => a.depth - b.depth || a.from - b.from);
}

/** The spans that a window shows, cut to it. */
export function within<T extends { from: number; to: number }>(spans: readonly T[], first: number, last: number): T[] {
  return spans.filter((span) => span.to >= first && span.from <= last);
}

/** The window of a list that has rows of one height. */
export function window(top: number, height: number, rowPx: number, count: number): { first: number; end: number } {
  const first = Math.max(0, Math.min(count, Math.floor(top / rowPx) - 4));
  return { first, end: Math.max(first, Math.min(count, Math.ceil((top + height) / rowPx) + 4)) };
}
