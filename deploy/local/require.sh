#!/bin/sh
# Says what this machine lacks, in one sentence each with what to install on Debian.
missing=0
say() { echo "$1; on Debian: apt-get install $2" >&2; missing=1; }

if ! "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    say "Python 3.11 or newer is missing (as $1)" python3
else
    "$1" -c 'import ensurepip, venv' 2>/dev/null || say "Python's venv module is missing" python3-venv
    "$1" -c 'import lzma' 2>/dev/null || say "This Python has no lzma, which unpacks PostgreSQL" "liblzma-dev, then build Python again"
fi

java="${JAVA_HOME:+$JAVA_HOME/bin/}java"
version=$("$java" -version 2>&1 | sed -n 's/.* version "\([0-9]*\).*/\1/p')
[ "${version:-0}" -ge 17 ] || say "Java 17 or newer is missing" default-jre-headless
command -v mvn >/dev/null || say "Maven is missing" maven

exit $missing
