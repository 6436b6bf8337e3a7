//! How macros are read, and what attributes say of the functions they stand on.

use serde::Deserialize;

/// How a macro's tokens are to be read.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Grammar {
    /// `select! { pat = fut, if guard => handler, else => handler }`, tokio's and futures'.
    Select,
    /// `join!(a, b)`: awaits all.
    Join,
    /// `try_join!(a, b)`: awaits all, yields a `Result` of a tuple.
    TryJoin,
    /// `vec![a, b]`, `vec![a; n]`.
    Vec,
    /// A format string and arguments, read by reference; the value is a `String` or unit.
    Format,
    /// As `Format`, with other arguments before the format string (`write!(f, ..)`, `assert!(cond, ..)`, `info!(k = v, ..)`).
    FormatAfter,
    /// As `Format`, and never returns (`panic!`, `unreachable!`, `todo!`).
    Panic,
    /// As `Format`, and returns early with an error (`bail!`).
    Bail,
    /// `ensure!(cond, ..)`: returns early with an error if the condition does not hold.
    Ensure,
    /// `matches!(expr, pat)`.
    Matches,
    /// Comma-separated expressions, read by reference (`dbg!` moves; `assert_eq!`).
    Exprs,
    /// JSON-like tokens with expressions inside, read by reference.
    Json,
    /// `pin!(fut)`: the same value, pinned; with `tokio::pin!(x)` of a plain name the name is rebound.
    Pin,
    /// The tokens are a block of statements whose value is a stream or future (`async_stream::stream!`).
    Stream,
    /// The tokens are statements or an expression, run in place.
    Block,
    /// `static ref NAME: T = expr;` items.
    LazyStatic,
    /// `static NAME: T = expr;` items of a thread local.
    ThreadLocal,
    /// `if #[cfg(..)] { items } else { items }`.
    CfgIf,
    /// The tokens are items (`cfg_rt! { .. }`).
    Items,
    /// The tokens are a struct or enum that gets `project()`, and perhaps its `PinnedDrop` (`pin_project! { .. }`); also an
    /// attribute of such a type.
    Pinned,
    /// The tokens stand as they are, with the names between `[<` and `>]` pasted to one (`paste! { fn [<get_ $x>]() {} }`).
    Paste,
    /// Includes what a build makes of the schema's package that it names (`include_proto!("health.v1")`).
    Stubs,
    /// Nothing in it matters (`include_str!`, `env!`, `concat!`, `stringify!`).
    Inert,
    /// `try!(expr)`: as `?`.
    Try,
    /// `ready!(poll)`.
    Ready,
}

/// How a macro's tokens are to be read.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct MacroFact {
    /// Its path; the last segment is what counts, since macros are imported in many ways.
    pub path: String,
    /// The grammar.
    pub grammar: Grammar,
    /// Places given to it by name are borrowed, not moved. Told where the macro is called by a path of its crate.
    #[serde(default)]
    pub by_reference: bool,
}

/// When a function runs that carries an attribute.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Runs {
    /// Once, when the program starts (`#[tokio::main]`).
    AtStart,
    /// For each request, message or command (`#[actix_web::get("/")]`). On an impl: each of its functions.
    PerRequest,
}

/// An attribute macro that says who runs a function.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct AttributeFact {
    /// Its path: `actix_web::get`. Code that imports it writes the last segment; it counts where the crate is a dependency.
    pub path: String,
    /// More paths of which the very same holds.
    #[serde(default)]
    pub also: Vec<String>,
    /// Requirement of the crate's version, in cargo's syntax. Default: all.
    #[serde(default)]
    pub versions: Option<String>,
    /// Features that must be on; `!x`: one that must be off.
    #[serde(default)]
    pub features: Vec<String>,
    /// A `cfg` predicate of the target: `any(target_os = "linux", target_os = "android")`.
    #[serde(default)]
    pub target: Option<String>,
    /// When the function runs.
    pub runs: Runs,
    /// Why we say so.
    pub because: String,
    /// Where it was read.
    #[serde(default)]
    pub source: Option<String>,
}
