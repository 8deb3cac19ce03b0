//! The lifecycles as tables and graphs: a change of one cell is a change of one cell in a snapshot.

use petgraph::algo::kosaraju_scc;
use petgraph::graph::DiGraph;

#[test]
fn matrices() {
    let text: Vec<String> = model::lifecycle::all().iter().map(|matrix| matrix.text()).collect();
    insta::assert_snapshot!("matrices", text.join("\n"));
}

#[test]
fn graphs() {
    let text: Vec<String> = model::lifecycle::all().iter().map(|matrix| matrix.dot()).collect();
    insta::assert_snapshot!("graphs", text.join("\n"));
}

/// Every state of every lifecycle can be reached from where it starts, so no cell describes a state that never is.
#[test]
fn every_state_is_reachable_in_its_own_table() {
    for matrix in model::lifecycle::all() {
        let mut graph = DiGraph::<&str, ()>::new();
        let nodes: Vec<_> = matrix.states.iter().map(|state| graph.add_node(*state)).collect();
        let index = |name: &str| matrix.states.iter().position(|state| *state == name).map(|at| nodes[at]);
        for (_, cells) in &matrix.rows {
            for (from, cell) in nodes.iter().zip(cells) {
                if let Ok(to) = cell
                    && let Some(to) = index(to)
                {
                    graph.add_edge(*from, to, ());
                }
            }
        }
        let mut reached = petgraph::visit::Dfs::new(&graph, nodes[0]);
        let mut count = 0;
        while reached.next(&graph).is_some() {
            count += 1;
        }
        // reading a table packet does not spend it
        let never = usize::from(matrix.name.starts_with("packet (table"));
        assert_eq!(count + never, matrix.states.len(), "{}: a state cannot be reached", matrix.name);
        assert!(!kosaraju_scc(&graph).is_empty());
    }
}
