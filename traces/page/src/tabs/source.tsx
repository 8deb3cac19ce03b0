// The scenario with a marker for each thread that stands in it, what the step executed, and what the run has executed so far.

import { Fragment, h } from "preact";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { useApp } from "../ui/context";
import { Badge, Copy, reveal, Scroll } from "../ui/parts";

const LINE_PX = 18;

interface Line {
  start: number;
  text: string;
}

export function SourceTab() {
  const { page, run, view, state } = useApp();
  const body = useRef<HTMLDivElement>(null);
  const text = run.scenario?.text ?? page.scenario.text;
  const lines = useMemo(() => {
    const found: Line[] = [];
    let start = 0;
    for (const line of text.split("\n")) {
      found.push({ start, text: line });
      start += line.length + 1;
    }
    return found;
  }, [text]);
  const lineOf = (offset: number) => {
    let low = 0;
    let high = lines.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (lines[middle]!.start <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  };
  /** The first position at which each line was executed. */
  const executed = useMemo(() => {
    const first = new Map<number, number>();
    run.steps.forEach((step, index) => {
      for (const [start] of step.spans) {
        const line = lineOf(start);
        if (!first.has(line)) first.set(line, index + 1);
      }
    });
    return first;
  }, [run, lines]);
  const step = view.at === 0 ? undefined : run.steps[view.at - 1];
  const spans = step?.spans ?? [];
  const standing = new Map<number, number[]>();
  state.at.forEach((place, thread) => {
    if (place) {
      const line = lineOf(place[0]);
      standing.set(line, [...(standing.get(line) ?? []), thread]);
    }
  });
  const mover = step?.thread === undefined ? undefined : state.at[step.thread];
  const target = spans[0]?.[0] ?? mover?.[0];
  const focus = target === undefined ? -1 : lineOf(target);
  useEffect(() => {
    if (focus >= 0) reveal(body.current, focus * LINE_PX, LINE_PX * 3);
  }, [focus]);
  return (
    <>
      <div class="tab-tools">
        <span class="muted">{(run.scenario ?? page.scenario).name}</span>
        <Copy text={() => text} what="the scenario" />
      </div>
      <Scroll name="source" label="Source" body={body}>
        <ol>
          {lines.map((line, index) => {
            const since = executed.get(index);
            const threads = standing.get(index) ?? [];
            const done = since !== undefined && since <= view.at;
            return (
              <li key={index} class={`${index === focus ? "focus" : ""} ${done ? "done" : ""}`}>
                <span class="line-number">{index + 1}</span>
                <span class="standing">{threads.map((thread) => <Badge key={thread} thread={thread} />)}</span>
                <code><Marked line={line} spans={spans} /></code>
              </li>
            );
          })}
        </ol>
      </Scroll>
    </>
  );
}

/** A line with the executed parts marked. */
function Marked({ line, spans }: { line: Line; spans: readonly [number, number][] }) {
  const end = line.start + line.text.length;
  const parts = spans
    .filter(([from, to]) => from < end && to > line.start)
    .map(([from, to]) => [Math.max(from, line.start) - line.start, Math.min(to, end) - line.start] as const)
    .sort((a, b) => a[0] - b[0]);
  if (parts.length === 0) return <>{line.text || " "}</>;
  const pieces = [];
  let at = 0;
  for (const [from, to] of parts) {
    if (to <= at) continue;
    if (from > at) pieces.push(line.text.slice(at, from));
    pieces.push(<mark key={from}>{line.text.slice(Math.max(from, at), to)}</mark>);
    at = to;
  }
  pieces.push(line.text.slice(at));
  return <>{pieces}</>;
}
