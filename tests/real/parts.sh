#!/usr/bin/env bash
# Makes sure that every real part of the test bed is on this machine.   Usage: parts.sh DEST
#
# Debian packages are installed by name, moto and the AWS CLI of the next Debian release are unpacked under
# DEST/trixie, and what comes from npm goes into node_modules beside this script. The second time it only looks
# whether everything is still there, which takes a fraction of a second. No service is started or left enabled.
set -euo pipefail
umask 022

here=$(dirname "$(readlink -f "$0")")
[ $# -eq 1 ] || { echo "usage: parts.sh DEST" >&2; exit 2; }
mkdir -p "$1"
dest=$(readlink -f "$1")

# Each with its reason in README.md. nginx-light and php8.2-cgi stand first, because simplesamlphp wants some web server and
# PHP some way into it, and for either apt takes Apache unless it has chosen another one before.
debian_packages=(
  nginx-light php8.2-cgi simplesamlphp php8.2-cli php8.2-xml php8.2-mbstring
  golang-go golang-golang-x-mod-dev python3-boto3 openssl curl scram
  python3-aiosmtpd prometheus-alertmanager python3-jsonschema
)
# Package and service of what the tests start themselves. At the next boot this machine must not do it for them, unless it did so before.
started_by_tests=(nginx-light:nginx prometheus-alertmanager:prometheus-alertmanager)
# moto's own list of Debian packages leaves out what only its server and its CloudFormation need.
trixie_packages=(
  'python3-moto=5.1.1-*' 'awscli=2.23.6-*'
  python3-flask-cors python3-yaml python3-joserfc python3-graphql-core python3-jsonpath-ng python3-jsondiff
  python3-pyparsing python3-multipart python3-openapi-spec-validator libc6 libc-bin
)

say() { echo "parts: $*"; }

as_root() { if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi; }

# What maintainer scripts have to say is read only when something went wrong.
quietly() {
  "$@" >"$dest/apt.log" 2>&1 || { cat "$dest/apt.log" >&2; return 1; }
}

is_installed() { [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

missing_debian_packages() {
  local package
  for package in "${debian_packages[@]}"; do is_installed "$package" || echo "$package"; done
  command -v node >/dev/null || echo nodejs
  command -v npm >/dev/null || echo npm
}

# While this file exists and says 101, Debian's maintainer scripts start nothing (invoke-rc.d(8)).
policy=/usr/sbin/policy-rc.d
forbid_services() {
  [ ! -e "$policy" ] || return 0
  trap 'as_root rm -f "$policy"' EXIT
  printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
  as_root chmod 755 "$policy"
}

install_debian_packages() {
  local missing package newcomers=()
  mapfile -t missing < <(missing_debian_packages)
  [ ${#missing[@]} -gt 0 ] || return 0
  say "installing ${missing[*]}"
  for package in "${started_by_tests[@]}"; do is_installed "${package%:*}" || newcomers+=("${package#*:}"); done
  forbid_services
  quietly as_root apt-get update -qq
  quietly as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"
  for package in "${newcomers[@]}"; do as_root update-rc.d "$package" disable >/dev/null 2>&1 || true; done
}

# Where this machine gets bookworm from. Asking apt keeps mirrors, proxies and every form of sources.list working.
archive_address() {
  # shellcheck disable=SC2016  # the dollars are apt's
  apt-get indextargets --format '$(REPO_URI) $(RELEASE)' 'Created-By: Packages' |
    awk '$2 ~ /^(bookworm|oldstable)$/ { print $1; exit }'
}

# apt-get with a root of its own: it reads and writes nothing of this machine's apt but its proxy settings. The
# empty status file makes it believe that nothing is installed, so that it fetches everything moto needs,
# down to the C library.
trixie_apt_get() {
  local apt=$dest/apt
  apt-get -qq \
    -o Dir::Etc::SourceList="$apt/sources.list" -o Dir::Etc::SourceParts=/dev/null \
    -o Dir::Etc::Preferences=/dev/null -o Dir::Etc::PreferencesParts=/dev/null \
    -o Dir::State="$apt/state" -o Dir::State::status="$apt/status" \
    -o Dir::Cache="$apt/cache" -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= \
    -o APT::Install-Recommends=0 -o Acquire::Languages=none -o APT::Sandbox::User= "$@"
}

fetch_trixie() {
  local apt=$dest/apt address
  address=$(archive_address)
  [ -n "$address" ] || { say "apt on this machine has no source for Debian bookworm" >&2; exit 1; }
  rm -rf "$apt"
  mkdir -p "$apt"/state/lists/partial "$apt"/cache/archives/partial
  : >"$apt/status"
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $address trixie main" >"$apt/sources.list"
  trixie_apt_get update
  trixie_apt_get install -y --download-only "${trixie_packages[@]}" >/dev/null
}

# Documentation, translations and the like are half of some packages, and nothing here reads them.
unread=(./usr/share/doc ./usr/share/man ./usr/share/locale ./usr/share/i18n ./usr/share/info ./usr/share/lintian
  ./usr/share/fonts ./usr/share/javascript ./usr/share/zoneinfo './usr/lib/*/gconv' ./usr/lib/locale
  ./usr/lib/python3/dist-packages/awscli/examples)

unpack_trixie() {  # ROOT
  local root=$1 directory package exclude=()
  for directory in "${unread[@]}"; do exclude+=("--exclude=$directory/*"); done
  # Some packages still carry files under /lib and /bin: these links bring them to where the others are.
  mkdir -p "$root"/usr/{bin,sbin,lib,lib64}
  for directory in bin sbin lib lib64; do ln -s "usr/$directory" "$root/$directory"; done
  for package in "$dest"/apt/cache/archives/*.deb; do
    dpkg-deb --fsys-tarfile "$package" | tar -x --no-same-owner --keep-directory-symlink "${exclude[@]}" -C "$root"
  done
}

# DEST/trixie/run PROGRAM … runs a Python program of that release with its own interpreter and its own C library,
# by its own loader: nothing is installed, no chroot, no privilege.
write_launcher() {  # FOLDER
  cat >"$1/run" <<'LAUNCHER'
#!/bin/sh
# Written by parts.sh. Usage: run PROGRAM [ARGUMENT…], where PROGRAM is a file in usr/bin of this root, or python3.
root=$(dirname "$(readlink -f "$0")")/root
program=$1
shift
for loader in "$root"/usr/lib64/ld-linux-*.so.* "$root"/usr/lib/ld-linux-*.so.*; do
  [ ! -e "$loader" ] || break
done
libraries=$(echo "$root"/usr/lib/*-linux-gnu)
python=$root/usr/bin/python3
[ "$program" = python3 ] || set -- "$root/usr/bin/$program" "$@"
exec "$loader" --library-path "$libraries" "$python" "$@"
LAUNCHER
  chmod 755 "$1/run"
}

install_trixie() {
  [ ! -x "$dest/trixie/run" ] || [ "$(cat "$dest/trixie/stamp" 2>/dev/null)" != "$fingerprint" ] || return 0
  say "unpacking moto and the AWS CLI of Debian trixie"
  fetch_trixie
  local fresh=$dest/trixie.new
  rm -rf "$fresh" "$dest/trixie"
  mkdir "$fresh"
  unpack_trixie "$fresh/root"
  write_launcher "$fresh"
  mv "$fresh" "$dest/trixie"
  # Without this every call of the AWS CLI takes five seconds. A few files are for other Pythons: their errors are no news.
  "$dest/trixie/run" python3 -m compileall -q "$dest"/trixie/root/usr/lib/python3* >/dev/null 2>&1 || true
  echo "$fingerprint" >"$dest/trixie/stamp"
  rm -rf "$dest/apt"
}

install_node_modules() {
  say "installing what package-lock.json names"
  (cd "$here" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error)
}

is_complete() {
  [ "$(cat "$dest/stamp" 2>/dev/null)" = "$fingerprint" ] &&
    [ -x "$dest/trixie/run" ] && [ -e "$here/node_modules/.package-lock.json" ] && [ -z "$(missing_debian_packages)" ]
}

fingerprint=$(cat "$here/parts.sh" "$here/package-lock.json" | sha256sum | cut -d ' ' -f 1)
is_complete && exit 0
# Two test runs at once would unpack over each other.
exec 9>"$dest/lock"
flock 9
install_debian_packages
install_trixie
install_node_modules
echo "$fingerprint" >"$dest/stamp"
say "complete: $(du -sh "$dest/trixie" | cut -f 1) in trixie, $(du -sh "$here/node_modules" | cut -f 1) in node_modules"
