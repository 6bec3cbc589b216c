#!/bin/bash
# Makes the root file system of the base image: Debian's smallest set of packages with its security updates,
# without documentation, translations, caches and setuid programs.
#
#   make-rootfs.sh SUITE OUTPUT.tar       (root; needs debootstrap; takes one to two minutes)
#
# The mirror is the one that debootstrap is built with; DEBIAN_MIRROR names another.
set -euo pipefail

suite=${1:?the Debian suite, for instance bookworm}
output=${2:?the tar file to write}

work=$(mktemp -d "${TMPDIR:-/tmp}/rootfs.XXXXXX")
root=$work/root
# Exported so that the scripts that a package runs never ask a question: nobody is there to answer.
export DEBIAN_FRONTEND=noninteractive LC_ALL=C
# A path of the building machine means nothing inside the new root.
unset TMPDIR

cleanup() {
  # rm must not cross into the host's /proc if debootstrap was interrupted while it had it mounted.
  for mounted in "$root"/proc "$root"/sys; do
    mountpoint --quiet "$mounted" && umount "$mounted"
  done
  rm -rf --one-file-system "$work"
}
trap cleanup EXIT

mkdir -p "$root/etc/dpkg/dpkg.cfg.d" "$root/etc/apt/apt.conf.d"
# Left in the image on purpose: packages that a later Dockerfile installs stay slim as well. Licence texts are kept.
cat > "$root/etc/dpkg/dpkg.cfg.d/slim" <<'CONF'
path-exclude=/usr/share/doc/*
path-include=/usr/share/doc/*/copyright
path-exclude=/usr/share/man/*
path-exclude=/usr/share/info/*
path-exclude=/usr/share/locale/*
path-exclude=/usr/share/lintian/*
CONF
cat > "$root/etc/apt/apt.conf.d/slim" <<'CONF'
APT::Install-Recommends "false";
Dir::Cache::pkgcache "";
Dir::Cache::srcpkgcache "";
Acquire::Languages "none";
CONF

debootstrap --variant=minbase --include=ca-certificates "$suite" "$root" ${DEBIAN_MIRROR:+"$DEBIAN_MIRROR"}

# The security archive stands beside the main one on every full mirror, so its address follows from the one in use.
mirror=$(sed -n 's/^deb \([^ ]*\) .*/\1/p' "$root/etc/apt/sources.list" | head -n 1)
cat > "$root/etc/apt/sources.list" <<LIST
deb $mirror $suite main
deb $mirror $suite-updates main
deb ${mirror%/}-security $suite-security main
LIST
chroot "$root" apt-get update -q
chroot "$root" apt-get dist-upgrade -q -y
chroot "$root" apt-get clean

find "$root/usr/share/doc" -type f ! -name copyright -delete
find "$root/usr/share/doc" -type d -empty -delete
rm -rf "$root"/usr/share/{man,info,locale,lintian}/* \
  "$root"/var/lib/apt/lists/* "$root"/var/cache/{apt,debconf}/* "$root"/var/log/{apt,*.log} \
  "$root"/var/cache/ldconfig/aux-cache "$root"/tmp/*
# A container gets its own name and resolver; those of the building machine must not leak into the image.
rm -f "$root"/etc/{hostname,resolv.conf,machine-id}
# No container of the platform may gain rights by running a program.
find "$root" -xdev -type f -perm /6000 -exec chmod a-s {} +

tar --create --numeric-owner --sort=name --one-file-system --directory "$root" \
  --exclude=./dev/* --exclude=./proc/* --exclude=./sys/* --file "$output.partial" .
mv "$output.partial" "$output"
