#!/usr/bin/env bash
# Builds cargo-linger from the action's own checkout, with the dependencies its lock file names.
set -euo pipefail

root="${RUNNER_TEMP:-${TMPDIR:-/tmp}}/cargo-linger"
if [ ! -x "$root/bin/cargo-linger" ]; then
    # The project that is checked may name a toolchain and settings of its own in its folder: they are not ours.
    cd "$GITHUB_ACTION_PATH"
    cargo install --locked --path . --root "$root"
fi
echo "$root/bin" >>"$GITHUB_PATH"
