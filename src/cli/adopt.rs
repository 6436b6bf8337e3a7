//! Beginning with the new findings: a baseline, and what changed since a revision.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::args::{AdoptArgs, SelectArgs};
use super::console;
use super::env::{Env, Tool};
use super::usage::UsageError;
use crate::check::Checked;
use crate::check::analysis::Analysis;
use crate::check::baseline::{Baseline, Left};
use crate::check::changed::{Changed, evidence};
use crate::check::{Known, Policy, check_with};
use crate::config::Config;
use crate::discover::{display_name, normalize};
use crate::git::Repo;
use crate::source::{FileId, Sources};

/// The texts that stand in for those on the disk: standard input, or what is staged.
pub(super) fn texts(
    select: &mut SelectArgs,
    args: &AdoptArgs,
    sources: &dyn Sources,
    env: &mut Env<'_>,
) -> Result<BTreeMap<PathBuf, Vec<u8>>, UsageError> {
    let dash = select.paths.iter().any(|path| path.as_os_str() == "-");
    match (&args.stdin_path, dash) {
        (Some(path), true) if select.paths.len() == 1 => {
            let mut text = Vec::new();
            env.stdin.read_to_end(&mut text).map_err(|error| {
                UsageError::plain(format!("standard input cannot be read: {error}"))
            })?;
            select.paths = vec![path.clone()];
            Ok([(normalize(&env.cwd.join(path)), text)].into())
        }
        (Some(_), true) => Err(UsageError::new(
            "`-` comes alone",
            "check other PATHS in a run of their own",
        )),
        (Some(_), false) => Err(UsageError::new(
            "`--stdin-path` says where a text from standard input belongs",
            "read it with `-`",
        )),
        (None, true) => Err(UsageError::new(
            "`-` needs to know where its text belongs",
            "say so with `--stdin-path PATH`",
        )),
        (None, false) if args.staged => {
            let repo = Repo::open(&start(select, env))?;
            Ok(repo.staged(index(env).as_deref(), sources)?)
        }
        (None, false) => Ok(BTreeMap::new()),
    }
}

/// Where the repository is looked for before the workspace is known.
fn start(select: &SelectArgs, env: &Env<'_>) -> PathBuf {
    let named = select.of.manifest_path.as_ref().or(select.paths.first());
    let place = named.map_or(env.cwd.clone(), |path| env.cwd.join(path));
    normalize(&place)
}

/// The index of a commit that is being made, which a hook is told of.
fn index(env: &Env<'_>) -> Option<PathBuf> {
    (env.var)("GIT_INDEX_FILE").map(|path| env.cwd.join(path))
}

/// The changed lines of the files that any evidence lies in.
pub(super) fn changed(
    args: &AdoptArgs,
    analysis: &Analysis,
    env: &Env<'_>,
) -> Result<Option<Changed>, UsageError> {
    if args.since.is_none() && !args.staged {
        return Ok(None);
    }
    let root = normalize(&env.cwd.join(&analysis.workspace.root));
    let repo = Repo::open(&root)?;
    let base = match &args.since {
        Some(rev) => repo.since(rev)?,
        None => repo.head(index(env).as_deref())?,
    };
    // Directives are evidence of their own findings, which are made later.
    let places = analysis
        .findings
        .iter()
        .flat_map(evidence)
        .map(|label| label.span.file);
    let directives = analysis
        .directives
        .iter()
        .map(|directive| directive.span.file);
    let files: BTreeSet<FileId> = places.chain(directives).collect();
    let mut changed = Changed::default();
    for id in files {
        let Some(source) = analysis.sources.get(id) else {
            continue;
        };
        let path = env.cwd.join(&source.path);
        if let Some(lines) = repo.changed(&base, &path, &source.text)? {
            changed.0.insert(id, lines);
        }
    }
    Ok(Some(changed))
}

/// Reads a baseline.
fn read(path: &Path, tool: &Tool<'_>, cwd: &Path) -> Result<Baseline, UsageError> {
    let name = display_name(cwd, path);
    let bytes = tool.sources.read(path).map_err(|error| {
        UsageError::new(
            format!("the baseline `{name}` cannot be read: {error}"),
            format!("write it with `--write-baseline {name}`"),
        )
    })?;
    let text = String::from_utf8(bytes).map_err(|_| {
        UsageError::new(
            format!("the baseline `{name}` is not UTF-8"),
            "write it anew with `--write-baseline`",
        )
    })?;
    Baseline::read(&name, &text).map_err(|error| UsageError::plain(error.to_string()))
}

/// Decides over all findings, with the baseline that arguments or configuration name; writes it if that is asked for.
pub(super) fn check(
    args: &AdoptArgs,
    analysis: &Analysis,
    policy: &Policy<'_>,
    config: &Config,
    tool: &Tool<'_>,
    env: &mut Env<'_>,
) -> Result<Checked, UsageError> {
    let cwd = normalize(&env.cwd);
    if let Some(path) = &args.write_baseline {
        return write(&normalize(&cwd.join(path)), analysis, policy, tool, env);
    }
    let (path, (checked, left), whole) = judge(args, analysis, policy, config, tool, env)?;
    if let Some(path) = path.filter(|_| whole) {
        prunable(&display_name(&cwd, &path), &left, env);
    }
    Ok(checked)
}

/// Decides over all findings of a further look, and says nothing.
pub(super) fn again(
    args: &AdoptArgs,
    analysis: &Analysis,
    policy: &Policy<'_>,
    config: &Config,
    tool: &Tool<'_>,
    env: &Env<'_>,
) -> Result<Checked, UsageError> {
    let (_, (checked, _), _) = judge(args, analysis, policy, config, tool, env)?;
    Ok(checked)
}

/// The baseline in force, what is decided with it, and whether that is about all that the baseline is about.
type Judged = (Option<PathBuf>, (Checked, Left), bool);

fn judge(
    args: &AdoptArgs,
    analysis: &Analysis,
    policy: &Policy<'_>,
    config: &Config,
    tool: &Tool<'_>,
    env: &Env<'_>,
) -> Result<Judged, UsageError> {
    let cwd = normalize(&env.cwd);
    let configured = config
        .baseline
        .as_ref()
        .map(|setting| setting.value.clone());
    let path = args
        .baseline
        .as_ref()
        .map(|path| normalize(&cwd.join(path)))
        .or(configured);
    let baseline = path
        .as_ref()
        .map(|path| read(path, tool, &cwd))
        .transpose()?;
    let changed = changed(args, analysis, env)?;
    let known = Known {
        baseline: baseline.as_ref(),
        changed: changed.as_ref(),
    };
    let judged = check_with(analysis, policy, &known);
    let whole = changed.is_none() && policy.scope.is_whole();
    Ok((path, judged, whole))
}

/// Says which entries of a baseline are mended.
fn prunable(name: &str, left: &Left, env: &mut Env<'_>) {
    let count: u32 = left.mended.iter().map(|(_, count)| count).sum();
    if count == 0 {
        return;
    }
    let mut text = match count {
        1 => format!("1 finding of the baseline `{name}` is mended"),
        _ => format!("{count} findings of the baseline `{name}` are mended"),
    };
    text.push_str(&format!(": drop it with `--write-baseline {name}`"));
    console::note(env, &text);
    for (known, count) in &left.mended {
        let times = if *count > 1 {
            format!(" ({count} times)")
        } else {
            String::new()
        };
        console::line(
            env,
            &crate::report::plain(&format!("  {} in {}{times}", known.lint, known.definition)),
        );
    }
}

/// Writes the baseline, and goes on as if it had always been there.
fn write(
    path: &Path,
    analysis: &Analysis,
    policy: &Policy<'_>,
    tool: &Tool<'_>,
    env: &mut Env<'_>,
) -> Result<Checked, UsageError> {
    if !policy.scope.is_whole() {
        return Err(UsageError::new(
            "`--write-baseline` takes no PATHS",
            "a baseline is about whole packages: leave PATHS out, or name packages with `-p`",
        ));
    }
    let cwd = normalize(&env.cwd);
    let name = display_name(&cwd, path);
    let old = if tool.sources.is_file(path) {
        read(path, tool, &cwd)?
    } else {
        Baseline::default()
    };
    let (found, _) = check_with(analysis, policy, &Known::default());
    let (_, left) = check_with(
        analysis,
        policy,
        &Known {
            baseline: Some(&old),
            changed: None,
        },
    );
    let mut new = Baseline::default();
    for shown in &found.findings {
        new.add(analysis, &shown.finding);
    }
    let dropped: u32 = left.mended.iter().map(|(_, count)| count).sum();
    new.keep(left.unseen);
    std::fs::write(path, new.text())
        .map_err(|error| UsageError::plain(format!("cannot write to `{name}`: {error}")))?;
    console::note(
        env,
        &format!(
            "`{name}` now holds {} findings ({dropped} dropped)",
            new.len()
        ),
    );
    let known = Known {
        baseline: Some(&new),
        changed: None,
    };
    Ok(check_with(analysis, policy, &known).0)
}
