//! Where a lint's page stands on the web, if the package says where it lives.

/// `repository` of Cargo.toml; empty where it names none.
const REPOSITORY: &str = env!("CARGO_PKG_REPOSITORY");

/// The address of a lint's page, of the version that says so.
pub(super) fn of(lint: &str) -> Option<String> {
    below(REPOSITORY, lint)
}

/// The address of the tool.
pub(super) fn home() -> Option<&'static str> {
    (!REPOSITORY.is_empty()).then_some(REPOSITORY)
}

fn below(repository: &str, lint: &str) -> Option<String> {
    let repository = repository.trim_end_matches('/').trim_end_matches(".git");
    let version = env!("CARGO_PKG_VERSION");
    (!repository.is_empty()).then(|| format!("{repository}/blob/v{version}/lints/{lint}/README.md"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_stands_in_the_repository_at_this_version() {
        let version = env!("CARGO_PKG_VERSION");
        assert_eq!(
            below("https://forge.example/a/linger.git", "unread_body"),
            Some(format!(
                "https://forge.example/a/linger/blob/v{version}/lints/unread_body/README.md"
            ))
        );
        assert_eq!(below("", "unread_body"), None);
    }
}
