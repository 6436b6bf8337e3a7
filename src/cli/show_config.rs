//! `cargo linger config`: what is in force, and where each value came from.

use std::io;

use super::args::{ConfigFormat, ShowConfigArgs};
use super::config::{levels, load};
use super::env::{Env, Tool};
use super::exit::{misused, print};
use super::usage::UsageError;
use super::{console, options};
use crate::check::levels::{LevelArg, Origin};
use crate::config::Setting;
use crate::discover;
use crate::discover::workspace::Notice;
use crate::finding::Confidence;
use crate::report::config::{self as shown, InForce};

/// `cargo linger config`.
pub(super) fn run(
    args: ShowConfigArgs,
    levels: &[LevelArg],
    tool: &Tool<'_>,
    env: &mut Env<'_>,
) -> u8 {
    let json = matches!(args.message_format, ConfigFormat::Json);
    match in_force(args, levels, tool, env) {
        Err(error) => misused(&error, env),
        Ok((in_force, notices)) => {
            for Notice { file, text } in notices {
                let place = file.map(|file| format!("{file}: ")).unwrap_or_default();
                console::note(env, &format!("{place}{text}"));
            }
            print(env, |out: &mut dyn io::Write| {
                if json {
                    shown::json(&in_force, out)
                } else {
                    shown::human(&in_force, out)
                }
            })
        }
    }
}

fn in_force(
    args: ShowConfigArgs,
    written: &[LevelArg],
    tool: &Tool<'_>,
    env: &Env<'_>,
) -> Result<(InForce, Vec<Notice>), UsageError> {
    let flags = options::analyze(args.select.paths, args.select.of, tool, env)?;
    let mut analyze = flags.clone();
    let config = load(&args.config, &mut analyze, tool)?;
    let workspace = discover::discover(tool.sources, &(&analyze).into())
        .map_err(|error| UsageError::plain(error.to_string()))?;
    let (packages, notices) = config.packages(tool.sources, &workspace)?;
    let levels = levels(&config, &packages, written, tool)?;
    let built_in = |value| Setting {
        value,
        origin: Origin::BuiltIn,
    };
    let flag = |text: &str, value| Setting {
        value,
        origin: Origin::CommandLine(text.to_owned()),
    };
    let min_confidence = match args.min_confidence {
        Some(arg) => flag("--min-confidence", arg.into()),
        None => config.min_confidence.clone().unwrap_or(Setting {
            value: Confidence::Likely,
            origin: Origin::BuiltIn,
        }),
    };
    let test_code = if flags.targets.is_default() {
        config.test_code.clone().unwrap_or(built_in(false))
    } else {
        let value = flags.targets.test_code();
        Setting {
            value,
            origin: Origin::CommandLine("target options".to_owned()),
        }
    };
    Ok((
        InForce {
            config,
            packages,
            levels,
            min_confidence,
            test_code,
            lints: tool.lints.iter().map(|lint| lint.id).collect(),
            root: workspace.root,
        },
        notices,
    ))
}
