# stdenv.mkDerivation with the phases of nixpkgs and Debian's compilers for both CPUs. Programs are linked to
# the set's own libc.
{ lib, pkgs, buildPlatform, hostPlatform }:
let
  isCross = buildPlatform.system != hostPlatform.system;
  targetPrefix = lib.optionalString isCross "${hostPlatform.config}-";

  run = name: variables: script: derivation ({
    inherit name;
    system = buildPlatform.system;
    builder = "/bin/bash";
    # `exit` keeps the shell alive until the end. Otherwise it would exec the last program, which closes its
    # output before it exits, and Nix would then kill it.
    args = [ "-euc" "${script}\nexit" ];
    PATH = "/usr/bin:/bin";
  } // variables);

  cc = run "gcc-wrapper-${hostPlatform.config}"
    {
      inherit (hostPlatform) multiarch;
      prefix = targetPrefix;
      flags = lib.concatStringsSep " " [
        "-Wl,--dynamic-linker=${pkgs.glibc}/lib/${hostPlatform.loader}"
        "-Wl,-rpath=${pkgs.glibc}/lib:${pkgs.libgcc}/lib"
      ];
    } ''
    mkdir -p $out/bin
    for name in gcc:gcc g++:g++ cc:gcc c++:g++; do
      wrapper=$out/bin/$prefix''${name%:*}
      printf '#!/bin/sh\nexec /usr/bin/%s "$@" $NIX_CFLAGS_COMPILE %s $NIX_LDFLAGS_WRAPPED\n' $multiarch-''${name#*:} "$flags" > $wrapper
      chmod 755 $wrapper
    done
    for name in ar as ld nm objcopy objdump ranlib readelf strip; do ln -s /usr/bin/$multiarch-$name $out/bin/$prefix$name; done
  '' // {
    inherit targetPrefix;
    cc.lib = pkgs.libgcc;
    libc = pkgs.glibc;
    isGNU = true;
  };

  onBuild = package: (package.__spliced or { }).buildHost or package;
  onHost = package: (package.__spliced or { }).hostTarget or package;

  # As in nixpkgs, the argument is a set, or a function that takes the final set, with the final package.
  mkDerivation = given: extend (if lib.isFunction given then given else _: given);
  extend = attributesOf:
    let
      attributes = attributesOf (attributes // { inherit finalPackage; });
      finalPackage = makePackage attributes // {
        overrideAttrs = changes: extend (final:
          let
            before = attributesOf final;
            first = changes before;
          in
          before // (if lib.isFunction first then changes final before else first));
      };
    in
    finalPackage;

  makePackage = attributes:
    let
      suffix = lib.optionalString isCross "-${hostPlatform.config}";
      name = attributes.name or "${attributes.pname}${suffix}-${attributes.version}";
      natives = attributes.nativeBuildInputs or [ ]
        ++ lib.optionals (attributes.doCheck or false) (attributes.nativeCheckInputs or [ ]);
      hosts = attributes.buildInputs or [ ] ++ attributes.propagatedBuildInputs or [ ];
      notVariables =
        [ "meta" "passthru" "pname" "version" "env" "propagatedBuildInputs" "nativeCheckInputs" ];
      names = lib.optionalAttrs (attributes ? pname) { inherit (attributes) pname version; };
    in
    derivation (
      { NIX_CFLAGS_COMPILE = ""; }
      // lib.filterAttrs (_: value: value != null) (removeAttrs attributes notVariables)
      // names
      // (attributes.env or { })
      // {
        inherit name targetPrefix;
        system = buildPlatform.system;
        builder = "/bin/bash";
        args = [ "-e" ./builder.sh ];
        nativeBuildInputs = map onBuild (lib.flatten natives);
        buildInputs = map onHost (lib.flatten hosts);
        setup = ./setup.sh;
        cc = toString cc;
        # The shell for the first lines of installed scripts.
        hostShell =
          if attributes.dontPatchShebangs or (attributes ? buildCommand) then "" else pkgs.runtimeShell;
      }
    ) // (attributes.passthru or { }) // names // {
      inherit name;
      meta = attributes.meta or { };
      passthru = attributes.passthru or { };
    };
in
{
  inherit buildPlatform hostPlatform cc mkDerivation run;
  targetPlatform = hostPlatform;
  inherit (hostPlatform) system isLinux isDarwin isx86_64 isAarch64;
  shell = pkgs.buildPackages.runtimeShell;
}
