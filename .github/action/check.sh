#!/usr/bin/env bash
# Runs cargo linger in a job: annotations on standard output, a table in the job's summary, SARIF if a file is named.
# A pull request is judged by the lines it changes.
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
if [ "${LINGER_CHANGED_ONLY:-true}" = true ] && [ -n "${LINGER_BASE:-}" ]; then
    if [ "$(git rev-parse --is-shallow-repository)" = true ]; then
        echo "The checkout has no history; fetching it. \`fetch-depth: 0\` at actions/checkout saves this step."
        git fetch --quiet --no-tags --unshallow origin
    fi
    if ! git cat-file -e "$LINGER_BASE^{commit}" 2>/dev/null; then
        git fetch --quiet --no-tags origin "$LINGER_BASE"
    fi
    args+=(--since "$LINGER_BASE")
fi
exec cargo-linger linger "${args[@]}"
