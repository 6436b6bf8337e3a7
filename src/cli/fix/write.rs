//! Puts a new text in a file's place: at once, or not at all.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use tempfile::NamedTempFile;

use crate::fix::Changed;

/// Replaces a file. Links are followed, permissions kept; a file that changed since it was read is left alone.
pub(super) fn replace(path: &Path, changed: &Changed) -> io::Result<()> {
    let path = fs::canonicalize(path)?;
    if fs::read(&path)? != changed.before.as_bytes() {
        return Err(io::Error::other("it changed while it was being read"));
    }
    let permissions = fs::metadata(&path)?.permissions();
    if permissions.readonly() {
        return Err(io::Error::from(io::ErrorKind::PermissionDenied));
    }
    let folder = path
        .parent()
        .ok_or_else(|| io::Error::other("it has no folder"))?;
    let mut file = NamedTempFile::new_in(folder)?;
    file.write_all(changed.after.as_bytes())?;
    file.as_file().set_permissions(permissions)?;
    file.as_file().sync_all()?;
    file.persist(&path).map_err(|error| error.error)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changed(before: &str, after: &str) -> Changed {
        Changed {
            name: "a.rs".into(),
            path: "a.rs".into(),
            before: before.into(),
            after: after.into(),
        }
    }

    #[cfg(unix)]
    #[test]
    fn permissions_and_links_stay() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().expect("a folder");
        let (file, link) = (dir.path().join("a.rs"), dir.path().join("b.rs"));
        fs::write(&file, "a").expect("written");
        fs::set_permissions(&file, fs::Permissions::from_mode(0o754)).expect("set");
        std::os::unix::fs::symlink(&file, &link).expect("linked");
        replace(&link, &changed("a", "b")).expect("replaced");
        assert_eq!(fs::read_to_string(&file).expect("read"), "b");
        assert!(fs::symlink_metadata(&link).expect("there").is_symlink());
        let mode = fs::metadata(&file).expect("there").permissions().mode();
        assert_eq!(mode & 0o777, 0o754);
        assert_eq!(fs::read_dir(dir.path()).expect("listed").count(), 2);
    }

    #[test]
    fn a_file_that_changed_meanwhile_is_left() {
        let dir = tempfile::tempdir().expect("a folder");
        let file = dir.path().join("a.rs");
        fs::write(&file, "other").expect("written");
        assert!(replace(&file, &changed("a", "b")).is_err());
        assert_eq!(fs::read_to_string(&file).expect("read"), "other");
    }
}
