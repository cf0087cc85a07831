# Sets up the phases of a derivation: variables, functions and phases with the names of nixpkgs' stdenv.
set -eu -o pipefail
shopt -s nullglob

export HOME=/homeless-shelter TZ=UTC SOURCE_DATE_EPOCH=1
export PATH=$cc/bin:/usr/bin:/bin
for compiler in CC:cc CXX:c++ AR:ar AS:as LD:ld NM:nm RANLIB:ranlib STRIP:strip OBJCOPY:objcopy; do
  export "${compiler%:*}=$targetPrefix${compiler#*:}"
done
# Debian's own compiler, for programs that run during the build.
export CC_FOR_BUILD=/usr/bin/gcc CXX_FOR_BUILD=/usr/bin/g++

HOST_PATH=
NIX_LDFLAGS_WRAPPED=${NIX_LDFLAGS_WRAPPED-}
for input in ${buildInputs-}; do
  [[ ! -d $input/include ]] || NIX_CFLAGS_COMPILE+=" -I$input/include"
  [[ ! -d $input/lib ]] || NIX_LDFLAGS_WRAPPED+=" -L$input/lib -Wl,-rpath=$input/lib"
  HOST_PATH+=$input/bin:
done
export NIX_CFLAGS_COMPILE NIX_LDFLAGS_WRAPPED
for input in ${nativeBuildInputs-}; do
  [[ ! -d $input/bin ]] || PATH=$input/bin:$PATH
  [[ ! -f $input/nix-support/setup-hook ]] || source "$input/nix-support/setup-hook"
done

runHook() { # runHook NAME: runs the variable or function of that name, if there is one
  local code=${!1-}
  if [[ -n $code ]]; then eval "$code"; elif declare -F "$1" > /dev/null; then "$1"; fi
}

unpackPhase() {
  [[ -n ${src-} ]] || return 0
  if [[ -d $src ]]; then
    cp -r "$src" source
    chmod -R u+w source
  else
    mkdir source
    tar -xf "$src" -C source --strip-components=1
  fi
  cd "${sourceRoot:-source}"
}

patchPhase() {
  local patch
  for patch in ${patches-}; do patch -p1 < "$patch"; done
}

configurePhase() { [[ ! -x configure ]] || ./configure --prefix="$out" ${configureFlags-}; }
buildPhase() { [[ ! -e Makefile ]] || make -j"${NIX_BUILD_CORES:-1}" ${makeFlags-}; }
checkPhase() { [[ ! -e Makefile ]] || make check ${makeFlags-}; }
installPhase() { make install PREFIX="$out" ${makeFlags-}; }

# Gives scripts the interpreters of the host platform, or with --build those of the build platform. --update
# also replaces interpreters that are in the store already.
patchShebangs() {
  local file line interpreter name path=${HOST_PATH%:} shell=$hostShell update=
  while [[ ${1-} == --* ]]; do
    case $1 in --build) path=$PATH shell=/bin/bash ;; --host) ;; --update) update=1 ;; esac
    shift
  done
  while IFS= read -r -d '' file; do
    IFS= read -r line < "$file" 2> /dev/null || continue
    [[ $line == '#!'* ]] || continue
    [[ -n $update || $line != '#!'*"$NIX_STORE"* ]] || continue
    read -r interpreter name _ <<< "${line#'#!'}"
    [[ $interpreter == */env ]] || name=${interpreter##*/}
    case $name in
      sh | bash) interpreter=$shell ;;
      *) interpreter=$(PATH=$path type -P "$name") || continue ;;
    esac
    sed -i "1s|.*|#!$interpreter|" "$file"
  done < <(find "${1:-$out}" -type f -perm -u+x -size -64k -print0)
}

fixupPhase() { [[ -n ${dontPatchShebangs-} || ! -d $out ]] || patchShebangs "$out"; }

# runPhase NAME: runs the derivation's text for a phase, which calls the hooks itself, as in nixpkgs; or the
# default phase, with the hooks before and after it.
runPhase() {
  local code=${!1-} hook=${1%Phase}
  echo "Running phase: $1"
  if [[ -n $code ]]; then
    eval "$code"
  else
    runHook "pre${hook^}"
    "$1"
    runHook "post${hook^}"
  fi
}

genericBuild() {
  local phase name skip check=${doCheck:+checkPhase}
  for phase in ${phases:-unpackPhase patchPhase configurePhase buildPhase $check installPhase fixupPhase}; do
    name=${phase%Phase}
    skip=dont${name^}
    [[ -n ${!skip-} ]] || runPhase "$phase"
  done
}

substituteInPlace() { # substituteInPlace FILE… (--replace-fail|--replace) FROM TO …
  local files=()
  while [[ $# -gt 0 && $1 != --* ]]; do files+=("$1"); shift; done
  while [[ $# -gt 0 ]]; do
    python3 -c '
import sys
fail, old, new, *files = sys.argv[1:]
for name in files:
    text = open(name).read()
    if old not in text and fail == "--replace-fail":
        sys.exit(f"substituteInPlace: {name} has no {old!r}")
    open(name, "w").write(text.replace(old, new))
' "$1" "$2" "$3" "${files[@]}"
    shift 3
  done
}
