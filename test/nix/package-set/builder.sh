# The builder of all derivations of stdenv.mkDerivation.
source "$setup"
if [[ -n ${buildCommand-} ]]; then
  eval "$buildCommand"
else
  genericBuild
fi
