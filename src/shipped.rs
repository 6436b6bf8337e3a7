//! Holds what is shipped in `schema/` to the types it is made from; only tests need it.

use std::path::PathBuf;

use serde_json::Value;

/// Compares a shipped schema with the one its types make now; writes it first where `BLESS` is set.
pub(crate) fn hold(name: &str, schema: &Value) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("schema")
        .join(name);
    let text = format!("{schema:#}\n");
    if std::env::var_os("BLESS").is_some() {
        let written = std::fs::write(&path, &text);
        assert!(written.is_ok(), "{} cannot be written", path.display());
    }
    let shipped = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        shipped.replace("\r\n", "\n") == text,
        "schema/{name} is not what its types say: run BLESS=1 cargo test --lib schema"
    );
}
