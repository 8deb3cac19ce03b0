// The middle of the page: the picture and the chart under it, with one scale and one sideways position. In words the picture is
// the list of what stands in it, and the chart is the list of steps.

import { Fragment, h } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { ROW_PX, visible } from "../model/chart";
import { chartSummary, pictureItems, pictureSummary, type Item } from "../model/describe";
import { Chart, ChartHeads, chartOf } from "./chart";
import { useApp } from "./context";
import { EntityName, Pane, reveal, Scroll, useWindow } from "./parts";
import { Picture } from "./picture";
import { zoomed } from "./keys";

/** A small picture does not shout. */
const SCALE_MAX = 1.25;

/** The whole width of the picture is seen; what is too small to be read is zoomed. */
export function scaleFor(paneWidth: number, pictureWidth: number): number {
  return Math.min(SCALE_MAX, paneWidth / Math.max(pictureWidth, 1));
}

export function Stage() {
  const { run, view, replay, state, changes, changed, relevant, select, go, set } = useApp();
  const upper = useRef<HTMLDivElement>(null);
  const lower = useRef<HTMLDivElement>(null);
  const [words, setWords] = useState(false);
  const seen = useWindow(lower, ROW_PX, run.steps.length + 1);
  const width = seen.width || 640;
  const scale = view.zoom ?? scaleFor(width, run.picture.width);
  const wide = Math.max(width, run.picture.width * scale);
  const { height } = chartOf(run);
  const { first, last } = visible(seen.top - 24, seen.height, run.steps.length);
  useEffect(() => reveal(lower.current, view.at * ROW_PX, ROW_PX, 24), [view.at, run, seen.height]);
  const together = (from: HTMLElement | null, to: HTMLElement | null) => {
    if (from && to && from.scrollLeft !== to.scrollLeft) to.scrollLeft = from.scrollLeft;
  };
  const summary = pictureSummary(replay, state, changed);
  return (
    <div class="stage">
      <Pane id="picture" name="picture-pane" title="Picture" tools={
        <>
          <span class="muted">{view.at === 0 ? "at the start" : `after step ${view.at}`}{view.beside !== undefined && ", one step beside the run"}</span>
          <span class="segments zoom" role="group" aria-label="Zoom">
            <button aria-label="Smaller" title="Smaller (-)" onClick={() => set({ zoom: zoomed(scale, -1) })}>{"\u2212"}</button>
            <button aria-pressed={view.zoom === undefined} title="As wide as the pane (0)" onClick={() => set({ zoom: undefined })}>{Math.round(scale * 100)}%</button>
            <button aria-label="Larger" title="Larger (+)" onClick={() => set({ zoom: zoomed(scale, 1) })}>+</button>
          </span>
          <button class="small" aria-pressed={view.wide} title="Give the picture the room of the tabs (b)" onClick={() => set({ wide: !view.wide })}>Wide</button>
          <button class="small" aria-pressed={words} onClick={() => setWords(!words)}>As text</button>
        </>
      }>
        <Scroll name="pane-body canvas" label="Picture" body={upper} onScroll={() => together(upper.current, lower.current)}>
          {words
            ? <Items items={pictureItems(replay, state, changed)} />
            : <Picture run={run} replay={replay} state={state} changes={changes} {...(view.entity !== undefined && { entity: view.entity })} scale={scale} label={summary} hurt={view.at === run.steps.length && view.beside === undefined ? run.why.hurt : []}
                onSelect={(entity) => select(entity === view.entity ? undefined : entity)} />}
        </Scroll>
      </Pane>
      <Pane id="chart" name="chart-pane" title="Sequence" tools={<span class="muted"><i class="sample-blocked" /> blocked</span>}>
        <Scroll name="pane-body canvas" label="Sequence" body={lower} onScroll={() => together(lower.current, upper.current)}>
          <div class="sticky-head"><ChartHeads run={run} scale={scale} /></div>
          <div class="chart-space" style={{ height: `${height}px`, width: `${wide}px` }}>
            <div style={{ position: "absolute", top: `${first * ROW_PX}px` }}>
              <Chart run={run} at={view.at} scale={scale} width={wide} first={first} last={last} label={chartSummary(run, state)} relevant={relevant} onMove={go} />
            </div>
          </div>
        </Scroll>
      </Pane>
    </div>
  );
}

function Items({ items }: { items: readonly Item[] }) {
  return (
    <ul class="twin">
      {items.map((item) => (
        <li key={item.entity}>
          <EntityName entity={item.entity}>{item.text}</EntityName>
          {item.changed && <b class="tag">changed</b>}
          {item.children.length > 0 && <Items items={item.children} />}
        </li>
      ))}
    </ul>
  );
}
