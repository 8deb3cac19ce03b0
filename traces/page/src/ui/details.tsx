// The tabs on the right. Arrow keys move between them, as in every list of tabs.

import { h } from "preact";
import { useMemo } from "preact/hooks";
import { DiffTab, StateTab } from "../tabs/state";
import { NextTab } from "../tabs/next";
import { LifecycleTab, PropertiesTab } from "../tabs/properties";
import { ReferencesTab } from "../tabs/references";
import { SourceTab } from "../tabs/source";
import { WaitsTab } from "../tabs/waits";
import { TABS, useApp, type Tab } from "./context";

const CONTENT: Record<Tab, { name: string; key: string; View: () => preact.JSX.Element }> = {
  state: { name: "State", key: "v", View: StateTab },
  diff: { name: "Diff", key: "d", View: DiffTab },
  next: { name: "Next", key: "f", View: NextTab },
  source: { name: "Source", key: "s", View: SourceTab },
  references: { name: "References", key: "r", View: ReferencesTab },
  waits: { name: "Waits", key: "w", View: WaitsTab },
  properties: { name: "Properties", key: "i", View: PropertiesTab },
  lifecycle: { name: "Lifecycle", key: "l", View: LifecycleTab },
};

export function Details() {
  const { run, view, state, set } = useApp();
  const { View } = CONTENT[view.tab];
  const move = (event: KeyboardEvent) => {
    const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    const at = TABS.indexOf(view.tab);
    const next = event.key === "Home" ? 0 : event.key === "End" ? TABS.length - 1 : step === 0 ? -1 : (at + step + TABS.length) % TABS.length;
    if (next < 0) return;
    event.preventDefault();
    set({ tab: TABS[next]! });
    document.getElementById(`tab-${TABS[next]}`)?.focus();
  };
  const unmatched = useMemo(() => run.ledgers.some((ledger) => ledger.rows.some((row) => !row.matched)), [run]);
  const marked: Partial<Record<Tab, boolean>> = {
    waits: state.cycle.length > 0,
    properties: state.properties.includes(1),
    references: unmatched,
  };
  return (
    <section class="pane details" id="pane-details" aria-label="Details" tabIndex={-1}>
      <div class="tabs" role="tablist" aria-label="Details" onKeyDown={move}>
        {TABS.map((tab) => (
          <button role="tab" key={tab} id={`tab-${tab}`} aria-selected={view.tab === tab} aria-controls="tab-panel" tabIndex={view.tab === tab ? 0 : -1}
            title={`${CONTENT[tab].name} (${CONTENT[tab].key})`} onClick={() => set({ tab })}>
            {CONTENT[tab].name}{marked[tab] && <span class="dot-mark"><span class="hidden"> (something to see)</span></span>}
          </button>
        ))}
      </div>
      <div class={`pane-body tab-panel tab-${view.tab}`} role="tabpanel" id="tab-panel" aria-labelledby={`tab-${view.tab}`} tabIndex={0}>
        <View />
      </div>
    </section>
  );
}
