//! Arguments resolved once: names looked up, paths made absolute, defaults filled in. What runs reads only these.

use std::path::{Path, PathBuf};

use clap::CommandFactory;

use super::args::{
    AdoptArgs, Args, CheckArgs, ConfigArgs, InventoryArgs, Output, OutputArgs, SelectArgs,
    WorkspaceArgs,
};
use super::config;
use super::console::in_color;
use super::env::{Env, Tool};
use super::fix::options::FixOptions;
use super::usage::UsageError;
use crate::check::Scope;
use crate::check::analysis::{AnalyzeOptions, FeatureSelection, PackageSelection, TargetSelection};
use crate::check::levels::LevelArg;
use crate::config::Config;
use crate::finding::Confidence;
use crate::report::{self, Format, Verbosity, WriteReport};

/// A run of the engine and what to make of it.
#[derive(Debug)]
#[allow(clippy::struct_excessive_bools)] // each is a thing that was asked for or found out
pub struct Options {
    /// What the engine is asked.
    pub analyze: AnalyzeOptions,
    /// What the workspace asks for. What its packages add is known when the engine has found them.
    pub config: Config,
    /// The level options, which come after all that.
    pub levels: Vec<LevelArg>,
    /// Findings less sure than this are not shown.
    pub min_confidence: Confidence,
    /// Where findings and resources are asked for.
    pub scope: Scope,
    /// What is new.
    pub adopt: AdoptArgs,
    /// More warnings than this make the run fail.
    pub max_warnings: Option<usize>,
    /// Where reports go.
    pub outputs: Vec<Sink>,
    /// How much is said besides.
    pub verbosity: Verbosity,
    /// Whether reports to standard output are coloured.
    pub color: bool,
    /// Whether to say how long each stage took.
    pub timings: bool,
    /// Whether they may hold links.
    pub links: bool,
    /// Whether findings are what is asked for, so that they decide the exit code.
    pub checks: bool,
    /// What is mended, if anything is.
    pub fix: Option<FixOptions>,
}

/// One report and where it goes.
#[derive(Debug)]
pub struct Sink {
    /// Writes it.
    pub write: WriteReport,
    /// Whether it ends with the summary.
    pub has_summary: bool,
    /// The file; standard output, if none.
    pub file: Option<PathBuf>,
    /// Whether it is added to what the file holds.
    pub append: bool,
}

impl Options {
    /// Resolves the arguments of the check.
    pub fn check(
        args: CheckArgs,
        levels: &[LevelArg],
        tool: &Tool<'_>,
        env: &Env<'_>,
    ) -> Result<Self, UsageError> {
        let findings = |format: &'static Format| Ok(format.findings);
        let resolved = resolve(args.select, &args.config, args.output, findings, tool, env)?;
        config::levels(&resolved.config, &[], levels, tool)?;
        let fix = FixOptions::resolve(&args.fix, tool.lints)?;
        Ok(Options {
            levels: levels.to_vec(),
            min_confidence: config::min_confidence(&resolved.config, args.min_confidence),
            adopt: args.adopt,
            max_warnings: args.max_warnings,
            fix,
            checks: true,
            ..resolved
        })
    }

    /// Resolves the arguments of `inventory`.
    pub fn inventory(
        args: InventoryArgs,
        tool: &Tool<'_>,
        env: &Env<'_>,
    ) -> Result<Self, UsageError> {
        let inventory = writer("the inventory", |format| format.inventory);
        resolve(args.select, &args.config, args.output, inventory, tool, env)
    }
}

/// The formats that something else than findings can be written in.
pub(super) fn writer(
    of: &'static str,
    write: fn(&'static Format) -> Option<WriteReport>,
) -> impl Fn(&'static Format) -> Result<WriteReport, UsageError> {
    move |format| {
        write(format).ok_or_else(|| {
            let having = report::FORMATS.iter().filter(|f| write(f).is_some());
            let having: Vec<_> = having.map(|format| format.name).collect();
            let what = format!("{of} has no format `{}`", format.name);
            UsageError::new(what, format!("it has {}", having.join(", ")))
        })
    }
}

pub(super) fn resolve(
    SelectArgs { paths, of }: SelectArgs,
    config: &ConfigArgs,
    output: OutputArgs,
    writer: impl Fn(&'static Format) -> Result<WriteReport, UsageError>,
    tool: &Tool<'_>,
    env: &Env<'_>,
) -> Result<Options, UsageError> {
    let timings = of.timings;
    let mut analyze = analyze(paths, of, tool, env)?;
    let config = config::load(config, &mut analyze, tool)?;
    let verbosity = match (output.quiet, output.verbose) {
        (true, _) => Verbosity::Quiet,
        (_, true) => Verbosity::Verbose,
        _ => Verbosity::Normal,
    };
    Ok(Options {
        levels: Vec::new(),
        adopt: AdoptArgs::default(),
        max_warnings: None,
        min_confidence: Confidence::Likely,
        scope: Scope::new(&env.cwd, &analyze.paths, analyze.targets.test_code()),
        analyze,
        config,
        color: in_color(output.color, env.var, env.stdout_is_terminal),
        links: links(env.var, env.stdout_is_terminal),
        outputs: sinks(output.message_format, writer, env)?,
        verbosity,
        timings,
        checks: false,
        fix: None,
    })
}

pub(super) fn analyze(
    paths: Vec<PathBuf>,
    of: WorkspaceArgs,
    tool: &Tool<'_>,
    env: &Env<'_>,
) -> Result<AnalyzeOptions, UsageError> {
    let absolute = |path: &Path| env.cwd.join(path);
    for path in &paths {
        if !tool.sources.is_file(&absolute(path)) && !tool.sources.is_dir(&absolute(path)) {
            return Err(no_such_path(path));
        }
    }
    let targets = TargetSelection {
        all: of.all_targets,
        lib: of.lib,
        bins: of.bins,
        examples: of.examples,
        tests: of.tests,
        benches: of.benches,
    };
    let features = of.features.iter().flat_map(|list| list.split([',', ' ']));
    Ok(AnalyzeOptions {
        manifest_path: of.manifest_path.as_deref().map(absolute),
        paths: paths.iter().map(|path| absolute(path)).collect(),
        packages: PackageSelection {
            only: of.package,
            all: of.workspace,
            exclude: of.exclude,
        },
        targets,
        features: FeatureSelection {
            on: features
                .filter(|name| !name.is_empty())
                .map(str::to_owned)
                .collect(),
            all: of.all_features,
            no_default: of.no_default_features,
        },
        triple: of.target,
        threads: of.threads.map(usize::from),
        cwd: env.cwd.clone(),
        catalog: Vec::new(),
        ask: None,
        whole_interfaces: false,
    })
}

/// A path that does not exist may be a command with a slip in it.
fn no_such_path(path: &Path) -> UsageError {
    let written = path.to_string_lossy();
    let declared = Args::command();
    let commands = declared.get_subcommands().map(clap::Command::get_name);
    let advice = match crate::check::levels::nearest(&written, commands.chain(["help"])) {
        Some(command) => format!("did you mean the command `cargo linger {command}`?"),
        None => "PATHS are files and folders to report on; leave them out for the whole workspace"
            .to_owned(),
    };
    UsageError::new(format!("`{written}`: no such file or folder"), advice)
}

fn sinks(
    outputs: Vec<Output>,
    writer: impl Fn(&'static Format) -> Result<WriteReport, UsageError>,
    env: &Env<'_>,
) -> Result<Vec<Sink>, UsageError> {
    let default = outputs
        .is_empty()
        .then(|| report::FORMATS.first())
        .flatten();
    let default = default.map(|format| Output { format, file: None });
    let mut sinks: Vec<Sink> = Vec::new();
    let mut asides: Vec<Sink> = Vec::new();
    for Output { format, file } in outputs.into_iter().chain(default) {
        let file = file.map(|file| env.cwd.join(file));
        if sinks.iter().any(|sink| sink.file == file) {
            let target = file.map_or("standard output".to_owned(), |file| {
                format!("`{}`", file.display())
            });
            let what = format!("two formats would be written to {target}");
            return Err(UsageError::new(
                what,
                "give each a file of its own: `--message-format FORMAT=FILE`",
            ));
        }
        sinks.push(Sink {
            write: writer(format)?,
            has_summary: format.has_summary,
            file,
            append: false,
        });
        asides.extend(format.aside.and_then(|aside| {
            let file = (env.var)(aside.var).filter(|file| !file.is_empty())?;
            Some(Sink {
                write: aside.findings,
                has_summary: false,
                file: Some(env.cwd.join(file)),
                append: true,
            })
        }));
    }
    sinks.append(&mut asides);
    Ok(sinks)
}

/// Whether links may be written: as cargo has it by `CARGO_TERM_HYPERLINKS`, else on terminals known to follow them.
fn links(var: &dyn Fn(&str) -> Option<String>, is_terminal: bool) -> bool {
    match var("CARGO_TERM_HYPERLINKS").as_deref() {
        Some("true") => return true,
        Some("false") => return false,
        _ => {}
    }
    let is = |name: &str, values: &[&str]| var(name).is_some_and(|v| values.contains(&v.as_str()));
    let programs = [
        "iTerm.app",
        "WezTerm",
        "vscode",
        "ghostty",
        "Hyper",
        "Tabby",
    ];
    let kinds = [
        "xterm-kitty",
        "alacritty",
        "foot",
        "xterm-ghostty",
        "contour",
    ];
    // Terminals on VTE follow them from 0.50 on.
    let vte = var("VTE_VERSION").and_then(|version| version.parse::<u32>().ok());
    is_terminal
        && (is("TERM_PROGRAM", &programs)
            || is("TERM", &kinds)
            || vte.is_some_and(|version| version >= 5000)
            || var("WT_SESSION").is_some()
            || var("KONSOLE_VERSION").is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_only_where_they_are_followed() {
        let with = |name: &'static str, value: &'static str, terminal| {
            let var = |asked: &str| (asked == name).then(|| value.to_owned());
            links(&var, terminal)
        };
        assert!(with("VTE_VERSION", "7600", true) && with("TERM_PROGRAM", "vscode", true));
        assert!(!with("VTE_VERSION", "7600", false) && !with("VTE_VERSION", "4999", true));
        assert!(!with("TERM", "xterm-256color", true));
        assert!(with("CARGO_TERM_HYPERLINKS", "true", false));
        assert!(!with("CARGO_TERM_HYPERLINKS", "false", true));
    }
}
