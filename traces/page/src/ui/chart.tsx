// The sequence chart under the picture: one lifeline per thread at the x of its box, time downwards, blocked spans hatched, the
// cursor as a band. Only the rows that are seen exist.

import { h } from "preact";
import { useMemo } from "preact/hooks";
import type { Run, Step } from "../data";
import { chart, positionAt, ROW_PX, rowY, within, type Lane } from "../model/chart";
import { fit } from "./picture";
import { Mark, threadClass } from "./parts";

const CHAR_PX = 5.6;
const BAR_PX = 8;
/** Words of a row, at the most; the list of steps has them in full. */
const WORDS_PX = 330;

interface Props {
  run: Run;
  at: number;
  scale: number;
  width: number;
  first: number;
  last: number;
  label: string;
  relevant?: ReadonlySet<number> | undefined;
  onMove?: (position: number) => void;
}

const charts = new WeakMap<Run, ReturnType<typeof chart>>();

/** The geometry of a run's chart, worked out once. */
export function chartOf(run: Run) {
  const found = charts.get(run) ?? chart(run);
  charts.set(run, found);
  return found;
}

/** The heads of the lifelines: they stay while the rows scroll. */
export function ChartHeads({ run, scale }: { run: Run; scale: number }) {
  const { lanes } = chartOf(run);
  const room = (index: number) => Math.min(...lanes.filter((_, other) => other !== index).map((lane) => Math.abs(lane.x - lanes[index]!.x)), 140);
  return (
    <svg class="chart-heads" aria-hidden="true" width={run.picture.width * scale} height="24">
      {lanes.map((lane, index) => {
        const thread = run.threads[lane.thread]!;
        const name = fit(thread.name.split(".").pop()!, room(index) * scale - 26, 6);
        const x = lane.x * scale;
        const left = x - (name.length * 6 + 20) / 2;
        return (
          <g key={lane.thread} class={`lane-head ${threadClass(lane.thread)}`}>
            <title>{thread.name}</title>
            <Mark thread={lane.thread} letter={thread.letter} transform={`translate(${left} 4)`} />
            <text class="lane-name" x={left + 20} y="16">{name}</text>
          </g>
        );
      })}
    </svg>
  );
}

export function Chart({ run, at, scale, width, first, last, label, relevant, onMove }: Props) {
  const { lanes } = chartOf(run);
  const top = first * ROW_PX;
  const height = (last - first + 1) * ROW_PX;
  const laneOf = useMemo(() => new Map(lanes.map((lane) => [run.threads[lane.thread]!.entity, lane])), [lanes]);
  const xOf = (entity: number): number | undefined => {
    const lane = laneOf.get(entity);
    const one = run.entities[entity];
    if (lane) return lane.x * scale;
    return one && one.w > 0 ? (one.x + one.w / 2) * scale : undefined;
  };
  const move = (event: MouseEvent & { currentTarget: SVGSVGElement }) => {
    const box = event.currentTarget.getBoundingClientRect();
    onMove?.(positionAt(event.clientY - box.top + top, run.steps.length));
  };

  /** A span cut to the window, with some pixels more or less at both ends. */
  const tall = ({ from, to }: { from: number; to: number }, more: number) => {
    const y = rowY(Math.max(from, first)) - more;
    return { y, height: Math.max(4, rowY(Math.min(to, last)) + more - y) };
  };

  const lifeline = (lane: Lane) => {
    const x = lane.x * scale;
    return (
      <g key={lane.thread} class={`lane ${threadClass(lane.thread)}`}>
        {within(lane.alive, first, last).map((span) => {
          const from = span.from <= first ? top : rowY(span.from);
          const to = span.to >= last ? top + height : rowY(span.to);
          return <path key={span.from} class="life" d={`M${x} ${from}V${Math.max(from, to)}`} />;
        })}
        {within(lane.activations, first, last).map((bar) => (
          <rect key={`${bar.depth} ${bar.from}`} class="activation" x={x - BAR_PX / 2 + (bar.depth - 1) * 3} width={BAR_PX}
            {...tall(bar, 6)} />
        ))}
        {within(lane.blocked, first, last).map((span) => (
          <rect key={span.from} class="blocked" fill="url(#hatch)" x={x - BAR_PX / 2} width={BAR_PX}
            {...tall(span, -4)}>
            <title>{span.text}</title>
          </rect>
        ))}
      </g>
    );
  };

  const row = (position: number, step: Step) => {
    const y = rowY(position);
    const lane = lanes.find((one) => one.thread === step.thread);
    const classes = `row ${threadClass(step.who === "COM" ? undefined : step.thread)}${relevant && !relevant.has(position - 1) ? " aside" : ""}${position === at ? " current" : ""}`;
    const arrows = (step.arrows ?? []).flatMap((arrow) => {
      const from = xOf(arrow.from);
      const to = xOf(arrow.to);
      return from === undefined || to === undefined ? [] : [{ ...arrow, from, to }];
    });
    const x = lane ? lane.x * scale : undefined;
    return (
      <g key={position} class={classes}>
        <title>{`${position} ${step.who}: ${step.text}`}</title>
        {arrows.map((arrow, index) => <Arrow key={index} {...arrow} y={y} />)}
        {x !== undefined && <circle class="dot" cx={x} cy={y} r="3.5" />}
        {x !== undefined && arrows.every((arrow) => arrow.kind === "wake") && <Words x={x} y={arrows.length > 0 ? y - 4 : y} width={width} text={step.text} />}
      </g>
    );
  };

  const rows = [];
  for (let position = Math.max(1, first); position <= last; position++) {
    const step = run.steps[position - 1];
    if (step) rows.push(row(position, step));
  }
  return (
    <svg class="chart" role="img" aria-label={label} width={width} height={height} viewBox={`0 ${top} ${width} ${height}`}
      onClick={move} onPointerMove={(event) => event.buttons === 1 && event.pointerType === "mouse" && move(event)}>
      <defs>
        <pattern id="hatch" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
          <path class="hatch" d="M0 0V5" />
        </pattern>
      </defs>
      {at >= first && at <= last && <rect class="band" x="0" width={width} y={at * ROW_PX} height={ROW_PX} />}
      {lanes.map(lifeline)}
      {rows}
    </svg>
  );
}

/** A row's words stand to the right of the lifeline, or to the left where the chart ends; they may cross other lifelines. */
function Words({ x, y, width, text }: { x: number; y: number; width: number; text: string }) {
  const right = width - x - 12;
  const turned = right < WORDS_PX && x > right;
  return (
    <text class="words" x={turned ? x - 9 : x + 9} y={y + 3.5} text-anchor={turned ? "end" : "start"}>
      {fit(text, Math.min(turned ? x - 12 : right, WORDS_PX), CHAR_PX)}
    </text>
  );
}

function Arrow({ from, to, y, text, kind }: { from: number; to: number; y: number; text: string; kind: string }) {
  // what wakes another is said by the step's own words
  const words = kind === "wake" ? "" : text;
  const side = to >= from ? 1 : -1;
  const start = from + side * 4;
  const end = to - side * 4;
  if (Math.abs(to - from) < 8) {
    // to itself: a small bow
    return (
      <g class={`arrow ${kind}`}>
        <path d={`M${from + 4} ${y - 5}h14v10h-12`} />
        <path class="head" d="M0 0 7-3.5V3.5Z" transform={`translate(${from + 4} ${y + 5})`} />
        <text class="words" x={from + 24} y={y + 3.5}>{fit(words, 120, CHAR_PX)}</text>
      </g>
    );
  }
  return (
    <g class={`arrow ${kind}`}>
      <path d={`M${start} ${y + 3}H${end}`} />
      <path class="head" d={side > 0 ? "M0 0-7-3.5V3.5Z" : "M0 0 7-3.5V3.5Z"} transform={`translate(${end} ${y + 3})`} />
      {words.length * CHAR_PX < Math.abs(to - from) - 12
        ? <text class="words" x={(from + to) / 2} y={y - 1} text-anchor="middle">{words}</text>
        : <text class="words" x={Math.max(from, to) + 9} y={y + 3.5}>{fit(words, WORDS_PX, CHAR_PX)}</text>}
    </g>
  );
}
