"""Opens a file in rust-analyzer as an editor does, with the settings of our book, and prints the diagnostics that come.

    editor.py SETTINGS.json WORKSPACE FILE LINT

Prints `line:character-character severity lint: first line of the message` for each diagnostic of FILE once one is of LINT.
"""

import json
import os
import pathlib
import subprocess
import sys
import threading


def lint_of(diagnostic):
    """The lint's whole name, which the server takes apart."""
    return f"{diagnostic.get('source')}::{diagnostic.get('code')}"


def main():
    settings_file, workspace, file, lint = sys.argv[1:]
    settings = {}
    for name, value in json.load(open(settings_file, encoding="utf-8")).items():
        keys = name.removeprefix("rust-analyzer.").split(".")
        place = settings
        for key in keys[:-1]:
            place = place.setdefault(key, {})
        place[keys[-1]] = value
    # What the trial does not need, so that it is quick.
    settings.setdefault("cargo", {}).update(sysroot=None, buildScripts={"enable": False})
    settings.update(procMacro={"enable": False}, cachePriming={"enable": False})
    root = pathlib.Path(workspace).resolve()
    opened = root / file
    server = subprocess.Popen(["rust-analyzer"], cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    # Whatever happens, it ends.
    timer = threading.Timer(120, server.kill)
    timer.start()

    def send(message):
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        server.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        server.stdin.flush()

    def messages():
        while True:
            length = 0
            while (line := server.stdout.readline().strip()) or not length:
                if not line:
                    return
                if line.lower().startswith(b"content-length:"):
                    length = int(line.split(b":")[1])
            yield json.loads(server.stdout.read(length))

    folder = {"uri": root.as_uri(), "name": root.name}
    capabilities = {"textDocument": {"publishDiagnostics": {"relatedInformation": True, "codeDescriptionSupport": True}}}
    start = {
        "processId": os.getpid(),
        "rootUri": root.as_uri(),
        "workspaceFolders": [folder],
        "capabilities": capabilities,
        "initializationOptions": settings,
    }
    send({"id": 0, "method": "initialize", "params": start})
    document = {"uri": opened.as_uri(), "languageId": "rust", "version": 1, "text": opened.read_text(encoding="utf-8")}
    found, saved = None, False
    for message in messages():
        if message.get("id") == 0 and "result" in message:
            send({"method": "initialized", "params": {}})
            send({"method": "textDocument/didOpen", "params": {"textDocument": document}})
        elif "method" in message and "id" in message:
            send({"id": message["id"], "result": None})
        elif message.get("method") == "textDocument/publishDiagnostics":
            params = message["params"]
            if params["uri"] != opened.as_uri():
                continue
            if any(lint_of(diagnostic) == lint for diagnostic in params["diagnostics"]):
                found = params["diagnostics"]
                break
            if not saved:
                # Its own diagnostics say that the workspace is loaded: what is saved now is checked.
                saved = True
                send({"method": "textDocument/didSave", "params": {"textDocument": {"uri": document["uri"]}}})
    server.kill()
    timer.cancel()
    if found is None:
        sys.exit("editor.py: no such diagnostic came")
    for diagnostic in found:
        place, end = diagnostic["range"]["start"], diagnostic["range"]["end"]
        first = diagnostic["message"].splitlines()[0]
        where = f"{place['line']}:{place['character']}-{end['character']}"
        print(f"{where} {diagnostic['severity']} {lint_of(diagnostic)}: {first}")


main()
