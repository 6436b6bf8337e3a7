//! Calls that acquire a client, a request or a task of which `inventory` knows nothing: most often in code wrongly taken for
//! code that never runs.

use std::collections::BTreeSet;

use serde::Deserialize;

use crate::Result;
use crate::product::{Packages, Product, name};

#[derive(Deserialize)]
struct Inventory {
    clients: Vec<Place>,
    requests: Vec<Place>,
    tasks: Vec<Place>,
    calls: Vec<Call>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
struct Place {
    file: String,
    line: u32,
    column: u32,
}

#[derive(Debug, Clone, Deserialize)]
struct Call {
    path: String,
    #[serde(flatten)]
    place: Place,
    acquires: Option<Acquires>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Acquires {
    Client,
    Request,
    Task,
}

/// Prints each call without its resource; true if there is none.
pub(crate) fn run(args: &Packages, product: &Product) -> Result<bool> {
    let roots = args.roots()?;
    let all = ["--workspace", "--all-targets"].map(str::to_owned);
    let (mut calls, mut missing, mut unread) = (0, 0, 0);
    for root in &roots {
        let inventory: Inventory = match product.inventory(root, &all) {
            Ok(inventory) => inventory,
            Err(error) => {
                unread += 1;
                println!("{error}");
                continue;
            }
        };
        calls += inventory
            .calls
            .iter()
            .filter(|c| c.acquires.is_some())
            .count();
        for call in unaccounted(&inventory) {
            missing += 1;
            let Place { file, line, .. } = &call.place;
            println!("{}: {file}:{line} {}", name(root), call.path);
        }
    }
    println!(
        "{} folders, {unread} not read; {calls} calls that acquire something, {missing} without a resource",
        roots.len()
    );
    Ok(missing == 0 && unread == 0 && calls > 0)
}

/// The calls for which there is no row of their kind at the same place.
fn unaccounted(inventory: &Inventory) -> Vec<&Call> {
    let at = |rows: &[Place]| -> BTreeSet<Place> { rows.iter().cloned().collect() };
    let (clients, requests, tasks) = (
        at(&inventory.clients),
        at(&inventory.requests),
        at(&inventory.tasks),
    );
    let missing = |call: &&Call| match call.acquires {
        Some(Acquires::Client) => !clients.contains(&call.place),
        Some(Acquires::Request) => !requests.contains(&call.place),
        Some(Acquires::Task) => !tasks.contains(&call.place),
        None => false,
    };
    inventory.calls.iter().filter(missing).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_wants_a_row_of_its_own_kind_at_its_own_place() {
        let text = r#"{
            "clients": [], "requests": [{"file": "a.rs", "line": 1, "column": 5, "path": "p"}],
            "tasks": [{"file": "a.rs", "line": 2, "column": 5}], "responses": [],
            "calls": [
                {"file": "a.rs", "line": 1, "column": 5, "path": "sent", "acquires": "request"},
                {"file": "a.rs", "line": 1, "column": 9, "path": "spawned", "acquires": "task"},
                {"file": "a.rs", "line": 2, "column": 5, "path": "built", "acquires": "client"},
                {"file": "a.rs", "line": 3, "column": 5, "path": "other"}
            ]
        }"#;
        let inventory: Inventory = serde_json::from_str(text).expect("an inventory");
        let missing = unaccounted(&inventory);
        let paths: Vec<&str> = missing.iter().map(|c| c.path.as_str()).collect();
        assert_eq!(paths, ["spawned", "built"]);
    }
}
