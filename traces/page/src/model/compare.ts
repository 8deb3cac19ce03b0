// Two runs side by side: their steps aligned on what they do, and the row at which they part.

import type { Run } from "../data";

/** A row has a position in the left run, in the right one, or in both. */
export interface Row {
  left?: number;
  right?: number;
}

export interface Alignment {
  rows: Row[];
  /** The row at which the runs part; none if one is the beginning of the other or they are the same. */
  divergence?: number;
}

/** Cells of the table that the middle part may need; larger middles are set side by side unaligned. */
const CELLS_MAX = 4_000_000;

export function align(left: Run, right: Run): Alignment {
  // an event's name says who moves, or in which place a call stands: in another scenario that may be something else
  const deeds = (run: Run) => run.steps.map((step) => `${step.who} ${step.text}`);
  const a = deeds(left);
  const b = deeds(right);
  let front = 0;
  while (front < a.length && front < b.length && a[front] === b[front]) front++;
  let back = 0;
  while (back < a.length - front && back < b.length - front && a[a.length - 1 - back] === b[b.length - 1 - back]) back++;
  const rows: Row[] = [];
  for (let index = 0; index < front; index++) rows.push({ left: index + 1, right: index + 1 });
  rows.push(...middle(a, b, front, a.length - back, b.length - back));
  for (let index = back; index > 0; index--) rows.push({ left: a.length - index + 1, right: b.length - index + 1 });
  const told = left.parting ?? right.parting;
  const side = left.parting ? "right" : "left";
  const parted = told?.step === undefined ? -1 : rows.findIndex((row) => row[side] === told.step! + 1);
  const divergence = parted >= 0 ? parted : front;
  return divergence < rows.length ? { rows, divergence } : { rows };
}

/** Aligns `a[from..endA]` with `b[from..endB]` on their longest common subsequence. */
function middle(a: readonly string[], b: readonly string[], from: number, endA: number, endB: number): Row[] {
  const n = endA - from;
  const m = endB - from;
  const rows: Row[] = [];
  if (n * m > CELLS_MAX) {
    for (let i = 0; i < Math.max(n, m); i++) {
      rows.push({ ...(i < n && { left: from + i + 1 }), ...(i < m && { right: from + i + 1 }) });
    }
    return rows;
  }
  const width = m + 1;
  const best = new Uint16Array((n + 1) * width);
  for (let i = n - 1; i >= 0; i--) {
    for (let j = m - 1; j >= 0; j--) {
      best[i * width + j] =
        a[from + i] === b[from + j]
          ? best[(i + 1) * width + j + 1]! + 1
          : Math.max(best[(i + 1) * width + j]!, best[i * width + j + 1]!);
    }
  }
  let i = 0;
  let j = 0;
  while (i < n || j < m) {
    if (i < n && j < m && a[from + i] === b[from + j]) {
      rows.push({ left: from + ++i, right: from + ++j });
    } else if (j >= m || (i < n && best[(i + 1) * width + j]! >= best[i * width + j + 1]!)) {
      rows.push({ left: from + ++i });
    } else {
      rows.push({ right: from + ++j });
    }
  }
  return rows;
}

/** The row of a position of one side; position 0 is before the first row. */
export function rowAt(alignment: Alignment, side: "left" | "right", position: number): number {
  return alignment.rows.findIndex((row) => row[side] === position);
}

/** The position on the other side that goes with a position: the last one at or before its row. */
export function partner(alignment: Alignment, side: "left" | "right", position: number): number {
  if (position === 0) return 0;
  const other = side === "left" ? "right" : "left";
  for (let row = rowAt(alignment, side, position); row >= 0; row--) {
    const found = alignment.rows[row]![other];
    if (found !== undefined) return found;
  }
  return 0;
}
