// The picture: processes, apartments, contexts, and what stands in them. The places are the run's, laid out once; only what is
// written into the boxes and how they are drawn follows the cursor.

import { h } from "preact";
import { useMemo } from "preact/hooks";
import type { Entity, Run } from "../data";
import { brief } from "../model/describe";
import { look } from "../model/phase";
import type { Change, Replay, State } from "../model/replay";

const LABEL_PX = 6.3;
const DETAIL_PX = 6;
const BOLD_PX = 6.7;
const FRAMES: ReadonlySet<string> = new Set(["process", "apartment", "context"]);

interface Props {
  run: Run;
  replay: Replay;
  state: State;
  changes: readonly Change[];
  entity?: number;
  scale: number;
  label: string;
  onSelect: (entity: number) => void;
  /** The threads to whom it happens, where it happens. */
  hurt?: readonly number[];
}

/** A text cut to what a width has room for. */
export function fit(text: string, width: number, charPx: number): string {
  const room = Math.max(1, Math.floor(width / charPx));
  return text.length <= room ? text : `${text.slice(0, Math.max(1, room - 1))}\u2026`;
}

/** The outline tells the kind: a stub is notched where its object is, a proxy where its stub is, a packet is an envelope. */
function outline({ kind, x, y, w, h }: Entity): string {
  const r = x + w;
  const b = y + h;
  const m = y + h / 2;
  switch (kind) {
    case "stub":
      return `M${x} ${y}H${r}V${b}H${x}L${x + 5} ${m}Z`;
    case "proxy":
      return `M${x + 5} ${y}H${r}V${b}H${x + 5}L${x} ${m}Z`;
    case "packet":
      return `M${x} ${y}H${r}V${b}H${x}ZL${x + w / 2} ${y + Math.min(8, h / 2)}L${r} ${y}`;
    case "call":
      return `M${x} ${y}H${r - 6}L${r} ${m}L${r - 6} ${b}H${x}Z`;
    case "object":
    case "class": {
      const c = Math.min(6, h / 2);
      return `M${x + c} ${y}H${r - c}Q${r} ${y} ${r} ${y + c}V${b - c}Q${r} ${b} ${r - c} ${b}H${x + c}Q${x} ${b} ${x} ${b - c}V${y + c}Q${x} ${y} ${x + c} ${y}Z`;
    }
    case "module":
      return `M${x} ${y}H${r - 8}L${r} ${y + 8}V${b}H${x}Z`;
    default:
      return `M${x} ${y}H${r}V${b}H${x}Z`;
  }
}

/** From the border of one box to the border of another, sideways if they do not stand above each other. */
function wire(from: Entity, to: Entity): { path: string; x: number; y: number; angle: number } {
  const beside = from.x + from.w <= to.x || to.x + to.w <= from.x;
  if (beside) {
    const right = to.x >= from.x + from.w;
    const x1 = right ? from.x + from.w : from.x;
    const x2 = right ? to.x : to.x + to.w;
    const y1 = from.y + from.h / 2;
    const y2 = to.y + to.h / 2;
    const middle = (x1 + x2) / 2;
    return { path: `M${x1} ${y1}C${middle} ${y1} ${middle} ${y2} ${x2} ${y2}`, x: x2, y: y2, angle: right ? 0 : 180 };
  }
  const down = to.y >= from.y;
  const x1 = from.x + from.w / 2;
  const x2 = Math.max(to.x + 6, Math.min(to.x + to.w - 6, x1));
  const y1 = down ? from.y + from.h : from.y;
  const y2 = down ? to.y : to.y + to.h;
  const middle = (y1 + y2) / 2;
  return { path: `M${x1} ${y1}C${x1} ${middle} ${x2} ${middle} ${x2} ${y2}`, x: x2, y: y2, angle: down ? 90 : -90 };
}

export function Picture({ run, replay, state, changes, entity, scale, label, onSelect, hurt }: Props) {
  const { width, height } = run.picture;
  /** Parents before what stands in them. */
  const order = useMemo(() => {
    const depth = (one: Entity): number => (one.parent === undefined ? 0 : 1 + depth(run.entities[one.parent]!));
    return run.entities
      .map((one, index) => ({ one, index, depth: depth(one) }))
      .filter(({ one }) => one.w > 0)
      .sort((a, b) => a.depth - b.depth || a.index - b.index);
  }, [run]);
  const parents = useMemo(() => new Set(run.entities.filter((one) => one.w > 0).map((one) => one.parent)), [run]);
  const byEntity = new Map<number, Change[]>();
  for (const change of changes) byEntity.set(change.entity, [...(byEntity.get(change.entity) ?? []), change]);
  const isFrame = (one: Entity, index: number) => FRAMES.has(one.kind) || parents.has(index);

  const box = ({ one, index }: { one: Entity; index: number }) => {
    const life = replay.life(state, index);
    const phase = one.lifecycle === undefined ? "" : replay.text(state, index, 0);
    const frame = isFrame(one, index);
    const blocked = one.kind === "thread" && !!state.blocked[run.threads.findIndex((thread) => thread.entity === index)];
    const changed = byEntity.get(index);
    const style = life === "here" ? look(phase) : life;
    const classes = ["box", `k-${one.kind}`, frame ? "frame" : "leaf", `is-${style}`, changed ? "changed" : "", blocked ? "blocked" : "", hurt?.includes(index) ? "hurt" : "", entity === index ? "chosen" : ""];
    const detail = life === "gone" ? "gone" : life === "later" ? "" : blocked ? "blocked" : detailOf(replay, state, index, changed);
    const two = !frame && one.h >= 27 && detail !== "";
    const whole = frame && one.name.length * LABEL_PX < one.w - 12 ? one.name : one.label;
    const label = fit(frame || two || detail === "" || style === "gone" ? whole : `${whole} ${detail}`, one.w - 12, LABEL_PX);
    const left = one.x + (one.kind === "proxy" || one.kind === "stub" ? 9 : 6);
    const labelY = frame ? one.y + 13 : two ? one.y + one.h / 2 - 2 : one.y + one.h / 2 + 4;
    return (
      <g key={index} class={classes.join(" ")} onClick={(event) => { event.stopPropagation(); onSelect(index); }}>
        <title>{`${one.kind} ${one.name}${detail ? `: ${detail}` : ""}`}</title>
        <path d={outline(one)} />
        {life !== "later" && <text class="name" x={left} y={labelY}>{label}</text>}
        {two && <text class="detail" x={left} y={labelY + 12}>{fit(detail, one.w - 12, changed ? BOLD_PX : DETAIL_PX)}</text>}
        {frame && detail && detail !== "gone" && one.w - label.length * LABEL_PX > 50 && (
          <text class="detail" x={one.x + one.w - 6} y={one.y + 13} text-anchor="end">
            {fit(detail, one.w - label.length * LABEL_PX - 24, DETAIL_PX)}
          </text>
        )}
      </g>
    );
  };

  const wires = order.flatMap(({ one, index }) => {
    if (replay.life(state, index) !== "here" || isFrame(one, index)) return [];
    const phase = one.lifecycle === undefined ? "" : replay.text(state, index, 0);
    const ends: [Entity, Entity, string][] = [];
    const to = one.to === undefined ? undefined : run.entities[one.to];
    const from = one.from === undefined ? undefined : run.entities[one.from];
    if (from && from.w > 0) ends.push([from, one, "from"]);
    if (to && to.w > 0 && one.to !== undefined && replay.life(state, one.to) !== "later") ends.push([one, to, "to"]);
    return ends.map(([a, b, end]) => {
      const { path, x, y, angle } = wire(a, b);
      const touched = entity === index || entity === one.to;
      return (
        <g key={`${index}${end}`} class={`wire is-${look(phase)}${byEntity.has(index) ? " changed" : ""}${touched ? " chosen" : ""}`}>
          <path d={path} />
          <path class="head" d="M0 0-6-3V3Z" transform={`translate(${x} ${y}) rotate(${angle})`} />
        </g>
      );
    });
  });

  return (
    <svg class="picture" role="img" aria-label={label} width={width * scale} height={height * scale} viewBox={`0 0 ${width} ${height}`}>
      {order.filter(({ one, index }) => isFrame(one, index)).map(box)}
      {wires}
      {order.filter(({ one, index }) => !isFrame(one, index)).map(box)}
    </svg>
  );
}

/** What is written below the name: what changed as before and after, or else what is worth saying. */
function detailOf(replay: Replay, state: State, entity: number, changed: readonly Change[] | undefined): string {
  const words = brief(replay, state, entity, false);
  if (!changed) return words;
  const one = replay.run.entities[entity]!;
  const parts = changed.map(({ field, before, after }) =>
    field === 0 && one.lifecycle !== undefined ? `${before}\u2192${after}` : `${one.fields[field]} ${before}\u2192${after}`,
  );
  return parts.join(", ") || words;
}
