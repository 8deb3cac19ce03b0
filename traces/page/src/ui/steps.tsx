// The numbered steps in one of three sizes. What repeats is folded. Only the rows that are seen exist.

import { Fragment, h } from "preact";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { listed, repeats, rowOf, rows as rowsOf, SIZES } from "../model/cursor";
import { useApp } from "./context";
import { NOTE_CHARS_MAX } from "./store";
import { Badge, Icon, Pane, reveal, Search, Segments, useWindow } from "./parts";

const ROW_PX = 36;

export function Steps() {
  const { run, view, matches, relevant, notes, note, go, set } = useApp();
  const list = useRef<HTMLDivElement>(null);
  const all = useMemo(() => rowsOf(run, view.size), [run, view.size]);
  const folds = useMemo(() => repeats(run, all), [run, all]);
  const rows = useMemo(() => listed(all, view.unfolded ? [] : folds, view.at), [all, folds, view.unfolded, view.at]);
  const positions = useMemo(() => rows.map((row) => row.position), [rows]);
  const found = useMemo(() => new Set(matches), [matches]);
  const current = rowOf(positions, view.at);
  const seen = useWindow(list, ROW_PX, rows.length);
  useEffect(() => reveal(list.current, current * ROW_PX, ROW_PX), [current, rows.length, seen.height]);

  const row = (index: number) => {
    const { position, smaller, times, until } = rows[index]!;
    const step = run.steps[position - 1];
    const isCurrent = index === current;
    const marked = relevant?.has(position - 1);
    const classes = [isCurrent ? "current" : "", found.has(position) ? "found" : "", relevant && !marked ? "aside" : "", times ? "fold" : ""];
    return (
      <li key={position} style={{ top: `${index * ROW_PX}px` }} class={classes.join(" ")} aria-posinset={index + 1} aria-setsize={rows.length}>
        <button tabIndex={isCurrent ? 0 : -1} aria-current={isCurrent ? "step" : undefined} onClick={() => go(position)} title={step && `${step.text}\n${step.effect}`}>
          <span class="number">{position}</span>
          {step ? <Badge thread={step.thread} who={step.who} /> : <span />}
          <span class="what">{step?.text ?? "start"}</span>
          <span class="marks">
            {marked && <span title="has to do with the outcome"><Icon name="mark" /><span class="hidden">relevant</span></span>}
            {run.loopStart === position - 1 && <span title="from here on it repeats for ever"><Icon name="loop" /><span class="hidden">the loop begins</span></span>}
            {smaller > 0 && <span title={`${smaller} smaller steps before it`}>+{smaller}</span>}
            {notes[position] && <b title={notes[position]}>note</b>}
            {times && <b class="times" title={`The same ${times} times, up to step ${until}`}>\u00d7{times}</b>}
          </span>
          <span class="effect">{times ? `the same ${times} times, up to step ${until}` : step?.effect}</span>
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
        {folds.length > 0 && <button class="small" aria-pressed={!view.unfolded} title="Show once what repeats" onClick={() => set({ unfolded: !view.unfolded })}>Fold</button>}
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
      <label class="note">Note on {view.at === 0 ? "the start" : `step ${view.at}`}
        <input id="note" type="text" maxLength={NOTE_CHARS_MAX} value={notes[view.at] ?? ""} onInput={(event) => note(view.at, event.currentTarget.value)} />
      </label>
      {run.loopStart !== undefined && <p class="pane-foot muted">The run repeats from step {run.loopStart + 1} for ever.</p>}
    </Pane>
  );
}
