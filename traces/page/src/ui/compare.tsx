// Two runs side by side: broken and repaired, or two readings. Their steps are aligned, a line marks where they part, and the one
// cursor drives both.

import { Fragment, h } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Run } from "../data";
import { align, partner, type Alignment } from "../model/compare";
import { headline, pictureSummary } from "../model/describe";
import type { Replay } from "../model/replay";
import { useApp } from "./context";
import { Pane, reveal, RunSelect, Scroll, useWidth, useWindow } from "./parts";
import { Picture } from "./picture";

const ROW_PX = 26;

const alignments = new WeakMap<Run, Map<Run, Alignment>>();

/** The alignment of two runs, worked out once. */
export function alignmentOf(left: Run, right: Run): Alignment {
  const known = alignments.get(left) ?? new Map<Run, Alignment>();
  const found = known.get(right) ?? align(left, right);
  alignments.set(left, known.set(right, found));
  return found;
}

export function Compare() {
  const { page, run, view, live, busy, replayOf, go, set, compare } = useApp();
  const list = useRef<HTMLDivElement>(null);
  const other = page.runs[view.other] === run ? undefined : page.runs[view.other];
  // a row that only the right run has keeps the left one where it is
  const [right, setRight] = useState<{ at: number; position: number }>();
  const alignment = useMemo(() => (other ? alignmentOf(run, other) : { rows: [] }), [run, other]);
  const seen = useWindow(list, ROW_PX, alignment.rows.length);
  const position = other ? (right?.at === view.at ? right.position : partner(alignment, "left", view.at)) : 0;
  const current = alignment.rows.findIndex((row) => (right?.at === view.at ? row.right === position : row.left === view.at));
  useEffect(() => reveal(list.current, current * ROW_PX, ROW_PX), [current]);
  const close = <button class="small" onClick={() => set({ mode: "run" })}>Close</button>;
  const elsewhere = live && (
    <select aria-label="Compare with" disabled={busy} value={view.elsewhere ?? ""} onChange={(event) => compare(event.currentTarget.value)}>
      <option value="">compare with …</option>
      {(page.live?.others ?? []).map((one) => <option key={one} value={one}>{one}</option>)}
    </select>
  );
  if (!other) {
    return (
      <Pane id="picture" name="compare" title="Compare" tools={close}>
        {live
          ? <p class="empty-pane">How would this run go elsewhere? {elsewhere}</p>
          : <p class="empty-pane muted">{page.runs.length < 2 ? "This page has one run only; there is nothing to compare it with." : "Left and right are the same run."}</p>}
      </Pane>
    );
  }
  const common = alignment.rows.slice(0, alignment.divergence).filter((row) => row.left !== undefined && row.right !== undefined).length;
  const parting = (run.parting ?? other.parting)?.text;
  const rows = [];
  for (let index = seen.first; index < seen.end; index++) {
    const row = alignment.rows[index]!;
    const parts = index === alignment.divergence;
    rows.push(
      <li key={index} style={{ top: `${index * ROW_PX}px` }} class={`${index === current ? "current" : ""} ${parts ? "parts" : ""}`} aria-posinset={index + 1} aria-setsize={alignment.rows.length}>
        {parts && <span class="parts-label">they part here</span>}
        <Cell run={run} position={row.left} onChoose={() => { setRight(undefined); go(row.left!); }} />
        <Cell run={other} position={row.right} onChoose={() => {
          const at = partner(alignment, "right", row.right!);
          setRight({ at, position: row.right! });
          go(at);
        }} />
      </li>,
    );
  }
  return (
    <Pane id="picture" name="compare" title="Compare" tools={
      <>
        <span class="muted">{alignment.divergence === undefined ? "the same steps" : `${common} common steps, then they part`}</span>
        {close}
      </>
    }>
      <div class="sides">
        <Side replay={replayOf(view.run)} position={view.at}>
          <RunSelect label="Left run" value={view.run} choose={(index) => set({ run: index, at: Math.min(view.at, page.runs[index]!.steps.length), entity: undefined, beside: undefined })} />
        </Side>
        <Side replay={replayOf(view.other)} position={position}>
          {elsewhere || <RunSelect label="Right run" value={view.other} choose={(index) => set({ other: index })} />}
        </Side>
      </div>
      {parting && <p class="parting" role="note">{parting}</p>}
      <Scroll name="pane-body list aligned" label="Aligned steps" body={list}>
        <ol style={{ height: `${alignment.rows.length * ROW_PX}px` }}>{rows}</ol>
      </Scroll>
    </Pane>
  );
}

function Side({ replay, position, children }: { replay: Replay; position: number; children: preact.ComponentChildren }) {
  const body = useRef<HTMLDivElement>(null);
  const width = useWidth(body) || 300;
  const { run } = replay;
  const state = replay.state(position);
  const changes = position === 0 ? [] : replay.changes(replay.state(position - 1), state);
  const changed = new Set(changes.map((change) => change.entity));
  const scale = Math.min(1, width / Math.max(run.picture.width, 1));
  return (
    <div class="side">
      <p>{children}</p>
      <p class={run.verdict === "violated" ? "headline" : ""}>{headline(run)}</p>
      <Scroll name="canvas" label={`Picture of ${run.label}`} body={body}>
        <Picture run={run} replay={replay} state={state} changes={changes} scale={scale} label={pictureSummary(replay, state, changed)} onSelect={() => undefined} hurt={position === run.steps.length ? run.why.hurt : []} />
      </Scroll>
    </div>
  );
}

function Cell({ run, position, onChoose }: { run: Run; position: number | undefined; onChoose: () => void }) {
  if (position === undefined) return <span class="empty" />;
  const step = run.steps[position - 1]!;
  const letter = step.who === "COM" || step.thread === undefined ? "COM" : run.threads[step.thread]?.letter;
  return (
    <button onClick={onChoose} title={`${step.who}: ${step.text}${step.effect ? `: ${step.effect}` : ""}`}>
      <span class="number">{position}</span> <b class="letter">{letter}</b> <span class="what">{step.text}</span>
    </button>
  );
}
