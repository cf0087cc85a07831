# makeWrapper PROGRAM WRAPPER [OPTION…]: writes a script that runs PROGRAM. It knows some options of nixpkgs'.
makeWrapper() {
  local program=$1 wrapper=$2 flags= setup=
  shift 2
  while [[ $# -gt 0 ]]; do
    case $1 in
      --set) setup+="export $2=$(printf %q "$3")"$'\n'; shift 3 ;;
      --set-default) setup+="export $2=\${$2-$(printf %q "$3")}"$'\n'; shift 3 ;;
      --prefix) setup+="export $2=$(printf %q "$4")\${$2:+$3\$$2}"$'\n'; shift 4 ;;
      --suffix) setup+="export $2=\${$2:+\$$2$3}$(printf %q "$4")"$'\n'; shift 4 ;;
      --add-flags | --append-flags) flags+=" $2"; shift 2 ;;
      --chdir) setup+="cd $(printf %q "$2")"$'\n'; shift 2 ;;
      *) echo "makeWrapper: unknown option $1" >&2; return 1 ;;
    esac
  done
  mkdir -p "$(dirname "$wrapper")"
  printf '#!%s\n%sexec %s%s "$@"\n' "@shell@" "$setup" "$program" "$flags" > "$wrapper"
  chmod +x "$wrapper"
}
