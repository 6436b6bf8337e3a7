//! Runs a binary on a folder, with a limit on its time, and reads what it found.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde::Deserialize;
use serde_json::Value;

use crate::Result;

/// One finding, as the SARIF report tells it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Finding {
    /// Relative to the folder the run was on.
    pub(crate) file: String,
    /// 1-based.
    pub(crate) line: u32,
    /// A lint's id, or a rival's rule.
    pub(crate) lint: String,
    pub(crate) confidence: Confidence,
    pub(crate) message: String,
}

/// How sure a finding is; rivals have one kind only, which counts as certain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Confidence {
    Possible,
    Likely,
    Certain,
}

impl Confidence {
    pub(crate) fn parse(word: &str) -> Option<Self> {
        match word {
            "possible" => Some(Self::Possible),
            "likely" => Some(Self::Likely),
            "certain" => Some(Self::Certain),
            _ => None,
        }
    }

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Possible => "possible",
            Self::Likely => "likely",
            Self::Certain => "certain",
        }
    }
}

/// How a run ended, and what it said on its standard output.
pub(crate) enum Ended {
    Done { code: i32, out: String, err: String },
    Hung,
}

/// The binary under measurement.
pub(crate) struct Product {
    bin: PathBuf,
    limit: Duration,
}

impl Product {
    pub(crate) fn new(bin: PathBuf, seconds: u64) -> Self {
        Self {
            bin,
            limit: Duration::from_secs(seconds),
        }
    }

    pub(crate) fn limit(&self) -> Duration {
        self.limit
    }

    /// Everything found in `root`, weak findings included; with every lint on, or those that are on by default.
    pub(crate) fn check(&self, root: &Path, every_lint: bool) -> Result<Vec<Finding>> {
        let weak = ["--min-confidence", "possible", "--message-format", "sarif"];
        let manifest = root.join("Cargo.toml");
        let mut command = self.command(root);
        command.arg("--workspace").args(weak);
        if every_lint {
            command.args(["-W", "linger::pedantic"]);
        }
        if manifest.exists() {
            command.arg("--manifest-path").arg(manifest);
        } else {
            command.arg(root);
        }
        match run(&mut command, self.limit)? {
            Ended::Hung => Err(format!("{}: hung", root.display()).into()),
            Ended::Done { code, out, err } if code > 1 => {
                let said = if err.is_empty() { out } else { err };
                Err(format!("{}: exit {code}: {}", root.display(), last(&said)).into())
            }
            Ended::Done { out, .. } => findings(&out),
        }
    }

    /// The JSON of everything found in `root` by this many threads, started in the folder `from`, and the time it took.
    pub(crate) fn report(
        &self,
        root: &Path,
        from: &Path,
        threads: usize,
    ) -> Result<(Ended, Duration)> {
        let mut command = self.command(from);
        command
            .args([
                "--workspace",
                "--message-format",
                "json",
                "-W",
                "linger::pedantic",
            ])
            .args([
                "--min-confidence",
                "possible",
                "--threads",
                &threads.to_string(),
            ])
            .arg("--manifest-path")
            .arg(root.canonicalize()?.join("Cargo.toml"));
        let start = Instant::now();
        let ended = run(&mut command, self.limit)?;
        Ok((ended, start.elapsed()))
    }

    /// `inventory`'s JSON of the package in `root`.
    pub(crate) fn inventory<T: for<'a> Deserialize<'a>>(
        &self,
        root: &Path,
        args: &[String],
    ) -> Result<T> {
        let mut command = self.command(root);
        command
            .args(["inventory", "--message-format", "json"])
            .args(args);
        match run(&mut command, self.limit)? {
            Ended::Hung => Err(format!("{}: hung", root.display()).into()),
            Ended::Done { out, err, .. } => serde_json::from_str(&out)
                .map_err(|e| format!("{}: {e}: {}", root.display(), last(&err)).into()),
        }
    }

    fn command(&self, root: &Path) -> Command {
        let mut command = Command::new(&self.bin);
        command.arg("linger").current_dir(root);
        command
    }
}

/// Which packages of a corpus to run on.
#[derive(clap::Args)]
pub(crate) struct Packages {
    /// Folder that holds packages or workspaces, each in a folder of its own
    #[arg(long)]
    pub(crate) corpus: PathBuf,
    /// Only folders whose names contain this
    #[arg(long, default_value = "")]
    only: String,
}

impl Packages {
    /// Their folders, in order.
    pub(crate) fn roots(&self) -> Result<Vec<PathBuf>> {
        let mut roots: Vec<PathBuf> = fs::read_dir(&self.corpus)?
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|path| path.join("Cargo.toml").is_file())
            .filter(|path| name(path).contains(&self.only))
            .collect();
        roots.sort();
        Ok(roots)
    }
}

/// The last part of a path.
pub(crate) fn name(path: &Path) -> String {
    let name = path.file_name().unwrap_or(path.as_os_str());
    name.to_string_lossy().into_owned()
}

/// Runs a command; what it prints is read while it runs, so that a full pipe never looks like a hang.
pub(crate) fn run(command: &mut Command, limit: Duration) -> Result<Ended> {
    let name = command.get_program().to_owned();
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|e| format!("{}: {e}", name.display()))?;
    let out = child.stdout.take().map(drain);
    let err = child.stderr.take().map(drain);
    let start = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        if start.elapsed() > limit {
            child.kill()?;
            child.wait()?;
            return Ok(Ended::Hung);
        }
        thread::sleep(Duration::from_millis(5));
    };
    let text = |pipe: Option<thread::JoinHandle<String>>| {
        pipe.and_then(|p| p.join().ok()).unwrap_or_default()
    };
    Ok(Ended::Done {
        code: status.code().unwrap_or(101),
        out: text(out),
        err: text(err),
    })
}

fn drain(mut pipe: impl Read + Send + 'static) -> thread::JoinHandle<String> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        // A pipe that breaks ends what can be read of it.
        let _ = pipe.read_to_end(&mut bytes);
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

fn findings(sarif: &str) -> Result<Vec<Finding>> {
    let log: Value = serde_json::from_str(sarif)?;
    let results = log
        .pointer("/runs/0/results")
        .and_then(Value::as_array)
        .ok_or("a SARIF log without results")?;
    let text = |value: &Value, at: &str| {
        let found = value.pointer(at).and_then(Value::as_str);
        found.unwrap_or_default().to_owned()
    };
    let mut out = Vec::new();
    for result in results {
        let place = "/locations/0/physicalLocation";
        let line = result
            .pointer(&format!("{place}/region/startLine"))
            .and_then(Value::as_u64);
        out.push(Finding {
            file: text(result, &format!("{place}/artifactLocation/uri")),
            line: line.and_then(|l| u32::try_from(l).ok()).unwrap_or(0),
            lint: text(result, "/ruleId").replace("linger::", ""),
            confidence: Confidence::parse(&text(result, "/properties/confidence"))
                .unwrap_or(Confidence::Certain),
            message: text(result, "/message/text"),
        });
    }
    out.sort();
    Ok(out)
}

fn last(text: &str) -> &str {
    text.trim_end().lines().last().unwrap_or_default()
}
