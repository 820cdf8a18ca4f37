# What the scripts beside it share. They source it from the root of the clone.

fail() {
  printf '%s\n' "$*" >&2
  exit 1
}

# A name on the PATH is no promise: shims of version managers exist and yet fail, and some Pythons come without venv.
find_python() {
  for name in python3.12 python3.11 python3; do
    if "$name" -c 'import sys, venv, ensurepip, ssl; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 12))' 2>/dev/null; then
      printf '%s\n' "$name"
      return
    fi
  done
  fail 'Python 3.11 or 3.12 with its venv module is needed, and none was found on the PATH.'
}

# Steps. A script plans all of its steps first, so that each can be printed with their number. A step that is done already
# is neither planned nor printed.
steps=0
number=0

# plan CONDITION: counts one step if CONDITION, a command, is true.
plan() {
  if "$@"; then
    steps=$((steps + 1))
  fi
}

# step NAME ADVICE COMMAND: runs COMMAND and prints NAME and its seconds, or its last output and ADVICE if it fails.
step() {
  name=$1
  advice=$2
  shift 2
  number=$((number + 1))
  printf '%s/%s %s ...' "$number" "$steps" "$name" >&2
  began=$(date +%s)
  if output=$("$@" 2>&1 </dev/null); then
    took=$(($(date +%s) - began))
    if [ "$took" -gt 1 ]; then
      printf ' %s s' "$took" >&2
    fi
    printf '\n' >&2
    return
  fi
  printf ' failed\n' >&2
  printf '%s\n' "$output" | tail -n 20 >&2
  printf '%s\n' "$advice" >&2
  return 1
}

# prepare LOCK: the packages alone, for scripts that install nothing else.
prepare() {
  plan packages_are_old "$1"
  install_packages "$1"
}

# is_stamped FILE TEXT: whether an earlier step has left exactly TEXT in FILE.
is_stamped() {
  [ -f "$1" ] && [ "$(cat "$1")" = "$2" ]
}

packages_are_old() {
  ! is_stamped ".venv/$1.stamp" "$(packages_wanted "$1")" || ! .venv/bin/python -c '' 2>/dev/null
}

packages_wanted() {
  cat "$1" pyproject.toml | cksum
}

# install_packages LOCK: a .venv with exactly what LOCK names and the project itself.
install_packages() {
  packages_are_old "$1" || return 0
  python=$(find_python)
  step 'Python packages' 'Check the network and `pip config list`, then run this command again.' fill_venv "$python" "$1"
}

fill_venv() {
  .venv/bin/python -m pip --version >/dev/null 2>&1 || "$1" -m venv --clear .venv || return
  # pip must not resolve: the lock overrides a requirement of oso (pyproject.toml), which pip would refuse.
  pip_install --no-deps --require-hashes --requirement "$2" &&
    pip_install --no-deps --no-build-isolation --editable . &&
    packages_wanted "$2" >".venv/$2.stamp"
}

pip_install() {
  .venv/bin/python -m pip install -q --disable-pip-version-check "$@"
}

has_node() {
  if [ -z "${node_found-}" ]; then
    node_found=no
    if npm --version >/dev/null 2>&1 && node -e 'process.exit(process.versions.node.split(".")[0] < 20 ? 1 : 0)' 2>/dev/null; then
      node_found=yes
    fi
  fi
  [ "$node_found" = yes ]
}

modules_are_old() {
  has_node && ! is_stamped "$1/node_modules/.gateway.stamp" "$(modules_wanted "$1")"
}

modules_wanted() {
  cat "$1/package.json" "$1/package-lock.json" | cksum
}

# install_modules FOLDER: exactly what FOLDER/package-lock.json names. Without npm it prints a sentence and returns 1: the
# gateway itself needs none of it.
install_modules() {
  if ! has_node; then
    printf 'Without Node.js 20 or newer and npm on the PATH, nothing is installed in %s.\n' "$1" >&2
    return 1
  fi
  modules_are_old "$1" || return 0
  step "Node packages of $1/" 'Check the network and `npm config list`, then run this command again.' fill_node_modules "$1"
}

fill_node_modules() {
  (cd "$1" && npm ci --loglevel=error) && modules_wanted "$1" >"$1/node_modules/.gateway.stamp"
}

# port_is_free PORT: or one sentence, before any long work.
port_is_free() {
  python=$(find_python)
  "$python" - "$1" <<'END'
import socket, sys

given = sys.argv[1]
if not given.isascii() or not given.isdigit() or int(given) > 65535:
    sys.exit(f"PORT must be a number from 0 to 65535, not {given!r}.")
with socket.socket() as probe:
    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        probe.bind(("127.0.0.1", int(given)))
    except OSError as error:
        sys.exit(f"Port {given} of 127.0.0.1 is not available ({error.strerror}); set PORT to another one.")
END
}

matrix_is_old() {
  page=gateway/explorer_files/matrix.html
  ! [ -f "$page" ] || [ -n "$(find policies gateway/policy -newer "$page" -name '*.*' ! -name '*.pyc' -print -quit)" ]
}

# build_matrix: the decision table of the policy, which the gateway serves at /matrix, into the package.
build_matrix() {
  matrix_is_old || return 0
  mkdir -p gateway/explorer_files
  step 'Decision table' 'The demo starts without the page /matrix.' \
    .venv/bin/gateway policy matrix --html --file gateway/explorer_files/matrix.html
}

explorer_is_old() {
  has_node || return
  modules_are_old explorer || ! [ -f gateway/explorer_files/index.html ] ||
    ! is_stamped explorer/node_modules/.explorer.stamp "$(explorer_source)"
}

explorer_source() {
  find explorer -name node_modules -prune -o -type f -print | LC_ALL=C sort | xargs cksum | cksum
}

# build_explorer: the page that the gateway serves at /, from explorer/ into the package. Without npm it returns 1.
build_explorer() {
  install_modules explorer || return 1
  explorer_is_old || return 0
  step 'Explorer' 'Without the explorer, the page at / describes how to get it.' run_vite
}

run_vite() {
  (cd explorer && npm run --silent build) && explorer_source >explorer/node_modules/.explorer.stamp
}

database_is_missing() {
  [ -z "${DATABASE_URL-}" ] && ! [ -d .demo/postgres ]
}

# make_database: the embedded PostgreSQL of the demo, with its data.
make_database() {
  database_is_missing || return 0
  step 'Database' 'docs/demo.md describes which databases the demo can use.' .venv/bin/gateway demo --prepare
}
