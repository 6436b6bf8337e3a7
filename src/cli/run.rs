//! Does what the arguments ask, and says with which exit code.

use std::ffi::OsString;
use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

use codespan_reporting::term::termcolor::NoColor;

use super::args::{self, Command};
use super::config::{self, Settled};
use super::env::{Env, Tool};
use super::exit::{FAILED, FINDINGS, PASSED, misused, print, unwritable};
use super::options::{Options, Sink};
use super::{adopt, console, explain, fix, init, progress, shell, show_config};
use crate::check::analysis::Analysis;
use crate::check::{Checked, Policy, Scope};
use crate::discover::Overlay;
use crate::discover::workspace::Notice;
use crate::lints;
use crate::report::{self, Report, Verbosity, list, summary};

/// One whole run.
pub fn run(tool: &Tool<'_>, args: impl IntoIterator<Item = OsString>, env: &mut Env<'_>) -> u8 {
    let mut written = match args::parse(args) {
        Ok(written) => written,
        Err(error) => return usage(&error, env),
    };
    let check = &mut written.args.check;
    let texts = match adopt::texts(&mut check.select, &check.adopt, tool.sources, env) {
        Ok(texts) => texts,
        Err(error) => return misused(&error, env),
    };
    let overlay = Overlay::new(texts, tool.sources);
    let tool = &Tool {
        sources: &overlay,
        ..*tool
    };
    let options = match written.args.command {
        Some(Command::List) => return print(env, |out| list::list(tool.lints, out)),
        Some(Command::Init(args)) => return init::run(&args, tool, env),
        Some(Command::Completions(args)) => {
            return print(env, |out| shell::completions(&args, out));
        }
        Some(Command::Man) => return print(env, shell::man),
        Some(Command::Explain(args)) => return explain::run(&args, tool, env),
        Some(Command::Config(args)) => return show_config::run(args, &written.levels, tool, env),
        Some(Command::Inventory(args)) => Options::inventory(args, tool, env),
        Some(Command::Why(args)) => Options::why(args, &written.levels, tool, env),
        None => Options::check(written.args.check, &written.levels, tool, env),
    };
    match options {
        Ok(options) => execute(tool, &options, env),
        Err(error) => misused(&error, env),
    }
}

/// What clap has to say: help and version are answers, everything else is a mistake of the user's.
fn usage(error: &clap::Error, env: &mut Env<'_>) -> u8 {
    let rendered = error.render();
    let terminal = if error.use_stderr() {
        env.stderr_is_terminal
    } else {
        env.stdout_is_terminal
    };
    let colored = console::in_color(None, env.var, terminal);
    let text = if colored {
        rendered.ansi().to_string()
    } else {
        rendered.to_string()
    };
    if error.use_stderr() {
        console::line(env, text.trim_end());
        return FAILED;
    }
    print(env, |out| write!(out, "{text}"))
}

/// Runs the engine, mends what is to be mended, and reports.
fn execute(tool: &Tool<'_>, options: &Options, env: &mut Env<'_>) -> u8 {
    let quiet = options.verbosity == Verbosity::Quiet;
    let analysis = progress::watched(env, quiet, tool.sources, |sources| {
        (tool.analyze)(&options.analyze, sources)
    });
    let analysis = match analysis {
        Ok(analysis) => analysis,
        Err(error) => return misused(&error.into(), env),
    };
    let settled = config::settle(&options.config, &analysis.workspace, &options.levels, tool);
    let Settled {
        levels,
        exclude,
        notices: further,
    } = match settled {
        Ok(settled) => settled,
        Err(error) => return misused(&error, env),
    };
    if let Err(code) = notices(&analysis, &further, options, env) {
        return code;
    }
    let scope = options.scope.clone().without(exclude);
    let engine_done = Instant::now();
    let policy = Policy {
        lints: tool.lints,
        levels: &levels,
        min_confidence: options.min_confidence,
        scope: &scope,
    };
    let checked = if options.checks {
        let checked = adopt::check(
            &options.adopt,
            &analysis,
            &policy,
            &options.config,
            tool,
            env,
        );
        checked.map(|checked| crate::fix::suggest(&analysis, checked))
    } else if options.analyze.ask.is_some() {
        let (adopt, config) = (&options.adopt, &options.config);
        adopt::again(adopt, &analysis, &policy, config, tool, env)
    } else {
        Ok(Checked::default())
    };
    let mut found = match checked {
        Ok(checked) => (analysis, checked),
        Err(error) => return misused(&error, env),
    };
    if let Some(wanted) = &options.fix {
        found = match fix::execute(tool, options, wanted, &policy, found, env) {
            Ok(found) => found,
            Err(code) => return code,
        };
    }
    report(tool, options, &found, &scope, engine_done, env)
}

/// Writes all reports, and says how it went.
fn report(
    tool: &Tool<'_>,
    options: &Options,
    (analysis, checked): &(Analysis, Checked),
    scope: &Scope,
    engine_done: Instant,
    env: &mut Env<'_>,
) -> u8 {
    let root = options.analyze.cwd.join(&analysis.workspace.root);
    let report = Report {
        analysis,
        checked,
        scope,
        lints: tool.lints,
        prefix: &report::prefix(&root, tool.sources),
        verbosity: options.verbosity,
        links: false,
        brief: env.stdout_is_terminal && options.verbosity < Verbosity::Verbose,
    };
    for sink in &options.outputs {
        let report = Report {
            links: options.links && sink.file.is_none(),
            ..report
        };
        if let Err(code) = emit(&report, sink, options.color, env) {
            return code;
        }
    }
    if options.timings {
        let rest = ("check and report", engine_done.elapsed());
        timings(analysis.timings.iter().copied().chain([rest]), env);
    }
    let said = options
        .outputs
        .iter()
        .any(|sink| sink.file.is_none() && sink.has_summary);
    if options.checks && !said && options.verbosity > Verbosity::Quiet {
        console::line(env, &summary::line(&report));
    }
    let too_many = options.max_warnings.filter(|most| checked.warnings > *most);
    if let Some(most) = too_many {
        let what = format!(
            "{} warnings are more than `--max-warnings {most}`",
            checked.warnings
        );
        console::error(env, &what, None);
    }
    // Who asks for anything else than findings gets what was asked for.
    if !options.checks || checked.passes() && too_many.is_none() {
        PASSED
    } else {
        FINDINGS
    }
}

/// Says how long each stage took.
fn timings(stages: impl Iterator<Item = (&'static str, Duration)>, env: &mut Env<'_>) {
    for (stage, took) in stages {
        console::line(
            env,
            &format!("{stage:>17} {:9.1} ms", took.as_secs_f64() * 1e3),
        );
    }
}

/// Says what the user should know beside the findings. Ends the run if none of PATHS is of the workspace.
fn notices(
    analysis: &Analysis,
    further: &[Notice],
    options: &Options,
    env: &mut Env<'_>,
) -> Result<(), u8> {
    let root = options.analyze.cwd.join(&analysis.workspace.root);
    let missed = options.scope.missed(analysis).into_iter();
    let (inside, outside): (Vec<&Path>, Vec<&Path>) =
        missed.partition(|path| path.starts_with(&root));
    let shown = |path: &Path| {
        path.strip_prefix(&options.analyze.cwd)
            .unwrap_or(path)
            .display()
            .to_string()
    };
    let outside: Vec<String> = outside
        .into_iter()
        .map(|path| {
            format!(
                "`{}` is not in the workspace at `{}`",
                shown(path),
                root.display()
            )
        })
        .collect();
    if options.scope.is_all_of(outside.len()) {
        for what in outside {
            console::error(
                env,
                &what,
                Some("run in its own workspace, or name that with --manifest-path"),
            );
        }
        return Err(FAILED);
    }
    if options.verbosity == Verbosity::Quiet {
        return Ok(());
    }
    for text in outside {
        console::note(env, &text);
    }
    for path in inside {
        console::note(
            env,
            &format!(
                "`{}` holds no file of any target: nothing there was read",
                shown(path)
            ),
        );
    }
    // Without findings, this is the only place that says what the report could not hold.
    let unparsed = lints::unparsed_file::LINT.id;
    for finding in analysis
        .findings
        .iter()
        .filter(|f| !options.checks && f.lint == unparsed)
    {
        let file = analysis
            .sources
            .get(finding.primary.span.file)
            .map_or("", |source| &source.name);
        console::note(env, &format!("{file}: {}", finding.message));
    }
    for notice in analysis.all_notices().iter().chain(further) {
        match &notice.file {
            Some(file) => console::note(env, &format!("{file}: {}", notice.text)),
            None => console::note(env, &notice.text),
        }
    }
    Ok(())
}

/// Writes one report to its place.
fn emit(report: &Report<'_>, sink: &Sink, color: bool, env: &mut Env<'_>) -> Result<(), u8> {
    let Some(file) = &sink.file else {
        return console::stdout(env, color, |out| (sink.write)(report, out))
            .map_err(|error| unwritable("standard output", &error, env));
    };
    let mut bytes = NoColor::new(Vec::new());
    let written = (sink.write)(report, &mut bytes)
        .and_then(|()| store(file, sink.append, &bytes.into_inner()));
    written.map_err(|error| unwritable(&format!("`{}`", file.display()), &error, env))
}

fn store(file: &Path, append: bool, bytes: &[u8]) -> io::Result<()> {
    if !append {
        return std::fs::write(file, bytes);
    }
    let mut file = std::fs::OpenOptions::new()
        .append(true)
        .create(true)
        .open(file)?;
    io::Write::write_all(&mut file, bytes)
}
