# To be sourced. Debian's arm64 packages on any machine with apt: nothing is installed, and
# apt's own state is left alone.

# arm64_apt FOLDER: an apt of its own under FOLDER, with the lists fetched; sets APT_CONFIG.
arm64_apt() {
    mkdir -p "$1/state/lists/partial" "$1/cache/archives/partial"
    : >"$1/status"
    cat >"$1/apt.conf" <<CONFIG
APT::Architecture "arm64";
APT::Architectures { "arm64"; };
Dir::State "$1/state";
Dir::State::status "$1/status";
Dir::Cache "$1/cache";
APT::Sandbox::User "$(id -un)";
Acquire::Languages "none";
CONFIG
    export APT_CONFIG=$1/apt.conf
    apt-get update -qq >"$1/log" 2>&1 || { tail -n 1 "$1/log" >&2; return 1; }
}

# arm64_kernel: the newest kernel package. 6.12 is the first whose device trees have labels to
# merge with, and whose spidev knows the chip.
arm64_kernel() {
    local newest
    newest=$(apt-cache pkgnames linux-image- | grep -E '^linux-image-[0-9.]+(\+deb[0-9]+)?-arm64(-unsigned)?$' |
        sort -V | tail -n 1)
    [ "$(printf '%s\n' linux-image-6.12 "${newest:-none}" | sort -V | head -n 1)" = linux-image-6.12 ] ||
        return 1
    echo "$newest"
}
