#!/usr/bin/env bash
# Names what install.sh builds: the same name, the same tool on the same kind of machine.
set -euo pipefail

cd "$GITHUB_ACTION_PATH"
# git is wherever a checkout was made, and hashes alike everywhere.
sources=$(find Cargo.toml Cargo.lock src lints -type f | LC_ALL=C sort | git hash-object --stdin-paths | git hash-object --stdin)
echo "key=cargo-linger-$RUNNER_OS-${ImageOS:-}-$RUNNER_ARCH-$sources" >>"$GITHUB_OUTPUT"
