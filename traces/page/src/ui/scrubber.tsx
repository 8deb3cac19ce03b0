// The whole run in one strip: a lane for each thread, marks for what matters, the selected count as a line. A real slider lies
// over it, for the keyboard and for touch.

import { h } from "preact";
import { useMemo, useRef } from "preact/hooks";
import { move } from "../model/cursor";
import type { Replay } from "../model/replay";
import { useApp } from "./context";
import { Icon, threadClass, useWidth } from "./parts";

const LANE_PX = 7;

export function Scrubber() {
  const { run, view, replay, relevant, go, set } = useApp();
  const strip = useRef<HTMLDivElement>(null);
  const width = Math.max(useWidth(strip), 100);
  const count = run.steps.length;
  const x = (position: number) => 8 + (position / Math.max(count, 1)) * (width - 16);
  const height = Math.max(run.threads.length * LANE_PX + 8, 24);
  /** One path per thread; steps that fall on one pixel are drawn once. */
  const lanes = useMemo(() => {
    const ticks = run.threads.map(() => ({ path: "", last: -1 }));
    run.steps.forEach((step, index) => {
      const lane = step.thread === undefined ? undefined : ticks[step.thread];
      const px = Math.round(x(index + 1));
      if (!lane || lane.last === px) return;
      lane.last = px;
      lane.path += `M${px} ${(step.thread ?? 0) * LANE_PX + 5}v5`;
    });
    return ticks.map((lane) => lane.path);
  }, [run, width]);
  const marks = useMemo(() => {
    return [...new Set([...(relevant ?? [])].map((step) => Math.round(x(step + 1))))];
  }, [run, width]);
  const line = useMemo(() => sparkline(replay, view.entity, x, height), [replay, view.entity, width]);
  const next = (direction: 1 | -1) => go(move(run, view.at, direction, view.size));
  const buttons = [
    ["first", "To the start", "Home", () => go(0)],
    ["back", "One step back", "k", () => next(-1)],
    [view.playing ? "pause" : "play", view.playing ? "Stop playing" : "Play", "space", () => set({ playing: !view.playing })],
    ["forward", "One step on", "j", () => next(1)],
    ["last", "To the end", "End", () => go(count)],
  ] as const;
  return (
    <section class="scrubber" id="pane-scrubber" aria-label="Position in the run" tabIndex={-1}>
      <div class="buttons">
        {buttons.map(([icon, label, key, click]) => (
          <button key={label} aria-label={label} title={`${label} (${key})`} onClick={click}><Icon name={icon} /></button>
        ))}
      </div>
      <div class="strip" ref={strip}>
        <svg width={width} height={height} aria-hidden="true">
          {lanes.map((path, thread) => (
            <g key={thread} class={threadClass(thread)}>
              <path class="lane-line" d={`M8 ${thread * LANE_PX + 7.5}H${width - 8}`} />
              <path class="ticks" d={path} />
            </g>
          ))}
          {run.why.noReturn !== undefined && <path class="no-return" d={`M${x(run.why.noReturn + 1)} 0V${height}`} />}
          {marks.map((px) => <path key={px} class="diamond" d={`M${px} 0l3 3-3 3-3-3z`} />)}
          {line && <path class="spark" d={line} />}
          {view.pin !== undefined && <path class="pin" d={`M${x(view.pin)} 0V${height}`} />}
          <path class="cursor" d={`M${x(view.at)} 0V${height}`} />
        </svg>
        <input type="range" min={0} max={count} value={view.at} aria-label="Step" aria-valuetext={`step ${view.at} of ${count}`}
          onInput={(event) => go(Number(event.currentTarget.value))} />
      </div>
    </section>
  );
}

/** The first field of the selected entity that is a number in this run, over the run. */
function sparkline(replay: Replay, entity: number | undefined, x: (position: number) => number, height: number): string | undefined {
  if (entity === undefined) return undefined;
  const fields = replay.run.entities[entity]?.fields ?? [];
  for (let field = 0; field < fields.length; field++) {
    const history = replay.history(entity, field);
    const numbers = history.map(([position, value]) => [position, Number(value)] as const);
    if (history.length < 2 || numbers.some(([, value]) => !Number.isFinite(value))) continue;
    const top = Math.max(1, ...numbers.map(([, value]) => value));
    const y = (value: number) => height - 2 - (value / top) * (height - 6);
    const path = numbers.map(([position, value], index) => (index === 0 ? `M${x(position)} ${y(value)}` : `H${Math.round(x(position))}V${y(value)}`));
    return `${path.join("")}H${x(replay.length)}`;
  }
  return undefined;
}
