//! What `--fix` makes of code: pairs of before and after, and everything it must leave alone.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

/// A package on the disk.
struct Package {
    dir: TempDir,
}

impl Package {
    /// With these dependencies, and one file.
    fn new(dependencies: &str, source: &str) -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        fs::create_dir(dir.path().join("src")).expect("a folder");
        let manifest = format!(
            "[package]\nname = \"scratch\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[dependencies]\n{dependencies}\n"
        );
        fs::write(dir.path().join("Cargo.toml"), manifest).expect("written");
        let package = Package { dir };
        fs::write(package.file(), source).expect("written");
        package
    }

    fn file(&self) -> PathBuf {
        self.dir.path().join("src/lib.rs")
    }

    fn text(&self) -> String {
        String::from_utf8(fs::read(self.file()).expect("read")).expect("text")
    }

    fn run(&self, args: &[&str]) -> Output {
        run(self.dir.path(), args)
    }
}

fn run(dir: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cargo-linger"));
    command.arg("linger").args(args).current_dir(dir);
    command.output().expect("it runs")
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

const REQWEST: &str = "reqwest = { version = \"0.12\", features = [\"blocking\"] }";
const SAFE: &[&str] = &["--fix", "--allow-no-vcs"];
const UNSAFE: &[&str] = &["--fix", "--unsafe-fixes", "--allow-no-vcs"];

/// What becomes of a file. A second run must change nothing more, and what was mended must be gone.
fn fixed(dependencies: &str, before: &str, args: &[&str]) -> String {
    let package = Package::new(dependencies, before);
    let first = package.run(args);
    assert!(
        matches!(first.status.code(), Some(0 | 1)),
        "{}",
        stderr(&first)
    );
    assert!(
        !stderr(&first).contains("was left as it was"),
        "{}",
        stderr(&first)
    );
    let after = package.text();
    package.run(args);
    assert_eq!(package.text(), after, "a second run changes nothing more");
    after
}

#[track_caller]
fn becomes(dependencies: &str, args: &[&str], before: &str, after: &str) {
    let got = fixed(dependencies, before, args);
    assert_eq!(got, after, "\n--- got\n{got}\n--- wanted\n{after}");
}

#[track_caller]
fn stays(dependencies: &str, args: &[&str], before: &str) {
    becomes(dependencies, args, before, before);
}

#[test]
fn a_bare_constructor_becomes_a_bounded_builder_that_hands_its_error_on() {
    becomes(
        REQWEST,
        SAFE,
        "\
pub async fn subjects(url: &str) -> reqwest::Result<String> {
    let client = reqwest::Client::new();
    client.get(url).send().await?.text().await
}
",
        "\
pub async fn subjects(url: &str) -> reqwest::Result<String> {
    let client = reqwest::Client::builder()
        .connect_timeout(std::time::Duration::from_secs(10))
        .read_timeout(std::time::Duration::from_secs(60))
        .build()?;
    client.get(url).send().await?.text().await
}
",
    );
}

#[test]
fn where_the_error_cannot_be_handed_on_it_panics_as_the_bare_constructor_does() {
    becomes(
        REQWEST,
        SAFE,
        "\
use std::time::Duration;

pub async fn pause() {
    tokio::time::sleep(Duration::from_secs(1)).await;
}

pub async fn subjects(url: &str) -> Option<String> {
    let client = reqwest::Client::default();
    client.get(url).send().await.ok()?.text().await.ok()
}
",
        "\
use std::time::Duration;

pub async fn pause() {
    tokio::time::sleep(Duration::from_secs(1)).await;
}

pub async fn subjects(url: &str) -> Option<String> {
    let client = reqwest::Client::builder()
        .connect_timeout(Duration::from_secs(10))
        .read_timeout(Duration::from_secs(60))
        .build()
        .expect(\"the TLS back end starts\");
    client.get(url).send().await.ok()?.text().await.ok()
}
",
    );
}

#[test]
fn a_builder_gets_the_setter_in_the_manner_of_its_chain() {
    becomes(
        REQWEST,
        SAFE,
        "\
pub async fn one(url: &str) -> reqwest::Result<String> {
    let client = reqwest::Client::builder().build()?;
    client.get(url).send().await?.text().await
}

pub async fn two(url: &str) -> reqwest::Result<String> {
    let client = reqwest::Client::builder().gzip(true).build()?;
    client.get(url).send().await?.text().await
}

pub async fn three(url: &str) -> reqwest::Result<String> {
    let client = reqwest::Client::builder()
        // Ünïcode in the way.
        .user_agent(\"größe\")
        .build()?;
    client.get(url).send().await?.text().await
}

pub async fn four(url: &str) -> reqwest::Result<String> {
    let builder = reqwest::Client::builder();
    let client = builder.build()?;
    client.get(url).send().await?.text().await
}
",
        "\
pub async fn one(url: &str) -> reqwest::Result<String> {
    let client = reqwest::Client::builder()
        .connect_timeout(std::time::Duration::from_secs(10))
        .read_timeout(std::time::Duration::from_secs(60))
        .build()?;
    client.get(url).send().await?.text().await
}

pub async fn two(url: &str) -> reqwest::Result<String> {
    let client = reqwest::Client::builder().gzip(true)
        .connect_timeout(std::time::Duration::from_secs(10))
        .read_timeout(std::time::Duration::from_secs(60))
        .build()?;
    client.get(url).send().await?.text().await
}

pub async fn three(url: &str) -> reqwest::Result<String> {
    let client = reqwest::Client::builder()
        // Ünïcode in the way.
        .user_agent(\"größe\")
        .connect_timeout(std::time::Duration::from_secs(10))
        .read_timeout(std::time::Duration::from_secs(60))
        .build()?;
    client.get(url).send().await?.text().await
}

pub async fn four(url: &str) -> reqwest::Result<String> {
    let builder = reqwest::Client::builder();
    let client = builder
        .connect_timeout(std::time::Duration::from_secs(10))
        .read_timeout(std::time::Duration::from_secs(60))
        .build()?;
    client.get(url).send().await?.text().await
}
",
    );
}

#[test]
fn a_client_whose_bodies_are_streamed_gets_an_idle_bound_and_keeps_what_it_has() {
    let before = "\
pub async fn download(url: &str) -> reqwest::Result<usize> {
    let client = reqwest::Client::builder()
        .connect_timeout(std::time::Duration::from_secs(2))
        .build()?;
    let mut response = client.get(url).send().await?;
    let mut size = 0;
    while let Some(chunk) = response.chunk().await? {
        size += chunk.len();
    }
    Ok(size)
}
";
    let after = before.replace(
        "        .build()?;",
        "        .read_timeout(std::time::Duration::from_secs(60))\n        .build()?;",
    );
    becomes(REQWEST, SAFE, before, &after);
    // That version has no idle bound, and a total one would cut long bodies.
    stays("reqwest = \"=0.11.27\"", UNSAFE, before);
}

#[test]
fn settings_go_only_on_what_takes_them() {
    // The constructor is called for us.
    stays(
        REQWEST,
        UNSAFE,
        "\
pub async fn one(kept: &Option<reqwest::Client>, url: &str) -> reqwest::Result<String> {
    let client = kept.clone().unwrap_or_else(reqwest::Client::new);
    client.get(url).send().await?.text().await
}
",
    );
    // Made of a configuration that takes none any more, after one that did.
    becomes(
        "ureq = \"=3.5.2\"",
        SAFE,
        "\
pub fn two(url: &str) -> Result<String, ureq::Error> {
    let agent: ureq::Agent = ureq::Agent::config_builder().build().into();
    agent.get(url).call()?.body_mut().read_to_string()
}
",
        "\
pub fn two(url: &str) -> Result<String, ureq::Error> {
    let agent: ureq::Agent = ureq::Agent::config_builder().timeout_connect(Some(std::time::Duration::from_secs(10))).timeout_per_read(Some(std::time::Duration::from_secs(60))).build().into();
    agent.get(url).call()?.body_mut().read_to_string()
}
",
    );
}

#[test]
fn what_is_switched_off_or_set_on_some_ways_is_left_to_who_did_so() {
    stays(
        REQWEST,
        UNSAFE,
        "\
pub async fn subjects(url: &str, limit: Option<std::time::Duration>) -> reqwest::Result<String> {
    let mut builder = reqwest::Client::builder();
    if let Some(limit) = limit {
        builder = builder.timeout(limit);
    }
    let client = builder.build()?;
    client.get(url).send().await?.text().await
}
",
    );
}

#[test]
fn a_client_that_is_handed_out_is_no_safe_fix() {
    let before = "\
pub fn client() -> reqwest::Client {
    reqwest::Client::new()
}
";
    stays(REQWEST, SAFE, before);
    let after = fixed(REQWEST, before, UNSAFE);
    assert!(after.contains(".read_timeout("), "{after}");
}

#[test]
fn a_request_gets_the_setter_where_it_goes_through_several_clients() {
    let before = "\
pub async fn by_two(url: &str) -> reqwest::Result<String> {
    Ok(both(&reqwest::Client::new(), url).await? + &both(&reqwest::Client::new(), url).await?)
}

async fn both(client: &reqwest::Client, url: &str) -> reqwest::Result<String> {
    let quick = client
        .get(url)
        .timeout(std::time::Duration::from_secs(1))
        .send()
        .await?
        .text()
        .await?;
    let slow = client.get(url).send().await?.text().await?;
    Ok(quick + &slow)
}
";
    let after = before.replace(
        "client.get(url).send()",
        "client.get(url).timeout(std::time::Duration::from_secs(30)).send()",
    );
    // What is long and what is short is not in the text, and a request has no idle bound.
    stays(REQWEST, SAFE, before);
    becomes(REQWEST, UNSAFE, before, &after);
}

#[test]
fn a_client_one_of_whose_requests_brings_a_bound_is_no_safe_fix() {
    let before = "\
pub async fn all(url: &str) -> reqwest::Result<String> {
    let client = reqwest::Client::new();
    let patient = client
        .get(url)
        .timeout(std::time::Duration::from_secs(600))
        .send()
        .await?
        .text()
        .await?;
    let one = client.get(url).send().await?.text().await?;
    let two = client.get(url).send().await?.text().await?;
    Ok(patient + &one + &two)
}
";
    // An idle bound of the client would cut what was given ten minutes.
    stays(REQWEST, SAFE, before);
    let after = fixed(REQWEST, before, UNSAFE);
    assert!(after.contains(".read_timeout("), "{after}");
}

#[test]
fn a_one_shot_call_becomes_a_client_only_when_asked() {
    let before = "\
pub async fn subjects(url: &str) -> reqwest::Result<String> {
    reqwest::get(url).await?.text().await
}
";
    stays(REQWEST, SAFE, before);
    becomes(
        REQWEST,
        &[
            "--fix",
            "--unsafe-fixes",
            "--allow-no-vcs",
            "-A",
            "client_per_request",
        ],
        before,
        "\
pub async fn subjects(url: &str) -> reqwest::Result<String> {
    reqwest::Client::builder()
        .connect_timeout(std::time::Duration::from_secs(10))
        .read_timeout(std::time::Duration::from_secs(60))
        .build()?
        .get(url)
        .send().await?.text().await
}
",
    );
}

#[test]
fn other_clients_get_what_their_version_has() {
    let two = "\
pub fn one(url: &str) -> Result<String, Box<dyn std::error::Error>> {
    Ok(ureq::get(url).call()?.into_string()?)
}

pub fn two(url: &str) -> Result<String, Box<dyn std::error::Error>> {
    let agent = ureq::Agent::new();
    Ok(agent.get(url).call()?.into_string()?)
}
";
    let safe = two.replace(
        "ureq::Agent::new()",
        "ureq::AgentBuilder::new()
        .timeout_read(std::time::Duration::from_secs(60))
        .build()",
    );
    becomes("ureq = \"2\"", SAFE, two, &safe);
    let all = safe.replace(
        "ureq::get(url)",
        "ureq::get(url).timeout(std::time::Duration::from_secs(30))",
    );
    becomes("ureq = \"2\"", UNSAFE, two, &all);

    let three = "\
pub fn one(url: &str) -> Result<String, web::Error> {
    web::get(url).call()?.body_mut().read_to_string()
}

pub fn two(url: &str) -> Result<String, web::Error> {
    let agent = web::Agent::new_with_defaults();
    agent.get(url).call()?.body_mut().read_to_string()
}
";
    let safe = three.replace(
        "new_with_defaults()",
        "config_builder()
        .timeout_connect(Some(std::time::Duration::from_secs(10)))
        .timeout_per_read(Some(std::time::Duration::from_secs(60)))
        .build()
        .new_agent()",
    );
    let newest = "web = { package = \"ureq\", version = \"=3.5.2\" }";
    becomes(newest, SAFE, three, &safe);
    let all = safe.replace(
        "web::get(url)",
        "web::get(url).config().timeout_global(Some(std::time::Duration::from_secs(30))).build()",
    );
    becomes(newest, UNSAFE, three, &all);
}

#[test]
fn a_total_bound_is_offered_where_there_is_no_other_and_never_made_unasked() {
    // Until 0.12.4 the client has no idle bound, and from 3.4.1 until 3.5 ureq has none.
    let reqwest = "reqwest = \"=0.11.27\"";
    stays(reqwest, SAFE, OPEN);
    let after = OPEN.replace(
        "Client::new()",
        "Client::builder()\n        .timeout(std::time::Duration::from_secs(30))\n        .build()?",
    );
    becomes(reqwest, UNSAFE, OPEN, &after);
    let before = "\
pub fn two(url: &str) -> Result<String, ureq::Error> {
    let agent = ureq::Agent::new_with_defaults();
    agent.get(url).call()?.body_mut().read_to_string()
}
";
    stays("ureq = \"=3.4.1\"", SAFE, before);
    let after = fixed("ureq = \"=3.4.1\"", before, UNSAFE);
    assert!(after.contains(".timeout_global(Some("), "{after}");
}

/// A function around statements that send through a bounded client.
fn bounded(body: &str) -> String {
    format!(
        "\
static CLIENT: std::sync::LazyLock<reqwest::Client> = std::sync::LazyLock::new(|| {{
    reqwest::Client::builder()
        .timeout(std::time::Duration::from_secs(5))
        .build()
        .expect(\"the TLS back end starts\")
}});

pub async fn check(url: &str) -> reqwest::Result<bool> {{
    let client = &*CLIENT;
{body}}}
"
    )
}

#[test]
fn an_unread_body_is_drained_up_to_a_limit_where_the_response_has_a_name() {
    becomes(
        REQWEST,
        SAFE,
        &bounded(
            "    \
    let response = client.get(url).send().await?;
    Ok(response.status().is_success())
",
        ),
        &bounded(
            "    \
    let mut response = client.get(url).send().await?;
    let mut drained = 0_usize;
    while let Ok(Some(chunk)) = response.chunk().await {
        drained += chunk.len();
        if drained > 64 * 1024 {
            break;
        }
    }
    Ok(response.status().is_success())
",
        ),
    );
}

#[test]
fn a_response_without_a_name_gets_one() {
    becomes(
        REQWEST,
        SAFE,
        &bounded(
            "    \
    let response = 1;
    client.post(url).send().await?;
    Ok(client.get(url).send().await?.status().is_success() || response == 1)
",
        ),
        &bounded(
            "    \
    let response = 1;
    let mut response_2 = client.post(url).send().await?;
    let mut drained = 0_usize;
    while let Ok(Some(chunk)) = response_2.chunk().await {
        drained += chunk.len();
        if drained > 64 * 1024 {
            break;
        }
    }
    let mut response_2 = client.get(url).send().await?;
    let mut drained = 0_usize;
    while let Ok(Some(chunk)) = response_2.chunk().await {
        drained += chunk.len();
        if drained > 64 * 1024 {
            break;
        }
    }
    Ok(response_2.status().is_success() || response == 1)
",
        ),
    );
}

#[test]
fn a_response_named_by_a_pattern_is_drained_in_its_arm() {
    becomes(
        REQWEST,
        SAFE,
        &bounded(
            "    \
    Ok(match client.get(url).send().await {
        Ok(answer) => answer.status().is_success(),
        Err(_) => false,
    })
",
        ),
        &bounded(
            "    \
    Ok(match client.get(url).send().await {
        Ok(mut answer) => {
            let mut drained = 0_usize;
            while let Ok(Some(chunk)) = answer.chunk().await {
                drained += chunk.len();
                if drained > 64 * 1024 {
                    break;
                }
            }
            answer.status().is_success()
        },
        Err(_) => false,
    })
",
        ),
    );
}

#[test]
fn a_result_that_is_thrown_away_is_looked_into() {
    becomes(
        REQWEST,
        SAFE,
        &bounded(
            "    \
    let _ = client.get(url).send().await;
    Ok(true)
",
        ),
        &bounded(
            "    \
    if let Ok(mut response) = client.get(url).send().await {
        let mut drained = 0_usize;
        while let Ok(Some(chunk)) = response.chunk().await {
            drained += chunk.len();
            if drained > 64 * 1024 {
                break;
            }
        }
    }
    Ok(true)
",
        ),
    );
}

#[test]
fn a_value_that_is_thrown_away_by_hand_is_drained_in_its_place() {
    becomes(
        REQWEST,
        SAFE,
        &bounded(
            "    \
    let _ = client.get(url).send().await?;
    Ok(true)
",
        ),
        &bounded(
            "    \
    let mut response = client.get(url).send().await?;
    let mut drained = 0_usize;
    while let Ok(Some(chunk)) = response.chunk().await {
        drained += chunk.len();
        if drained > 64 * 1024 {
            break;
        }
    }
    Ok(true)
",
        ),
    );
}

#[test]
fn what_a_function_is_given_to_look_at_is_its_own_affair() {
    let before = "\
static CLIENT: std::sync::LazyLock<reqwest::Client> = std::sync::LazyLock::new(|| {
    reqwest::Client::builder()
        .timeout(std::time::Duration::from_secs(5))
        .build()
        .expect(\"the TLS back end starts\")
});

pub async fn check(url: &str) -> reqwest::Result<bool> {
    let client = &*CLIENT;
    let response = client.get(url).send().await?;
    Ok(is_up(response))
}

fn is_up(response: reqwest::Response) -> bool {
    response.status().is_success()
}
";
    let package = Package::new(REQWEST, before);
    let output = package.run(&["--message-format", "short"]);
    let shown = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(shown.contains("unread_body"), "{shown}");
    stays(REQWEST, UNSAFE, before);
}

#[test]
fn a_drain_comes_after_the_bound_that_ends_it_and_never_before_an_answer_it_changes() {
    let before = "\
pub async fn check(url: &str) -> reqwest::Result<bool> {
    let client = reqwest::Client::new();
    let response = client.get(url).send().await?;
    let up = response.status().is_success();
    client.head(url).send().await?;
    Ok(up)
}
";
    let after = fixed(REQWEST, before, SAFE);
    assert!(
        after.contains(".read_timeout(") && after.contains(".chunk()"),
        "{after}"
    );
    stays(
        REQWEST,
        UNSAFE,
        &bounded(
            "    \
    let response = client.get(url).send().await?;
    Ok(response.content_length() == Some(3))
",
        ),
    );
}

#[test]
fn a_drain_through_a_client_out_of_sight_is_no_safe_fix() {
    let before = "\
pub async fn check(client: &reqwest::Client, url: &str) -> reqwest::Result<bool> {
    let response = client.get(url).send().await?;
    Ok(response.status().is_success())
}
";
    stays(REQWEST, SAFE, before);
    assert!(fixed(REQWEST, before, UNSAFE).contains(".chunk()"));
}

#[test]
fn a_blocking_body_is_drained_without_awaiting() {
    becomes(
        REQWEST,
        SAFE,
        "\
static CLIENT: std::sync::LazyLock<reqwest::blocking::Client> =
    std::sync::LazyLock::new(reqwest::blocking::Client::new);

pub fn check(url: &str) -> reqwest::Result<bool> {
    let client = &*CLIENT;
    let response = client.get(url).send()?;
    Ok(response.status().is_success())
}
",
        "\
static CLIENT: std::sync::LazyLock<reqwest::blocking::Client> =
    std::sync::LazyLock::new(reqwest::blocking::Client::new);

pub fn check(url: &str) -> reqwest::Result<bool> {
    let client = &*CLIENT;
    let mut response = client.get(url).send()?;
    let _ = std::io::copy(
        &mut std::io::Read::take(&mut response, 64 * 1024),
        &mut std::io::sink(),
    );
    Ok(response.status().is_success())
}
",
    );
}

#[test]
fn lost_tasks_of_a_loop_are_kept_in_a_set_only_when_asked() {
    let tokio = "tokio = { version = \"1\", features = [\"full\"] }";
    let before = "\
pub async fn all(jobs: Vec<u32>) {
    for job in jobs {
        tokio::spawn(async move {
            println!(\"{job}\");
        });
    }
}

pub async fn serve(listener: tokio::net::TcpListener) {
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        tokio::spawn(async move { drop(stream) });
    }
}
";
    stays(tokio, SAFE, before);
    becomes(
        tokio,
        UNSAFE,
        before,
        "\
pub async fn all(jobs: Vec<u32>) {
    let mut tasks = tokio::task::JoinSet::new();
    for job in jobs {
        tasks.spawn(async move {
            println!(\"{job}\");
        });
    }
    while tasks.join_next().await.is_some() {}
}

pub async fn serve(listener: tokio::net::TcpListener) {
    let mut tasks = tokio::task::JoinSet::new();
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        tasks.spawn(async move { drop(stream) });
        while tasks.try_join_next().is_some() {}
    }
}
",
    );
}

/// Behind the loop a task that works on would be waited for without end.
#[test]
fn tasks_that_work_on_are_not_waited_for_behind_their_loop() {
    stays(
        "tokio = { version = \"1\", features = [\"full\"] }",
        UNSAFE,
        "\
pub async fn begin(queues: Vec<tokio::sync::mpsc::Receiver<u32>>) {
    for mut queue in queues {
        tokio::spawn(async move {
            while let Some(job) = queue.recv().await {
                println!(\"{job}\");
                tokio::time::sleep(std::time::Duration::from_secs(1)).await;
            }
        });
    }
}
",
    );
}

#[test]
fn tasks_of_one_loop_share_a_set() {
    becomes(
        "tokio = { version = \"1\", features = [\"full\"] }",
        UNSAFE,
        "\
pub async fn all(jobs: Vec<u32>) {
    let tasks = jobs.len();
    for job in jobs {
        if job == 0 {
            tokio::spawn(async move { println!(\"none\") });
        } else {
            tokio::spawn(async move { println!(\"{job} of {tasks}\") });
        }
    }
}
",
        "\
pub async fn all(jobs: Vec<u32>) {
    let tasks = jobs.len();
    let mut tasks_2 = tokio::task::JoinSet::new();
    for job in jobs {
        if job == 0 {
            tasks_2.spawn(async move { println!(\"none\") });
        } else {
            tasks_2.spawn(async move { println!(\"{job} of {tasks}\") });
        }
    }
    while tasks_2.join_next().await.is_some() {}
}
",
    );
}

#[test]
fn line_breaks_tabs_and_a_byte_order_mark_stay() {
    becomes(
        REQWEST,
        SAFE,
        "\u{feff}// größe\r\npub async fn f(url: &str) -> reqwest::Result<String> {\r\n\tlet client = reqwest::Client::new();\r\n\tclient.get(url).send().await?.text().await\r\n}\r\n",
        "\u{feff}// größe\r\npub async fn f(url: &str) -> reqwest::Result<String> {\r\n\tlet client = reqwest::Client::builder()\r\n\t\t.connect_timeout(std::time::Duration::from_secs(10))\r\n\t\t.read_timeout(std::time::Duration::from_secs(60))\r\n\t\t.build()?;\r\n\tclient.get(url).send().await?.text().await\r\n}\r\n",
    );
}

#[test]
fn what_a_macro_writes_is_left_and_what_stands_in_its_call_is_not() {
    let before = "\
macro_rules! client {
    () => {
        reqwest::Client::new()
    };
}

pub async fn one(url: &str) -> reqwest::Result<String> {
    let client = client!();
    client.get(url).send().await?.text().await
}

pub async fn two(url: &str) -> reqwest::Result<String> {
    let client = dbg!(reqwest::Client::new());
    client.get(url).send().await?.text().await
}
";
    let after = fixed(REQWEST, before, SAFE);
    assert!(
        after.contains("        reqwest::Client::new()\n    };"),
        "{after}"
    );
    assert!(
        after.contains("dbg!(reqwest::Client::builder()\n"),
        "{after}"
    );
}

#[test]
fn edits_of_one_chain_are_made_one_after_the_other() {
    let before = "\
static NEAR: std::sync::LazyLock<reqwest::Client> = std::sync::LazyLock::new(reqwest::Client::new);
static FAR: std::sync::LazyLock<reqwest::Client> = std::sync::LazyLock::new(reqwest::Client::new);

pub async fn known(url: &str) -> reqwest::Result<String> {
    ask(&NEAR, url).await?;
    ask(&FAR, url).await
}

async fn ask(client: &reqwest::Client, url: &str) -> reqwest::Result<String> {
    client.get(url).timeout(std::time::Duration::from_secs(5)).send().await?.text().await
}

pub async fn all(urls: &[String]) -> reqwest::Result<bool> {
    Ok(up(&NEAR, urls).await? && up(&FAR, urls).await?)
}

async fn up(client: &reqwest::Client, urls: &[String]) -> reqwest::Result<bool> {
    for url in urls {
        let up = client.get(url).send().await?.status().is_success();
        if !up {
            return Ok(false);
        }
    }
    Ok(true)
}
";
    let after = fixed(REQWEST, before, UNSAFE);
    assert!(
        after.contains("client.get(url).timeout(std::time::Duration::from_secs(30)).send()"),
        "{after}"
    );
    assert!(after.contains("response.chunk()"), "{after}");
    assert!(
        after.contains("let up = response.status().is_success();\n"),
        "{after}"
    );
}

#[test]
fn a_directive_that_silences_nothing_goes() {
    becomes(
        REQWEST,
        SAFE,
        "\
// linger: allow(unread_body): it was needed once
pub fn f() {}

pub async fn g(url: &str) -> reqwest::Result<String> {
    // linger: allow(unread_body, request_without_timeout, held_response): the caller waits
    reqwest::get(url).await?.text().await
}

pub fn h() {} // linger: allow(detached_task): none here
",
        "\
pub fn f() {}

pub async fn g(url: &str) -> reqwest::Result<String> {
    // linger: allow(request_without_timeout): the caller waits
    reqwest::get(url).await?.text().await
}

pub fn h() {}
",
    );
}

const OPEN: &str = "\
pub async fn subjects(url: &str) -> reqwest::Result<String> {
    let client = reqwest::Client::new();
    client.get(url).send().await?.text().await
}
";

#[test]
fn a_diff_shows_and_writes_nothing() {
    let package = Package::new(REQWEST, OPEN);
    let output = package.run(&["--diff"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(package.text(), OPEN);
    let diff = String::from_utf8(output.stdout).expect("text");
    assert_eq!(
        diff,
        "\
--- a/src/lib.rs
+++ b/src/lib.rs
@@ -1,4 +1,7 @@
 pub async fn subjects(url: &str) -> reqwest::Result<String> {
-    let client = reqwest::Client::new();
+    let client = reqwest::Client::builder()
+        .connect_timeout(std::time::Duration::from_secs(10))
+        .read_timeout(std::time::Duration::from_secs(60))
+        .build()?;
     client.get(url).send().await?.text().await
 }
"
    );
    let failing = package.run(&["--diff", "-D", "warnings"]);
    assert_eq!(
        failing.status.code(),
        Some(1),
        "what is there still decides"
    );
}

fn git(dir: &Path, args: &[&str]) {
    let mut command = Command::new("git");
    command
        .args([
            "-c",
            "user.name=a",
            "-c",
            "user.email=a@b.c",
            "-c",
            "core.autocrlf=false",
        ])
        .args(args)
        .current_dir(dir)
        .env("GIT_CONFIG_GLOBAL", "/dev/null");
    let output = command.output().expect("git runs");
    assert!(output.status.success(), "{}", stderr(&output));
}

#[test]
fn uncommitted_changes_are_a_reason_to_refuse() {
    let package = Package::new(REQWEST, OPEN);
    let dir = package.dir.path();
    let refused = package.run(&["--fix"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(
        stderr(&refused).contains("--allow-no-vcs"),
        "{}",
        stderr(&refused)
    );

    git(dir, &["init", "-q"]);
    let refused = package.run(&["--fix"]);
    assert_eq!(refused.status.code(), Some(2), "{}", stderr(&refused));
    assert!(
        stderr(&refused).contains("does not track"),
        "{}",
        stderr(&refused)
    );

    git(dir, &["add", "."]);
    git(dir, &["commit", "-qm", "all"]);
    fs::write(
        dir.join("Cargo.toml"),
        fs::read_to_string(dir.join("Cargo.toml")).expect("read") + "# x\n",
    )
    .expect("written");
    let refused = package.run(&["--fix"]);
    assert_eq!(refused.status.code(), Some(2), "{}", stderr(&refused));
    assert!(
        stderr(&refused).contains("`Cargo.toml`"),
        "{}",
        stderr(&refused)
    );
    assert_eq!(package.text(), OPEN);
    assert_eq!(
        package.run(&["--diff"]).status.code(),
        Some(0),
        "a diff writes nothing"
    );

    git(dir, &["commit", "-qam", "more"]);
    let done = package.run(&["--fix"]);
    assert_eq!(done.status.code(), Some(0), "{}", stderr(&done));
    assert!(
        stderr(&done).contains("fixed 1 finding in 1 file"),
        "{}",
        stderr(&done)
    );
    assert_ne!(package.text(), OPEN);

    fs::write(package.file(), OPEN.to_owned() + "// mine\n").expect("written");
    assert_eq!(package.run(&["--fix"]).status.code(), Some(2));
    assert_eq!(
        package.run(&["--fix", "--allow-dirty"]).status.code(),
        Some(0)
    );
    assert!(package.text().contains(".read_timeout("));
}

/// A text without the marks of `fixtures/`: those at the end of a line, and lines that are nothing else.
fn unmarked(text: &str) -> String {
    let lines = text.split_inclusive('\n').filter_map(|line| {
        let Some((code, _)) = line.split_once("//~") else {
            return Some(line.to_owned());
        };
        let end = if line.ends_with('\n') { "\n" } else { "" };
        (!code.trim().is_empty()).then(|| format!("{}{end}", code.trim_end()))
    });
    lines.collect()
}

/// The sources of a package of `fixtures/`, by name.
fn sources(package: &Path) -> Vec<(PathBuf, String)> {
    let files = fs::read_dir(package.join("src")).expect("sources");
    let mut out: Vec<(PathBuf, String)> = files
        .map(|file| {
            let path = file.expect("a file").path();
            let text = fs::read_to_string(&path).expect("text");
            (path, text)
        })
        .collect();
    out.sort();
    out
}

#[test]
fn the_fixed_fixture_is_what_the_fixes_make_of_its_twin_and_silent() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let keep = tempfile::tempdir().expect("a folder");
    let dir = keep.path();
    let manifest = fs::read_to_string(fixtures.join("Cargo.toml")).expect("a manifest");
    let (_, rest) = manifest.split_once("[workspace.package]").expect("a table");
    let manifest = format!("[workspace]\nmembers = [\"fixable\"]\n\n[workspace.package]{rest}");
    fs::create_dir_all(dir.join("fixable/src")).expect("a folder");
    fs::write(dir.join("Cargo.toml"), manifest).expect("written");
    for name in ["Cargo.lock", "fixable/Cargo.toml"] {
        fs::copy(fixtures.join(name), dir.join(name)).expect("copied");
    }
    for (path, text) in sources(&fixtures.join("fixable")) {
        let name = path.file_name().expect("a name");
        fs::write(dir.join("fixable/src").join(name), unmarked(&text)).expect("written");
    }

    let first = run(dir, SAFE);
    assert!(
        !stderr(&first).contains("was left as it was"),
        "{}",
        stderr(&first)
    );
    let again = run(dir, &["--fix", "--allow-no-vcs", "-D", "warnings"]);
    assert_eq!(
        again.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&again.stdout)
    );
    assert!(
        stderr(&again).contains("fixed 0 findings in 0 files"),
        "{}",
        stderr(&again)
    );

    let twin = fixtures.join("fixed");
    for (path, after) in sources(&dir.join("fixable")) {
        let name = path.file_name().expect("a name");
        let twin = twin.join("src").join(name);
        if std::env::var_os("BLESS").is_some() {
            fs::write(&twin, &after).expect("written");
        }
        let shipped = fs::read_to_string(&twin).unwrap_or_default();
        assert!(
            shipped == after,
            "{} is not what --fix makes: run BLESS=1 cargo test --test fix",
            twin.display()
        );
    }
    assert_eq!(
        sources(&twin).len(),
        sources(&fixtures.join("fixable")).len()
    );
}

#[test]
fn a_text_that_would_be_no_rust_is_not_written() {
    let package = Package::new(
        "acme-http = \"1\"",
        "\
// A comment of ours.
pub async fn unbounded() -> Result<String, acme_http::Error> {
    acme_http::Client::new(\"http://inventory\").fetch(\"/items\").await
}
",
    );
    let before = package.text();
    let told = |edit: &str| {
        let page = include_str!("../docs/src/catalogue.md");
        let from = page.find("```toml\n[[catalog]]").expect("the example") + "```toml\n".len();
        let example = page[from..].split("\n```").next().expect("its end");
        let config = format!("{example}\n\n{edit}");
        fs::write(package.dir.path().join("linger.toml"), config).expect("written");
    };
    let set = |call: &str| {
        format!(
            "[[catalog.edit]]\nkind = \"client-idle\"\nfamily = \"acme\"\n\
             set = [{{ slot = \"deadline\", call = \"{call}\" }}]\nbecause = \"a test\"\n\n\
             [[catalog.edit]]\nkind = \"construct\"\nfamily = \"acme\"\nfrom = [\"new\"]\n\
             chain = [\"new({{args}})\", \"{{set}}\"]\nbecause = \"a test\"\n"
        )
    };
    told(&set("with_deadline({30 s}"));
    let output = package.run(SAFE);
    assert!(
        stderr(&output).contains("could not be read as Rust"),
        "{}",
        stderr(&output)
    );
    assert_eq!(package.text(), before);
    assert_eq!(
        fs::read_dir(package.dir.path().join("src"))
            .expect("listed")
            .count(),
        1
    );

    told(&set("with_deadline({30 s})"));
    package.run(SAFE);
    let after = before.replace(
        "acme_http::Client::new(\"http://inventory\")",
        "acme_http::Client::new(\"http://inventory\")\n        .with_deadline(std::time::Duration::from_secs(30))",
    );
    assert_eq!(package.text(), after);
}

#[test]
fn flags_that_do_nothing_alone_say_so() {
    let package = Package::new(REQWEST, OPEN);
    for flag in [
        "--unsafe-fixes",
        "--fix-only=unused_allow",
        "--allow-dirty",
        "--allow-no-vcs",
    ] {
        let output = package.run(&[flag]);
        assert_eq!(output.status.code(), Some(2));
        assert!(
            stderr(&output).contains("without --fix"),
            "{}",
            stderr(&output)
        );
    }
}

#[test]
fn directives_can_be_taken_out_alone() {
    let before =
        format!("{OPEN}\n// linger: allow(unread_body): it was needed once\npub fn f() {{}}\n");
    let only = ["--fix", "--allow-no-vcs", "--fix-only", "unused-allow"];
    let after = format!("{OPEN}\npub fn f() {{}}\n");
    becomes(REQWEST, &only, &before, &after);
    let package = Package::new(REQWEST, &before);
    let output = package.run(&["--fix", "--fix-only", "unused_alow"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        stderr(&output).contains("did you mean `unused_allow`?"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn what_is_left_is_counted_for_the_user() {
    let before = format!(
        "{OPEN}\npub async fn one(url: &str) -> reqwest::Result<String> {{\n    reqwest::get(url).await?.text().await\n}}\n"
    );
    let package = Package::new(REQWEST, &before);
    let output = package.run(SAFE);
    assert!(
        stderr(&output).contains("--unsafe-fixes would fix 1 more"),
        "{}",
        stderr(&output)
    );
    assert!(
        String::from_utf8_lossy(&output.stdout).contains("(--fix --unsafe-fixes):"),
        "the report shows what it would write"
    );
}

#[test]
fn sarif_carries_the_same_edits() {
    let text = OPEN.replace("let client", "/* größe 𝄞 */ let client");
    let package = Package::new(REQWEST, &text);
    let output = package.run(&["--message-format", "sarif", "--quiet"]);
    let log: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let fix = &log["runs"][0]["results"][0]["fixes"][0];
    assert_eq!(fix["properties"]["applicability"], "MachineApplicable");
    let change = &fix["artifactChanges"][0];
    assert_eq!(change["artifactLocation"]["uri"], "src/lib.rs");
    let mut lines: Vec<Vec<u16>> = text.lines().map(|l| l.encode_utf16().collect()).collect();
    for replacement in change["replacements"].as_array().expect("replacements") {
        let at = |key: &str| {
            replacement["deletedRegion"][key]
                .as_u64()
                .expect("a number") as usize
                - 1
        };
        assert_eq!(at("startLine"), at("endLine"));
        let new = replacement["insertedContent"]["text"]
            .as_str()
            .expect("text");
        lines[at("startLine")].splice(at("startColumn")..at("endColumn"), new.encode_utf16());
    }
    let lines: Vec<String> = lines.iter().map(|l| String::from_utf16_lossy(l)).collect();
    assert_eq!(lines.join("\n") + "\n", fixed(REQWEST, &text, SAFE));
}

#[test]
fn cargo_would_make_the_same_edits_from_the_json() {
    let package = Package::new(
        REQWEST,
        &format!(
            "{OPEN}\npub async fn up(client: &reqwest::Client, url: &str) -> reqwest::Result<bool> {{\n    Ok(client.get(url).send().await?.status().is_success())\n}}\n"
        ),
    );
    let output = package.run(&["--message-format", "json", "--quiet"]);
    let before = package.text();
    let mut machine = 0;
    for (filter, args) in [
        (rustfix::Filter::MachineApplicableOnly, SAFE),
        (rustfix::Filter::Everything, UNSAFE),
    ] {
        let mut suggestions = Vec::new();
        for message in cargo_metadata::Message::parse_stream(output.stdout.as_slice()) {
            let cargo_metadata::Message::CompilerMessage(message) = message.expect("a message")
            else {
                continue;
            };
            let json = serde_json::to_string(&message.message).expect("json");
            let found = rustfix::get_suggestions_from_json(
                &json,
                &std::collections::HashSet::new(),
                filter,
            );
            suggestions.extend(found.expect("suggestions"));
        }
        machine = machine.max(suggestions.len());
        let ours = fixed(REQWEST, &before, args);
        assert_eq!(
            rustfix::apply_suggestions(&before, &suggestions).expect("applied"),
            ours
        );
    }
    assert_eq!(machine, 2);
}
