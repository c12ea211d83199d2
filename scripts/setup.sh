#!/usr/bin/env bash
# Installs what microtome needs and this machine lacks: to build it, to run it, and to run its tests.
#
#     scripts/setup.sh
#
# Knows Debian and Ubuntu (apt) and Fedora (dnf); works as root or with sudo. Looks for each thing itself, not for
# the package that usually brings it, so it is quick, and does nothing, where nothing is missing. It never installs
# Rust: it says how to.
#
# Exit status: 0 everything is here, 1 something is missing and could not be installed.
set -eu

here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

say() { echo "setup: $*"; }
die() {
    echo "setup: error: $*" >&2
    exit 1
}

# One thing per line: how to find it, what it is for, its Debian package, its Fedora package.
# `lib` is a shared library, which the windowing crates and the Vulkan loader open by name at run time; `cc` means
# that a C program compiles and links; `icd` is Mesa's software Vulkan driver, which any machine can run.
needs() {
    cat <<'TABLE'
cc   -                      building|gcc libc6-dev|gcc glibc-devel
lib  libvulkan.so.1         drawing|libvulkan1|vulkan-loader
icd  lvp_icd                drawing|mesa-vulkan-drivers|mesa-vulkan-drivers
lib  libX11.so.6            X11 windows|libx11-6|libX11
lib  libX11-xcb.so.1        X11 windows|libx11-xcb1|libX11-xcb
lib  libxcb.so.1            X11 windows|libxcb1|libxcb
lib  libXcursor.so.1        X11 windows|libxcursor1|libXcursor
lib  libXi.so.6             X11 windows|libxi6|libXi
lib  libxkbcommon-x11.so.0  X11 windows|libxkbcommon-x11-0|libxkbcommon-x11
lib  libxkbcommon.so.0      windows|libxkbcommon0|libxkbcommon
lib  libwayland-client.so.0 Wayland windows|libwayland-client0|libwayland-client
cmd  Xvfb                   tests|xvfb|xorg-x11-server-Xvfb
TABLE
}

# The libraries the run-time linker knows. /sbin is not on every user's PATH.
list_libraries() {
    PATH="$PATH:/sbin:/usr/sbin" ldconfig -p 2>/dev/null || true
}

is_here() { # KIND NAME
    case $1 in
    cmd) command -v "$2" >/dev/null 2>&1 ;;
    lib) [[ $libraries == *[[:space:]]"$2 "* ]] ;;
    icd) compgen -G "/usr/share/vulkan/icd.d/$2*.json" >/dev/null || compgen -G "/etc/vulkan/icd.d/$2*.json" >/dev/null ;;
    cc) printf '#include <stdlib.h>\nint main(void) { return EXIT_SUCCESS; }\n' | cc -x c -o /dev/null - >/dev/null 2>&1 ;;
    esac
}

# Sets `missing` (one "NAME, for PURPOSE" per line) and the package lists that would bring it.
look() {
    local probe debian fedora kind name purpose
    libraries=$(list_libraries)
    missing='' debian_packages='' fedora_packages=''
    while IFS='|' read -r probe debian fedora; do
        read -r kind name purpose <<<"$probe"
        if ! is_here "$kind" "$name"; then
            case $kind in
            cc) name='a C compiler' ;;
            icd) name="Mesa's Vulkan drivers" ;;
            esac
            missing="$missing$name, for $purpose"$'\n'
            debian_packages="$debian_packages $debian"
            fedora_packages="$fedora_packages $fedora"
        fi
    done <<<"$(needs)"
}

list_missing() { printf '%s' "$missing" | sed 's/^/setup:   /'; }

# Sets `sudo` to what must stand before a command that needs root. Asks for a password only where one can be typed.
find_root() {
    if [ "$(id -u)" = 0 ]; then
        sudo=''
    elif command -v sudo >/dev/null 2>&1 && { [ -t 0 ] || sudo -n true 2>/dev/null; }; then
        sudo='sudo'
    else
        die 'installing these needs root, and sudo is not usable here: run scripts/setup.sh once as root'
    fi
}

# shellcheck disable=SC2086  # lists of words, meant to be split
install_missing() {
    if command -v apt-get >/dev/null 2>&1; then
        find_root
        say "installing with apt:$debian_packages"
        local apt="$sudo env DEBIAN_FRONTEND=noninteractive NEEDRESTART_MODE=a apt-get -qq"
        apt="$apt -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 -o Dpkg::Use-Pty=0"
        $apt update || say "not all of apt's package lists could be updated; going on with those that are here"
        $apt install --yes --no-install-recommends $debian_packages >/dev/null ||
            die "apt could not install:$debian_packages"
    elif command -v dnf >/dev/null 2>&1; then
        find_root
        say "installing with dnf:$fedora_packages"
        $sudo dnf --assumeyes --quiet --setopt=install_weak_deps=False install $fedora_packages ||
            die "dnf could not install:$fedora_packages"
    else
        die "neither apt nor dnf is here: install by hand what is listed above (Debian's names:$debian_packages)"
    fi
}

set_up_system() {
    case $(uname -s) in
    Linux) ;;
    Darwin)
        say 'macOS draws with Metal and needs no package'
        return
        ;;
    MINGW* | MSYS* | CYGWIN*)
        say 'Windows draws with its own drivers and needs no package'
        return
        ;;
    *)
        say "$(uname -s) is not a system this script knows; on Linux it would look for:"
        needs | sed 's/|.*//; s/^/setup:   /'
        die 'please install the like of these by hand'
        ;;
    esac

    say 'looking for a C compiler, a Vulkan driver, the window libraries, and Xvfb for the tests'
    look
    if [ -z "$missing" ]; then
        say 'nothing is missing'
        return
    fi
    say 'missing:'
    list_missing
    install_missing
    look
    if [ -n "$missing" ]; then
        say 'still missing after the installation:'
        list_missing
        die 'please install these by hand'
    fi
    say 'installed'
}

# The version of Rust that Cargo.toml asks for, and how to get it.
check_rust() {
    local wanted have how
    wanted=$(sed -n 's/^rust-version *= *"\([0-9.]*\)".*/\1/p' "$here/Cargo.toml")
    how="install Rust with rustup (https://rustup.rs), or update it: rustup update stable"
    if ! command -v cargo >/dev/null 2>&1 || ! command -v rustc >/dev/null 2>&1; then
        [ -x "${HOME:-}/.cargo/bin/cargo" ] && how="it is in ${HOME:-}/.cargo/bin, which is not on your PATH: . \"${HOME:-}/.cargo/env\""
        die "cargo and rustc $wanted or newer are needed: $how"
    fi
    have=$(rustc --version 2>/dev/null | sed 's/^rustc \([0-9]*\.[0-9]*\).*/\1/')
    case $have in
    [0-9]*.[0-9]*) ;;
    *) die "rustc --version does not run: $how" ;;
    esac
    if [ "$((${have%%.*} * 1000 + ${have#*.}))" -lt "$((${wanted%%.*} * 1000 + $(echo "$wanted" | cut -d. -f2)))" ]; then
        die "rustc $have is too old, $wanted or newer is needed: $how"
    fi
    say "Rust $have is here ($wanted or newer is needed)"
}

set_up_system
check_rust
