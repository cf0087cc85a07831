# The trivial builders: texts, scripts, trees of links, closures.
{ lib, pkgs }:
let
  inherit (pkgs) stdenv;
  npmCache = lib.importJSON ./npm.json;
  npmFile = integrity:
    let
      algorithm = lib.head (lib.splitString "-" integrity);
      hex = builtins.convertHash { hash = integrity; toHashFormat = "base16"; };
    in
    "${algorithm}/${lib.substring 0 2 hex}/${lib.substring 2 2 hex}/${lib.substring 4 (-1) hex}";
in
rec {
  runCommand = name: attributes: buildCommand:
    stdenv.mkDerivation ({ inherit name buildCommand; } // attributes);
  runCommandLocal = runCommand;
  runCommandCC = runCommand;

  writeTextFile = { name, text, executable ? false, destination ? "", checkPhase ? "", ... }: runCommand name
    {
      inherit text destination checkPhase;
      passAsFile = [ "text" ];
    } ''
    target=$out$destination
    mkdir -p "$(dirname "$target")"
    cp "$textPath" "$target"
    ${lib.optionalString executable ''chmod +x "$target"''}
    eval "$checkPhase"
  '';
  writeText = name: text: writeTextFile { inherit name text; };
  writeTextDir = path: text:
    writeTextFile { name = baseNameOf path; inherit text; destination = "/${path}"; };
  writeScript = name: text: writeTextFile { inherit name text; executable = true; };
  writeScriptBin = name: text:
    writeTextFile { inherit name text; executable = true; destination = "/bin/${name}"; };
  writeShellScript = name: text: writeScript name "#!${runtimeShell}\n${text}\n";
  writeShellScriptBin = name: text: writeScriptBin name "#!${runtimeShell}\n${text}\n";
  runtimeShell = "${pkgs.bash}/bin/bash";

  # If two trees have a file of the same name, the first one wins.
  symlinkJoin = { name, paths ? [ ], postBuild ? "", ... }@attributes: runCommand name
    (removeAttrs attributes [ "name" "postBuild" ] // {
      inherit postBuild;
      paths = map toString (lib.flatten paths);
    })
    ''
      mkdir $out
      python3 ${./link-trees.py} $out $paths
      eval "$postBuild"
    '';
  buildEnv = symlinkJoin;

  closureInfo = { rootPaths }: pythonDerivation "closure-info" ./closure-info.py {
    exportReferencesGraph.closure = rootPaths;
  };
  writeClosure = rootPaths:
    runCommand "closure" { info = closureInfo { inherit rootPaths; }; } "cp $info/store-paths $out";

  # A derivation whose builder is Python, without a shell. The script reads the structured attributes.
  pythonDerivation = name: script: attributes: derivation ({
    inherit name;
    system = stdenv.buildPlatform.system;
    builder = "${pkgs.buildPackages.python3}/bin/python3";
    args = [ script ];
    __structuredAttrs = true;
  } // attributes);

  makeSetupHook = { name, substitutions ? { } }: script: runCommand name { } ''
    mkdir -p $out/nix-support
    cp ${script} $out/nix-support/setup-hook
    chmod u+w $out/nix-support/setup-hook
    ${lib.concatStringsSep "\n" (lib.mapAttrsToList
      (variable: value: "sed -i 's|@${variable}@|${value}|g' $out/nix-support/setup-hook")
      substitutions)}
  '';
  makeWrapper = makeSetupHook
    { name = "make-wrapper"; substitutions.shell = runtimeShell; }
    ./make-wrapper.sh;

  # Files of npm's registry come from the cache that script/testbed/package-set filled, by their hash.
  fetchurl =
    { url ? builtins.head urls, urls ? [ ], hash ? "", sha256 ? "", name ? baseNameOf url, ... }: derivation {
      inherit name;
      url =
        if lib.hasPrefix "https://registry.npmjs.org/" url then "file://${npmCache}/${npmFile hash}"
        else url;
      system = "builtin";
      builder = "builtin:fetchurl";
      outputHashMode = "flat";
      outputHashAlgo = if hash == "" then "sha256" else null;
      outputHash = if hash == "" then sha256 else hash;
      preferLocalBuild = true;
    };
}
