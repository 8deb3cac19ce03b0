// The head line: what was found, in which scenario, under which readings, and where the cursor stands.

import { h } from "preact";
import { RunSelect, Scroll } from "./parts";
import { PANES, useApp, type Pane } from "./context";

const PANE_NAMES: Record<Pane, string> = { why: "Why", steps: "Steps", picture: "Picture", chart: "Sequence", details: "Details" };

export function Header() {
  const { page, run, view, live, theme, keys, setKeys, setTheme, set, open, busy } = useApp();
  const scenario = run.scenario ?? page.scenario;
  const next = theme === "system" ? "light" : theme === "light" ? "dark" : "system";
  const facts = [
    ["run", run.digest], ["scenario", scenario.digest], ["rundown", page.tool], ["rules off", page.faults.join(", ") || "none"],
    ...(run.readings ?? page.readings), ...(run.bounds ?? page.bounds),
  ];
  return (
    <header>
      <h1>
        <span class={run.verdict === "violated" ? "verdict bad" : "verdict"}>{run.verdict}</span> <span class="property">{run.property}</span>
      </h1>
      <p class="scenario" title={scenario.title}><b>{scenario.name}</b> <span>{scenario.title}</span></p>
      <details class="facts">
        <summary>
          <span class="mode">{live ? (busy ? "live, working" : "live") : "file"}</span> <code>{run.digest.slice(0, 8)}</code>
        </summary>
        <Scroll name="facts-body" label="What this run rests on">
          <dl>
            {facts.map(([name, value]) => <div key={name}><dt>{name}</dt><dd>{value}</dd></div>)}
          </dl>
        </Scroll>
      </details>
      {page.runs.length > 1 && (
        <RunSelect label="Run" value={view.run} choose={(index) => set({ run: index, at: page.runs[index]!.steps.length, entity: undefined, beside: undefined, pin: undefined })} />
      )}
      <p class="position">step <b>{view.at}</b> of {run.steps.length}</p>
      <nav aria-label="Page">
        {(live || page.runs.length > 1) && <button aria-pressed={view.mode === "compare"} onClick={() => set({ mode: view.mode === "compare" ? "run" : "compare" })}>Compare</button>}
        {page.graph && <button aria-pressed={view.mode === "graph"} onClick={() => set({ mode: view.mode === "graph" ? "run" : "graph" })}>Graph</button>}
        <label class="small file" title="Open a trace: *.itf.json or *.trace.json; or drop it on the page">
          Open
          <input type="file" class="hidden" aria-label="Open a trace" accept=".json,application/json" onChange={(event) => {
            const file = event.currentTarget.files?.[0];
            if (file) open(file);
            event.currentTarget.value = "";
          }} />
        </label>
        <button onClick={() => set({ dialog: "export" })}>Export</button>
        <button title={`Colours: ${theme}`} onClick={() => setTheme(next)}>{theme === "system" ? "Auto" : theme === "light" ? "Light" : "Dark"}<span class="hidden"> colours</span></button>
        <button aria-pressed={keys} title="Listen to character keys" onClick={() => setKeys(!keys)}>Keys</button>
        <button onClick={() => set({ dialog: "help" })}>Help</button>
      </nav>
      <nav class="panes" aria-label="Panes">
        {PANES.map((pane) => (
          <button key={pane} aria-current={view.pane === pane ? "true" : undefined} onClick={() => set({ pane })}>{PANE_NAMES[pane]}</button>
        ))}
      </nav>
    </header>
  );
}
