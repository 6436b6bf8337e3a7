//! A project that tries to have a program run, by every means cargo, rustup and git offer, is read and nothing else: no
//! process, no socket, nothing written. Watched from outside, by strace where there is one.

#![cfg(unix)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};

const LINGER: &str = env!("CARGO_BIN_EXE_cargo-linger");

fn write(path: &Path, text: &str) {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).expect("a folder");
    }
    fs::write(path, text).expect("written");
}

/// The project; whatever it gets to run leaves a file named `ran`.
fn project(dir: &Path) {
    let marker = dir.join("ran");
    let program = dir.join("program");
    write(
        &program,
        &format!("#!/bin/sh\ntouch {}\nexit 1\n", marker.display()),
    );
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).expect("executable");
    let program = program.display();
    let manifest = "[package]\nname = \"p\"\nversion = \"0.1.0\"\nedition = \"2021\"\nbuild = \"build.rs\"\n\n[dependencies]\nreqwest = \"0.12\"\nm = { path = \"m\" }\n";
    write(&dir.join("Cargo.toml"), manifest);
    write(
        &dir.join("src/lib.rs"),
        "#[m::run] pub async fn f() { reqwest::get(\"u\").await.unwrap().text().await.unwrap(); }\n",
    );
    write(
        &dir.join("build.rs"),
        &format!("fn main() {{ std::process::Command::new(\"{program}\").status().unwrap(); }}"),
    );
    write(
        &dir.join("m/Cargo.toml"),
        "[package]\nname = \"m\"\nversion = \"0.1.0\"\n[lib]\nproc-macro = true\n",
    );
    write(
        &dir.join("m/src/lib.rs"),
        "#[proc_macro_attribute] pub fn run(_: TokenStream, item: TokenStream) -> TokenStream { item }",
    );
    write(
        &dir.join(".cargo/config.toml"),
        &format!(
            "[build]\nrustc = \"{program}\"\nrustc-wrapper = \"{program}\"\nrustdoc = \"{program}\"\n\
             [target.x86_64-unknown-linux-gnu]\nlinker = \"{program}\"\nrunner = \"{program}\"\n\
             [alias]\nlinger = \"run\"\nmetadata = \"run\"\n[registry]\ncredential-provider = [\"{program}\"]\n\
             [net]\ngit-fetch-with-cli = true\n"
        ),
    );
    write(
        &dir.join("rust-toolchain.toml"),
        &format!("[toolchain]\npath = \"{}\"\n", dir.display()),
    );
    write(
        &dir.join("bin/rustc"),
        &format!("#!/bin/sh\nexec {program}\n"),
    );
    write(
        &dir.join(".git/config"),
        &format!(
            "[core]\nfsmonitor = {program}\nhooksPath = {0}\nsshCommand = {program}\npager = {program}\n\
             [diff]\nexternal = {program}\n[filter \"x\"]\nclean = {program}\nsmudge = {program}\n",
            dir.display()
        ),
    );
    write(&dir.join(".git/HEAD"), "ref: refs/heads/main\n");
    write(&dir.join(".gitattributes"), "* filter=x\n");
}

/// What lies below the folder, with each file's time of change.
fn state(dir: &Path) -> Vec<String> {
    let mut all: Vec<String> = walkdir::WalkDir::new(dir)
        .into_iter()
        .filter_map(Result::ok)
        .map(|e| {
            let changed = e.metadata().ok().and_then(|m| m.modified().ok());
            format!("{} {changed:?}", e.path().display())
        })
        .collect();
    all.sort();
    all
}

fn found(output: &Output) {
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("request_without_timeout"), "{output:?}");
}

#[test]
fn nothing_is_run_and_nothing_written() {
    let dir = tempfile::tempdir().expect("a folder");
    project(dir.path());
    let before = state(dir.path());
    for args in [
        &["linger"][..],
        &["linger", "--workspace", "--all-targets"],
        &["linger", "inventory"],
        &["linger", "config"],
    ] {
        let output = Command::new(LINGER)
            .args(args)
            .current_dir(dir.path())
            .output()
            .expect("it runs");
        assert!(
            output.status.code().is_some_and(|code| code < 2),
            "{output:?}"
        );
        if args.len() == 1 {
            found(&output);
        }
    }
    assert_eq!(before, state(dir.path()));
}

/// Calls that make a process, a connection or a change to a file.
const CALLS: &str = "trace=execve,execveat,fork,vfork,clone,clone3,socket,connect,bind,sendto,open,openat,openat2,creat,\
                     unlink,unlinkat,rename,renameat,renameat2,mkdir,mkdirat,rmdir,link,linkat,symlink,symlinkat,truncate,\
                     ftruncate,chmod,fchmod,fchmodat,chown,fchown,fchownat,utimensat,mknod,mknodat";

/// Whether a traced call is one a reader has no use for.
fn is_suspect(line: &str) -> bool {
    let Some((call, rest)) = line.split_once('(') else {
        return false;
    };
    let call = call.rsplit(' ').next().unwrap_or(call);
    match call {
        "clone" | "clone3" => !rest.contains("CLONE_THREAD"),
        "open" | "openat" | "openat2" => ["O_WRONLY", "O_RDWR", "O_CREAT", "O_TRUNC"]
            .iter()
            .any(|flag| rest.contains(flag)),
        _ => !call.is_empty() && call.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_'),
    }
}

#[test]
fn under_a_trace_it_only_reads() {
    let dir = tempfile::tempdir().expect("a folder");
    project(dir.path());
    let log = tempfile::NamedTempFile::new().expect("a file");
    let traced = |program: &str, args: &[&str]| {
        Command::new("strace")
            .args(["-f", "-qq", "-e", CALLS, "-e", "signal=none", "-o"])
            .arg(log.path())
            .arg(program)
            .args(args)
            .current_dir(dir.path())
            .output()
    };
    // A container may have the tracer and not let it trace; and a trace that sees nothing of a shell proves nothing.
    let works = traced("sh", &["-c", "touch seen; true | true"]).is_ok_and(|o| o.status.success());
    if !works {
        eprintln!("skipped: there is no strace here that may trace");
        return;
    }
    let trace = || fs::read_to_string(log.path()).expect("a trace");
    let suspects = |trace: &str| -> Vec<String> {
        // The first call is the one that starts what is traced.
        trace
            .lines()
            .skip(1)
            .filter(|l| is_suspect(l))
            .map(str::to_owned)
            .collect()
    };
    assert!(suspects(&trace()).len() >= 2, "{}", trace());
    let output = traced(LINGER, &["linger", "--workspace"]).expect("it runs");
    found(&output);
    assert_eq!(suspects(&trace()), Vec::<String>::new());
    assert!(trace().contains("src/lib.rs"));
}
