//! From paths to a workspace: manifests, lock file, targets. Reads them itself and spawns nothing.

pub mod workspace;
