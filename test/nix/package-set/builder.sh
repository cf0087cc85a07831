# The builder of every derivation of stdenv.mkDerivation.
source "$setup"
if [[ -n ${buildCommand-} ]]; then
  eval "$buildCommand"
else
  genericBuild
fi
