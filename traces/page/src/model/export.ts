// A run as text for other places: an issue (Markdown), a diagram (Mermaid), another tool (ITF), a test (Rust). Pure functions.

import type { Page, Run } from "../data";
import type { Replay, State } from "./replay";

/** Steps that a Mermaid diagram draws; its readers fold or fail on longer ones. */
const MERMAID_STEPS_MAX = 200;

export function who(run: Run, thread: number | undefined): string {
  return thread === undefined ? "COM" : (run.threads[thread]?.name ?? "COM");
}

/** Text that Markdown shows as it is, in a table's cell. */
function cell(text: string): string {
  return text.replace(/\s+/g, " ").replace(/[\\|<>`*_[\]]/g, "\\$&").trim();
}

export function markdown(page: Page, run: Run, notes: Record<number, string> = {}): string {
  const relevant = new Set(run.why.relevant);
  const lines = [
    `### ${cell(run.property)}: ${cell(run.verdict)}`,
    "",
    cell(run.headline),
    "",
    ...[run.why.sentence, run.parting?.text].flatMap((line) => (line ? [cell(line), ""] : [])),
    "| # | who | does | changes |",
    "|--:|---|---|---|",
    ...run.steps.map((step, index) => {
      const mark = relevant.has(index) && relevant.size < run.steps.length ? " \u25c6" : "";
      return `| ${index + 1}${mark} | ${cell(step.who)} | ${cell(step.text)} | ${cell(step.effect)} |`;
    }),
  ];
  if (run.loopStart !== undefined) lines.push("", `From step ${run.loopStart + 1} on it repeats for ever.`);
  if (run.why.noReturnText) lines.push("", cell(run.why.noReturnText));
  if (run.why.advice.length > 0) lines.push("", ...run.why.advice.map((line) => `- ${cell(line)}`));
  const noted = Object.entries(notes);
  if (noted.length > 0) lines.push("", ...noted.map(([position, text]) => `- Step ${position}: ${cell(text)}`));
  const scenario = run.scenario ?? page.scenario;
  lines.push("", `${cell(scenario.name)} \u00b7 scenario ${scenario.digest} \u00b7 run ${run.digest} \u00b7 rundown ${page.tool}`);
  return lines.join("\n") + "\n";
}

/** Mermaid ends a message at `;` and `#`; both are written as entities. */
function message(text: string): string {
  return text.replace(/\s+/g, " ").replace(/[#;]/g, (one) => (one === "#" ? "#35;" : "#59;")).trim();
}

export function mermaid(run: Run): string {
  const lines = ["sequenceDiagram"];
  const byProcess = new Map<number, number[]>();
  run.threads.forEach((thread, index) => {
    byProcess.set(thread.process, [...(byProcess.get(thread.process) ?? []), index]);
  });
  for (const [process, threads] of byProcess) {
    lines.push(`  box ${message(run.entities[process]?.name ?? "process")}`);
    for (const thread of threads) lines.push(`    participant T${thread} as ${message(run.threads[thread]!.name)}`);
    lines.push("  end");
  }
  const threadOf = new Map(run.threads.map((thread, index) => [thread.entity, index]));
  let last = run.steps.find((step) => step.thread !== undefined)?.thread ?? 0;
  run.steps.slice(0, MERMAID_STEPS_MAX).forEach((step, index) => {
    const text = message(`${index + 1} ${step.text}`);
    const thread = step.thread ?? last;
    last = thread;
    const arrows = (step.arrows ?? []).flatMap((arrow) => {
      const from = threadOf.get(arrow.from);
      const to = threadOf.get(arrow.to);
      return from === undefined || to === undefined ? [] : [{ from, to, returns: arrow.kind === "return" }];
    });
    if (arrows.length === 0) lines.push(`  Note over T${thread}: ${text}`);
    for (const { from, to, returns } of arrows) lines.push(`  T${from}${returns ? "-->>" : "->>"}T${to}: ${text}`);
  });
  const left = run.steps.length - MERMAID_STEPS_MAX;
  if (left > 0) lines.push(`  Note over T${last}: and ${left} more steps`);
  return lines.join("\n") + "\n";
}

/** The run as ITF, as the command writes it: the states for other tools, and the run itself for `rundown replay`. */
export function itf(page: Page, run: Run): string {
  let state: Record<string, unknown> = {};
  const states = (run.itf ?? []).map((fresh) => (state = { ...state, ...fresh }));
  const document = {
    "#meta": {
      format: "ITF",
      "format-description": "https://apalache-mc.org/docs/adr/015adr-trace.html",
      description: `${run.property}: ${(run.scenario ?? page.scenario).title}`,
      source: `rundown ${page.tool}`,
    },
    ...(run.loopStart !== undefined && { loop: run.loopStart + 1 }),
    vars: Object.keys(states[0] ?? {}).filter((name) => name !== "#meta"),
    states,
    // a run that decides nothing cannot be replayed: there would be nothing to check
    ...(run.property !== "" && { rundown: trace(page, run) }),
  };
  return JSON.stringify(document) + "\n";
}

/** The run as a trace file: what `rundown replay` reads. */
export function traceFile(page: Page, run: Run): string {
  return `${JSON.stringify(trace(page, run), null, 1)}\n`;
}

function trace(page: Page, run: Run): Record<string, unknown> {
  const { text, digest } = run.scenario ?? page.scenario;
  return {
    schema: "rundown-trace/1",
    tool: `rundown ${page.tool}`,
    scenario: { text, digest },
    readings: Object.fromEntries(run.readings ?? page.readings),
    bounds: Object.fromEntries(run.bounds ?? page.bounds),
    faults: page.faults,
    property: run.property,
    steps: run.steps.map((step) => ({ text: step.name, event: step.event })),
    ...(run.loopStart !== undefined && { loop_start: run.loopStart }),
  };
}

/** The fields of an entity with their values. */
export function record(replay: Replay, state: State, entity: number): Record<string, string> {
  const fields = replay.run.entities[entity]!.fields;
  return Object.fromEntries(fields.map((field, index) => [field, replay.text(state, entity, index)]));
}

/** A state as JSON: what is there, by name. */
export function stateJson(replay: Replay, state: State): string {
  const run = replay.run;
  const entities = run.entities.flatMap((entity, index) =>
    replay.life(state, index) === "here"
      ? [{ kind: entity.kind, name: entity.name, ...record(replay, state, index) }]
      : [],
  );
  return JSON.stringify({ run: run.digest, step: state.position, entities }, null, 2) + "\n";
}

/** A Rust identifier made of a file's name. */
function identifier(name: string): string {
  const plain = name.replace(/\.[^.]*$/, "").toLowerCase().replace(/[^a-z0-9]+/g, "_").replace(/^_+|_+$/g, "");
  return /^[a-z]/.test(plain) ? plain : `scenario_${plain}`;
}

/** A test that fails as soon as the run is no longer what the check finds. */
export function rustTest(page: Page, run: Run): string {
  const file = (run.scenario ?? page.scenario).name;
  const property = JSON.stringify(run.property);
  const violated = run.verdict === "violated";
  const events = run.steps.map((step) => `        ${JSON.stringify(step.name)},`);
  const body = violated
    ? [
        `    let violation = report.assert_violated(${property});`,
        `    let steps = [`,
        ...events,
        `    ];`,
        `    assert_eq!(violation.events(), steps);`,
      ]
    : [`    report.assert_holds().assert_complete();`];
  return [
    `#[test]`,
    `fn ${identifier(file)}_${violated ? `breaks_${identifier(run.property)}` : "holds"}() {`,
    `    let report = rundown::Scenario::from_file(${JSON.stringify(`tests/${file}`)}).unwrap().check();`,
    ...body,
    `}`,
    ``,
  ].join("\n");
}
