#!/usr/bin/env bash
# pack.sh TARGET FOLDER OUT: packs the binary in FOLDER for TARGET, with its licences, completions and man page, as
# `[package.metadata.binstall]` names archives and what is in them.
set -euo pipefail

target=$1 folder=$2 out=$3
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
name=cargo-linger-$version-$target
suffix=""
case $target in *windows*) suffix=.exe ;; esac

rm -rf "${out:?}/$name"
mkdir -p "$out/$name/completions"
cp "$folder/cargo-linger$suffix" README.md CHANGELOG.md LICENSE-MIT LICENSE-APACHE "$out/$name/"
for shell in bash zsh fish powershell elvish; do
    "$folder/cargo-linger$suffix" linger completions "$shell" >"$out/$name/completions/cargo-linger.$shell"
done
"$folder/cargo-linger$suffix" linger man >"$out/$name/cargo-linger.1"
cd "$out"
case $target in
*windows*) 7z a -bso0 "$name.zip" "$name" ;;
*) tar -czf "$name.tgz" "$name" ;;
esac
rm -r "$name"
