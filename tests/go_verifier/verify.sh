#!/usr/bin/env bash
# Has a verifier in another language, on another library, judge a ledger of Postern's; and then ledgers that were tampered with.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)

usage() {
  cat >&2 <<'TEXT'
verify.sh POSTERN WORK          build the verifier, make a ledger with POSTERN, verify it, and see tampering refused; all in the new folder WORK
verify.sh build OUT             build the verifier as OUT
verify.sh run BIN FOLDER VKEY   verify the exported ledger in FOLDER, and see copies of it that were tampered with refused
TEXT
  exit 2
}

build() {  # OUT
  command -v go >/dev/null || { echo "go is missing: apt-get install golang-go golang-golang-x-mod-dev" >&2; exit 77; }
  [ -d /usr/share/gocode/src/golang.org/x/mod/sumdb/tlog ] || { echo "golang-golang-x-mod-dev is missing" >&2; exit 77; }
  local cache
  cache=$(mktemp -d)
  # GOPATH mode: Debian's packages are the only source, and nothing is downloaded.
  GO111MODULE=off GOPATH=/usr/share/gocode GOCACHE="$cache" GOFLAGS='' go build -o "$1" "$here/main.go"
  chmod -R u+w "$cache" && rm -rf "$cache"
}

flip() {  # FILE OFFSET: turns the lowest bit of one byte
  python3 - "$1" "$2" <<'PYTHON'
import pathlib
import sys

path, offset = pathlib.Path(sys.argv[1]), int(sys.argv[2])
content = bytearray(path.read_bytes())
content[offset] ^= 1
path.write_bytes(content)
PYTHON
}

# A refusal for another reason than the one that was planted shows nothing.
must_refuse() {  # WHAT REASON BIN FOLDER VKEY
  local what=$1 reason=$2 said
  shift 2
  if said=$("$@" 2>&1); then
    echo "ACCEPTED $what: $said"
    return 1
  fi
  [[ $said == "NOT verified:"*"$reason"* ]] || { echo "$what: $said"; return 1; }
  echo "refused $what: ${said#NOT verified: }"
}

another_root() {  # CHECKPOINT: another root under the old signature, in the right form
  python3 - "$1" <<'PYTHON'
import base64
import pathlib
import sys

path = pathlib.Path(sys.argv[1])
lines = path.read_text(encoding="utf-8").split("\n")
root = bytearray(base64.b64decode(lines[2]))
root[0] ^= 1
lines[2] = base64.b64encode(root).decode()
path.write_text("\n".join(lines), encoding="utf-8")
PYTHON
}

# A good key of the same name that did not sign this: only its bytes tell it apart.
another_vkey() {  # VKEY
  python3 - "$1" <<'PYTHON'
import base64
import hashlib
import sys

name = sys.argv[1].split("+")[0]
key = b"\x01" + hashlib.sha256(b"another log").digest()
key_id = hashlib.sha256(name.encode() + b"\n" + key).hexdigest()[:8]
print(f"{name}+{key_id}+{base64.b64encode(key).decode()}")
PYTHON
}

run() {  # BIN FOLDER VKEY
  local bin=$1 folder=$2 vkey=$3 other copy failed=0 part
  "$bin" "$folder" "$vkey"
  copy=$(mktemp -d)
  fresh() { rm -rf "$copy/log" && cp -r "$folder" "$copy/log"; }
  for part in entries 0 1; do
    [ -d "$folder/tile/$part" ] || continue
    fresh
    flip "$(find "$copy/log/tile/$part" -type f | sort | head -n 1)" 20
    local reason="$part/000"
    [ $part != entries ] || reason="another root"
    must_refuse "a flipped bit below tile/$part" "$reason" "$bin" "$copy/log" "$vkey" || failed=1
  done
  fresh
  another_root "$copy/log/checkpoint"
  must_refuse "another root in the checkpoint" "invalid signature" "$bin" "$copy/log" "$vkey" || failed=1
  fresh
  rm "$(find "$copy/log/tile/entries" -type f | sort | tail -n 1)"
  must_refuse "a bundle that is not there" "no such file" "$bin" "$copy/log" "$vkey" || failed=1
  other=$(another_vkey "$vkey")
  must_refuse "another log's key" "note has no verifiable signatures" "$bin" "$folder" "$other" || failed=1
  if [ $failed -ne 0 ]; then echo "The last tampered copy is kept in $copy"; return 1; fi
  rm -rf "$copy"
}

case "${1:-}" in
  build) [ $# -eq 2 ] || usage; build "$2" ;;
  run) [ $# -eq 4 ] || usage; run "$2" "$3" "$4" ;;
  *)
    [ $# -eq 2 ] || usage
    mkdir "$2" "$2/ledger"
    build "$2/go_verifier"
    python3 "$here/make_ledger.py" "$1" "$2/ledger"
    run "$2/go_verifier" "$2/ledger/export" "$(cat "$2/ledger/state/ledger.vkey")"
    rm -rf "$2" ;;
esac
