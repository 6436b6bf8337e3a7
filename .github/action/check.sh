#!/usr/bin/env bash
# Runs cargo linger in a job: annotations on standard output, a table in the job's summary, SARIF if a file is named.
set -euo pipefail

# Words, not patterns: `set -f` keeps the shell from looking for files.
set -f
# shellcheck disable=SC2206
args=(${LINGER_ARGS:-})
set +f
args+=(--message-format github)
if [ -n "${LINGER_SARIF:-}" ]; then
    args+=(--message-format "sarif=$LINGER_SARIF")
fi
exec cargo-linger linger "${args[@]}"
