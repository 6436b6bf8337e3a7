//! What `init`, `completions` and `man` write. What init's hook and workflows do is tried by `.ci/trials`.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use clap::CommandFactory;
use linger::cli::args::Args;

fn linger(dir: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cargo-linger"));
    command.current_dir(dir).arg("linger").args(args);
    command.output().expect("it runs")
}

fn out(ran: &Output) -> String {
    assert!(
        ran.status.success(),
        "{}",
        String::from_utf8_lossy(&ran.stderr)
    );
    String::from_utf8(ran.stdout.clone()).expect("UTF-8")
}

/// A repository with a workspace in a folder of it, and that folder's path.
fn repository(folder: &str) -> (tempfile::TempDir, std::path::PathBuf) {
    let repository = tempfile::tempdir().expect("a folder");
    let workspace = repository.path().join(folder);
    fs::create_dir_all(repository.path().join(".git")).expect("a folder");
    fs::create_dir_all(workspace.join("src")).expect("a folder");
    let manifest = "[package]\nname = \"a\"\nversion = \"0.1.0\"\nedition = \"2024\"\n";
    fs::write(workspace.join("Cargo.toml"), manifest).expect("it writes");
    fs::write(workspace.join("src/lib.rs"), "pub fn f() {}\n").expect("it writes");
    (repository, workspace)
}

#[test]
fn init_writes_a_configuration_once_and_replaces_it_only_when_told() {
    let (_keep, workspace) = repository("");
    let file = workspace.join("linger.toml");
    assert!(out(&linger(&workspace, &["init", "--print"])).contains("#[lints]"));
    assert!(!file.exists());
    assert_eq!(
        out(&linger(&workspace.join("src"), &["init"])),
        format!(
            "wrote {}: `cargo linger config` shows what is in force\n",
            file.display()
        )
    );
    fs::write(&file, "test-code = true\n").expect("it writes");
    let again = linger(&workspace, &["init"]);
    assert_eq!(again.status.code(), Some(2));
    let said = String::from_utf8_lossy(&again.stderr).into_owned();
    assert!(
        said.contains("`linger.toml` exists, and nothing was written"),
        "{said}"
    );
    assert_eq!(
        fs::read_to_string(&file).expect("it reads"),
        "test-code = true\n"
    );
    assert!(out(&linger(&workspace, &["init", "--force"])).starts_with("replaced linger.toml"));
    assert!(
        fs::read_to_string(&file)
            .expect("it reads")
            .contains("#[lints]")
    );
}

#[test]
fn the_configuration_is_right_as_it_is_and_with_everything_in_it_switched_on() {
    let (_keep, workspace) = repository("");
    out(&linger(&workspace, &["init"]));
    out(&linger(&workspace, &["config"]));
    let file = workspace.join("linger.toml");
    let text = fs::read_to_string(&file).expect("it reads");
    // What is commented out has no space behind its `#`.
    let on = |line: &str| match line.strip_prefix('#') {
        Some(rest) if !rest.starts_with(' ') => rest.to_owned(),
        _ => line.to_owned(),
    };
    let text: Vec<String> = text.lines().map(on).collect();
    fs::write(&file, text.join("\n")).expect("it writes");
    let shown = out(&linger(&workspace, &["config"]));
    assert!(
        shown.contains("linger.toml") && shown.contains("unread_body"),
        "{shown}"
    );
}

#[test]
fn hook_and_workflows_go_to_the_repository_and_lead_to_the_workspace() {
    let (repository, workspace) = repository("services/api");
    let said = out(&linger(
        &workspace,
        &["init", "--pre-commit", "--github", "--gitlab"],
    ));
    assert_eq!(
        said.lines()
            .filter(|line| line.starts_with("wrote "))
            .count(),
        3,
        "{said}"
    );
    let read =
        |name: &str| fs::read_to_string(repository.path().join(name)).expect("it was written");
    let hook = read(".pre-commit-config.yaml");
    assert!(
        hook.contains("entry: cargo-linger --manifest-path services/api/Cargo.toml\n"),
        "{hook}"
    );
    assert!(hook.contains("files: ^services/api/\n"), "{hook}");
    for name in [".github/workflows/linger.yml", ".gitlab/linger.yml"] {
        let text = read(name);
        assert!(text.contains("services/api"), "{text}");
        assert!(
            text.contains(concat!("--version ", env!("CARGO_PKG_VERSION"))),
            "{text}"
        );
        assert!(
            !text.contains("{version}") && !text.contains("{directory}"),
            "{text}"
        );
    }
    assert!(!workspace.join("linger.toml").exists());
    // One that exists keeps the others from being written, too: nothing is done by halves.
    fs::remove_file(repository.path().join(".gitlab/linger.yml")).expect("it goes");
    assert_eq!(
        linger(&workspace, &["init", "--github", "--gitlab"])
            .status
            .code(),
        Some(2)
    );
    assert!(!repository.path().join(".gitlab/linger.yml").exists());
    let other = tempfile::tempdir().expect("a folder");
    let manifest = workspace.join("Cargo.toml");
    out(&linger(
        other.path(),
        &[
            "init",
            "--gitlab",
            "--manifest-path",
            &manifest.to_string_lossy(),
        ],
    ));
    assert!(repository.path().join(".gitlab/linger.yml").exists());
}

#[test]
fn init_without_a_workspace_says_what_to_do() {
    let empty = tempfile::tempdir().expect("a folder");
    let ran = linger(empty.path(), &["init"]);
    assert_eq!(ran.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&ran.stderr).contains("name one with --manifest-path"));
}

/// The long options of all commands.
fn options() -> Vec<String> {
    let mut command = Args::command();
    command.build();
    let all = std::iter::once(&command).chain(
        command
            .get_subcommands()
            .filter(|sub| sub.get_name() != "help"),
    );
    let mut names: Vec<String> = all
        .flat_map(clap::Command::get_arguments)
        .filter_map(|arg| arg.get_long().map(str::to_owned))
        .collect();
    names.sort();
    names.dedup();
    names
}

#[test]
fn completions_and_the_manual_know_every_option() {
    let dir = tempfile::tempdir().expect("a folder");
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = out(&linger(dir.path(), &["completions", shell]));
        for name in options() {
            let written = if shell == "fish" {
                format!("-l {name}")
            } else {
                format!("--{name}")
            };
            assert!(script.contains(&written), "{shell} does not know --{name}");
        }
    }
    let bash = out(&linger(dir.path(), &["completions", "bash"]));
    assert!(bash.contains("complete -F _linger -o bashdefault -o default cargo-linger\n"));
    // What a command is remembered as is what its words are looked up by.
    let states = bash.split("cmd=\"").skip(1);
    let states: Vec<&str> = states.filter_map(|rest| rest.split('"').next()).collect();
    assert!(states.len() > 8, "{states:?}");
    for state in states.iter().filter(|state| !state.is_empty()) {
        assert!(
            bash.contains(&format!(" {state})\n")),
            "nothing for {state}"
        );
    }
    let page = out(&linger(dir.path(), &["man"]));
    assert!(page.contains(".TH"), "{page}");
    for name in options() {
        assert!(
            page.contains(&format!("\\-\\-{}", name.replace('-', "\\-"))),
            "the manual does not know --{name}"
        );
    }
}
