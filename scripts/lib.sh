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

# prepare LOCK: a .venv with exactly what LOCK names and the project itself. Seconds when nothing has changed.
prepare() {
  stamp=.venv/$1.stamp
  wanted=$(cat "$1" pyproject.toml | cksum)
  if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ] && .venv/bin/python -c '' 2>/dev/null; then
    return
  fi
  python=$(find_python)
  printf 'Installing what %s names into .venv; this takes about a minute.\n' "$1" >&2
  .venv/bin/python -m pip --version >/dev/null 2>&1 || "$python" -m venv --clear .venv
  # pip must not resolve: the lock overrides a requirement of oso (pyproject.toml), which pip would refuse.
  install --no-deps --require-hashes --requirement "$1"
  install --no-deps --no-build-isolation --editable .
  printf '%s\n' "$wanted" >"$stamp"
}

install() {
  .venv/bin/python -m pip install -qq --disable-pip-version-check "$@" ||
    fail 'The installation failed; the lines above say why.'
}

# from_npm FOLDER: exactly what FOLDER/package-lock.json names. Seconds when nothing has changed; without npm nothing
# but a sentence, and 1: the gateway itself needs none of it.
from_npm() {
  if ! npm --version >/dev/null 2>&1 || ! node -e 'process.exit(process.versions.node.split(".")[0] < 20 ? 1 : 0)' 2>/dev/null; then
    printf 'Without Node.js 20 or newer and npm on the PATH, nothing is installed in %s.\n' "$1" >&2
    return 1
  fi
  npm_stamp=$1/node_modules/.gateway.stamp
  npm_wanted=$(cat "$1/package.json" "$1/package-lock.json" | cksum)
  if [ -f "$npm_stamp" ] && [ "$(cat "$npm_stamp")" = "$npm_wanted" ]; then
    return
  fi
  printf 'Installing what %s/package-lock.json names; this takes about half a minute.\n' "$1" >&2
  (cd "$1" && npm ci --loglevel=error >/dev/null) || fail 'The installation failed; the lines above say why.'
  printf '%s\n' "$npm_wanted" >"$npm_stamp"
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

# build_matrix: the decision table of the policy, which the gateway serves at /matrix, into the package if it is missing or old.
build_matrix() {
  page=gateway/explorer_files/matrix.html
  if [ -f "$page" ] && [ -z "$(find policies gateway/policy -newer "$page" -name '*.*' -print -quit)" ]; then
    return
  fi
  mkdir -p gateway/explorer_files
  .venv/bin/gateway policy matrix --html --file "$page"
}

# build_explorer: the page that the gateway serves at /, from explorer/ into the package. Seconds when nothing has
# changed; without npm nothing but a sentence, and 1.
build_explorer() {
  from_npm explorer || return 1
  built=explorer/node_modules/.explorer.stamp
  source=$(find explorer -name node_modules -prune -o -type f -print | LC_ALL=C sort | xargs cksum | cksum)
  if [ -f gateway/explorer_files/index.html ] && [ -f "$built" ] && [ "$(cat "$built")" = "$source" ]; then
    return
  fi
  (cd explorer && npm run --silent build) || fail 'The explorer could not be built; the lines above say why.'
  printf '%s\n' "$source" >"$built"
}
