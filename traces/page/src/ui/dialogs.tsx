// The cheat sheet, and what can be copied or saved.

import { Fragment, h, render } from "preact";
import { itf, markdown, mermaid, rustTest, stateJson, traceFile } from "../model/export";
import { Chart, ChartHeads } from "./chart";
import { AppContext, useApp, type App } from "./context";
import { KEYS } from "./keys";
import { Copy, Dialog } from "./parts";
import { svgText } from "./svg";

/** Steps of the chart that an exported picture has, at the most. */
const CHART_STEPS_MAX = 500;

export function Help() {
  const { page, keys, setKeys } = useApp();
  return (
    <Dialog title="Keys">
      <label class="switch">
        <input type="checkbox" checked={keys} onChange={(event) => setKeys(event.currentTarget.checked)} />
        {" "}Listen to character keys (the arrow keys, Home, End, F6 and Esc always work)
      </label>
      <div class="sheet">
        {(["Move", "Look", "Tabs", "Page"] as const).map((group) => (
          <section key={group}>
            <h3>{group}</h3>
            <dl>
              {KEYS.filter((key) => key.group === group).map((key) => (
                <div key={key.about}><dt><kbd>{key.shown ?? key.keys.join(" ")}</kbd></dt><dd>{key.about}</dd></div>
              ))}
            </dl>
          </section>
        ))}
      </div>
      <p class="muted">
        A diamond marks a step that has to do with the outcome. A dashed box is gone, a faint one comes later. Rundown {page.tool}. This page contains Preact (MIT licence).
      </p>
    </Dialog>
  );
}

/** The file's name is empty for what is only copied. */
type Item = [name: string, about: string, file: string, type: string, text: () => string];

function items(app: App): Item[] {
  const { page, run, replay, state } = app;
  const scenario = run.scenario ?? page.scenario;
  const base = scenario.name.replace(/\.[^.]*$/, "") || "run";
  return [
    ["Link", "this view: run, step, selection, tab", "", "", app.link],
    ["Markdown", "the run as a table, for an issue", `${base}.md`, "text/markdown", () => markdown(page, run, app.notes)],
    ["Story", "as the terminal prints it", `${base}.txt`, "text/plain", () => page.story],
    ["Mermaid", "the sequence as text that draws itself", `${base}.mmd`, "text/plain", () => mermaid(run)],
    ["Picture, SVG", "as it stands here", `${base}-${state.position}.svg`, "image/svg+xml", () => svgText(document.querySelector("svg.picture"))],
    ["Sequence, SVG", `the chart, up to ${CHART_STEPS_MAX} steps`, `${base}-sequence.svg`, "image/svg+xml", () => chartSvg(app)],
    ...(run.property ? [["Trace", "for rundown replay", `${base}.trace.json`, "application/json", () => traceFile(page, run)] as Item] : []),
    ...(run.itf ? [["ITF", `all states, for other tools${run.property ? " and rundown replay" : ""}`, `${base}.itf.json`, "application/json", () => itf(page, run)] as Item] : []),
    ["State, JSON", "the state at the cursor", `${base}-${state.position}.json`, "application/json", () => stateJson(replay, state)],
    ["Rust test", "fails when the check no longer finds this run", `${base}.rs`, "text/plain", () => rustTest(page, run)],
    ["Scenario", scenario.name, scenario.name, "text/plain", () => scenario.text],
  ];
}

export function Export() {
  const app = useApp();
  return (
    <Dialog title="Copy and export">
      <table class="data exports">
        <tbody>
          {items(app).map(([name, about, file, type, text]) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td class="muted">{about}</td>
              <td class="nowrap">
                <Copy text={text} what={name} />{" "}
                {file && <button class="small" aria-label={`Save ${name}`} onClick={() => save(file, type, text())}>Save</button>}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {app.page.commands.length > 0 && (
        <>
          <h3>Commands</h3>
          <dl class="commands">
            {app.page.commands.map(([command, about]) => (
              <div key={command}>
                <dt class="code">{command}</dt>
                <dd>{about} <Copy text={() => command} what={command} /></dd>
              </div>
            ))}
          </dl>
        </>
      )}
    </Dialog>
  );
}

function save(file: string, type: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const anchor = document.createElement("a");
  anchor.href = url;
  anchor.download = file;
  anchor.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** The whole chart: the page itself only has the rows that are seen, so it is drawn once more, out of sight. */
function chartSvg(app: App): string {
  const aside = document.createElement("div");
  aside.className = "out-of-sight";
  document.body.append(aside);
  const last = Math.min(app.run.steps.length, CHART_STEPS_MAX);
  render(
    <AppContext.Provider value={app}>
      <ChartHeads run={app.run} scale={1} />
      <Chart run={app.run} at={app.view.at} scale={1} width={app.run.picture.width + 120} first={0} last={last} label={app.run.headline} />
    </AppContext.Provider>,
    aside,
  );
  const text = svgText(aside.querySelector("svg.chart"), aside.querySelector("svg.chart-heads"));
  render(null, aside);
  aside.remove();
  return text;
}
