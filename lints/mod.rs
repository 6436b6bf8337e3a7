//! The lints: one folder each. This list is the only one.

pub mod blocking_client_in_async;
pub mod client_per_request;
pub mod client_without_timeout;
pub mod detached_task;
pub mod endless_task;
pub mod held_response;
mod lost;
mod phrases;
pub mod request_without_timeout;
pub mod stalled_body;
pub mod total_timeout_on_stream;
pub mod unbounded_body;
pub mod unbounded_spawn;
pub mod unknown_lint;
pub mod unparsed_file;
pub mod unread_body;
pub mod unused_allow;

use crate::lint::Lint;

/// Every lint, in alphabetical order.
pub static LINTS: &[&Lint] = &[
    &blocking_client_in_async::LINT,
    &client_per_request::LINT,
    &client_without_timeout::LINT,
    &detached_task::LINT,
    &endless_task::LINT,
    &held_response::LINT,
    &request_without_timeout::LINT,
    &stalled_body::LINT,
    &total_timeout_on_stream::LINT,
    &unbounded_body::LINT,
    &unbounded_spawn::LINT,
    &unknown_lint::LINT,
    &unparsed_file::LINT,
    &unread_body::LINT,
    &unused_allow::LINT,
];
