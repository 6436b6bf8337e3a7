//! What discover promises, bullet by bullet, over files in memory; the last part over a real disk.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::path::{Path, PathBuf};

use linger::discover::workspace::{Dependency, Package, TargetKind, Workspace};
use linger::discover::{DiscoverError, Disk, Memory, Options, discover, display_name};
use linger::flow::resource::VersionSource;
use linger::name::Name;
use linger::source::Sources;

const REQWEST_LOCK: &str = r#"
version = 4
[[package]]
name = "app"
version = "0.1.0"
dependencies = ["reqwest 0.11.27", "reqwest 0.12.24"]
[[package]]
name = "reqwest"
version = "0.11.27"
source = "registry+https://github.com/rust-lang/crates.io-index"
[[package]]
name = "reqwest"
version = "0.12.24"
source = "registry+https://github.com/rust-lang/crates.io-index"
dependencies = ["tokio"]
[[package]]
name = "tokio"
version = "1.48.0"
source = "registry+https://github.com/rust-lang/crates.io-index"
"#;

const APP: &str = "[package]\nname = \"app\"\nversion = \"0.1.0\"\nedition = \"2021\"\n";

fn app(more: &str) -> String {
    format!("{APP}{more}")
}

fn at(cwd: &str) -> Options {
    Options {
        cwd: cwd.into(),
        ..Options::default()
    }
}

fn run(files: &[(&str, &str)], options: &Options) -> Result<Workspace, DiscoverError> {
    discover(&Memory::new(files.iter().copied()), options)
}

fn found(files: &[(&str, &str)], options: &Options) -> Workspace {
    run(files, options).unwrap_or_else(|error| panic!("{error}"))
}

fn package<'w>(workspace: &'w Workspace, name: &str) -> &'w Package {
    let found = workspace
        .packages
        .iter()
        .find(|package| package.name == name);
    found.unwrap_or_else(|| panic!("no package {name} among {:?}", names(workspace)))
}

fn dependency<'w>(workspace: &'w Workspace, of: &str, name: &str) -> &'w Dependency {
    let all = &package(workspace, of).dependencies;
    all.get(&Name::new(name))
        .unwrap_or_else(|| panic!("no dependency {name} among {:?}", all.keys()))
}

fn names(workspace: &Workspace) -> Vec<&str> {
    workspace.packages.iter().map(|p| p.name.as_str()).collect()
}

fn selected(workspace: &Workspace) -> Vec<&str> {
    let chosen = workspace.packages.iter().filter(|p| p.selected);
    chosen.map(|p| p.name.as_str()).collect()
}

/// Targets as `kind name root edition`, `+` before those that are selected.
fn targets(workspace: &Workspace, of: &str) -> Vec<String> {
    let package = package(workspace, of);
    let shown = package.targets.iter().map(|target| {
        let mark = if target.selected { "+" } else { "" };
        let root = display_name(&workspace.root, &target.root);
        format!(
            "{mark}{:?} {} {root} {}",
            target.kind, target.name, target.edition
        )
    });
    shown.collect()
}

fn loose_files(workspace: &Workspace, of: &str) -> Vec<String> {
    let loose = package(workspace, of)
        .targets
        .iter()
        .filter(|t| t.kind == TargetKind::Loose);
    let files = loose.flat_map(|target| &target.files);
    files
        .map(|file| display_name(&workspace.root, file))
        .collect()
}

fn notices(workspace: &Workspace) -> String {
    let lines = workspace.notices.iter();
    let lines = lines.map(|n| format!("{}: {}", n.file.as_deref().unwrap_or("-"), n.text));
    lines.collect::<Vec<_>>().join("\n")
}

fn versions(workspace: &Workspace, of: &str, name: &str) -> (Option<String>, VersionSource) {
    let dependency = dependency(workspace, of, name);
    (
        dependency.version.as_ref().map(ToString::to_string),
        dependency.known_by,
    )
}

fn locked(version: &str) -> (Option<String>, VersionSource) {
    (Some(version.to_owned()), VersionSource::Lock)
}

mod manifests {
    use super::*;

    const MEMBERS: &[(&str, &str)] = &[
        (
            "/ws/Cargo.toml",
            "[workspace]\nmembers = [\"crates/*\", \"tools/cli\"]\nexclude = [\"crates/old\"]",
        ),
        (
            "/ws/crates/a/Cargo.toml",
            "[package]\nname = \"a\"\nversion = \"1.0.0\"\n[dependencies]\nhidden = { path = \"../../libs/hidden\" }",
        ),
        ("/ws/crates/a/src/lib.rs", ""),
        ("/ws/crates/notes.md", ""),
        ("/ws/crates/empty/readme.md", ""),
        ("/ws/crates/old/Cargo.toml", "[package]\nname = \"old\""),
        ("/ws/crates/old/src/lib.rs", ""),
        (
            "/ws/tools/cli/Cargo.toml",
            "[package]\nname = \"cli\"\n[dependencies]\nfar = { path = \"../../../far\" }",
        ),
        ("/ws/tools/cli/src/main.rs", ""),
        ("/ws/libs/hidden/Cargo.toml", "[package]\nname = \"hidden\""),
        ("/ws/libs/hidden/src/lib.rs", ""),
        ("/far/Cargo.toml", "[package]\nname = \"far\""),
        ("/far/src/lib.rs", ""),
    ];

    #[test]
    fn is_searched_upward_from_the_working_directory() {
        let files = [
            ("/p/Cargo.toml", APP),
            ("/p/src/main.rs", ""),
            ("/p/src/deep/x.rs", ""),
        ];
        let workspace = found(&files, &at("/p/src/deep"));
        assert_eq!(workspace.root, Path::new("/p"));
        assert_eq!(targets(&workspace, "app"), ["+Bin app src/main.rs 2021"]);
    }

    #[test]
    fn members_are_globs_paths_and_path_dependencies_below_the_root() {
        let workspace = found(MEMBERS, &at("/ws"));
        assert_eq!(
            names(&workspace),
            ["far", "a", "hidden", "cli"],
            "sorted by folder"
        );
        assert_eq!(
            selected(&workspace),
            ["a", "hidden", "cli"],
            "outside the root is context only"
        );
        assert_eq!(notices(&workspace), "");
        let far = package(&workspace, "far");
        assert_eq!(
            display_name(&workspace.root, &far.targets[0].root),
            "../far/src/lib.rs"
        );
    }

    #[test]
    fn a_member_finds_its_root_and_is_itself_selected() {
        let workspace = found(MEMBERS, &at("/ws/crates/a/src"));
        assert_eq!(workspace.root, Path::new("/ws"));
        assert_eq!(selected(&workspace), ["a"]);
    }

    #[test]
    fn an_excluded_package_is_its_own_root() {
        let workspace = found(MEMBERS, &at("/ws/crates/old"));
        assert_eq!(workspace.root, Path::new("/ws/crates/old"));
        assert_eq!(names(&workspace), ["old"]);
    }

    #[test]
    fn default_members_are_what_a_bare_run_selects() {
        let mut files = MEMBERS.to_vec();
        files[0].1 =
            "[workspace]\nmembers = [\"crates/a\", \"tools/*\"]\ndefault-members = [\"tools/*\"]";
        assert_eq!(selected(&found(&files, &at("/ws"))), ["cli"]);
        let all = Options {
            workspace: true,
            ..at("/ws")
        };
        assert_eq!(selected(&found(&files, &all)), ["a", "hidden", "cli"]);
    }

    #[test]
    fn a_root_package_stands_for_its_workspace() {
        let files = [
            (
                "/p/Cargo.toml",
                "[package]\nname = \"top\"\n[workspace]\nmembers = [\"sub\"]",
            ),
            ("/p/src/lib.rs", ""),
            ("/p/sub/Cargo.toml", "[package]\nname = \"sub\""),
            ("/p/sub/src/lib.rs", ""),
        ];
        let workspace = found(&files, &at("/p"));
        assert_eq!(
            (names(&workspace), selected(&workspace)),
            (vec!["top", "sub"], vec!["top"])
        );
    }

    #[test]
    fn package_workspace_points_at_the_root() {
        let files = [
            ("/a/root/Cargo.toml", "[workspace]\nmembers = [\"../leaf\"]"),
            (
                "/a/leaf/Cargo.toml",
                "[package]\nname = \"leaf\"\nworkspace = \"../root\"",
            ),
            ("/a/leaf/src/lib.rs", ""),
        ];
        assert_eq!(found(&files, &at("/a/leaf")).root, Path::new("/a/root"));
    }

    #[test]
    fn double_star_globs_find_members_at_any_depth() {
        let files = [
            ("/w/Cargo.toml", "[workspace]\nmembers = [\"x/**\"]"),
            ("/w/x/y/z/Cargo.toml", "[package]\nname = \"deep\""),
            ("/w/x/y/z/src/lib.rs", ""),
        ];
        assert_eq!(names(&found(&files, &at("/w"))), ["deep"]);
    }

    #[test]
    fn inheritance_reaches_version_edition_publish_and_dependencies() {
        let root = r#"
[workspace]
members = ["m"]
[workspace.package]
version = "3.1.4"
edition = "2024"
publish = false
[workspace.dependencies]
reqwest = { version = "0.12", default-features = false, features = ["json"] }
helper = { path = "helper" }
"#;
        let member = r#"
[package]
name = "m"
version.workspace = true
edition = { workspace = true }
publish.workspace = true
[dependencies]
reqwest = { workspace = true, features = ["stream"] }
helper.workspace = true
"#;
        let files = [
            ("/w/Cargo.toml", root),
            ("/w/m/Cargo.toml", member),
            ("/w/m/src/lib.rs", ""),
            (
                "/w/helper/Cargo.toml",
                "[package]\nname = \"helper\"\nversion = \"0.1.0\"",
            ),
            ("/w/helper/src/lib.rs", ""),
        ];
        let workspace = found(&files, &at("/w"));
        let m = package(&workspace, "m");
        assert_eq!(m.version, Some(semver::Version::new(3, 1, 4)));
        assert_eq!(m.targets[0].edition, 2024);
        assert!(!m.published);
        let reqwest = dependency(&workspace, "m", "reqwest");
        assert_eq!(reqwest.features, ["json", "stream"]);
        assert_eq!(reqwest.requirement, semver::VersionReq::parse("0.12").ok());
        let helper = dependency(&workspace, "m", "helper");
        let local = helper
            .local
            .and_then(|id| workspace.packages.get(id.0 as usize));
        assert_eq!(
            local.map(|p| p.name.as_str()),
            Some("helper"),
            "the path starts at the workspace root"
        );
    }

    #[test]
    fn a_member_switches_inherited_defaults_on_but_not_off() {
        let root = "[workspace]\nmembers = [\"m\"]\n[workspace.dependencies]\noff = { version = \"1\", default-features = false }\non = \"1\"";
        let member = "[package]\nname = \"m\"\n[dependencies]\noff = { workspace = true, default-features = true }\non = { workspace = true, default-features = false }";
        let files = [
            ("/w/Cargo.toml", root),
            ("/w/m/Cargo.toml", member),
            ("/w/m/src/lib.rs", ""),
        ];
        let workspace = found(&files, &at("/w"));
        assert_eq!(dependency(&workspace, "m", "off").features, ["default"]);
        assert_eq!(dependency(&workspace, "m", "on").features, ["default"]);
    }

    #[test]
    fn only_libraries_that_may_be_published_are_an_open_world() {
        for (more, file, want) in [
            ("", "/p/src/lib.rs", true),
            ("publish = false", "/p/src/lib.rs", false),
            ("publish = []", "/p/src/lib.rs", false),
            ("publish = [\"ours\"]", "/p/src/lib.rs", true),
            ("", "/p/src/main.rs", false),
        ] {
            let workspace = found(&[("/p/Cargo.toml", &app(more)), (file, "")], &at("/p"));
            assert_eq!(package(&workspace, "app").published, want, "{more} {file}");
        }
        let unversioned = found(
            &[
                ("/p/Cargo.toml", "[package]\nname = \"app\""),
                ("/p/src/lib.rs", ""),
            ],
            &at("/p"),
        );
        assert!(
            !package(&unversioned, "app").published,
            "cargo does not publish what has no version"
        );
    }

    /// The packages of a workspace that are there for the tests of the others. Each is given by its folder, with the lines of its
    /// dependency tables; its name is the folder's last part.
    fn for_tests(packages: &[(&str, &str)]) -> Vec<String> {
        let mut files = vec![(
            "/w/Cargo.toml".to_owned(),
            "[workspace]\nmembers = [\"*\", \"*/*\"]".to_owned(),
        )];
        for (folder, tables) in packages {
            let name = folder.rsplit('/').next().unwrap();
            let manifest = format!("[package]\nname = \"{name}\"\n{tables}");
            files.push((format!("/w/{folder}/Cargo.toml"), manifest));
            files.push((format!("/w/{folder}/src/lib.rs"), String::new()));
        }
        let files: Vec<(&str, &str)> = files.iter().map(|(p, t)| (&p[..], &t[..])).collect();
        let workspace = found(&files, &at("/w"));
        let names = workspace.packages.iter().filter(|p| p.for_tests);
        names.map(|p| p.name.clone()).collect()
    }

    #[test]
    fn a_package_named_or_placed_as_tests_or_examples_is_there_for_them() {
        let packages = [
            ("attest", ""),
            ("e2e-tests", ""),
            ("examples/hello", ""),
            ("latest", ""),
            ("loads-bench", ""),
            ("acme_test_utils", ""),
        ];
        assert_eq!(
            for_tests(&packages),
            ["acme_test_utils", "e2e-tests", "hello"]
        );
    }

    #[test]
    fn what_the_product_is_built_with_is_not_there_for_tests() {
        let uses = |key: &str, more: &str| {
            format!("[{key}]\nab-testing = {{ path = \"../ab-testing\"{more} }}")
        };
        for (key, more, want) in [
            ("dependencies", "", &[][..]),
            ("build-dependencies", "", &[]),
            ("dev-dependencies", "", &["ab-testing"]),
            ("dependencies", ", optional = true", &["ab-testing"]),
        ] {
            let packages = [("ab-testing", ""), ("app", &uses(key, more)[..])];
            assert_eq!(for_tests(&packages), want, "{key} {more}");
        }
        let by_tests_only = [
            ("ab-testing", ""),
            ("app-tests", &uses("dependencies", "")[..]),
        ];
        assert_eq!(for_tests(&by_tests_only), ["ab-testing", "app-tests"]);
    }

    #[test]
    fn a_package_at_the_root_is_not_there_for_tests() {
        let manifest = "[package]\nname = \"test-bot\"\n[workspace]";
        let files = [("/w/Cargo.toml", manifest), ("/w/src/main.rs", "")];
        assert!(!package(&found(&files, &at("/w")), "test-bot").for_tests);
    }

    #[test]
    fn cargo_configuration_and_toolchain_files_are_never_opened() {
        struct Guard(Memory);
        impl Sources for Guard {
            fn read(&self, path: &Path) -> std::io::Result<Vec<u8>> {
                let text = path.to_string_lossy();
                assert!(
                    !text.contains(".cargo") && !text.contains("rust-toolchain"),
                    "{text} was opened"
                );
                self.0.read(path)
            }
            fn is_file(&self, path: &Path) -> bool {
                self.0.is_file(path)
            }
            fn is_dir(&self, path: &Path) -> bool {
                self.0.is_dir(path)
            }
            fn walk(&self, dir: &Path, ending: &str) -> Vec<PathBuf> {
                self.0.walk(dir, ending)
            }
            fn list(&self, dir: &Path) -> std::io::Result<Vec<PathBuf>> {
                self.0.list(dir)
            }
        }
        let memory = Memory::new([
            ("/p/Cargo.toml", APP),
            ("/p/src/main.rs", ""),
            ("/p/.cargo/config.toml", "[build]\nrustc = \"./evil\""),
            ("/p/rust-toolchain.toml", "[toolchain]\npath = \"./evil\""),
        ]);
        assert!(discover(&Guard(memory), &at("/p")).is_ok());
    }
}

mod targets {
    use super::*;

    #[test]
    fn are_found_where_cargo_looks() {
        let files = [
            ("/p/Cargo.toml", APP),
            ("/p/build.rs", ""),
            ("/p/src/lib.rs", ""),
            ("/p/src/main.rs", ""),
            ("/p/src/other.rs", ""),
            ("/p/src/bin/one-two.rs", ""),
            ("/p/src/bin/dir/main.rs", ""),
            ("/p/src/bin/dir/helper.rs", ""),
            ("/p/src/bin/.hidden.rs", ""),
            ("/p/examples/ex.rs", ""),
            ("/p/tests/it.rs", ""),
            ("/p/tests/common/mod.rs", ""),
            ("/p/benches/speed/main.rs", ""),
        ];
        let options = Options {
            all_targets: true,
            ..at("/p")
        };
        assert_eq!(
            super::targets(&found(&files, &options), "app"),
            [
                "+Lib app src/lib.rs 2021",
                "+Bin app src/main.rs 2021",
                "+Bin dir src/bin/dir/main.rs 2021",
                "+Bin one_two src/bin/one-two.rs 2021",
                "+Example ex examples/ex.rs 2021",
                "+Test it tests/it.rs 2021",
                "+Bench speed benches/speed/main.rs 2021",
                "+Build build_script_build build.rs 2021",
            ]
        );
    }

    #[test]
    fn are_what_the_manifest_lists() {
        let manifest = app(r#"
build = "make/build.rs"
autobins = false
[lib]
name = "core_of_app"
path = "lib/root.rs"
[[bin]]
name = "tool"
path = "cli/tool.rs"
[[bin]]
name = "app"
[[test]]
name = "all"
path = "tests/all/mod.rs"
"#);
        let files = [
            ("/p/Cargo.toml", manifest.as_str()),
            ("/p/make/build.rs", ""),
            ("/p/lib/root.rs", ""),
            ("/p/cli/tool.rs", ""),
            ("/p/src/main.rs", ""),
            ("/p/src/bin/ignored.rs", ""),
            ("/p/tests/all/mod.rs", ""),
        ];
        assert_eq!(
            super::targets(&found(&files, &at("/p")), "app"),
            [
                "+Lib core_of_app lib/root.rs 2021",
                "+Bin app src/main.rs 2021",
                "+Bin tool cli/tool.rs 2021",
                "Test all tests/all/mod.rs 2021",
                "Build build_script_build make/build.rs 2021",
            ]
        );
    }

    #[test]
    fn a_listed_path_is_not_found_twice() {
        let manifest = app("[[bin]]\nname = \"renamed\"\npath = \"src/main.rs\"");
        let files = [("/p/Cargo.toml", manifest.as_str()), ("/p/src/main.rs", "")];
        assert_eq!(
            super::targets(&found(&files, &at("/p")), "app"),
            ["+Bin renamed src/main.rs 2021"]
        );
    }

    #[test]
    fn in_edition_2015_a_list_is_the_whole_list() {
        let manifest = "[package]\nname = \"old\"\n[[bin]]\nname = \"a\"\npath = \"src/bin/a.rs\"";
        let files = [
            ("/p/Cargo.toml", manifest),
            ("/p/src/bin/a.rs", ""),
            ("/p/src/bin/b.rs", ""),
        ];
        assert_eq!(
            super::targets(&found(&files, &at("/p")), "old"),
            ["+Bin a src/bin/a.rs 2015"]
        );
    }

    #[test]
    fn one_without_its_file_is_a_notice() {
        let manifest = app("[[bin]]\nname = \"gone\"\npath = \"src/gone.rs\"");
        let files = [("/p/Cargo.toml", manifest.as_str()), ("/p/src/main.rs", "")];
        let workspace = found(&files, &at("/p"));
        assert_eq!(
            super::targets(&workspace, "app"),
            ["+Bin app src/main.rs 2021"]
        );
        assert!(
            notices(&workspace)
                .contains("Cargo.toml: `[[bin]]` `gone` has no file at `src/gone.rs`")
        );
    }

    #[test]
    fn are_selected_as_cargo_does() {
        let files = [
            ("/p/Cargo.toml", APP),
            ("/p/src/lib.rs", ""),
            ("/p/src/main.rs", ""),
            ("/p/examples/e.rs", ""),
            ("/p/tests/t.rs", ""),
            ("/p/benches/b.rs", ""),
        ];
        let kinds = |change: fn(&mut Options)| {
            let mut options = at("/p");
            change(&mut options);
            let workspace = found(&files, &options);
            let chosen = workspace.packages[0].targets.iter().filter(|t| t.selected);
            chosen
                .map(|t| format!("{:?}", t.kind))
                .collect::<Vec<_>>()
                .join(" ")
        };
        assert_eq!(kinds(|_| ()), "Lib Bin");
        assert_eq!(kinds(|o| o.lib = true), "Lib");
        assert_eq!(kinds(|o| o.bins = true), "Bin");
        assert_eq!(kinds(|o| o.examples = true), "Example");
        assert_eq!(kinds(|o| o.tests = true), "Lib Bin Test");
        assert_eq!(kinds(|o| o.benches = true), "Lib Bin Bench");
        assert_eq!(
            kinds(|o| o.all_targets = true),
            "Lib Bin Example Test Bench"
        );
    }

    #[test]
    fn one_whose_features_are_off_is_left_out_aloud() {
        let manifest =
            app("[[bin]]\nname = \"app\"\nrequired-features = [\"cli\"]\n[features]\ncli = []");
        let files = [
            ("/p/Cargo.toml", manifest.as_str()),
            ("/p/src/lib.rs", ""),
            ("/p/src/main.rs", ""),
        ];
        let workspace = found(&files, &at("/p"));
        assert_eq!(
            super::targets(&workspace, "app"),
            ["+Lib app src/lib.rs 2021", "Bin app src/main.rs 2021"]
        );
        assert!(notices(&workspace).contains("`app` is not checked: it needs --features cli"));
        let with = Options {
            features: vec!["cli".into()],
            ..at("/p")
        };
        assert_eq!(
            super::targets(&found(&files, &with), "app")[1],
            "+Bin app src/main.rs 2021"
        );
    }
}

mod selection {
    use super::*;

    const THREE: &[(&str, &str)] = &[
        ("/w/Cargo.toml", "[workspace]\nmembers = [\"*\"]"),
        (
            "/w/api-a/Cargo.toml",
            "[package]\nname = \"api-a\"\nversion = \"1.2.3\"",
        ),
        ("/w/api-a/src/lib.rs", ""),
        (
            "/w/api-b/Cargo.toml",
            "[package]\nname = \"api-b\"\nversion = \"2.0.0\"",
        ),
        ("/w/api-b/src/lib.rs", ""),
        ("/w/tool/Cargo.toml", "[package]\nname = \"tool\""),
        ("/w/tool/src/main.rs", ""),
        ("/w/tool/scripts/gen.rs", ""),
        ("/w/notes/loose.rs", ""),
    ];

    fn with(packages: &[&str], exclude: &[&str]) -> Options {
        let own = |list: &[&str]| list.iter().map(|s| (*s).to_owned()).collect();
        Options {
            packages: own(packages),
            exclude: own(exclude),
            ..at("/w")
        }
    }

    #[test]
    fn packages_are_named_globbed_and_versioned() {
        for (specs, want) in [
            (&["tool"][..], &["tool"][..]),
            (&["api-*"], &["api-a", "api-b"]),
            (&["api-?@1.2"], &["api-a"]),
            (&["api-b:2.0.0", "tool"], &["api-b", "tool"]),
        ] {
            assert_eq!(
                selected(&found(THREE, &with(specs, &[]))),
                want,
                "{specs:?}"
            );
        }
        assert_eq!(selected(&found(THREE, &with(&[], &["api-*"]))), ["tool"]);
    }

    #[test]
    fn an_unknown_package_is_an_error_with_the_nearest_name() {
        let error = |spec: &str| run(THREE, &with(&[spec], &[])).unwrap_err().to_string();
        assert_eq!(
            error("tol"),
            "there is no package `tol` in this workspace; did you mean `tool`?"
        );
        assert_eq!(
            error("xyzzy"),
            "there is no package `xyzzy` in this workspace; there are `api-a`, `api-b`, `tool`"
        );
        assert_eq!(
            error("api-a@2"),
            "there is no package `api-a@2` in this workspace; `api-a` has another version"
        );
    }

    #[test]
    fn an_exclude_that_names_nothing_is_a_notice() {
        assert!(
            notices(&found(THREE, &with(&[], &["nope"])))
                .contains("`--exclude nope` names no package")
        );
    }

    #[test]
    fn paths_select_the_packages_they_lie_in_or_hold() {
        let paths = |paths: &[&str]| {
            let options = Options {
                paths: paths.iter().map(PathBuf::from).collect(),
                ..at("/w/tool")
            };
            found(THREE, &options)
        };
        assert_eq!(selected(&paths(&["../api-a/src/lib.rs"])), ["api-a"]);
        assert_eq!(selected(&paths(&["src", "../api-b"])), ["api-b", "tool"]);
        assert_eq!(selected(&paths(&[".."])), ["api-a", "api-b", "tool"]);
        assert_eq!(paths(&["../api-a/src/lib.rs"]).root, Path::new("/w"));
    }

    #[test]
    fn a_path_outside_every_target_is_read_by_itself() {
        let options = Options {
            paths: vec!["scripts/gen.rs".into()],
            ..at("/w/tool")
        };
        let workspace = found(THREE, &options);
        assert_eq!(loose_files(&workspace, "tool"), ["tool/scripts/gen.rs"]);
        let options = Options {
            paths: vec!["notes".into()],
            ..at("/w")
        };
        let workspace = found(THREE, &options);
        assert_eq!(loose_files(&workspace, "notes"), ["notes/loose.rs"]);
        assert_eq!(selected(&workspace), ["notes"]);
    }

    #[test]
    fn a_path_outside_the_workspace_of_the_manifest_is_read_by_its_own() {
        let files = [
            ("/r/a/Cargo.toml", "[package]\nname = \"a\""),
            ("/r/a/src/lib.rs", ""),
            ("/r/b/Cargo.toml", "[package]\nname = \"b\""),
            ("/r/b/src/lib.rs", ""),
        ];
        let options = Options {
            manifest_path: Some("a/Cargo.toml".into()),
            paths: vec!["b/src".into()],
            ..at("/r")
        };
        let workspace = found(&files, &options);
        assert_eq!(
            (names(&workspace), selected(&workspace)),
            (vec!["a", "b"], vec!["b"])
        );
    }

    #[test]
    fn paths_of_two_workspaces_are_read_in_one_run_in_any_order() {
        let files = [
            ("/r/a/Cargo.toml", "[package]\nname = \"a\"\n[workspace]"),
            ("/r/a/src/lib.rs", ""),
            ("/r/b/Cargo.toml", "[package]\nname = \"b\"\n[workspace]"),
            ("/r/b/src/lib.rs", ""),
        ];
        let one = found(
            &files,
            &Options {
                paths: vec!["b/src".into(), "a".into()],
                ..at("/r")
            },
        );
        let two = found(
            &files,
            &Options {
                paths: vec!["a".into(), "b/src".into()],
                ..at("/r")
            },
        );
        assert_eq!(one.root, Path::new("/r"));
        assert_eq!(selected(&one), ["a", "b"]);
        assert_eq!(format!("{one:?}"), format!("{two:?}"));
    }
}

mod versions {
    use super::*;

    fn with_lock(manifest: &str, lock: &str) -> Workspace {
        found(
            &[
                ("/p/Cargo.toml", manifest),
                ("/p/Cargo.lock", lock),
                ("/p/src/main.rs", ""),
            ],
            &at("/p"),
        )
    }

    #[test]
    fn two_of_one_crate_are_told_apart_by_requirement_and_rename() {
        let manifest = app(
            "[dependencies]\nreqwest = \"0.12\"\nold-http = { package = \"reqwest\", version = \"0.11\" }",
        );
        let workspace = with_lock(&manifest, REQWEST_LOCK);
        assert_eq!(
            super::versions(&workspace, "app", "reqwest"),
            locked("0.12.24")
        );
        assert_eq!(
            super::versions(&workspace, "app", "old_http"),
            locked("0.11.27")
        );
        assert_eq!(dependency(&workspace, "app", "old_http").package, "reqwest");
    }

    #[test]
    fn the_lock_file_is_kept_whole() {
        let workspace = with_lock(&app("[dependencies]\nreqwest = \"0.12\""), REQWEST_LOCK);
        let all: Vec<String> = workspace.locked["reqwest"]
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(all, ["0.11.27", "0.12.24"]);
        let key = ("reqwest".to_owned(), semver::Version::new(0, 12, 24));
        assert_eq!(
            workspace.lock_edges[&key],
            [("tokio".to_owned(), semver::Version::new(1, 48, 0))]
        );
    }

    #[test]
    fn without_a_lock_the_requirement_is_kept() {
        let manifest =
            app("[dependencies]\nreqwest = \"0.12\"\nfree = { git = \"https://x.example/free\" }");
        let workspace = found(
            &[("/p/Cargo.toml", &manifest), ("/p/src/main.rs", "")],
            &at("/p"),
        );
        assert_eq!(
            super::versions(&workspace, "app", "reqwest"),
            (None, VersionSource::Manifest)
        );
        assert_eq!(
            dependency(&workspace, "app", "reqwest").requirement,
            semver::VersionReq::parse("0.12").ok()
        );
        assert_eq!(
            super::versions(&workspace, "app", "free"),
            (None, VersionSource::Newest)
        );
    }

    #[test]
    fn a_lock_older_than_the_manifest_is_not_believed() {
        let manifest = app("[dependencies]\nreqwest = \"0.13\"\ntokio = \"1\"");
        let workspace = with_lock(&manifest, REQWEST_LOCK);
        assert_eq!(
            super::versions(&workspace, "app", "reqwest"),
            (None, VersionSource::Manifest)
        );
        assert_eq!(
            super::versions(&workspace, "app", "tokio"),
            locked("1.48.0"),
            "cargo would keep what fits"
        );
    }

    #[test]
    fn git_sources_are_told_from_the_registry() {
        let lock = r#"
version = 4
[[package]]
name = "app"
version = "0.1.0"
dependencies = [
 "reqwest 0.12.1",
 "reqwest 0.12.9 (git+https://github.com/me/reqwest?branch=fix)",
]
[[package]]
name = "reqwest"
version = "0.12.1"
source = "registry+https://github.com/rust-lang/crates.io-index"
[[package]]
name = "reqwest"
version = "0.12.9"
source = "git+https://github.com/me/reqwest?branch=fix#0123456789abcdef0123456789abcdef01234567"
"#;
        let manifest = app(
            "[dependencies]\nreqwest = \"0.12\"\nfork = { package = \"reqwest\", git = \"https://github.com/me/reqwest.git\", branch = \"fix\" }",
        );
        let workspace = with_lock(&manifest, lock);
        assert_eq!(
            super::versions(&workspace, "app", "reqwest"),
            locked("0.12.1")
        );
        assert_eq!(super::versions(&workspace, "app", "fork"), locked("0.12.9"));
    }

    #[test]
    fn a_path_patch_makes_a_crate_local() {
        let manifest = app(
            "[dependencies]\nhttp-kit = \"1\"\n[patch.crates-io]\nhttp-kit = { path = \"vendor/http-kit\" }",
        );
        let lock = "version = 4\n[[package]]\nname = \"app\"\nversion = \"0.1.0\"\ndependencies = [\"http-kit\"]\n[[package]]\nname = \"http-kit\"\nversion = \"1.5.0\"\n";
        let files = [
            ("/p/Cargo.toml", manifest.as_str()),
            ("/p/Cargo.lock", lock),
            ("/p/src/main.rs", ""),
            (
                "/p/vendor/http-kit/Cargo.toml",
                "[package]\nname = \"http-kit\"\nversion = \"1.5.0\"",
            ),
            ("/p/vendor/http-kit/src/lib.rs", ""),
        ];
        let workspace = found(&files, &at("/p"));
        assert_eq!(
            super::versions(&workspace, "app", "http_kit"),
            locked("1.5.0")
        );
        assert!(dependency(&workspace, "app", "http_kit").local.is_some());
        assert_eq!(selected(&workspace), ["app"], "a patch is read for context");
    }

    #[test]
    fn a_local_library_goes_by_its_own_name_unless_renamed() {
        let manifest = app(
            "[dependencies]\nfoo-rs = { path = \"foo\" }\n[dev-dependencies]\nbar = { package = \"foo-rs\", path = \"foo\" }",
        );
        let files = [
            ("/p/Cargo.toml", manifest.as_str()),
            ("/p/src/main.rs", ""),
            (
                "/p/foo/Cargo.toml",
                "[package]\nname = \"foo-rs\"\n[lib]\nname = \"foo\"",
            ),
            ("/p/foo/src/lib.rs", ""),
        ];
        let workspace = found(&files, &at("/p"));
        let known: Vec<&str> = package(&workspace, "app")
            .dependencies
            .keys()
            .map(|n| n.as_str())
            .collect();
        assert_eq!(known, ["bar", "foo"]);
        assert!(
            dependency(&workspace, "app", "bar").dev && !dependency(&workspace, "app", "foo").dev
        );
    }

    #[test]
    fn tables_of_other_platforms_yield_to_those_of_ours() {
        let manifest = app(r#"
[target.'cfg(target_arch = "wasm32")'.dependencies]
reqwest = { version = "0.11", features = ["wasm"] }
gloo = "1"
[target.'cfg(not(target_arch = "wasm32"))'.dependencies]
reqwest = { version = "0.12", features = ["blocking"] }
[build-dependencies]
cc = "1"
"#);
        let workspace = found(
            &[("/p/Cargo.toml", &manifest), ("/p/src/main.rs", "")],
            &at("/p"),
        );
        let reqwest = dependency(&workspace, "app", "reqwest");
        assert_eq!(reqwest.features, ["blocking", "default"]);
        assert_eq!(reqwest.requirement, semver::VersionReq::parse("0.12").ok());
        assert!(
            package(&workspace, "app")
                .dependencies
                .contains_key(&Name::new("gloo")),
            "still a name"
        );
        assert!(dependency(&workspace, "app", "cc").build);
    }
}

mod features {
    use super::*;

    fn on(workspace: &Workspace, of: &str) -> String {
        package(workspace, of).features.join(" ")
    }

    #[test]
    fn defaults_reach_dependencies_through_every_form() {
        let manifest = app(r#"
[dependencies]
reqwest = { version = "0.12", default-features = false, optional = true }
surf = { version = "2", optional = true }
tokio = "1"
[features]
default = ["http"]
http = ["dep:reqwest", "reqwest/json", "tokio/net", "surf?/h1-client"]
with-surf = ["surf"]
"#);
        let files = [("/p/Cargo.toml", manifest.as_str()), ("/p/src/main.rs", "")];
        let workspace = found(&files, &at("/p"));
        assert_eq!(on(&workspace, "app"), "default http");
        assert_eq!(
            package(&workspace, "app").known_features,
            ["default", "http", "surf", "with-surf"]
        );
        assert_eq!(dependency(&workspace, "app", "reqwest").features, ["json"]);
        assert_eq!(
            dependency(&workspace, "app", "tokio").features,
            ["default", "net"]
        );
        assert_eq!(
            dependency(&workspace, "app", "surf").features,
            ["default"],
            "a weak feature needs the dependency on"
        );
        let with = Options {
            features: vec!["with-surf".into()],
            ..at("/p")
        };
        let workspace = found(&files, &with);
        assert_eq!(on(&workspace, "app"), "default http surf with-surf");
        assert_eq!(
            dependency(&workspace, "app", "surf").features,
            ["default", "h1-client"]
        );
    }

    #[test]
    fn members_ask_features_of_each_other_to_a_fixpoint() {
        let files = [
            (
                "/w/Cargo.toml",
                "[workspace]\nmembers = [\"a\", \"b\", \"c\"]",
            ),
            (
                "/w/a/Cargo.toml",
                "[package]\nname = \"a\"\n[dependencies]\nb = { path = \"../b\", features = [\"up\"] }",
            ),
            ("/w/a/src/lib.rs", ""),
            (
                "/w/b/Cargo.toml",
                "[package]\nname = \"b\"\n[dependencies]\nc = { path = \"../c\" }\n[features]\nup = [\"c/top\"]",
            ),
            ("/w/b/src/lib.rs", ""),
            (
                "/w/c/Cargo.toml",
                "[package]\nname = \"c\"\n[dev-dependencies]\na = { path = \"../a\" }\n[features]\ntop = [\"inner\"]\ninner = []\nother = []",
            ),
            ("/w/c/src/lib.rs", ""),
        ];
        assert_eq!(on(&found(&files, &at("/w")), "c"), "inner top");
    }

    #[test]
    fn flags_turn_them_on_and_off() {
        let manifest = app("[features]\ndefault = [\"x\"]\nx = []\ny = []");
        let files = [("/p/Cargo.toml", manifest.as_str()), ("/p/src/main.rs", "")];
        let of = |options: Options| on(&found(&files, &options), "app");
        assert_eq!(of(at("/p")), "default x");
        assert_eq!(
            of(Options {
                no_default_features: true,
                ..at("/p")
            }),
            ""
        );
        assert_eq!(
            of(Options {
                all_features: true,
                ..at("/p")
            }),
            "default x y"
        );
        assert_eq!(
            of(Options {
                no_default_features: true,
                features: vec!["app/x,y".into()],
                ..at("/p")
            }),
            "x y"
        );
    }

    #[test]
    fn an_unknown_one_is_a_notice_with_the_nearest_name() {
        let manifest = app("[features]\nserver = []");
        let files = [("/p/Cargo.toml", manifest.as_str()), ("/p/src/main.rs", "")];
        let options = Options {
            features: vec!["sever".into()],
            ..at("/p")
        };
        assert!(notices(&found(&files, &options)).contains("did you mean `server`?"));
    }
}

mod degrading {
    use super::*;

    #[test]
    fn a_broken_manifest_is_a_notice_with_its_place_and_a_walk() {
        let files = [
            (
                "/w/Cargo.toml",
                "[workspace]\nmembers = [\"good\", \"bad\"]",
            ),
            ("/w/Cargo.lock", REQWEST_LOCK),
            (
                "/w/good/Cargo.toml",
                "[package]\nname = \"good\"\n[dependencies]\nbad = { path = \"../bad\" }",
            ),
            ("/w/good/src/lib.rs", ""),
            ("/w/bad/Cargo.toml", "[package]\nname = \"bad\nversion = 1"),
            ("/w/bad/src/lib.rs", ""),
            ("/w/bad/src/deep/x.rs", ""),
            ("/w/bad/inner/Cargo.toml", "[package]\nname = \"inner\""),
            ("/w/bad/inner/src/lib.rs", ""),
        ];
        let workspace = found(&files, &at("/w"));
        assert_eq!(selected(&workspace), ["bad", "good"]);
        assert_eq!(
            loose_files(&workspace, "bad"),
            ["bad/src/deep/x.rs", "bad/src/lib.rs"],
            "not those of other packages"
        );
        assert!(
            notices(&workspace).starts_with("bad/Cargo.toml: line 2, column "),
            "{}",
            notices(&workspace)
        );
        assert!(notices(&workspace).contains("mend the manifest"));
        assert_eq!(
            super::versions(&workspace, "bad", "reqwest"),
            locked("0.12.24"),
            "the lock file still tells"
        );
    }

    #[test]
    fn a_broken_root_leaves_its_packages_to_themselves() {
        let files = [
            ("/w/Cargo.toml", "[workspace\nmembers = [\"m\"]"),
            (
                "/w/m/Cargo.toml",
                "[package]\nname = \"m\"\n[dependencies]\nreqwest.workspace = true",
            ),
            ("/w/m/src/lib.rs", ""),
            ("/w/tool.rs", ""),
        ];
        let workspace = found(&files, &at("/w"));
        assert_eq!(names(&workspace), ["w", "m"]);
        assert_eq!(loose_files(&workspace, "w"), ["tool.rs"]);
        assert_eq!(
            super::targets(&workspace, "m"),
            ["+Lib m m/src/lib.rs 2015"]
        );
        assert_eq!(
            super::versions(&workspace, "m", "reqwest"),
            (None, VersionSource::Newest)
        );
        assert!(
            notices(&workspace).contains("m/Cargo.toml: the dependency `reqwest` is inherited")
        );
    }

    #[test]
    fn a_member_below_a_broken_root_still_has_its_lock() {
        let manifest = app("[dependencies]\nreqwest = \"0.12\"");
        let files = [
            ("/w/Cargo.toml", "[workspace"),
            ("/w/Cargo.lock", REQWEST_LOCK),
            ("/w/app/Cargo.toml", manifest.as_str()),
            ("/w/app/src/lib.rs", ""),
        ];
        let workspace = found(&files, &at("/w/app"));
        assert_eq!(selected(&workspace), ["app"]);
        assert_eq!(
            super::versions(&workspace, "app", "reqwest"),
            locked("0.12.24")
        );
    }

    #[test]
    fn missing_members_and_path_dependencies_are_notices() {
        let files = [
            ("/w/Cargo.toml", "[workspace]\nmembers = [\"m\", \"gone\"]"),
            (
                "/w/m/Cargo.toml",
                "[package]\nname = \"m\"\n[dependencies]\nlost = { path = \"../lost\" }",
            ),
            ("/w/m/src/lib.rs", ""),
        ];
        let workspace = found(&files, &at("/w"));
        assert_eq!(selected(&workspace), ["m"]);
        let text = notices(&workspace);
        assert!(
            text.contains("Cargo.toml: `members` names `gone`, where there is no Cargo.toml"),
            "{text}"
        );
        assert!(
            text.contains("m/Cargo.toml: the dependency `lost` should lie in `../lost`"),
            "{text}"
        );
        assert_eq!(
            super::versions(&workspace, "m", "lost"),
            (None, VersionSource::Newest)
        );
    }

    #[test]
    fn an_unreadable_lock_costs_the_versions_only() {
        for broken in [
            "<<<<<<< HEAD\nversion = 4",
            "version = 4\n[[package]]\nname = \"x\"\nversion = \"one\"",
            "\u{0}",
        ] {
            let manifest = app("[dependencies]\nreqwest = \"0.12\"");
            let files = [
                ("/p/Cargo.toml", manifest.as_str()),
                ("/p/Cargo.lock", broken),
                ("/p/src/main.rs", ""),
            ];
            let workspace = found(&files, &at("/p"));
            assert_eq!(
                super::versions(&workspace, "app", "reqwest"),
                (None, VersionSource::Manifest)
            );
            assert!(
                notices(&workspace).starts_with("Cargo.lock: line "),
                "{}",
                notices(&workspace)
            );
            assert!(notices(&workspace).contains("cargo generate-lockfile"));
        }
    }

    #[test]
    fn one_unreadable_entry_costs_only_itself() {
        let manifest =
            app("[dependencies]\nreqwest = \"not a version\"\ntokio = \"1\"\n[[bin]]\npath = 7");
        let files = [("/p/Cargo.toml", manifest.as_str()), ("/p/src/main.rs", "")];
        let workspace = found(&files, &at("/p"));
        assert_eq!(
            super::versions(&workspace, "app", "reqwest"),
            (None, VersionSource::Newest)
        );
        assert_eq!(
            super::versions(&workspace, "app", "tokio"),
            (None, VersionSource::Manifest)
        );
        assert!(notices(&workspace).contains("the dependency `reqwest` cannot be read"));
        assert!(notices(&workspace).contains("an entry of `[[bin]]` cannot be read"));
    }

    #[test]
    fn a_package_no_workspace_lists_is_read_on_its_own() {
        let files = [
            ("/w/Cargo.toml", "[workspace]\nmembers = []"),
            ("/w/stray/Cargo.toml", "[package]\nname = \"stray\""),
            ("/w/stray/src/lib.rs", ""),
        ];
        let workspace = found(&files, &at("/w/stray"));
        assert_eq!(
            (names(&workspace), selected(&workspace)),
            (vec!["stray"], vec!["stray"])
        );
        assert_eq!(
            workspace.root,
            Path::new("/w/stray"),
            "names are its own, not those of strangers"
        );
        assert!(notices(&workspace).contains("a workspace above does not list this package"));
    }

    #[test]
    fn a_package_without_any_target_is_walked() {
        let files = [("/p/Cargo.toml", APP), ("/p/code/a.rs", "")];
        let workspace = found(&files, &at("/p"));
        assert_eq!(loose_files(&workspace, "app"), ["code/a.rs"]);
        assert!(notices(&workspace).contains("there is no `src/lib.rs`"));
    }

    #[test]
    fn without_a_manifest_there_is_a_plain_walk_that_honours_those_below() {
        let files = [
            ("/d/a.rs", ""),
            ("/d/sub/b.rs", ""),
            ("/d/target/c.rs", ""),
            ("/d/.git/d.rs", ""),
            ("/d/proj/Cargo.toml", APP),
            ("/d/proj/src/main.rs", ""),
            (
                "/d/proj/tests/data/Cargo.toml",
                "[package]\nname = \"data\"",
            ),
            ("/d/proj/tests/data/src/lib.rs", ""),
        ];
        let workspace = found(&files, &at("/d"));
        assert_eq!(loose_files(&workspace, "d"), ["a.rs", "sub/b.rs"]);
        assert_eq!(names(&workspace), ["d", "app"]);
        assert_eq!(selected(&workspace), ["d", "app"]);
        assert!(notices(&workspace).contains("no Cargo.toml speaks for 2 of the files"));
    }

    #[test]
    fn a_single_file_is_enough() {
        let options = Options {
            paths: vec!["one.rs".into()],
            ..at("/d")
        };
        let workspace = found(
            &[("/d/one.rs", "fn main() {}"), ("/d/two.rs", "")],
            &options,
        );
        assert_eq!(loose_files(&workspace, "d"), ["one.rs"]);
    }

    #[test]
    fn a_cargo_script_brings_its_own_manifest() {
        let script = "#!/usr/bin/env cargo\n---\n[package]\nedition = \"2021\"\n[dependencies]\nreqwest = \"0.12\"\n---\nfn main() {}\n";
        let options = Options {
            paths: vec!["fetch.rs".into()],
            ..at("/d")
        };
        let workspace = found(&[("/d/fetch.rs", script)], &options);
        assert_eq!(
            super::targets(&workspace, "fetch"),
            ["+Loose d fetch.rs 2021"]
        );
        assert_eq!(
            super::versions(&workspace, "fetch", "reqwest"),
            (None, VersionSource::Manifest)
        );
    }

    #[test]
    fn manifests_that_are_no_text_or_have_a_mark_are_read_or_noted() {
        let marked = format!("\u{feff}{APP}");
        let workspace = found(
            &[("/p/Cargo.toml", &marked), ("/p/src/main.rs", "")],
            &at("/p"),
        );
        assert_eq!(names(&workspace), ["app"]);
        let memory = Memory::new([
            ("/p/Cargo.toml", &b"[package]\nname = \"\xff\""[..]),
            ("/p/src/main.rs", b""),
        ]);
        let workspace = discover(&memory, &at("/p")).unwrap();
        assert!(notices(&workspace).starts_with("Cargo.toml: line 2: not UTF-8"));
    }
}

mod errors {
    use super::*;

    fn message(files: &[(&str, &str)], options: &Options) -> String {
        run(files, options).unwrap_err().to_string()
    }

    #[test]
    fn a_manifest_path_that_leads_nowhere() {
        let of = |path: &str| {
            message(
                &[("/p/Cargo.toml", APP), ("/p/x.toml", "")],
                &Options {
                    manifest_path: Some(path.into()),
                    ..at("/")
                },
            )
        };
        assert!(of("q/Cargo.toml").contains("there is no such file"));
        assert!(of("p").contains("it is a folder; name the Cargo.toml in it"));
        assert!(of("p/x.toml").contains("it is not called Cargo.toml"));
    }

    #[test]
    fn a_path_that_does_not_exist() {
        let options = Options {
            paths: vec!["src/mian.rs".into()],
            ..at("/p")
        };
        let text = message(&[("/p/Cargo.toml", APP), ("/p/src/main.rs", "")], &options);
        assert_eq!(
            text,
            "the path `src/mian.rs` does not exist (seen from `/p`); check its spelling"
        );
    }

    #[test]
    fn nothing_to_read() {
        assert!(
            message(&[("/p/readme.md", "")], &at("/p"))
                .contains("there is no Rust source to read in `/p`")
        );
        assert!(message(&[("/p/Cargo.toml", APP)], &at("/p")).contains("there is no Rust source"));
    }
}

mod order {
    use super::*;

    #[test]
    fn the_folder_of_the_project_changes_nothing_but_the_root() {
        let under = |root: &str| {
            let files = [
                ("Cargo.toml", "[workspace]\nmembers = [\"b\", \"a\"]"),
                (
                    "a/Cargo.toml",
                    "[package]\nname = \"a\"\n[dependencies]\nb = { path = \"../b\" }\nlost = { path = \"../../lost\" }",
                ),
                ("a/src/lib.rs", ""),
                ("b/Cargo.toml", "[package]\nname = \"b"),
                ("b/src/lib.rs", ""),
            ];
            let files = files.map(|(path, text)| (format!("{root}{path}"), text));
            let workspace = discover(&Memory::new(files), &at(root.trim_end_matches('/'))).unwrap();
            let shown: Vec<_> = workspace
                .packages
                .iter()
                .map(|p| super::targets(&workspace, &p.name))
                .collect();
            (
                workspace.notices.clone(),
                shown,
                names(&workspace).join(" "),
            )
        };
        assert_eq!(under("/x/"), under("/somewhere/else/"));
        assert_eq!(under("/x/"), under(""), "also for relative paths");
    }
}

#[cfg(unix)]
mod disk {
    use super::*;
    use std::fs;
    use std::os::unix::fs::symlink;

    fn tree(files: &[(&str, &str)]) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = dir.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        dir
    }

    #[test]
    fn is_read_like_memory() {
        let files = [
            ("Cargo.toml", APP),
            ("src/main.rs", ""),
            ("examples/e.rs", ""),
        ];
        let dir = tree(&files);
        let on_disk = discover(
            &Disk,
            &Options {
                cwd: dir.path().into(),
                ..Options::default()
            },
        )
        .unwrap();
        let in_memory = found(&files, &at(""));
        assert_eq!(
            super::targets(&on_disk, "app"),
            super::targets(&in_memory, "app")
        );
    }

    #[test]
    fn only_regular_files_are_read_and_nothing_waits() {
        let dir = tree(&[("a.rs", "")]);
        let socket = dir.path().join("socket.rs");
        let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        let fifo = dir.path().join("fifo.rs");
        assert!(
            std::process::Command::new("mkfifo")
                .arg(&fifo)
                .status()
                .unwrap()
                .success()
        );
        assert!(Disk.read(&fifo).is_err());
        assert!(Disk.read(&socket).is_err());
        assert!(Disk.read(Path::new("/dev/zero")).is_err());
        assert!(Disk.read(dir.path()).is_err());
        assert_eq!(Disk.walk(dir.path(), ".rs"), [dir.path().join("a.rs")]);
        let options = Options {
            paths: vec![socket],
            cwd: dir.path().into(),
            ..Options::default()
        };
        assert!(matches!(
            discover(&Disk, &options),
            Err(DiscoverError::PathUnreadable { .. })
        ));
    }

    #[test]
    fn a_file_above_the_limit_is_refused() {
        let dir = tree(&[("big.rs", "")]);
        let file = fs::File::options()
            .write(true)
            .open(dir.path().join("big.rs"))
            .unwrap();
        file.set_len(50 * 1024 * 1024 + 1).unwrap();
        assert!(
            Disk.read(&dir.path().join("big.rs"))
                .unwrap_err()
                .to_string()
                .contains("50 MB")
        );
    }

    #[test]
    fn the_walk_is_sorted_and_leaves_out_hidden_and_built_folders() {
        let dir = tree(&[
            ("b.rs", ""),
            ("a/z.rs", ""),
            ("a.rs", ""),
            (".git/x.rs", ""),
            ("target/y.rs", ""),
            ("n.txt", ""),
        ]);
        symlink(dir.path(), dir.path().join("loop")).unwrap();
        symlink(dir.path().join("a.rs"), dir.path().join("link.rs")).unwrap();
        let walked = Disk.walk(dir.path(), ".rs");
        let shown: Vec<String> = walked
            .iter()
            .map(|path| display_name(dir.path(), path))
            .collect();
        assert_eq!(shown, ["a/z.rs", "a.rs", "b.rs", "link.rs"]);
    }

    #[test]
    fn a_package_reached_over_links_to_itself_is_one_package() {
        let member = "[package]\nname = \"m\"\n[dependencies]\na = { package = \"m\", path = \"l1\" }\nb = { package = \"m\", path = \"l2\" }";
        let dir = tree(&[
            ("Cargo.toml", "[workspace]\nmembers = [\"m\"]"),
            ("m/Cargo.toml", member),
            ("m/src/lib.rs", ""),
        ]);
        for link in ["m/l1", "m/l2"] {
            symlink(dir.path().join("m"), dir.path().join(link)).unwrap();
        }
        let options = Options {
            cwd: dir.path().into(),
            ..Options::default()
        };
        assert_eq!(names(&discover(&Disk, &options).unwrap()), ["m"]);
    }

    #[test]
    fn links_that_turn_in_circles_come_to_an_end() {
        let manifest = app(
            "[workspace]\nmembers = [\"*\", \"*/*\", \"**\"]\n[dependencies]\nself1 = { package = \"app\", path = \"l1\" }\nself2 = { package = \"app\", path = \"l2\" }",
        );
        let dir = tree(&[("Cargo.toml", &manifest), ("src/main.rs", "")]);
        for link in ["l1", "l2", "l3"] {
            symlink(dir.path(), dir.path().join(link)).unwrap();
        }
        symlink(dir.path().join("nowhere"), dir.path().join("nowhere")).unwrap();
        let options = Options {
            cwd: dir.path().into(),
            ..Options::default()
        };
        assert!(discover(&Disk, &options).is_ok());
    }
}
