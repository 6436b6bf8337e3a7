//! The last resort: a panic of ours on one file or body is caught there and said, and the rest of the run goes on.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind, set_hook, take_hook};

thread_local! {
    /// How many guards we are inside of.
    static GUARDS: Cell<u32> = const { Cell::new(0) };
    /// Where the last panic inside of a guard happened, as the hook saw it.
    static PLACE: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// A mistake of ours: what went wrong, and where in our own source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    what: String,
}

impl Fault {
    /// The fault as a sentence for the user, who can do nothing about it but tell us.
    pub fn message(&self) -> String {
        format!(
            "cargo linger itself failed here ({}); please report this with the code it stands in",
            self.what
        )
    }
}

/// Does the work; what it left half done must not be used if it fails.
pub fn guard<T>(work: impl FnOnce() -> T) -> Result<T, Fault> {
    GUARDS.set(GUARDS.get() + 1);
    let result = catch_unwind(AssertUnwindSafe(work));
    GUARDS.set(GUARDS.get().saturating_sub(1));
    result.map_err(|payload| {
        let text = text(payload.as_ref());
        let what = match PLACE.take() {
            Some(place) => format!("{place}: {text}"),
            None => text.to_owned(),
        };
        Fault { what }
    })
}

/// Keeps panics inside of guards off standard error: they are reported where they belong. For a binary, once, at its start.
pub fn quiet() {
    let outer = take_hook();
    set_hook(Box::new(move |info| {
        if GUARDS.get() == 0 {
            outer(info);
        } else {
            PLACE.set(Some(place(info)));
        }
    }));
}

fn place(info: &PanicHookInfo<'_>) -> String {
    info.location()
        .map(|at| format!("{}:{}", at.file(), at.line()))
        .unwrap_or_default()
}

fn text(payload: &(dyn Any + Send)) -> &str {
    let owned = payload.downcast_ref::<String>().map(String::as_str);
    owned
        .or_else(|| payload.downcast_ref::<&str>().copied())
        .unwrap_or("no message")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_a_fault_with_its_message_and_the_next_guard_is_clean() {
        let list: Vec<u8> = Vec::new();
        let fault = guard(|| list[guard(|| 3).unwrap_or_default()]).expect_err("out of bounds");
        assert!(fault.message().contains("index out of bounds"), "{fault:?}");
        assert_eq!(guard(|| 3), Ok(3));
    }
}
