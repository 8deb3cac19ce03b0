// Who waits for whom at the cursor; a cycle is drawn thick.

import { Fragment, h } from "preact";
import { waitsSummary } from "../model/describe";
import { circle, edges, threads } from "../model/waits";
import { Badge, Mark, threadClass } from "../ui/parts";
import { useApp } from "../ui/context";

const SIDE = 300;

export function WaitsTab() {
  const { run, state } = useApp();
  const blocked = run.threads.flatMap((_, thread) => (state.blocked[thread] && !state.waits.some((wait) => wait.from === thread) ? [thread] : []));
  if (state.waits.length === 0 && blocked.length === 0) return <p class="muted">Nobody waits here.</p>;
  const inCycle = new Set(state.cycle);
  return (
    <>
      {state.cycle.length > 0 && <p class="headline">A cycle: {state.cycle.map((thread) => run.threads[thread]?.name).join(" \u2192 ")}</p>}
      {state.waits.some((wait) => wait.to.length > 0) && <WaitGraph />}
      <ul class="waits">
        {state.waits.map((wait, index) => (
          <li key={index} class={inCycle.has(wait.from) ? "cycle" : ""}>
            <Badge thread={wait.from} /> {run.threads[wait.from]?.name} {wait.text}
            {wait.to.length === 0 ? ", which nobody can bring about" : <>: {wait.to.map((to) => <span key={to} class="nowrap"><Badge thread={to} /> {run.threads[to]?.name} </span>)}</>}
          </li>
        ))}
        {blocked.map((thread) => <li key={`b${thread}`}><Badge thread={thread} /> {run.threads[thread]?.name}: {state.blocked[thread]}</li>)}
      </ul>
    </>
  );
}

function WaitGraph() {
  const { run, state } = useApp();
  const nodes = threads(state.waits);
  const height = nodes.length === 2 ? 150 : 230;
  const places = circle(nodes.length, SIDE / 2, height / 2, height / 2 - 34);
  const placeOf = new Map(nodes.map((thread, index) => [thread, places[index]!]));
  return (
    <svg class="wait-graph" role="img" aria-label={waitsSummary(run, state)} viewBox={`0 0 ${SIDE} ${height}`} width="100%" height={height}>
      {edges(state.waits).map((edge, index) => {
        const a = placeOf.get(edge.from)!;
        const b = placeOf.get(edge.to)!;
        const length = Math.hypot(b.x - a.x, b.y - a.y) || 1;
        const [ux, uy] = [(b.x - a.x) / length, (b.y - a.y) / length];
        // bent to the right, so that two opposite edges do not lie on each other
        const [cx, cy] = [(a.x + b.x) / 2 - uy * 26, (a.y + b.y) / 2 + ux * 26];
        const [ex, ey] = [b.x - ux * 15 - uy * 6, b.y - uy * 15 + ux * 6];
        const angle = (Math.atan2(ey - cy, ex - cx) * 180) / Math.PI;
        return (
          <g key={index} class={edge.onCycle ? "edge cycle" : "edge"}>
            <title>{edge.text}</title>
            <path d={`M${a.x + ux * 13 - uy * 6} ${a.y + uy * 13 + ux * 6}Q${cx} ${cy} ${ex} ${ey}`} />
            <path class="head" d="M0 0-8-4V4Z" transform={`translate(${ex} ${ey}) rotate(${angle})`} />
          </g>
        );
      })}
      {nodes.map((thread) => {
        const place = placeOf.get(thread)!;
        const one = run.threads[thread]!;
        const above = place.y < height / 2;
        return (
          <g key={thread} class={threadClass(thread)}>
            <Mark thread={thread} letter={one.letter} transform={`translate(${place.x - 12} ${place.y - 12}) scale(1.5)`} />
            <text class="node-name" x={place.x} y={above ? place.y - 18 : place.y + 26} text-anchor="middle">{one.name}</text>
          </g>
        );
      })}
    </svg>
  );
}
