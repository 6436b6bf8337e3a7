//! Directives in real code: each place a person would write one holds for what that person means.

#[path = "support/cli.rs"]
mod cli;

use std::path::Path;

use cli::linger;
use linger::discover::Memory;

const MANIFEST: &str = "[package]\nname = \"api\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[dependencies]\ntokio = { version = \"1\", features = [\"full\"] }\nreqwest = \"0.12\"\n";

/// `line: lint` of all that is shown for a library.
fn shown(code: &str) -> Vec<String> {
    let files = Memory::new([("/w/Cargo.toml", MANIFEST), ("/w/src/lib.rs", code)]);
    let ran = linger(&files, Path::new("/w"), "-q --message-format short");
    assert!(ran.code < 2, "{}", ran.err);
    let line = |line: &str| {
        let number = line.split(':').nth(1).unwrap_or_default();
        let lint = line.split("[linger::").nth(1).unwrap_or_default();
        format!("{number}: {}", lint.split(']').next().unwrap_or_default())
    };
    ran.out.lines().map(line).collect()
}

const ALLOW: &str = "// linger: allow(detached_task): it may";

/// The code is silent with the directive at `@`, and says something without it.
fn silences(code: &str) {
    let without = shown(&code.replace('@', "// nothing"));
    assert!(!without.is_empty(), "nothing to silence in\n{code}");
    assert_eq!(shown(&code.replace('@', ALLOW)), [""; 0], "in\n{code}");
    let expect = ALLOW.replace("allow", "expect");
    assert_eq!(
        shown(&code.replace('@', &expect)),
        [""; 0],
        "expect, in\n{code}"
    );
}

#[test]
fn a_line_a_statement_an_item_a_module() {
    for code in [
        "fn f() {\n    tokio::spawn(async {}); @\n}\n",
        "fn f() {\n    @\n    tokio::spawn(async {});\n}\n",
        "fn f() {\n    @\n    let _ = std::hint::black_box(\n        1,\n    ) + {\n        tokio::spawn(async {});\n        1\n    };\n}\n",
        "@\nfn f() {\n    ok();\n    tokio::spawn(async {});\n}\nfn ok() {}\n",
        "struct S;\n@\nimpl S {\n    fn f() {\n        tokio::spawn(async {});\n    }\n}\n",
        "struct S;\nimpl S {\n    @\n    fn f() {\n        tokio::spawn(async {});\n    }\n}\n",
        "trait T {\n    @\n    fn f() {\n        tokio::spawn(async {});\n    }\n}\n",
        "@\nmod m {\n    fn f() {\n        tokio::spawn(async {});\n    }\n}\n",
    ] {
        silences(code);
    }
}

#[test]
fn above_attributes_and_documentation() {
    for code in [
        "@\n#[inline]\nfn f() {\n    ok();\n    tokio::spawn(async {});\n}\nfn ok() {}\n",
        "/// Spawns.\n@\n#[inline]\nfn f() {\n    ok();\n    tokio::spawn(async {});\n}\nfn ok() {}\n",
        "fn f() {\n    @\n    #[allow(unused)]\n    tokio::spawn(async {\n        ok();\n    });\n}\nfn ok() {}\n",
    ] {
        silences(code);
    }
}

#[test]
fn in_blocks_loops_and_arms() {
    for code in [
        "fn f(n: u32) {\n    @\n    if n > 1 {\n        ok();\n        tokio::spawn(async {});\n    }\n}\nfn ok() {}\n",
        "fn f(n: u32) {\n    @\n    if n > 1 {\n        ok();\n    } else if n > 0 {\n        ok();\n    } else {\n        tokio::spawn(async {});\n    }\n}\nfn ok() {}\n",
        "fn f(n: u32) {\n    @\n    'a: loop {\n        ok();\n        tokio::spawn(async {});\n        if n > 1 { break 'a; }\n    }\n}\nfn ok() {}\n",
        "fn f(n: u32) {\n    @\n    match n {\n        0 => {}\n        _ => {\n            tokio::spawn(async {});\n        }\n    }\n}\n",
        "fn f() {\n    @\n    unsafe {\n        ok();\n        tokio::spawn(async {});\n    }\n}\nfn ok() {}\n",
        "fn f(n: u32) {\n    @\n    for _ in 0..n {\n        ok();\n        tokio::spawn(async {});\n    }\n}\nfn ok() {}\n",
        "fn f(n: u32) {\n    @\n    while n > 1 {\n        ok();\n        tokio::spawn(async {});\n    }\n}\nfn ok() {}\n",
        "fn f(n: Option<u32>) {\n    match n {\n        @\n        Some(1) | None => {\n            ok();\n            tokio::spawn(async {});\n        }\n        Some(_) => {}\n    }\n}\nfn ok() {}\n",
        "enum E { A { n: u32 }, B }\nfn f(e: E) {\n    match e {\n        @\n        E::A { n } if n > 1 => {\n            ok();\n            tokio::spawn(async {});\n        }\n        _ => {}\n    }\n}\nfn ok() {}\n",
        "fn f(n: Option<u32>) {\n    match n {\n        Some(_) => {}\n        @\n        None => drop(\n            tokio::spawn(async {}),\n        ),\n    }\n}\n",
        "fn f() {\n    let g = || {\n        @\n        tokio::spawn(async {\n            ok();\n        });\n    };\n    g();\n}\nfn ok() {}\n",
    ] {
        silences(code);
    }
}

#[test]
fn a_block_s_directive_ends_with_the_block() {
    let code = "fn f(n: u32) {\n    // linger: allow(detached_task): it may\n    if n > 1 {\n        tokio::spawn(async {});\n    }\n    tokio::spawn(async {});\n}\n";
    assert_eq!(shown(code), ["6: detached_task"]);
}

#[test]
fn an_arm_s_directive_ends_with_the_arm() {
    let code = "fn f(n: Option<u32>) {\n    match n {\n        // linger: allow(detached_task): it may\n        Some(_) => {\n            tokio::spawn(async {});\n        }\n        None => {\n            tokio::spawn(async {});\n        }\n    }\n}\n";
    assert_eq!(shown(code), ["8: detached_task"]);
    let code = "fn f(n: Option<u32>) {\n    match n {\n        // linger: allow(detached_task): it may\n        Some(_) => drop(tokio::spawn(async {})),\n        None => drop(tokio::spawn(async {})),\n    }\n}\n";
    assert_eq!(shown(code), ["5: detached_task"]);
}

#[test]
fn inside_macros() {
    for code in [
        "async fn f() {\n    tokio::select! {\n        @\n        () = ok() => {\n            ok().await;\n            tokio::spawn(async {});\n        }\n        () = ok() => {}\n    }\n}\nasync fn ok() {}\n",
        "async fn f() {\n    tokio::select! {\n        () = ok() => {\n            @\n            tokio::spawn(async {\n                ok().await;\n            });\n        }\n        () = ok() => {}\n    }\n}\nasync fn ok() {}\n",
        "fn f() {\n    let _v = vec![\n        1,\n        { tokio::spawn(async {}); 2 }, @\n    ];\n}\n",
    ] {
        silences(code);
    }
}

#[test]
fn for_the_whole_file() {
    let code = "//! Text.\n//! linger: allow(detached_task): a demonstration\n\nfn f() {\n    tokio::spawn(async {});\n}\nmod m {\n    fn f() {\n        tokio::spawn(async {});\n    }\n}\n";
    assert_eq!(shown(code), [""; 0]);
    assert_eq!(shown(&code.replace("linger: allow", "see: allow")).len(), 2);
}

#[test]
fn text_in_strings_and_examples_is_none() {
    for text in [
        "const S: &str = \"\n// linger: allow(detached_task): x\n\"; fn f() { tokio::spawn(async {}); }\n",
        "const S: &str = r#\"\n// linger: allow(detached_task): \"x\"\n\"#; fn f() { tokio::spawn(async {}); }\n",
        "/// ```\n/// // linger: allow(detached_task): x\n/// ```\nfn f() { tokio::spawn(async {}); }\n",
        "//! ```\n//! // linger: allow(detached_task): x\n//! ```\nfn f() { tokio::spawn(async {}); }\n",
        "/* // linger: allow(detached_task): x */ fn f() { tokio::spawn(async {}); }\n",
        "#[doc = \"// linger: allow(detached_task): x\"]\nfn f() { tokio::spawn(async {}); }\n",
        "fn f() { println!(\"// linger: allow(detached_task): x\"); tokio::spawn(async {}); }\n",
    ] {
        let found = shown(text);
        assert!(
            found.len() == 1 && found[0].ends_with(": detached_task"),
            "{found:?} in\n{text}"
        );
    }
}
