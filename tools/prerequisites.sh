#!/bin/sh
# Says what is missing on this machine, in one line each, before anything is installed.
python=$1
missing=0
say() { echo "missing: $1" >&2; missing=1; }

if ! command -v "$python" >/dev/null 2>&1; then
    say "$python. Debian: apt-get install python3 python3-venv; macOS: install Python 3.11 or newer"
elif ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    say "Python 3.11 or newer ($python is $("$python" --version 2>&1)). Say make PYTHON=python3.11 if it stands elsewhere"
elif ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    say "the venv module. Debian: apt-get install python3-venv"
fi
exit $missing
