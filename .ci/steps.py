"""Runs the shell steps of a workflow's job or of a composite action as GitHub would, on a folder of this machine; also
the script of a GitLab job.

    steps.py FILE EVENT-NAME EVENT.json [INPUT=VALUE]...

Knows what our own files use: `run` steps with `env` and `working-directory`, `if`, and expressions made of names,
strings, `==`, `!=`, `&&`, `||` and `always()`. A step with `uses` is passed over with a word. Anything else is an error.
"""

import json
import os
import re
import subprocess
import sys

import yaml

TOKEN = re.compile(r"\s*(?:'([^']*)'|(==|!=|&&|\|\||[()])|([A-Za-z_][\w.-]*))")


def expression(text, context):
    """The value of one expression."""
    tokens = []
    rest = text.strip()
    while rest:
        match = TOKEN.match(rest)
        if not match:
            sys.exit(f"steps.py: cannot read `{text}`")
        tokens.append(match.groups())
        rest = rest[match.end() :].strip()

    def value():
        string, sign, name = tokens.pop(0)
        if string is not None:
            return string
        if sign == "(":
            inside = either()
            tokens.pop(0)
            return inside
        if tokens and tokens[0][1] == "(":
            del tokens[:2]
            return {"always": True}[name]
        found = context
        for part in name.split("."):
            found = found.get(part) if isinstance(found, dict) else None
        return found

    def compared():
        left = value()
        if tokens and tokens[0][1] in ("==", "!="):
            sign = tokens.pop(0)[1]
            right = value()
            return (str(left or "") == str(right or "")) == (sign == "==")
        return left

    def joined(sign, part, join):
        left = part()
        while tokens and tokens[0][1] == sign:
            tokens.pop(0)
            left = join(left, part())
        return left

    def both():
        return joined("&&", compared, lambda left, right: left and right)

    def either():
        return joined("||", both, lambda left, right: left or right)

    return either()


def filled(text, context):
    """A text with its `${{ … }}` replaced."""
    put = lambda match: str(expression(match.group(1), context) or "")
    return re.sub(r"\$\{\{(.*?)\}\}", put, str(text))


def main():
    file, event_name, event_path, *given = sys.argv[1:]
    document = yaml.safe_load(open(file, encoding="utf-8"))
    if "cargo-linger" in document:
        job = document["cargo-linger"]
        variables = {name: os.path.expandvars(text) for name, text in job["variables"].items()}
        command = ["bash", "-eo", "pipefail", "-c", "\n".join(job["script"])]
        sys.exit(subprocess.run(command, env={**os.environ, **variables}, check=False).returncode)
    if "runs" in document:
        steps = document["runs"]["steps"]
        inputs = {name: spec.get("default", "") for name, spec in document["inputs"].items()}
        inputs.update(pair.split("=", 1) for pair in given)
    else:
        (job,) = document["jobs"].values()
        steps, inputs = job["steps"], {}
    event = json.load(open(event_path, encoding="utf-8"))
    context = {
        "inputs": inputs,
        "github": {"event_name": event_name, "event": event},
        "runner": {"os": "Linux", "arch": "X64", "temp": os.environ["RUNNER_TEMP"]},
        "steps": {},
    }
    path_file = os.path.join(os.environ["RUNNER_TEMP"], "path")
    output_file = os.path.join(os.environ["RUNNER_TEMP"], "output")
    open(path_file, "w", encoding="utf-8").close()
    failed = 0
    for step in steps:
        title = step.get("name") or step.get("uses") or step["run"]
        condition = step.get("if", "")
        wanted = expression(condition, context) if condition else True
        if not wanted or (failed and "always()" not in condition):
            continue
        if "uses" in step:
            given = {name: filled(text, context) for name, text in step.get("with", {}).items()}
            print(f"== {title}: not run here, with {given}")
            continue
        print(f"== {title}", flush=True)
        environment = {**os.environ, "GITHUB_PATH": path_file, "GITHUB_OUTPUT": output_file}
        environment.update(RUNNER_OS=context["runner"]["os"], RUNNER_ARCH=context["runner"]["arch"])
        open(output_file, "w", encoding="utf-8").close()
        added = open(path_file, encoding="utf-8").read().split()
        environment["PATH"] = os.pathsep.join([*added, environment["PATH"]])
        for name, text in step.get("env", {}).items():
            environment[name] = filled(text, context)
        folder = filled(step.get("working-directory", "."), context)
        # As GitHub runs `shell: bash`, which workflows on Linux use by default without `pipefail`.
        command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", filled(step["run"], context)]
        failed = failed or subprocess.run(command, cwd=folder, env=environment, check=False).returncode
        if "id" in step:
            outputs = (line.rstrip("\n").split("=", 1) for line in open(output_file, encoding="utf-8"))
            context["steps"][step["id"]] = {"outputs": dict(outputs)}
    sys.exit(failed)


main()
