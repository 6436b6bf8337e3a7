//! Clients that builds make of schemas: which schemas are found, and what is known of the clients.

mod support;

use std::path::Path;

use linger::discover::Memory;

const MANIFEST: &str = "[package]\nname = \"shop\"\nversion = \"1.0.0\"\nedition = \"2024\"\n\n\
    [dependencies]\ntonic = \"0.12\"\n";

const CODE: &str = "pub mod pb { tonic::include_proto!(\"shop.v1\"); }\n\
    pub async fn place() {\n\
        let mut orders = pb::orders_client::OrdersClient::connect(\"http://localhost\").await.unwrap();\n\
        orders.place(()).await.unwrap();\n\
    }\n";

const SCHEMA: &str = "package shop.v1; service Orders { rpc Place (Order) returns (Receipt); }";

/// The paths of what is sent and of what it is sent through, in a workspace with these files beside `shop`.
fn known(files: &[(&str, &str)]) -> Vec<String> {
    let shop = [
        ("/repo/.git/HEAD", ""),
        ("/repo/rust/shop/Cargo.toml", MANIFEST),
        ("/repo/rust/shop/src/lib.rs", CODE),
    ];
    let memory = Memory::new(shop.iter().chain(files).copied());
    let analysis = support::analyze(Path::new("/repo/rust/shop"), &memory);
    let clients = analysis
        .resources
        .clients
        .iter()
        .map(|c| (&c.site, &c.krate));
    let requests = analysis
        .resources
        .requests
        .iter()
        .map(|r| (&r.site, &r.krate));
    let told = |(site, krate): (
        &linger::flow::resource::Site,
        &linger::flow::resource::CrateRef,
    )| { format!("{} ({} {})", site.path, krate.name, krate.version) };
    clients.chain(requests).map(told).collect()
}

const BOTH: [&str; 2] = [
    "stubs::shop::v1::orders_client::OrdersClient::connect (tonic 0.12.3)",
    "stubs::shop::v1::orders_client::OrdersClient::place (tonic 0.12.3)",
];

#[test]
fn a_schema_in_the_package_tells_the_client_and_its_calls() {
    assert_eq!(known(&[("/repo/rust/shop/proto/shop.proto", SCHEMA)]), BOTH);
}

#[test]
fn a_schema_elsewhere_in_the_repository_is_read_where_the_build_script_names_it_or_its_folder() {
    for said in ["../../schemas/shop.proto", "../../schemas"] {
        let script = format!("fn main() {{ compile(&[\"{said}\"]).unwrap(); }}");
        let files = [
            ("/repo/schemas/shop.proto", SCHEMA),
            ("/repo/rust/shop/build.rs", script.as_str()),
        ];
        assert_eq!(known(&files), BOTH, "{said}");
    }
}

#[test]
fn a_schema_that_nothing_names_is_not_looked_for_out_of_the_workspace() {
    assert_eq!(known(&[("/repo/schemas/shop.proto", SCHEMA)]), [""; 0]);
}

#[test]
fn a_schema_out_of_the_repository_is_not_read() {
    let script = "fn main() { compile(&[\"../../../elsewhere/shop.proto\"]).unwrap(); }";
    let files = [
        ("/elsewhere/shop.proto", SCHEMA),
        ("/repo/rust/shop/build.rs", script),
    ];
    assert_eq!(known(&files), [""; 0]);
}

#[test]
fn a_schema_that_cannot_be_read_leaves_the_rest_as_it_is() {
    for schema in [
        "",
        "\u{0}\u{1}{{{",
        "package type; service self { rpc crate (A) returns (B); }",
    ] {
        let files = [("/repo/rust/shop/proto/shop.proto", schema)];
        assert_eq!(known(&files), [""; 0], "{schema}");
    }
}
