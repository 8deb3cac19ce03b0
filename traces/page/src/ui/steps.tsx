// The numbered steps in one of three sizes. Only the rows that are seen exist.

import { Fragment, h } from "preact";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { rowOf, rows as rowsOf, SIZES } from "../model/cursor";
import { useApp } from "./context";
import { Badge, Icon, Pane, reveal, Search, Segments, useWindow } from "./parts";

const ROW_PX = 36;

export function Steps() {
  const { run, view, matches, relevant, go, set } = useApp();
  const list = useRef<HTMLDivElement>(null);
  const rows = useMemo(() => [0, ...rowsOf(run, view.size)], [run, view.size]);
  const found = useMemo(() => new Set(matches), [matches]);
  const current = rowOf(rows, view.at);
  const seen = useWindow(list, ROW_PX, rows.length);
  useEffect(() => reveal(list.current, current * ROW_PX, ROW_PX), [current, rows, seen.height]);

  const row = (index: number) => {
    const position = rows[index]!;
    const step = run.steps[position - 1];
    const folded = index === 0 ? 0 : position - rows[index - 1]! - 1;
    const isCurrent = index === current;
    const marked = relevant?.has(position - 1);
    const classes = [isCurrent ? "current" : "", found.has(position) ? "found" : "", relevant && !marked ? "aside" : ""];
    return (
      <li key={position} style={{ top: `${index * ROW_PX}px` }} class={classes.join(" ")} aria-posinset={index + 1} aria-setsize={rows.length}>
        <button tabIndex={isCurrent ? 0 : -1} aria-current={isCurrent ? "step" : undefined} onClick={() => go(position)} title={step && `${step.text}\n${step.effect}`}>
          <span class="number">{position}</span>
          {step ? <Badge thread={step.thread} who={step.who} /> : <span />}
          <span class="what">{step?.text ?? "start"}</span>
          <span class="marks">
            {marked && <span title="has to do with the outcome"><Icon name="mark" /><span class="hidden">relevant</span></span>}
            {run.loopStart === position - 1 && <span title="from here on it repeats for ever"><Icon name="loop" /><span class="hidden">the loop begins</span></span>}
            {folded > 0 && <span title={`${folded} smaller steps before it`}>+{folded}</span>}
          </span>
          <span class="effect">{step?.effect}</span>
        </button>
      </li>
    );
  };

  const indexes: number[] = [];
  for (let index = seen.first; index < seen.end; index++) indexes.push(index);
  return (
    <Pane id="steps" name="steps" title="Steps" tools={
      <>
        <Segments label="Size of a step" choices={SIZES.map(({ size, name }) => [size, name])} value={view.size} choose={(size) => set({ size })} />
        <Search id="search" label="Search" value={view.query} change={(query) => set({ query })} onKeyDown={(event) => {
          const next = matches.find((one) => one > view.at) ?? matches[0];
          if (event.key === "Enter" && next !== undefined) go(next);
        }} />
        {view.query && <span class="muted" role="status">{matches.length}</span>}
      </>
    }>
      <div class="pane-body list" ref={list} tabIndex={-1}>
        <ol style={{ height: `${rows.length * ROW_PX}px` }}>{indexes.map(row)}</ol>
      </div>
      {run.loopStart !== undefined && <p class="pane-foot muted">The run repeats from step {run.loopStart + 1} for ever.</p>}
    </Pane>
  );
}
