# dockerTools with the arguments, attributes and image format of nixpkgs' streamLayeredImage and
# buildLayeredImage.
{ lib, pkgs }:
let
  inherit (pkgs) runCommand;
in
rec {
  streamLayeredImage = lib.makeOverridable (
    { name
    , tag ? null
    , fromImage ? null
    , contents ? [ ]
    , config ? { }
    , architecture ? pkgs.stdenv.hostPlatform.go.GOARCH
    , created ? "1970-01-01T00:00:01Z"
    , mtime ? "1970-01-01T00:00:01Z"
    , uid ? 0
    , gid ? 0
    , uname ? "root"
    , gname ? "root"
    , maxLayers ? 100
    , extraCommands ? ""
    , fakeRootCommands ? ""
    , includeStorePaths ? true
    , passthru ? { }
    , meta ? { }
    }:
    let
      baseName = baseNameOf name;
      baseJson = pkgs.writeText "${baseName}-base.json"
        (builtins.toJSON { inherit config architecture; os = "linux"; });

      customisationLayer = pkgs.symlinkJoin {
        name = "${baseName}-customisation-layer";
        paths = lib.toList contents;
        inherit extraCommands fakeRootCommands;
        postBuild = ''
          mv $out old_out
          chmod -R u+w old_out
          (cd old_out; eval "$extraCommands")
          mkdir $out
          # A sandbox has no other users, so a real chown would fail; nixpkgs patches its fakeroot for that.
          FAKEROOTDONTTRYCHOWN=1 fakeroot-sysv bash -e -c '
            cd old_out
            eval "$fakeRootCommands"
            tar --sort=name --numeric-owner --mtime=@$SOURCE_DATE_EPOCH --hard-dereference -cf $out/layer.tar .
          '
          sha256sum $out/layer.tar | cut -d' ' -f1 > $out/checksum
        '';
      };

      imageTag =
        if tag != null then tag
        else builtins.substring 11 32 (builtins.unsafeDiscardStringContext baseJson.outPath);
      imageName = lib.toLower name;
      conf = pkgs.pythonDerivation "${baseName}-conf.json" ./layer-paths.py {
        exportReferencesGraph.closure = lib.optionals includeStorePaths [ baseJson customisationLayer ];
        excluded = [ baseJson customisationLayer ];
        inherit maxLayers baseJson;
        settings = {
          inherit created mtime uid gid uname gname;
          store_dir = builtins.storeDir;
          from_image = fromImage;
          customisation_layer = customisationLayer;
          repo_tag = "${imageName}:${imageTag}";
        };
      };
    in
    runCommand "stream-${baseName}"
      {
        inherit imageName;
        passthru = passthru // { inherit imageName imageTag conf streamScript; isExe = true; };
        # As in nixpkgs until June 2026, the wrapper has the shell of the image's CPU.
        nativeBuildInputs = [ pkgs.makeWrapper ];
      } "makeWrapper ${streamScript} $out --add-flags ${conf}"
  );

  streamScript = pkgs.buildPackages.writeScript "stream"
    "#!${pkgs.buildPackages.python3}/bin/python3\n${builtins.readFile ./stream-image.py}";

  buildLayeredImage = { name, ... }@arguments:
    let stream = streamLayeredImage arguments;
    in
    runCommand "${baseNameOf name}.tar.gz"
      { passthru = { inherit (stream) imageName imageTag; inherit stream; }; }
      "${stream} | gzip -nc > $out";
}
