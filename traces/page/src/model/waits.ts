// The wait-for graph of a state: which of its edges lie on a cycle, and where its threads are drawn.

import type { State } from "./replay";

export interface Edge {
  from: number;
  to: number;
  text: string;
  onCycle: boolean;
}

/** Every edge once; on a cycle is an edge whose end leads back to its beginning. */
export function edges(waits: State["waits"]): Edge[] {
  const leads = (start: number, goal: number): boolean => {
    const seen = new Set<number>();
    const pending = [start];
    while (pending.length > 0) {
      const at = pending.pop()!;
      if (at === goal) return true;
      if (seen.has(at)) continue;
      seen.add(at);
      for (const wait of waits) if (wait.from === at) pending.push(...wait.to);
    }
    return false;
  };
  return waits.flatMap((wait) =>
    wait.to.map((to) => ({ from: wait.from, to, text: wait.text, onCycle: leads(to, wait.from) })),
  );
}

/** The threads that the graph speaks of, in their order. */
export function threads(waits: State["waits"]): number[] {
  return [...new Set(waits.flatMap((wait) => [wait.from, ...wait.to]))].sort((a, b) => a - b);
}

/** Places on a circle, the first on top, clockwise. */
export function circle(count: number, centreX: number, centreY: number, radius: number): { x: number; y: number }[] {
  return Array.from({ length: count }, (_, index) => {
    const angle = (2 * Math.PI * index) / Math.max(count, 1) - Math.PI / 2;
    return { x: centreX + radius * Math.cos(angle), y: centreY + radius * Math.sin(angle) };
  });
}
