# The command line: the CLI bundle that is committed in dist/, run by Node.js 24.
{ pkgs }:
pkgs.stdenv.mkDerivation {
  pname = "cross-build";
  version = (builtins.fromJSON (builtins.readFile ../package.json)).version;
  dontUnpack = true;
  installPhase = ''
    mkdir -p $out/bin $out/lib
    cp -r ${../dist/cli} $out/lib/cross-build
    printf '#!%s\nexec %s %s "$@"\n' ${pkgs.runtimeShell} ${pkgs.nodejs_24 or pkgs.nodejs}/bin/node $out/lib/cross-build/index.js > $out/bin/cross-build
    chmod +x $out/bin/cross-build
  '';
  meta.mainProgram = "cross-build";
}
