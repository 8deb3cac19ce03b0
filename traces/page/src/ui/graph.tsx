// The neighbourhood of the run in the explored graph, laid out by depth: the run in bold, violating states outlined. It is a
// bounded part and says so; nothing moves by itself.

import { Fragment, h } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { useApp } from "./context";
import { Pane, reveal, Scroll, Search, StepLink, useWindow } from "./parts";

const COLUMN_PX = 64;
const ROW_PX = 42;
const NODE_PX = 8;
/** Nodes that are listed as matches. */
const LISTED_MAX = 60;

export function Graph() {
  const { page, view, go, set } = useApp();
  const body = useRef<HTMLDivElement>(null);
  const [query, setQuery] = useState("");
  const [chosen, setChosen] = useState<number>();
  const graph = page.graph;
  const depths = graph ? Math.max(0, ...graph.nodes.map((node) => node.depth)) : 0;
  const high = graph ? Math.max(0, ...graph.nodes.map((node) => node.y)) : 0;
  const seen = useWindow(body, ROW_PX, depths + 1);
  // depth runs downwards, so that a long run scrolls as the list of its steps does
  const depth = graph?.nodes.find((one) => one.step === view.at)?.depth ?? 0;
  useEffect(() => reveal(body.current, depth * ROW_PX, 2 * ROW_PX), [depth, seen.height]);
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const found = useMemo(() => {
    if (!graph || words.length === 0) return [];
    const names = graph.nodes.map(() => "");
    for (const [, to, name] of graph.edges) names[to] += ` ${name}`;
    return graph.nodes.flatMap((node, index) => (words.every((word) => `${node.text}${names[index]}`.toLowerCase().includes(word)) ? [index] : []));
  }, [graph, query]);
  const close = <button class="small" onClick={() => set({ mode: "run" })}>Close</button>;
  if (!graph || graph.nodes.length === 0) {
    return <Pane id="picture" name="graph" title="Graph" tools={close}><p class="empty-pane muted">This page has no graph.</p></Pane>;
  }
  const tools = (
    <>
      <span class="muted">{graph.nodes.length} of {graph.states.toLocaleString("en")} states{graph.nodes.length < graph.states && ", the others are left out"}</span>
      <Search label="Search states" value={query} change={setQuery} />
      {close}
    </>
  );
  const matches = new Set(found);
  const x = (index: number) => 30 + graph.nodes[index]!.y * COLUMN_PX;
  const y = (index: number) => 24 + graph.nodes[index]!.depth * ROW_PX;
  const onRun = (index: number) => graph.nodes[index]!.step !== undefined;
  const top = seen.top - 200;
  const bottom = seen.top + seen.height + 200;
  const shown = (index: number) => y(index) > top && y(index) < bottom;
  const choose = (index: number) => {
    setChosen(index);
    const step = graph.nodes[index]!.step;
    if (step !== undefined && view.run === 0) go(step);
  };
  const node = chosen === undefined ? graph.nodes.findIndex((one) => one.step === view.at) : chosen;
  const picked = graph.nodes[node];
  const width = Math.max(60 + (high + 1) * COLUMN_PX, 300);
  const height = 48 + (depths + 1) * ROW_PX;
  return (
    <Pane id="picture" name="graph" title="Graph" tools={tools}>
      <Scroll name="pane-body canvas" label="Graph" body={body}>
        <svg class="states" role="img" width={width} height={height}
          aria-label={`${graph.nodes.length} states around the run, by depth; ${graph.nodes.filter((one) => one.bad).length} of them violate something.`}>
          {graph.edges.map(([from, to, name], index) =>
            shown(from) || shown(to) ? (
              <path key={index} class={onRun(from) && onRun(to) && graph.nodes[to]!.step === graph.nodes[from]!.step! + 1 ? "edge run" : "edge"}
                d={edge(x(from), y(from), x(to), y(to))}><title>{name}</title></path>
            ) : null,
          )}
          {graph.nodes.map((one, index) => {
            if (!shown(index)) return null;
            const classes = ["node", onRun(index) ? "run" : "", one.bad ? "bad" : "", matches.has(index) ? "found" : "", index === node ? "chosen" : "", one.step === view.at && view.run === 0 ? "current" : ""];
            return (
              <g key={index} class={classes.join(" ")} onClick={() => choose(index)}>
                <title>{one.text}</title>
                {one.bad
                  ? <path d={`M${x(index)} ${y(index) - NODE_PX}l${NODE_PX} ${NODE_PX}-${NODE_PX} ${NODE_PX}-${NODE_PX}-${NODE_PX}z`} />
                  : <circle cx={x(index)} cy={y(index)} r={onRun(index) ? 6 : 4.5} />}
                {one.step !== undefined && <text x={x(index) + 10} y={y(index) + 4}>{one.step}</text>}
              </g>
            );
          })}
        </svg>
      </Scroll>
      <div class="pane-foot">
        {words.length > 0 && (
          <ul aria-label="Matches">
            {found.slice(0, LISTED_MAX).map((index) => (
              <li key={index}><button class="plain" onClick={() => choose(index)}>{graph.nodes[index]!.text}</button></li>
            ))}
            {found.length === 0 && <li class="muted">no state matches</li>}
            {found.length > LISTED_MAX && <li class="muted">and {found.length - LISTED_MAX} more</li>}
          </ul>
        )}
        {picked && (
          <div>
            <p><b>Depth {picked.depth}</b>{picked.bad && <b class="tag bad">violates</b>} {picked.text}
              {picked.step !== undefined && <> is on the run, step <StepLink step={picked.step - 1} /></>}</p>
            <ul>
              {graph.edges.filter(([from]) => from === node).map(([, to, name], index) => (
                <li key={index}><button class="plain" onClick={() => choose(to)}>{name}</button>{graph.nodes[to]!.bad && <b class="tag bad">violates</b>}</li>
              ))}
            </ul>
          </div>
        )}
      </div>
    </Pane>
  );
}

/** Downwards a gentle curve; back up, or on one level, a bow to the side. */
function edge(x1: number, y1: number, x2: number, y2: number): string {
  if (y2 > y1) return `M${x1} ${y1}C${x1} ${(y1 + y2) / 2} ${x2} ${(y1 + y2) / 2} ${x2} ${y2}`;
  const side = Math.max(x1, x2) + 26;
  return `M${x1} ${y1}C${side} ${y1} ${side} ${y2} ${x2} ${y2}`;
}
